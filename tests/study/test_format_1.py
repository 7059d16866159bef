"""Studies that were written in format 1, by cnnsearch at bbea18d: what is told of them has not changed.

Beside each folder of ``format_1`` lies what the code that wrote it told of it. Of the models, reports and pictures of
mistakes nothing was kept, and host and paths are made up.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import replay
from cnnsearch.study import Study
from cnnsearch.study.record.lines import CURVES
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.record.schema import FORMAT

FOLDER = Path(__file__).parent / "format_1"
NAMES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


def expected(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("name", NAMES)
def test_what_is_told_of_it_is_what_was_told(name: str) -> None:
    study, before = Study.load(FOLDER / name), expected(name)
    summary = study.summary(every_trial=True)
    since = ("ended_by",)  # told by later versions too
    told = {key: value for key, value in summary.items() if key not in ("study", "report", "best_model", *since)}
    assert json.dumps(told) == json.dumps(before["summary"])
    assert [name for name in study.trials if name != "duration"] == before["trials"]
    curves = _in_numbers(study.curves)
    expected_curves = before.get("curves", curves)
    assert list(curves) == list(expected_curves)
    for name, values in expected_curves.items():
        close = name in ("seconds", "time")  # by way of whole nanoseconds
        assert curves[name] == (pytest.approx(values, abs=1e-6) if close else values)
    assert study.name in study.markdown()


def _in_numbers(curves: Any) -> dict[str, Any]:
    """The table with seconds for moments and durations, as the code that wrote these studies had it."""
    told = curves.rename(columns={"duration": "seconds"})
    if "seconds" in told:
        told["seconds"] = told["seconds"].dt.total_seconds()
    if "time" in told:
        told["time"] = [moment.timestamp() for moment in told["time"]]
    return {key: [None if value != value else value for value in told[key].tolist()] for key in told}


@pytest.mark.parametrize("name", NAMES)
def test_its_sweep_can_go_on(name: str) -> None:
    past = Past.read(Study.load(FOLDER / name).store)
    trials = expected(name)["summary"]["every_trial"]
    assert sorted(line.trial for line in past.ends) == [trial["trial"] for trial in trials]
    assert [line.trial for line in past.in_flight] == ([2] if name == "interrupted" else [])
    assert all(replayed.agrees for replayed in replay(FOLDER / name))


def test_all_kinds_are_there() -> None:
    studies = {name: Study.load(FOLDER / name) for name in NAMES}
    assert {record.state for record in studies["failed"].records} == {"COMPLETED", "STOPPED", "FAILED"}
    assert [record.audited for record in studies["failed"].records if record.audited] == [1, 1, 1]
    assert all(record.traceback for record in studies["failed"].records if record.state == "FAILED")
    assert studies["asha"].counts["STOPPED"] == 2
    assert studies["interrupted"].in_flight == {2}
    assert [line.why for line in Past.read(studies["resumed"].store).attempts] == ["worker died", "resumed"]
    assert len(studies["resumed"].environment["resumed"]) == 1
    finalists = studies["finalists"]
    assert finalists.finals is not None
    assert (finalists.finals.winner, len(finalists.test_reads)) == (2, 1)
    assert all(record.features for record in studies["transfer"].records)
    assert {record.config["fine_tune_epochs"] for record in studies["transfer"].records} == {0, 2}


def test_where_it_goes_on_its_lines_are_of_both_formats(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "interrupted", tmp_path / "one")
    study = Study.load(tmp_path / "one")
    last = max(line.epoch for line in study.epochs if line.trial == 2)
    told = next(line for line in study.epochs if (line.trial, line.epoch) == (2, last))
    Record(study.store).epochs([told])
    again = Study.load(tmp_path / "one")
    assert [line.format for line in read_lines(again.store, CURVES)][-2:] == [1, FORMAT]
    assert again.epochs == study.epochs
    assert again.curves.equals(study.curves)
