"""Every command on a packed study: it reads, or it refuses before any work."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
import ray
from commands import call, refuse
from synthetic import write_study

from cnnsearch.cli.app import app
from cnnsearch.study.folder.packed import pack

Kind = Literal["reads", "writes", "takes no study"]

COMMANDS: dict[str, Kind] = {
    "run": "takes no study",
    "resume": "writes",
    "submit": "takes no study",
    "list": "takes no study",
    "show": "reads",
    "watch": "reads",
    "logs": "reads",
    "report": "writes",  # with --looked
    "rm": "writes",
    "pack": "reads",
    "export": "reads",
    "check": "takes no study",
    "serve": "reads",
    "rerun": "reads",
    "predict": "reads",
    "evaluate": "writes",  # with --test
    "compress": "writes",
    "queue": "writes",
    "stop-trial": "writes",
    "stop": "writes",
    "extend": "writes",
    "dashboard": "reads",
    "split": "reads",
    "spaces": "takes no study",
    "schema": "takes no study",
    "doctor": "takes no study",
    "up": "takes no study",
    "down": "takes no study",
    "cache": "takes no study",
    "preview": "takes no study",
}
"""A new command is to be put here; what writes is to refuse a packed study, and needs a line in ``WRITING``."""

WRITING = [
    ("resume", "a.zip"),
    ("resume", "a.zip", "--trials", "99", "--json"),
    ("evaluate", "a.zip", "--test"),
    ("compress", "a.zip", "--quantize", "int8"),
    ("report", "a.zip", "--looked"),
    ("rm", "a.zip", "--yes"),
    ("queue", "a.zip", "../config.yaml"),
    ("stop-trial", "a.zip", "0"),
    ("stop", "a.zip"),
    ("extend", "a.zip", "--trials", "99"),
]

READING = [("show", "a.zip"), ("logs", "a.zip", "1"), ("watch", "a.zip"), ("report", "a.zip", "--format", "md")]


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "there").mkdir()
    (tmp_path / "temporary").mkdir()
    (tmp_path / "config.yaml").write_text("filters: 8\n")
    file = pack(write_study(tmp_path / "a", trials=3).store, tmp_path / "there" / "a.zip")
    monkeypatch.chdir(file.parent)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return file


def test_of_every_command_it_is_known_whether_it_writes() -> None:
    assert {command.name for command in app.registered_commands} == set(COMMANDS)
    assert {arguments[0] for arguments in WRITING} == {name for name, kind in COMMANDS.items() if kind == "writes"}


@pytest.mark.parametrize("arguments", WRITING, ids=" ".join)
def test_those_that_write_refuse_it_before_any_work(
    packed: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
) -> None:
    def start(**_: object) -> None:
        raise AssertionError("nothing may be started")

    monkeypatch.setattr(ray, "init", start)
    monkeypatch.setattr("cnnsearch.sweep.data.load_data", start)
    before = packed.read_bytes()
    said = refuse(monkeypatch, capsys, *arguments)
    assert "unpack it (python -m zipfile -e" in said or "delete it as any other file" in said
    assert packed.read_bytes() == before
    assert [path.name for path in packed.parent.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("arguments", READING, ids=" ".join)
def test_those_that_read_take_it(packed: Path, arguments: tuple[str, ...]) -> None:
    before = packed.read_bytes()
    call(*arguments)
    assert packed.read_bytes() == before
    assert [path.name for path in packed.parent.iterdir()] == ["a.zip"]
