"""What is read of a record that was damaged, or written by another program."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recorded import ended, epoch, proposed, report, run
from synthetic import write_study

from cnnsearch.errors import InputError
from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.record.lines import (
    ATTEMPTS,
    COMPRESSIONS,
    CURVES,
    FINALISTS,
    NOT_COMPRESSED,
    PAUSES,
    PROPOSALS,
    RELEASES,
    TEST_READS,
    TRIALS,
    AnyLine,
    AttemptLine,
    CompressionLine,
    EpochLine,
    Line,
    LineFile,
    NotCompressedLine,
    PauseLine,
    ReadingLine,
    ReleaseLine,
    Startup,
    Timing,
    Worker,
    to_json,
)
from cnnsearch.study.record.reading import LineReader
from cnnsearch.study.record.record import text_of

FLAT = {"epoch": 1, "loss": 0.5, "accuracy": 0.5, "val_loss": 0.5, "val_accuracy": 0.5, "val_f1": 0.5, "seconds": 1.0}
"""An epoch as format 1 had it."""

WHOLE: dict[LineFile[Any], Line] = {
    PROPOSALS: proposed(0),
    CURVES: epoch(0, 1),
    TRIALS: ended(0),
    FINALISTS: run(0, 0),
    ATTEMPTS: AttemptLine(trial=0, attempt=2, why="it died", time=1.0),
    PAUSES: PauseLine.of(report(0, {2: 0.5}).training, 1),
    RELEASES: ReleaseLine(trial=0, epoch=2, event=3, time=1.0, closing=True),
    TEST_READS: ReadingLine(trial=0, run=0, by="x", time=1.0, count=5, metrics={"accuracy": 0.5}),
    COMPRESSIONS: CompressionLine(
        trial=0,
        source="a",
        name="int8",
        way={"quantize": "int8"},
        file="b",
        bytes=9,
        gzipped=8,
        parameters=3,
        macs=4.0,
        count=5,
        metrics={"accuracy": 0.5},
        timings=(Timing(threads=1, median_seconds=0.1, p95_seconds=0.2, runs=3),),
        seconds=1.0,
        time=1.0,
    ),
    NOT_COMPRESSED: NotCompressedLine(trial=0, source="a", name="int8", reason="it cannot be", time=1.0),
}


def read(name: LineFile[AnyLine], *lines: object) -> list[AnyLine]:
    texts = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return LineReader(name, "study").read(b"\n".join(texts) + b"\n")


def line_of(name: LineFile[Any], **keys: Any) -> dict[str, Any]:
    return {**json.loads(text_of(WHOLE[name])), **keys}


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_line_is_as_it_was_written(name: LineFile[Any]) -> None:
    assert read(name, line_of(name)) == [WHOLE[name]]
    (line,) = read(name, line_of(name, other={"x": [1]}, others=2))
    assert line == replace(WHOLE[name], others={"other": {"x": [1]}, "others": 2})
    assert to_json(line) == line_of(name, other={"x": [1]}, others=2)


def test_what_is_not_known_of_a_worker_is_kept_too() -> None:
    worker = {"node": "n", "pid": 7, "other": 1, "startup": {"fed": 2.0, "other": [2]}}
    (line,) = read(TRIALS, line_of(TRIALS, worker=worker))
    assert line.worker == Worker(node="n", pid=7, startup=Startup(fed=2.0, others={"other": [2]}), others={"other": 1})
    assert to_json(line) == line_of(TRIALS, worker=worker)


@pytest.mark.parametrize("keys", [{"format": 1}, {}], ids=["format 1", "none"])
def test_an_epoch_of_format_1_has_its_metrics_under_values(keys: dict[str, Any]) -> None:
    (line,) = read(CURVES, {"trial": 3, **keys, **FLAT, "time": 5.0, "event": 4, "asked": True, "other": "x"})
    values = dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy", "val_f1"), 0.5)
    expected = EpochLine(trial=3, epoch=1, values=values, seconds=1.0, time=5.0, event=4, asked=True)
    assert line == replace(expected, others={"other": "x"})
    assert line.format == keys.get("format")
    assert read(CURVES, {"trial": 3, "epoch": 1})[0].values == dict.fromkeys(values)


def test_formats_may_stand_in_one_file() -> None:
    found = read(CURVES, {"trial": 0, "format": 1, **FLAT}, line_of(CURVES, epoch=2, values={"auc": 0.75}))
    assert [(line.epoch, line.values.get("loss"), line.values.get("auc")) for line in found] == [
        (1, 0.5, None),
        (2, None, 0.75),
    ]


def test_values_want_their_format_named() -> None:
    line = line_of(CURVES)
    del line["format"]
    for keys in ({}, {"format": 1}):
        with pytest.raises(InputError, match=r"curves\.jsonl, line 1: must be of format 2, as it has values"):
            read(CURVES, {**line, **keys})


ODD = [
    (TRIALS, {"state": "DONE"}, "state: must be COMPLETED, STOPPED or FAILED"),
    (TRIALS, {"state": ["COMPLETED"]}, "state: must be COMPLETED, STOPPED or FAILED"),
    (TRIALS, {"value": "0.5"}, "value: must be a finite number, or null"),
    (TRIALS, {"value": None}, "a trial that has not FAILED must have a value"),
    (TRIALS, {"metrics": [1]}, "metrics: must be a mapping"),
    (TRIALS, {"metrics": {"val_accuracy": {}}}, r"metrics\.val_accuracy: must be a finite number, or null"),
    (TRIALS, {"metrics": {"val_accuracy": 1.5}}, "metrics: must hold a number from 0 to 1 for val_accuracy"),
    (TRIALS, {"worker": {"pid": True}}, r"worker\.pid: must be a whole number from 0 on"),
    (TRIALS, {"config": {"filters": {"a": 1}}}, r"config\.filters: must be true or false, a finite number, a text"),
    (TRIALS, {"trial": -1}, "trial: must be the number of a trial"),
    (TRIALS, {"trial": True}, "trial: must be the number of a trial"),
    (TRIALS, {"epochs": 1.5}, "epochs: must be a whole number from 0 on"),
    (TRIALS, {"notes": "x"}, "notes: must be a list"),
    (CURVES, {"epoch": 0}, "epoch: must be a whole number from 1 on"),
    (CURVES, {"epoch": 10**400}, "epoch: must be a whole number from 1 on"),
    (CURVES, {"values": {"loss": 1e300}}, r"values\.loss: must be a finite number, or null"),
    (CURVES, {"values": {"val_accuracy": -0.5}}, r"values\.val_accuracy: must be a number from 0 to 1, or null"),
    (PROPOSALS, {"time": "now"}, "time: must be a Unix time, in seconds"),
    (FINALISTS, {"run": None}, "run: must be a whole number from 0 on"),
    (TEST_READS, {"metrics": {"loss": 1.0}}, "metrics: must hold accuracy"),
    (ATTEMPTS, {"why": 3}, "why: must be a text"),
    (PAUSES, {"attempt": 0}, "attempt: must be a whole number from 1 on"),
    (RELEASES, {"closing": 1}, "closing: must be true or false"),
    (TRIALS, {"format": 0}, "format: must be a whole number from 1 on"),
]


@pytest.mark.parametrize(("name", "keys", "told"), ODD, ids=lambda one: None if isinstance(one, str) else str(one)[:30])
def test_what_a_line_may_not_hold_is_told_with_file_line_and_key(name: str, keys: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=rf"^study: {name}, line 2: {told}.*mend the line, or remove it") as error:
        read(name, line_of(name), line_of(name, **keys), line_of(name))
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("key", ["state", "value", "config", "ended"])
def test_what_a_line_must_hold(key: str) -> None:
    line = line_of(TRIALS)
    del line[key]
    with pytest.raises(InputError, match=f"line 1: {key}: is missing"):
        read(TRIALS, line)


def test_what_an_older_line_lacks_is_read_as_unknown() -> None:
    (line,) = read(TRIALS, {"trial": 0, "state": "FAILED", "value": None, "config": {}, "seed": 3, "ended": 5.0})
    assert (line.reason, line.epochs, line.metrics, line.worker, line.started) == (None, 0, {}, Worker(), None)
    assert line.format is None


@pytest.mark.parametrize("text", ["3", "null", "[1]", '"x"'])
def test_a_line_that_is_no_mapping(text: str) -> None:
    with pytest.raises(InputError, match=r"trials\.jsonl, line 1: must be a mapping"):
        read(TRIALS, text.encode())


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("NaN", "JSON has no NaN; what is not finite is null"),
        ("-Infinity", "JSON has no -Infinity; what is not finite is null"),
        ("1e400", "loss: must be a finite number, or null"),
        ("[" * 5000 + "]" * 5000, "is nested too deeply"),
    ],
    ids=["nan", "infinity", "1e400", "deep"],
)
def test_what_other_programs_take_for_json(value: str, told: str) -> None:
    text = json.dumps({"trial": 0, **FLAT, "loss": "HERE"}).replace('"HERE"', value)
    with pytest.raises(InputError, match=rf"curves\.jsonl, line 1: {told}"):
        read(CURVES, text.encode())


def test_nan_in_a_text_is_a_text() -> None:
    assert read(TRIALS, line_of(TRIALS, reason="the loss is NaN"))[0].reason == "the loss is NaN"


def test_a_newer_format_is_refused_whatever_it_holds() -> None:
    told = r"^study: trials\.jsonl, line 1: was written by a newer cnnsearch, in format 3, and this one reads 2"
    with pytest.raises(InputError, match=told):
        read(TRIALS, {"format": 3, "trial": {"number": 0}})


def test_values_keep_their_types_and_bytes() -> None:
    config = {"a": True, "b": 1, "c": 1.0, "d": None, "e": [1, 1.0, False, "x"], "f": "caf\udce9"}
    (line,) = read(PROPOSALS, line_of(PROPOSALS, config=config))
    assert [(name, type(value)) for name, value in line.config.items()] == [(n, type(v)) for n, v in config.items()]
    assert line.config == config
    assert list(map(type, line.config["e"])) == [int, float, bool, str]


class TestDamage:
    def test_what_a_crash_leaves_is_left_out_without_a_word(self, caplog: pytest.LogCaptureFixture) -> None:
        whole = json.dumps(line_of(TRIALS, reason="größer \\ 'x'"), ensure_ascii=False).encode()
        escaped = json.dumps(line_of(TRIALS, reason="größer \ud83d")).encode()
        for text in (whole, escaped):
            for end in range(len(text)):
                assert len(read(TRIALS, text, text[:end], text)) == 2
        assert len(read(TRIALS, b"", whole, b"\0" * 40, whole[:30] + b"\0" * 9)) == 1
        assert caplog.messages == []

    def test_what_no_crash_leaves_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        whole = json.dumps(line_of(TRIALS)).encode()
        odd = whole.replace(b'"state":', b'"state"#', 1)
        with caplog.at_level(logging.WARNING, "cnnsearch"):
            assert len(read(TRIALS, whole, odd, whole, b"\xff\xfe", whole)) == 3
            read(TRIALS, whole, odd, whole, b"\xff\xfe", whole)  # a command reads a file several times
        told = "study: trials.jsonl, lines 2, 4 are no JSON and left out: the file was damaged"
        assert caplog.messages == [told]

    def test_of_many_bad_lines_the_first_are_named(self) -> None:
        with pytest.raises(InputError) as error:
            read(TRIALS, *[line_of(TRIALS, state="x")] * 8)
        assert [problem.where[:21] for problem in error.value.problems[:5]] == [
            f"trials.jsonl, line {number}:" for number in range(1, 6)
        ]
        assert str(error.value.problems[5]) == "and 3 more such problems"


def test_whoever_follows_a_sweep_counts_the_lines_of_the_whole_file(tmp_path: Path) -> None:
    study = write_study(tmp_path / "one", trials=3)
    follower = Follower(study)
    follower.read()
    with (study.path / TRIALS).open("a") as file:
        file.write(json.dumps(line_of(TRIALS, state="x")) + "\n")
    with pytest.raises(InputError, match=r"trials\.jsonl, line 4: state: must be COMPLETED"):
        follower.read()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"dataset": [1]}, "dataset: must be a mapping"),
        ({"dataset": {"counts": {"train": {"cat": -1}}}}, r"dataset\.counts\.train\.cat: must be a whole number"),
        ({"dataset": {"copies": [{"kind": "odd"}]}}, r"dataset\.copies\[0\]: must tell of copies, as a sweep does"),
        ({"dataset": {"tile_of": {"test": [0, "a"]}}}, r"dataset\.tile_of\.test\[1\]: must be a whole number"),
        ({"dataset": {"group_of": {"test": [0, -1]}}}, r"dataset\.group_of\.test\[1\]: must be a whole number"),
        ({"startup": {"began": "x"}}, r"startup\.began: must be a Unix time"),
        ({"resumed": [{"ended": None}]}, r"resumed\[0\]\.ended: must be a Unix time"),
        ({"packages": {"keras": 3}}, r"packages\.keras: must be a text, or null"),
        ({"format": 3}, "was written by a newer cnnsearch, in format 3"),
    ],
    ids=str,
)
def test_the_environment_is_checked_too(tmp_path: Path, keys: dict[str, Any], told: str) -> None:
    study = write_study(tmp_path / "one", trials=1)
    study.store.write_json("environment.json", {**study.environment, **keys})
    with pytest.raises(InputError, match=rf"environment\.json.*{told}"):
        Study.load(study.path)


def test_a_value_that_the_objective_cannot_have(tmp_path: Path) -> None:
    study = write_study(tmp_path / "one", trials=1)
    (line,) = study.records
    (study.path / TRIALS).write_text(json.dumps({**to_json(line), "value": 1.5}) + "\n")
    with pytest.raises(InputError, match=r"trials\.jsonl, trial 0: value: must be a number from 0 to 1, as val_"):
        Study.load(study.path)
