"""The keys ``objective`` and ``choose``: what the search aims at, and which trial is taken of several objectives."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    WithJsonSchema,
    model_serializer,
)

from cnnsearch.errors import Problem
from cnnsearch.experiment.aims import aim_schema, find_aim, metric_schema, unknown_aim, with_mode
from cnnsearch.experiment.costs import OBJECTIVE_COSTS, CostName
from cnnsearch.experiment.files.file import SHORTHANDS
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.sections import Section
from cnnsearch.own_code.names import name_problem
from cnnsearch.space import shown
from cnnsearch.tasks import DEFAULT_TASK
from cnnsearch.tasks.contract.metrics import Mode

__all__ = ["Choose", "ChooseKey", "Metric", "Objective", "ObjectiveKey", "Ties", "chosen_by", "several_in_one"]


def _aim(name: Any) -> Any:
    if not isinstance(name, str):
        rule = f"must be a metric, as {DEFAULT_TASK.first_aim}, or package.module:function"
        raise carrying([Problem("", rule, shown(name))])
    unusable = name_problem(name, "a metric") if ":" in name and "[" not in name else None
    if unusable is not None:
        raise carrying([Problem("", unusable, name)])
    if find_aim(name) is None:
        raise carrying([Problem("", f"unknown metric; {unknown_aim(name)}", name)])
    return name


Metric = Annotated[str, BeforeValidator(_aim), WithJsonSchema(metric_schema())]

_Aim = Annotated[str, WithJsonSchema(aim_schema())]
"""A metric by its name alone, for the schema."""

_Aims = Annotated[
    list[Any],
    WithJsonSchema(
        {
            "type": "array",
            "minItems": 2,
            "items": {"anyOf": [aim_schema(), {"enum": list(OBJECTIVE_COSTS)}, {"type": "object"}]},
            "description": "a metric, and costs of the model that the search aims at as well",
        }
    ),
]
"""Several objectives, for the schema."""


class Objective(Section):
    """What the search aims at.

    Attributes:
        metric: one of the experiment's task, of the validation split: ``val_accuracy``, ``val_recall[cat]``; or
            ``package.module:function`` of your own, called as ``function(targets, predictions)``.
        mode: ``max`` or ``min``; left out, the metric's own direction. A function of your own has none.
        beside: costs of the model that the search aims at as well, less being better. The best epoch of a trial, and
            early stopping, go by the metric.
    """

    model_config = ConfigDict(json_schema_extra=with_mode)

    metric: Metric
    mode: Literal["max", "min"] | None = None
    beside: Annotated[tuple[CostName, ...], Field(strict=False)] = ()

    @model_serializer(mode="wrap")
    def _as_of_old(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A search for one objective is recorded as it was before there could be several."""
        found: dict[str, Any] = handler(self)
        return found if self.beside else {key: value for key, value in found.items() if key != "beside"}

    def model_post_init(self, _: Any) -> None:
        if len(set(self.beside)) < len(self.beside):
            raise carrying([Problem("beside", "names an objective twice", list(self.beside))])
        metric = find_aim(self.metric)
        natural = metric.mode if metric else None
        if natural is None and self.mode is None:
            rule = "must be max or min, as nobody else knows which way a function of your own is better"
            raise carrying([Problem("mode", rule)])
        if self.mode is None:
            object.__setattr__(self, "mode", natural)
        elif natural is not None and self.mode != natural:
            rule = f"{self.metric} is better when {_way(natural)}: leave mode out"
            raise carrying([Problem("mode", rule, self.mode)])

    @property
    def names(self) -> tuple[str, ...]:
        """All that is aimed at, the metric first."""
        return (self.metric, *self.beside)

    @property
    def modes(self) -> tuple[str, ...]:
        """Of all that is aimed at: ``max`` or ``min``."""
        return (self.mode or "max", *("min" for _ in self.beside))

    @property
    def sign(self) -> float:
        """+1 where more is better, -1 where less is: ``sign * value`` is always better when larger."""
        return 1.0 if self.mode == "max" else -1.0

    @property
    def bound(self) -> float | None:
        """The best that the metric can be; ``None`` where that has no end, or nobody knows."""
        metric = find_aim(self.metric)
        end = math.inf if metric is None else metric.high if self.mode == "max" else metric.low
        return end if math.isfinite(end) else None


Ties = Literal["number", "end"]
"""By what trials with equal values are ordered: their numbers, or when they ended."""


class Choose(Section):
    """Which trial of the front is shipped: of those that are nearly the best in one objective the best in another.

    May be said in words, as ``{val_accuracy: within 0.01 of the best, then: latency_ms}``.

    Attributes:
        within: how far from the best a trial may be, in units of that objective.
        of: that objective.
        then: the one by which those are compared; of equal ones the better in ``of`` is taken.
    """

    within: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0
    of: str
    then: str

    @classmethod
    def default(cls, objective: Objective) -> Choose | None:
        """The best in the metric, of equal ones the best in the next objective; ``None`` where there is one only."""
        return cls(of=objective.metric, then=objective.beside[0]) if objective.beside else None

    def __str__(self) -> str:
        among = f"within {self.within:g} of the best {self.of}" if self.within else f"the best {self.of}"
        return f"{among}, then {self.then}"


def _way(mode: Mode) -> str:
    return "larger" if mode == "max" else "smaller"


def _objective(value: Any) -> Any:
    if isinstance(value, str):
        return {SHORTHANDS["objective"]: value}
    if isinstance(value, (list, tuple)):
        return several_in_one(value)
    if not isinstance(value, (Mapping, Objective)):
        rule = f"must be a metric, as {DEFAULT_TASK.first_aim}, or a mapping with the keys metric, mode"
        raise carrying([Problem("", rule, shown(value))])
    return value


def several_in_one(value: Sequence[Any]) -> dict[str, Any]:
    """``[val_accuracy, latency_ms]`` is ``{metric: val_accuracy, beside: [latency_ms]}``."""
    beside = [item for item in value if isinstance(item, str) and item in OBJECTIVE_COSTS]
    metrics = [item for item in value if item not in beside]
    is_metric = len(metrics) == 1 and isinstance(metrics[0], (str, Mapping))
    if not is_metric or "beside" in metrics[0]:
        rule = f"must be one metric, as {DEFAULT_TASK.first_aim}, and beside it some of {', '.join(OBJECTIVE_COSTS)}"
        raise carrying([Problem("", rule, shown(list(value)))])
    metric = metrics[0]
    return {**({"metric": metric} if isinstance(metric, str) else metric), "beside": beside}


ObjectiveKey = Annotated[Objective, BeforeValidator(_objective, json_schema_input_type=_Aim | _Aims | Objective)]

_NEAR_THE_BEST = re.compile(r"(?:within (?P<within>[0-9.]+(?:e-?[0-9]+)?) of )?the best", re.IGNORECASE)

_InWords = Annotated[
    dict[str, str],
    WithJsonSchema(
        {
            "type": "object",
            "patternProperties": {"^then$": {"type": "string"}},
            "required": ["then"],
            "minProperties": 2,
            "maxProperties": 2,
            "additionalProperties": {"type": "string", "pattern": "the best$"},
            "description": "the same in words, as {val_accuracy: within 0.01 of the best, then: latency_ms}",
        }
    ),
]


def chosen_by(value: Any) -> Any:
    """``{val_accuracy: within 0.01 of the best, then: X}`` is ``{within: 0.01, of: val_accuracy, then: X}``."""
    if not isinstance(value, Mapping) or "of" in value:
        return value
    named = [key for key in value if key not in Choose.model_fields]
    if len(named) != 1 or not isinstance(words := value[named[0]], str):
        return value
    found = _NEAR_THE_BEST.fullmatch(words.strip())
    try:
        within = None if found is None else float(found["within"] or 0.0)
    except ValueError:
        within = None
    if within is None or "within" in value:
        rule = "must be 'within NUMBER of the best', as within 0.01 of the best, or 'the best'"
        raise carrying([Problem(str(named[0]), rule, words)])
    return {"within": within, "of": named[0], **{key: item for key, item in value.items() if key != named[0]}}


ChooseKey = Annotated[Choose, BeforeValidator(chosen_by, json_schema_input_type=_InWords | Choose)]
