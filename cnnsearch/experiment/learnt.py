"""``learn_from``: earlier studies from which a search learns where good configs may lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section
from cnnsearch.space import freeze, shown
from cnnsearch.space.values import VALUE_RULE, is_value, thaw

__all__ = ["MOST_STUDIES", "EarlierStudy", "LearnFrom"]

MOST_STUDIES = 20
"""Studies to learn from: each is compared with the search as it goes on."""

_RULE = "must be a list of studies, as [my-last-search], by name, path or URI"


class EarlierStudy(Section):
    """What was learnt from a study; it stands in the record, so that the study itself is needed no more.

    Attributes:
        study: as it was named.
        trials: that it had with a value.
        good: the best of their configs, best first, in what both studies search. Values are not compared, only ranks.
    """

    model_config = ConfigDict(strict=False)

    study: str
    trials: Annotated[int, Field(ge=1)]
    good: tuple[dict[str, Any], ...]

    @property
    def origin(self) -> str:
        """Of a config that is drawn from what was learnt."""
        return f"learnt from {self.study}"

    def to_dict(self) -> dict[str, Any]:
        """As it stands in a record."""
        good = [{name: thaw(value) for name, value in config.items()} for config in self.good]
        return {"study": self.study, "trials": self.trials, "good": good}


def _learn_from(value: Any) -> tuple[EarlierStudy | str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, Sequence):
        raise carrying([Problem("", _RULE, shown(value))])
    problems: list[Problem] = []
    found = tuple(_item(item, str(place), problems) for place, item in enumerate(items))
    names = [item if isinstance(item, str) else item.study for item in found]
    problems += [
        Problem(str(place), "is there twice", name) for place, name in enumerate(names) if name in names[:place]
    ]
    if len(items) > MOST_STUDIES:
        problems.append(Problem("", f"has at most {MOST_STUDIES} studies", len(items)))
    if problems:
        raise carrying(problems)
    return found


def _item(item: Any, where: str, problems: list[Problem]) -> EarlierStudy | str:
    if isinstance(item, EarlierStudy) or (isinstance(item, str) and item.strip()):
        return item
    keys = EarlierStudy.model_fields
    if not isinstance(item, Mapping) or set(item) != set(keys) or not _is_learnt(item):
        rule = f"must be a study by name, path or URI; cnnsearch itself writes a mapping of {', '.join(keys)}"
        problems.append(Problem(where, rule, shown(item)))
        return ""
    good = tuple({str(name): freeze(value) for name, value in config.items()} for config in item["good"])
    problems += [
        Problem(f"{where}.good.{place}.{name}", f"must be {VALUE_RULE}", shown(value))
        for place, config in enumerate(good)
        for name, value in config.items()
        if not is_value(value)
    ]
    return EarlierStudy(study=item["study"], trials=item["trials"], good=good)


def _is_learnt(item: Mapping[Any, Any]) -> bool:
    """Whether its values are of the types that a record has."""
    good, trials = item["good"], item["trials"]
    is_list = isinstance(good, Sequence) and not isinstance(good, str) and all(isinstance(one, Mapping) for one in good)
    is_count = isinstance(trials, int) and not isinstance(trials, bool) and trials >= 1
    return is_list and is_count and isinstance(item["study"], str)


def _written(learnt: tuple[EarlierStudy | str, ...]) -> list[Any]:
    return [item if isinstance(item, str) else item.to_dict() for item in learnt]


_SCHEMA = {
    "description": "earlier studies of the same model family, by name, path or URI: where their best configs lie, a "
    "share of the first proposals is drawn, as long as these do better than the others",
    "anyOf": [
        {"type": "string", "minLength": 1},
        {"type": "array", "items": {"anyOf": [{"type": "string", "minLength": 1}, {"type": "object"}]}},
    ],
}

LearnFrom = Annotated[
    tuple[EarlierStudy | str, ...], BeforeValidator(_learn_from), PlainSerializer(_written), WithJsonSchema(_SCHEMA)
]
