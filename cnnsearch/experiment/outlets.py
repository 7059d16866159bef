"""Sections of an experiment that say who else is told of a sweep."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from cnnsearch.data.sources.spec import FileName
from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section
from cnnsearch.redaction import redacted, redacted_words

__all__ = ["FROM_ENVIRONMENT", "Notify", "Tracking"]

FROM_ENVIRONMENT = "env:"
"""Before the name of the environment variable that holds an address."""


class Notify(Section):
    """Who is told at the end of a sweep, also of one that was interrupted or failed.

    Attributes:
        command: a program and its arguments, run without a shell; it gets one JSON object on its standard input.
        webhook: an ``http`` or ``https`` URL to which the same object is posted, of which a study keeps the host alone;
            ``env:NAME`` takes it from an environment variable of the driver, which a resumed sweep finds again.
        timeout: seconds for each of them.
    """

    command: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1, strict=False)] | None = None
    webhook: Annotated[str, Field(pattern=r"^(https?://\S+|env:[A-Za-z_][A-Za-z0-9_]*)$")] | None = None
    timeout: Annotated[float, Field(gt=0.0, le=3600.0)] = 30.0

    def model_post_init(self, _: Any) -> None:
        if self.command is None and self.webhook is None:
            rule = "needs command, webhook or both, as {webhook: 'env:WEBHOOK_URL'} or {command: [notify-send, done]}"
            raise carrying([Problem("", rule)])

    def without_secrets(self) -> Notify:
        """As a study records it."""
        command = None if self.command is None else tuple(redacted_words(self.command))
        return self.model_copy(update={"command": command, "webhook": self.webhook and redacted(self.webhook)})


class Tracking(Section):
    """Where else epochs and ended trials are written while a sweep runs.

    Attributes:
        tensorboard: folder, in which each study has one of its own: scalars of every trial, and HParams. Needs the
            extra ``tensorboard``.
        mlflow: tracking URI, as ``http://host:5000`` or ``sqlite:///mlflow.db``, or ``env:NAME``, as of a webhook: a
            run for the study and one below it for each trial. Needs the extra ``mlflow``.
    """

    tensorboard: FileName | None = None
    mlflow: Annotated[str, Field(min_length=1)] | None = None

    def without_secrets(self) -> Tracking:
        """As a study records it."""
        return self.model_copy(update={"mlflow": self.mlflow and redacted(self.mlflow)})
