from __future__ import annotations

import json
import math
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recorded import ended, epoch, proposed, report, run

from cnnsearch.errors import StorageError, SweepError
from cnnsearch.study.record.lines import (
    ATTEMPTS,
    CURVES,
    FINALISTS,
    PAUSES,
    PROPOSALS,
    RELEASES,
    TEST_READS,
    TRIALS,
    AttemptLine,
    PauseLine,
    ReadingLine,
    ReleaseLine,
    Startup,
    Worker,
)
from cnnsearch.study.record.record import Record, log_name, read_lines
from cnnsearch.study.record.schema import FORMAT
from cnnsearch.study.store import LocalStore


def test_each_kind_of_line_has_its_file(tmp_path: Path) -> None:
    record = Record(LocalStore(tmp_path))
    lines = {
        PROPOSALS: [proposed(0, config={"filters": 8}, repeats=({"filters": 8}, {"filters": 16}))],
        CURVES: [epoch(0, 1, values={"loss": 0.5}), epoch(0, 2, values={"loss": 0.25}, event=1, asked=True)],
        TRIALS: [ended(0, 0.9, worker=Worker(node="n", startup=Startup(fed=2.0)), notes=("a",), audited=3)],
        ATTEMPTS: [AttemptLine(trial=0, attempt=2, why="it died", time=1.0)],
        PAUSES: [PauseLine.of(report(0, {2: 0.5}).training, 1)],
        RELEASES: [ReleaseLine(trial=0, epoch=2, event=3, time=1.0, closing=True)],
        FINALISTS: [run(0, 1, curve=(0.25, 0.5), again=True)],
        TEST_READS: [ReadingLine(trial=0, run=1, by="x", time=1.0, count=5, metrics={"accuracy": 0.5})],
    }
    record.propose(*lines[PROPOSALS])
    record.epochs(lines[CURVES])
    record.end(*lines[TRIALS])
    record.attempt(*lines[ATTEMPTS])
    record.pause(*lines[PAUSES])
    record.release(*lines[RELEASES])
    record.end_finalist(*lines[FINALISTS])
    record.read_test(*lines[TEST_READS])
    for name, written in lines.items():
        found = read_lines(LocalStore(tmp_path), name)
        assert found == written
        assert {line.format for line in found} == {FORMAT}


def test_lines_keep_the_order_of_writing(tmp_path: Path) -> None:
    for trial in (3, 0, 7, 1):
        Record(LocalStore(tmp_path)).end(ended(trial))
    assert [line.trial for line in read_lines(LocalStore(tmp_path), TRIALS)] == [3, 0, 7, 1]


def test_a_line_is_readable_as_soon_as_it_is_written(tmp_path: Path) -> None:
    Record(LocalStore(tmp_path)).propose(proposed(0, config={"text": "größer\nals 'x'"}))
    text = (tmp_path / PROPOSALS).read_text(encoding="utf-8")
    config = '{"text": "größer\\nals \'x\'"}'
    assert text == f'{{"trial": 0, "format": 2, "config": {config}, "seed": 1, "told": 0, "time": 1750000000.0}}\n'


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_becomes_null_at_any_depth(tmp_path: Path, value: float) -> None:
    others = {"deep": [1.0, (value,)]}
    Record(LocalStore(tmp_path)).end(replace(ended(0, None), value=value, metrics={"loss": value}, others=others))
    [line] = read_lines(LocalStore(tmp_path), TRIALS)
    assert (line.value, line.metrics, line.others) == (None, {"loss": None}, {"deep": [1.0, [None]]})
    assert "NaN" not in (tmp_path / TRIALS).read_text()
    assert "Infinity" not in (tmp_path / TRIALS).read_text()


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert list(read_lines(LocalStore(tmp_path), TRIALS)) == []


def test_a_line_torn_at_any_byte_costs_only_itself(tmp_path: Path) -> None:
    Record(LocalStore(tmp_path)).end(ended(0, reason="erste"))
    Record(LocalStore(tmp_path)).end(ended(1, reason="zweite"))
    whole = (tmp_path / TRIALS).read_bytes()
    Record(LocalStore(tmp_path)).end(ended(2, reason='größer: {"trial": 9}', config={"filters": 8}))
    all_three = (tmp_path / TRIALS).read_bytes()
    for end in range(len(whole), len(all_three)):
        (tmp_path / TRIALS).write_bytes(all_three[:end])
        # Without its newline only, the last line is whole.
        kept = [0, 1, 2] if end == len(all_three) - 1 else [0, 1]
        assert [line.trial for line in read_lines(LocalStore(tmp_path), TRIALS)] == kept
        Record(LocalStore(tmp_path)).end(ended(3, reason="vierte"))
        after = list(read_lines(LocalStore(tmp_path), TRIALS))
        assert [line.trial for line in after] == [*kept, 3]
        assert after[-1].reason == "vierte"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(lines=st.lists(st.dictionaries(st.text(min_size=1).map("other {}".format), JSON, max_size=3)))
def test_what_the_format_does_not_name_comes_back(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, Any]]
) -> None:
    folder = tmp_path_factory.mktemp("record")
    whole = [epoch(4, 1, others=line) for line in lines]
    Record(LocalStore(folder)).epochs(whole)
    assert read_lines(LocalStore(folder), CURVES) == whole


def test_a_record_that_cannot_be_written_ends_the_sweep(tmp_path: Path) -> None:
    with pytest.raises(SweepError, match=r"cannot write .*gone/trials\.jsonl: the folder is not there"):
        Record(LocalStore(tmp_path / "gone")).end(ended(0))
    (tmp_path / CURVES).mkdir()
    with pytest.raises(SweepError, match=r"cannot write .*curves\.jsonl: Is a directory"):
        Record(LocalStore(tmp_path)).epochs([epoch(0, 1)])


def test_a_record_holds_no_open_file(tmp_path: Path) -> None:
    record = Record(LocalStore(tmp_path))
    record.end(ended(0))
    pickle.loads(pickle.dumps(record)).end(ended(1))
    assert [json.loads(line)["trial"] for line in (tmp_path / TRIALS).read_text().splitlines()] == [0, 1]


class TestLog:
    def test_what_a_trial_printed_stands_in_a_file_of_its_own(self, tmp_path: Path) -> None:
        record = Record(LocalStore(tmp_path))
        record.log(7, "one\ntwo\n")
        record.log(7, "three")
        assert (tmp_path / log_name(7)).read_text(encoding="utf-8") == "one\ntwo\nthree\n"
        assert [path.name for path in (tmp_path / "logs").iterdir()] == ["000007.txt"]

    def test_it_does_not_bring_back_a_study_that_somebody_deleted(self, tmp_path: Path) -> None:
        record = Record(LocalStore(tmp_path / "deleted"))
        with pytest.raises(StorageError, match="the folder is not there"):
            record.log(7, "one\n")
        assert not (tmp_path / "deleted").exists()
