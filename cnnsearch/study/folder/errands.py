"""What a study would run, or tell somebody, on the machine of whoever goes on with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cnnsearch.escaping import json_text, shell_line
from cnnsearch.experiment import Experiment

__all__ = ["Errand", "errands_of", "model_errands"]


@dataclass(frozen=True)
class Errand:
    """One of them.

    Attributes:
        where: key of the experiment.
        does: in words, what it would do; of an address its host alone, as the rest may be a secret.
        digest: of all that it is: another command, address or code is another errand.
    """

    where: str
    does: str
    digest: str

    @classmethod
    def of(cls, where: str, does: str, content: Any) -> Errand:
        return cls(where, does, hashlib.sha256(json_text([where, content]).encode()).hexdigest())


def errands_of(experiment: Experiment, environment: Mapping[str, Any]) -> list[Errand]:
    """All that going on with a study would do.

    Args:
        experiment: with which it goes on.
        environment: content of the study's ``environment.json``, which tells what its own code was.
    """
    found = []
    notify, tracking = experiment.notify, experiment.tracking
    if notify is not None and notify.command is not None:
        command = list(notify.command)
        found.append(Errand.of("notify.command", f"run at its end: {shell_line(command)}", command))
    if notify is not None and notify.webhook is not None:
        does = f"post its result to {_place(notify.webhook)}"
        found.append(Errand.of("notify.webhook", does, notify.webhook))
    if tracking.mlflow is not None:
        found.append(Errand.of("tracking.mlflow", f"write to MLflow at {_place(tracking.mlflow)}", tracking.mlflow))
    if tracking.tensorboard is not None:
        folder = str(tracking.tensorboard)
        found.append(Errand.of("tracking.tensorboard", f"write files into {shell_line([folder])}", folder))
    return found + model_errands(experiment, environment)


def model_errands(experiment: Experiment, environment: Mapping[str, Any]) -> list[Errand]:
    """What building the study's network and judging it would do: nothing, unless code of somebody's own does that."""
    code = environment.get("code", {})
    return [
        Errand.of(where, f"import and run {name}, as it lies in the working directory or on PYTHONPATH", [name, code])
        for where, name in experiment.own_code.items()
    ]


def _place(address: str) -> str:
    """Without what may be secret in it: user, password, path of a webhook."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname}" if parts.hostname else address
