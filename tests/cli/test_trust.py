"""Commands on a study that somebody else made: shown, asked for, refused; before any work."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from commands import refuse
from synthetic import SyntheticTrial, digits_experiment, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.cli.trust import asking
from cnnsearch.errors import InputError
from cnnsearch.study import Study
from cnnsearch.study.folder.errands import Errand
from cnnsearch.study.folder.trust import never
from cnnsearch.sweep.rerun import rerun
from cnnsearch.sweep.resumption import Resumption, resume

REFUSED = "was not made by you on this machine, so nothing was run; if you trust it: --trust"


@pytest.fixture
def strange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    """A study that came from elsewhere, of which one of two trials has ended."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(Resumption, "carry_out", lambda found, *_, **__: found.study)

    def write(**keys: Any) -> Study:
        experiment = digits_experiment(budget={"trials": 2}, **keys)
        study = write_study(tmp_path / "study", experiment, [SyntheticTrial("COMPLETED", (0.9,))])
        for file in ("curves.jsonl", "trials.jsonl"):
            lines = [json.loads(line) for line in (tmp_path / "study" / file).read_text().splitlines()]
            text = "".join(json.dumps({"event": event, **line}) + "\n" for event, line in enumerate(lines))
            (tmp_path / "study" / file).write_text(text)
        return study

    return write


NOTIFY = {"command": ["touch", "/tmp/pwned"]}


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    return result.exit_code, f"{result.output}{result.exception or ''}"


def test_resume_refuses_what_a_stranger_would_run(
    strange: Callable[..., Study], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = strange(notify=NOTIFY)
    said = refuse(monkeypatch, capsys, "resume", study.path)
    assert "notify.command: would run at its end: touch /tmp/pwned" in said
    assert REFUSED in said
    with pytest.raises(InputError, match=r"notify\.command"):
        resume(study)
    assert run("resume", study.path, "--trust")[0] == 0
    assert run("resume", study.path)[0] == 0, "asked once"
    assert resume(study) is study


def test_trust_may_be_given_from_python(strange: Callable[..., Study]) -> None:
    study = strange(notify=NOTIFY)
    other = study.experiment.updated({"budget.trials": 9})
    with pytest.raises(InputError, match=r"notify\.command"):
        resume(study, experiment=other)
    assert resume(study, experiment=other.updated({"notify": {"command": ["my-own"]}})) is study
    assert resume(study, trust=True) is resume(study) is study


def test_nobody_is_asked_where_there_is_nothing(strange: Callable[..., Study]) -> None:
    assert run("resume", strange().path)[0] == 0


def test_a_file_of_the_users_own_is_trusted(strange: Callable[..., Study], tmp_path: Path) -> None:
    study = strange(notify=NOTIFY)
    (tmp_path / "mine.yaml").write_text(study.experiment.to_yaml())
    assert run("resume", study.path, "--file", tmp_path / "mine.yaml")[0] == 0


def test_rerun_asks_before_it_imports(
    strange: Callable[..., Study], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = strange(model="antigravity:fly", space={"width": 3}, notify=NOTIFY)
    said = refuse(monkeypatch, capsys, "rerun", study.path, 0)
    assert "model: would import and run antigravity:fly" in said
    assert "notify" not in said, "rerun tells nobody"
    with pytest.raises(InputError, match="antigravity"):
        rerun(study, 0, ask=never)
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(("answer", "trusted"), [("y\n", True), ("\n", False)])
def test_somebody_at_a_terminal_is_shown_it_and_asked(
    answer: str, trusted: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    errand = Errand.of("notify.command", "run at its end: x\x1b[2J", "x")
    assert asking(False)([errand]) is trusted
    assert "It would\n  run at its end: x\\x1b[2J (notify.command)\n" in capsys.readouterr().err
    assert asking(True)([errand])
