"""What counts as the same record: every value bit for bit, whatever the format, but for times and machines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.same_results.differences import compare
from benchmarks.same_results.lines import ORDER, read_record
from benchmarks.same_results.runs import RUNS, needed

START = 1_750_000_000.0


def metrics(value: float) -> dict[str, float]:
    return {"loss": 0.5, "accuracy": value, "val_loss": 0.5, "val_accuracy": value, "val_f1": value}


def proposed(**keys: Any) -> dict[str, Any]:
    return {"config": {}, "seed": 1, "told": 0, "time": START, **keys}


def epoch(number: int, value: float = 0.5) -> dict[str, Any]:
    """As format 1 has it."""
    return {"epoch": number, **metrics(value), "learning_rate": 0.001, "seconds": 1.0, "time": START + number}


def ended(**keys: Any) -> dict[str, Any]:
    end = {"state": "COMPLETED", "reason": None, "value": 0.5, "best_epoch": 1, "epochs": 1, "metrics": metrics(0.5)}
    return {"config": {}, **end, "cost": {}, "seed": 1, "worker": {}, "started": START, "ended": START + 2, **keys}


def run(number: int) -> dict[str, Any]:
    return {**{key: value for key, value in ended().items() if key != "config"}, "run": number}


RECORD: dict[str, list[dict[str, Any]]] = {
    "proposals": [proposed(trial=trial) for trial in range(2)],
    "curves": [{"trial": trial, **epoch(number)} for trial in range(2) for number in (1, 2)],
    "trials": [ended(trial=trial, event=trial, cost={"parameters": 7, "wall_seconds": 1.5}) for trial in range(2)],
    "finalists": [{"trial": 1, **run(0)}],
}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a record into a folder of its own; files replace those of ``RECORD``."""

    def make(name: str, **files: list[dict[str, Any]]) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file, lines in {**RECORD, **files}.items():
            (folder / f"{file}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return folder

    return make


def differences(write: Callable[..., Path], without: frozenset[str] = frozenset(), **files: Any) -> list[str]:
    return compare(read_record(write("before")), read_record(write("now", **files)), without).differ


def test_a_record_is_that_of_itself(write: Callable[..., Path]) -> None:
    assert differences(write) == []


def test_times_machines_and_the_layout_of_a_format_are_no_difference(write: Callable[..., Path]) -> None:
    values = ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1")
    curves = [
        {
            **{key: value for key, value in line.items() if key not in values},
            "format": 2,
            "values": {key: line[key] for key in values},
            "time": 1.0,
            "seconds": 9.0,
        }
        for line in RECORD["curves"]
    ]
    elsewhere = {
        "worker": {"pid": 1},
        "model": "a digest",
        "started": 1.0,
        "ended": 2.0,
        "cost": {"parameters": 7, "wall_seconds": 99.0},
    }
    trials = [{**line, "format": 2, **elsewhere, "notes": []} for line in RECORD["trials"]]
    assert differences(write, curves=curves, trials=trials) == []


@pytest.mark.parametrize(
    ("file", "keys", "told"),
    [
        ("proposals", {"seed": 2}, "proposals, trial 1, seed: 1 before, 2 now"),
        ("curves", {"val_loss": 0.5000000000000001}, "val_loss: 0.5 before, 0.5000000000000001 now"),
        ("trials", {"value": None}, "trials, trial 1, value: 0.5 before, None now"),
        ("trials", {"event": 5}, "trials, trial 1, event: 1 before, 5 now"),
        ("trials", {"cost": {"parameters": 8}}, "trials, trial 1, cost.parameters: 7 before, 8 now"),
        ("trials", {"metrics": {**metrics(0.5), "val_f1": 0.4}}, "trial 1, metrics.val_f1: 0.5 before, 0.4 now"),
        ("finalists", {"curve": [0.1]}, None),
    ],
)
def test_any_other_value_is_one(write: Callable[..., Path], file: str, keys: dict[str, Any], told: str | None) -> None:
    lines = [*RECORD[file][:-1], {**RECORD[file][-1], **keys}]
    found = compare(read_record(write("before")), read_record(write("now", **{file: lines})))
    if told is None:
        assert (found.differ, found.added) == ([], {"finalists: curve"}), "only the later code writes it: told aside"
    else:
        [one] = found.differ
        assert one.endswith(told)


def test_lines_that_only_one_side_has_are_told(write: Callable[..., Path]) -> None:
    lines = RECORD["trials"]
    assert differences(write, trials=lines[:1]) == ["trials, trial 1: only before"]
    before, now = write("fewer"), write("twice", trials=[*lines, lines[1]])
    assert compare(read_record(before), read_record(now)).differ == ["trials, trial 1 (line 2): only now"]


def test_after_a_kill_the_last_line_of_an_epoch_counts_and_the_order_does_not(write: Callable[..., Path]) -> None:
    again = [{**RECORD["curves"][-1], "event": 9, "asked": True}]
    torn = [{"trial": 1, **epoch(2, 0.1)}]
    curves = [*RECORD["curves"][:-1], *torn, *again]
    trials = [{**line, "event": 8, "attempts": 2} for line in RECORD["trials"]]
    assert differences(write, ORDER, curves=curves, trials=trials) == []


def test_where_a_study_lies_that_weights_come_from_is_no_difference(write: Callable[..., Path]) -> None:
    before, now = (
        [proposed(trial=0, config={"weights": f"study:/{folder}/first", "units": 3})] for folder in ("one", "other")
    )
    found = compare(read_record(write("before", proposals=before)), read_record(write("now", proposals=now)))
    assert found.differ == []


def test_a_record_without_lines_proves_nothing(write: Callable[..., Path]) -> None:
    with pytest.raises(ValueError, match="no curves, trials"):
        read_record(write("empty", curves=[], trials=[]))


def test_a_run_comes_behind_the_one_it_needs() -> None:
    assert needed(["resumed", "transfer"]) == ["asha", "first-half", "transfer", "resumed"]
    assert needed(list(RUNS)) == list(RUNS)
