"""Exit codes: 2 is bad input, before anything was done; whatever goes wrong later, a full disk above all, is 1."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from synthetic import write_study

from cnnsearch.cli.app import main
from cnnsearch.errors import InputError, Problem, StorageError, unwritten
from cnnsearch.serving.prediction import evaluation
from cnnsearch.sweep.signals import heeded
from cnnsearch.tasks.classification.spec import CLASSIFICATION

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail(*_: object, **__: object) -> None:
    raise StorageError("cannot write report.html: No space left on device") from FULL


def code_of(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> object:
    monkeypatch.setattr(sys, "argv", ["cnnsearch", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.ENOSPC, StorageError), (errno.EDQUOT, StorageError), (errno.EACCES, InputError)]
)
def test_a_full_disk_is_no_bad_input(number: int, kind: type[Exception]) -> None:
    error = OSError(number, os.strerror(number))
    told = unwritten(Problem("-o", f"cannot write it: {error.strerror}", "x.zip"), error)
    assert type(told) is kind
    assert str(told) == f"-o: cannot write it: {error.strerror} (got 'x.zip')"


def test_a_report_on_a_full_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path / "one", trials=3)
    monkeypatch.setattr("cnnsearch.report.page.render", lambda *_: "the page")

    def full(_: int) -> None:
        raise FULL

    monkeypatch.setattr("os.fsync", full)
    assert code_of(monkeypatch, "report", study.path) == 1
    said = f"error: cannot write the report; cannot write {study.path / 'report.html'}: {FULL.strerror}"
    assert " ".join(capsys.readouterr().err.split()) == said, "where it is, once"


def test_a_report_where_there_is_no_folder_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = write_study(tmp_path / "one", trials=3)
    monkeypatch.setattr("cnnsearch.report.page.render", lambda *_: "the page")
    assert code_of(monkeypatch, "report", study.path, "-o", tmp_path / "no" / "r.html") == 2


def test_what_goes_wrong_when_a_sweep_is_over_is_no_bad_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(*_: object) -> None:
        raise InputError(Problem("STUDY", "cannot be read any more"))

    monkeypatch.setattr("cnnsearch.cli.app.app", end)
    with heeded() as stop:
        assert code_of(monkeypatch) == 2
        stop.begin("/studies/one")
        assert code_of(monkeypatch) == 1


def test_a_reading_of_the_test_split_is_shown_also_where_the_report_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path / "one", trials=3)
    answers = CLASSIFICATION.answers(("cat", "dog"))
    result = evaluation(CLASSIFICATION, answers, np.array([0, 1]), np.float32([[0.9, 0.1], [0.8, 0.2]]))
    monkeypatch.setattr("cnnsearch.sweep.data.load_data", lambda _: (None, None))
    monkeypatch.setattr("cnnsearch.serving.held_out.read_test", lambda *_, **__: result)
    monkeypatch.setattr("cnnsearch.report.write_report", fail)
    assert code_of(monkeypatch, "evaluate", study.path, "--test", "--json") == 1
    assert '"accuracy": 0.5' in capsys.readouterr().out


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("argument", ["--version", "spaces"], ids=["little is printed", "much is printed"])
def test_standard_output_that_cannot_be_written(argument: str) -> None:
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "cnnsearch", argument]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: cannot write")
    assert ended.stderr.rstrip().endswith("No space left on device")
    assert "Traceback" not in ended.stderr
