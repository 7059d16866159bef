"""What a search begins with: configs that run before anything is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section
from cnnsearch.space import Config, freeze, shown
from cnnsearch.space.values import VALUE_RULE, is_value, thaw

__all__ = ["OF_STUDY", "RECOMMENDED", "Start", "StartConfig"]

RECOMMENDED = "recommended"
"""The configuration that the model family recommends."""

OF_STUDY = "study:"
"""``study:NAME`` stands for the best trials of another study."""

_NONE = "none"
_RULE = f"must be {RECOMMENDED}, {_NONE}, or a list of configs, study:NAME and {RECOMMENDED}, as [{{filters: 16}}]"


class StartConfig(Section):
    """A config to begin with.

    Attributes:
        config: parameter -> value; what it leaves out is as the family recommends it.
        origin: where it comes from; ``None``: the file, and it is not resolved yet.
        changed: how it differs from what it comes from, in words.
    """

    model_config = ConfigDict(strict=False)

    config: dict[str, Any]
    origin: str | None = None
    changed: tuple[str, ...] = ()

    def to_dict(self) -> Any:
        """As it stands in a file."""
        config = {name: thaw(value) for name, value in self.config.items()}
        if self.origin is None:
            return config
        return {"config": config, "origin": self.origin, **({"changed": list(self.changed)} if self.changed else {})}


def _start(value: Any) -> tuple[StartConfig | str, ...]:
    if value == _NONE:
        return ()
    items = [value] if value == RECOMMENDED or isinstance(value, Mapping) else value
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise carrying([Problem("", _RULE, shown(value))])
    problems: list[Problem] = []
    found = tuple(_item(item, str(place), problems) for place, item in enumerate(items))
    if problems:
        raise carrying(problems)
    return found


def _item(item: Any, where: str, problems: list[Problem]) -> StartConfig | str:
    if isinstance(item, StartConfig):
        return item
    if isinstance(item, str) and (item == RECOMMENDED or item.removeprefix(OF_STUDY).strip() not in ("", item)):
        return item
    if not isinstance(item, Mapping):
        problems.append(Problem(where, f"must be a config, study:NAME or {RECOMMENDED}", shown(item)))
        return RECOMMENDED
    is_resolved = isinstance(item.get("config"), Mapping) and isinstance(item.get("origin"), str)
    config = _config(item["config"] if is_resolved else item, where, problems)
    if not is_resolved:
        return StartConfig(config=config)
    changed = item.get("changed", ())
    unknown = [key for key in item if key not in StartConfig.model_fields]
    if unknown or not all(isinstance(each, str) for each in changed):
        problems.append(Problem(where, "must have the keys config, origin, and changed, a list of texts", list(item)))
    return StartConfig(config=config, origin=item["origin"], changed=tuple(map(str, changed)))


def _config(given: Mapping[Any, Any], where: str, problems: list[Problem]) -> Config:
    config = {str(name): freeze(value) for name, value in given.items()}
    problems += [
        Problem(f"{where}.{name}", f"must be {VALUE_RULE}", shown(value))
        for name, value in config.items()
        if not is_value(value)
    ]
    return config


def _written(start: tuple[StartConfig | str, ...]) -> Any:
    if not start:
        return _NONE
    if start == (RECOMMENDED,):
        return RECOMMENDED
    return [item if isinstance(item, str) else item.to_dict() for item in start]


_SCHEMA = {
    "description": f"what runs before anything is proposed, in this order: {RECOMMENDED}, configs of the space (what "
    "they leave out is as the family recommends it), or study:NAME for the best trials of another study",
    "anyOf": [
        {"enum": [RECOMMENDED, _NONE]},
        {"type": "object"},
        {
            "type": "array",
            "items": {"anyOf": [{"const": RECOMMENDED}, {"type": "string", "pattern": "^study:."}, {"type": "object"}]},
        },
    ],
}

Start = Annotated[
    tuple[StartConfig | str, ...], BeforeValidator(_start), PlainSerializer(_written), WithJsonSchema(_SCHEMA)
]
