from __future__ import annotations

from pathlib import Path

import pytest
from commands import call, refuse
from synthetic import SyntheticTrial, write_study

from cnnsearch.study.folder.packed import pack
from cnnsearch.study.record.record import Record

TRIALS = [
    SyntheticTrial("COMPLETED", [0.5]),
    SyntheticTrial("FAILED", [], reason="ValueError: no such layer"),
    SyntheticTrial("INTERRUPTED", [0.5]),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study = write_study(tmp_path / "one", trials=TRIALS)
    record = Record(study.store)
    record.log(0, "first line\n[bold]second[/bold]\n")
    record.log(0, "third")
    record.log(2, "still running\n")
    return tmp_path / "one"


def test_what_was_printed_is_shown_as_it_is(folder: Path) -> None:
    assert call("logs", folder, 0) == "first line\n[bold]second[/bold]\nthird\n"


def test_of_a_trial_that_has_not_ended_too(folder: Path) -> None:
    assert call("logs", folder, 2) == "still running\n"


def test_of_a_packed_study_too(folder: Path, tmp_path: Path) -> None:
    from cnnsearch.study import Study

    assert "third" in call("logs", pack(Study.load(folder).store, tmp_path / "a.zip"), 0)


def test_a_failed_trial_tells_why(folder: Path) -> None:
    assert call("logs", folder, 1) == "trial 1 failed: ValueError: no such layer\n"


def test_there_is_no_file_of_a_trial_that_printed_nothing(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "logs").iterdir()) == ["000000.txt", "000002.txt"]


def test_an_unknown_trial_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "must be a trial of this study; it has 3" in refuse(monkeypatch, capsys, "logs", folder, 7)
