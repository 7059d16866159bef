"""The key ``task``: what is predicted."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from cnnsearch.errors import InputError
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.schema import task_schema
from cnnsearch.tasks import TASKS

__all__ = ["TaskKey"]


def _task(value: Any) -> str:
    try:
        return TASKS.find(value, "").name
    except InputError as error:
        raise carrying(error.problems) from None


TaskKey = Annotated[str, BeforeValidator(_task), WithJsonSchema(task_schema())]
