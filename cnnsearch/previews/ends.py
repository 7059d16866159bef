"""Which strengths of augmentation are shown: those at the ends of what is searched, and the recommended ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.recommended import nearest_config
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MOVING
from cnnsearch.space import Float, Int, Parameter
from cnnsearch.tasks import TASKS

__all__ = ["ENDS", "PARTS", "End", "ends_of", "together"]

PARTS = {
    **AUGMENTATION,
    **{name: task.parameters[name] for task in TASKS.values() for name in task.joins},
}
"""Whatever changes training pictures at random; those of a task come last."""

ENDS = _LOW, _RECOMMENDED, _HIGH = "low end", "recommended", "high end"


@dataclass(frozen=True)
class End:
    """Values of some parameters of augmentation.

    Attributes:
        names: what they are: ends of the space, the recommended config, or several of these where all are the same.
        values: parameter -> value; all others are off.
    """

    names: tuple[str, ...]
    values: Mapping[str, Any]

    @property
    def is_off(self) -> bool:
        """Whether pictures stay as they are."""
        return all(PARTS[name].is_neutral(value) for name, value in self.values.items() if name != "fill_mode")


def ends_of(experiment: Experiment) -> dict[str, tuple[End, ...]]:
    """Of each parameter of augmentation that may act in the search, by itself, the least value first.

    With what is beyond the edge, where it reads that.
    """
    usual = _recommended(experiment)
    found = {}
    for name, spec in PARTS.items():
        parameter = experiment.space.get(name)
        if name != "fill_mode" and spec.may_act(parameter):
            low, high = _ends(spec.options, parameter)
            values = ((_LOW, low), (_RECOMMENDED, usual[name]), (_HIGH, high))
            fills = {"fill_mode": usual["fill_mode"]} if name in MOVING[1:] else {}
            found[name] = _merged((kind, {name: value, **fills}) for kind, value in values)
    return found


def together(experiment: Experiment, ends: Mapping[str, tuple[End, ...]]) -> tuple[End, ...]:
    """All of them at once."""
    fills = {"fill_mode": _recommended(experiment)["fill_mode"]}
    named = ((kind, {**{name: _of(kind, name, of) for name, of in ends.items()}, **fills}) for kind in ENDS)
    return _merged(named)


def _recommended(experiment: Experiment) -> dict[str, Any]:
    """What the recommended config has of each; where the family recommends nothing, the defaults nearest to them."""
    config = nearest_config(experiment, {})
    return {name: config.get(name, spec.default) for name, spec in PARTS.items()}


def _ends(options: tuple[Any, ...], parameter: Parameter | None) -> tuple[Any, Any]:
    """The least and the greatest value; of names in the order in which they are declared."""
    if isinstance(parameter, (Float, Int)):
        return parameter.low, parameter.high
    values: list[Any] = [] if parameter is None else list(parameter.values())
    ordered = [option for option in options if option in values] if options else sorted(values)
    return ordered[0], ordered[-1]


def _of(kind: str, name: str, ends: tuple[End, ...]) -> Any:
    return next(end.values[name] for end in ends if kind in end.names)


def _merged(named: Any) -> tuple[End, ...]:
    """Those with the same values as one."""
    found: list[End] = []
    for name, values in named:
        same = next((place for place, end in enumerate(found) if end.values == values), None)
        if same is None:
            found.append(End((name,), values))
        else:
            found[same] = End((*found[same].names, name), values)
    return tuple(found)
