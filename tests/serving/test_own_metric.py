"""A model is judged anew by a function of the user's own only where that may be run, and is what it was."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import digits_experiment, environment, write_study

from cnnsearch.errors import InputError, TrialError
from cnnsearch.serving.own_metric import metric_as_input, permit_metric
from cnnsearch.study import Study

CODE = "def cost(targets, predictions):\n    return 0.5\n"


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Study]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # finding it adds the working directory
    (tmp_path / "judged_anew.py").write_text(CODE)

    def make(code: str = CODE, name: str = "judged_anew:cost") -> Study:
        aim = {"metric": name, "mode": "min"}
        described = {**environment(), "code": {"judged_anew.py": hashlib.sha256(code.encode()).hexdigest()}}
        return write_study(tmp_path / "study", digits_experiment(objective=aim), trials=1, described=described)

    return make


def test_of_a_study_of_somebody_else_it_is_asked_for(study: Callable[..., Study]) -> None:
    asked: list[Any] = []
    with pytest.raises(InputError, match=r"objective\.metric: would import and run judged_anew:cost"):
        permit_metric(study(), lambda errands: bool(asked.append(errands)))
    assert len(asked) == 1
    permit_metric(study(), lambda _: True)


def test_what_has_changed_since_is_refused(study: Callable[..., Study]) -> None:
    with pytest.raises(InputError, match=r"objective\.metric: judged_anew\.py has changed since the study was run"):
        permit_metric(study(CODE.replace("0.5", "0.7")), lambda _: True)


def test_what_is_not_there_is_refused(study: Callable[..., Study]) -> None:
    with pytest.raises(InputError, match=r"objective\.metric: no module 'judged_nowhere'"):
        permit_metric(study(name="judged_nowhere:cost"), lambda _: True)


def test_a_metric_of_the_task_needs_nothing(tmp_path: Path) -> None:
    permit_metric(write_study(tmp_path / "study", trials=1), lambda _: False)


def test_a_function_that_fails_is_bad_input() -> None:
    with pytest.raises(InputError, match=r"objective\.metric: it failed"), metric_as_input("a:b"):
        raise TrialError("it failed")
