"""A study in which a link or a named pipe lies: commands that read end as for any bad input, at once."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from commands import call
from synthetic import write_study

from cnnsearch.cli.app import main


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_study(tmp_path_factory.mktemp("strangers") / "a", trials=3).path


@pytest.mark.parametrize(
    ("name", "commands"),
    [
        ("experiment.yaml", [("show",), ("logs", "1"), ("rm", "--yes"), ("resume",)]),
        ("trials.jsonl", [("show",), ("watch",), ("report",), ("pack",), ("evaluate", "data"), ("resume",)]),
        ("test_reads.jsonl", [("show",), ("report", "--format", "md")]),
        ("best/model.keras", [("show",), ("export", "-o", "m.keras"), ("predict", "x.png"), ("evaluate", "data")]),
        ("logs/000001.txt", [("logs", "1")]),
        ("optuna.journal", [("dashboard",)]),
        ("report.html", [("report",), ("resume",)]),
    ],
)
@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_it_is_refused_by_name(
    study: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    commands: list[tuple[str, ...]],
    kind: str,
) -> None:
    shutil.copytree(study, tmp_path / "a")
    (tmp_path / "precious").write_text("years of work")
    stranger = tmp_path / "a" / name
    stranger.parent.mkdir(exist_ok=True)
    stranger.unlink(missing_ok=True)
    if kind == "link":
        stranger.symlink_to(tmp_path / "precious")
    else:
        os.mkfifo(stranger)
    monkeypatch.chdir(tmp_path)
    for command, *arguments in commands:
        monkeypatch.setattr(sys, "argv", ["cnnsearch", command, "a", *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
        assert exit_.value.code == 2
        said = capsys.readouterr().err
        assert name in said
        assert {"link": "a link", "pipe": "a named pipe"}[kind] in said
    assert (tmp_path / "precious").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "precious"]


def test_one_that_nothing_reads_hinders_no_reading(study: Path, tmp_path: Path) -> None:
    shutil.copytree(study, tmp_path / "a")
    (tmp_path / "a" / "notes").symlink_to(tmp_path / "elsewhere")
    assert call("show", tmp_path / "a") == call("show", study).replace(str(study), str(tmp_path / "a"))
