"""The key ``space``: what is searched, as a mapping or as a :class:`~cnnsearch.Space`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.schema import space_schema
from cnnsearch.space import Space, shown

__all__ = ["SpaceKey"]


def _space(value: Any) -> Space:
    if isinstance(value, Space):
        return value.kept_to(())  # an experiment's own constraints are those that it names
    if not isinstance(value, Mapping):
        raise carrying(
            [Problem("", "must map parameters to what they may be, as {filters: {choice: [8, 16]}}", shown(value))]
        )
    try:
        return Space.from_dict(value)
    except InputError as error:
        raise carrying(error.problems) from None


SpaceKey = Annotated[
    Space,
    BeforeValidator(_space),
    PlainSerializer(lambda space: space.to_dict()),
    WithJsonSchema(space_schema()),
]
