from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment


def experiment(**keys: Any) -> Experiment:
    return Experiment(name="a", space={"units": {"choice": [8, 16]}}, **keys)


def test_they_survive_the_file() -> None:
    given = experiment(
        notify={"command": ["notify-send", "done"], "webhook": "env:HOOK", "timeout": 5},
        tracking={"tensorboard": "runs", "mlflow": "sqlite:///mlflow.db"},
    )
    assert Experiment.from_dict(given.to_dict()) == given
    assert given.notify is not None
    assert given.notify.command == ("notify-send", "done")


def test_left_out_there_are_none() -> None:
    assert experiment().notify is None
    assert (experiment().tracking.tensorboard, experiment().tracking.mlflow) == (None, None)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"notify": {}}, "notify: needs command, webhook or both"),
        ({"notify": {"webhook": "ftp://a/b"}}, "notify.webhook: must"),
        ({"notify": {"webhook": "file:///etc/passwd"}}, "notify.webhook: must"),
        ({"notify": {"command": "rm -rf ."}}, "notify.command: must"),
        ({"notify": {"command": []}}, "notify.command: must"),
        ({"notify": {"command": ["a"], "timeout": 0}}, "notify.timeout: must"),
        ({"notify": {"comand": ["a"]}}, "did you mean 'command'?"),
        ({"tracking": {"tensorbord": "runs"}}, "did you mean 'tensorboard'?"),
        ({"tracking": {"mlflow": ""}}, "tracking.mlflow: must"),
    ],
)
def test_what_is_wrong_is_told(keys: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as raised:
        experiment(**keys)
    assert said in str(raised.value)
