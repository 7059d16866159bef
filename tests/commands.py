"""Calls commands in this process, and looks at what they print and at their exit codes."""

from __future__ import annotations

import sys

import pytest
from typer.testing import CliRunner

from cnnsearch.cli.app import app, main


def call(*arguments: object) -> str:
    """Standard output of a command that must succeed."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def refuse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """Standard error of a command that must be refused as bad input, without a traceback."""
    monkeypatch.setattr(sys, "argv", ["cnnsearch", *map(str, arguments)])
    with pytest.raises(SystemExit) as exit_:
        main()
    captured = capsys.readouterr()
    assert exit_.value.code == 2
    assert captured.out == ""
    assert "Traceback" not in captured.err
    return captured.err
