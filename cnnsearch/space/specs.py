"""What a named parameter is: its type, default, hard limits, sensible range, and whether it shapes the graph."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cnnsearch.space import Choice, Float, Int, Parameter, is_number, position, shown, value_key
from cnnsearch.space.switches import Switch, condition_of

__all__ = ["DEFAULTS", "SIZE_RULE", "ParameterSpec", "Parameters", "choices", "is_size"]

DEFAULTS = 3
"""The present version of the defaults. One that changes makes a new version, and keeps its old value in ``former``."""

SIZE_RULE = "a side in pixels from 1 to 4096, or [height, width]"
"""What a ``size`` must be, in words."""

LAYERS_RULE = "a whole number of layers of at least 0, a share of them from 0.0 to 1.0, or the name of a block"
"""What ``layers`` must be, in words."""


@dataclass(frozen=True)
class ParameterSpec:
    """The declaration of one parameter.

    Attributes:
        name: the key in an experiment file.
        kind: ``int``, ``float``, ``bool``, ``choice`` (one of ``options``), ``size`` (pixels, ``96``, ``[72, 96]``),
            ``text``, ``layers`` (a number of layers, a share of them, or a block's name), or ``any`` (whatever a user's
            own family makes of it).
        default: the value where an experiment names none.
        doc: one line of documentation.
        structural: it shapes the compiled graph; otherwise it is a runtime parameter, a variable the graph reads.
        in_graph: the graph reads it, of a runtime parameter; otherwise it reaches the training some other way, as a
            learning rate a step.
        predicts: it shapes the network that predicts too, and not only how that is trained.
        low, high: hard limits, both included, of numbers; beyond them the value has no meaning.
        options: the valid values of a ``choice``.
        weighs: of a ``choice``, a list of weights, one for each output of the task, is a value too.
        sensible: a range worth searching, for people who start a space.
        nullable: ``null`` is a value too.
        neutral: values with which a runtime parameter does nothing.
        former: what the default was, up to a version of the defaults: ``((1, 0.99),)``, for studies of that time.
        read_where: the switches of which one must be on for this to do anything, itself read; none: it always does.
        otherwise: of a runtime parameter that may be null the one whose value it then stands for.
    """

    name: str
    kind: Literal["int", "float", "bool", "choice", "size", "text", "layers", "any"]
    default: Any
    doc: str
    structural: bool = True
    in_graph: bool = True
    predicts: bool = True
    low: float = -math.inf
    high: float = math.inf
    options: tuple[Any, ...] = ()
    weighs: bool = False
    sensible: Parameter | None = None
    nullable: bool = False
    neutral: tuple[Any, ...] = (0, "none")
    former: tuple[tuple[int, Any], ...] = ()
    read_where: tuple[Switch, ...] = ()
    otherwise: str = ""

    def of_version(self, version: int) -> ParameterSpec:
        """With the default that it had in a version of the defaults."""
        was = [default for last, default in sorted(self.former) if version <= last]
        return replace(self, default=was[0], former=()) if was else self

    @property
    def rule(self) -> str:
        """What a value must be, in words."""
        if self.kind == "bool":
            rule = "true or false"
        elif self.kind == "choice":
            rule = "one of " + ", ".join(str(option) for option in self.options)
            rule += ", or a list of weights of at least 0, as [1.0, 2.5]" if self.weighs else ""
        elif self.kind == "size":
            rule = SIZE_RULE
        elif self.kind == "text":
            rule = "text, not empty"
        elif self.kind == "layers":
            rule = LAYERS_RULE
        elif self.kind == "any":
            rule = "a boolean, number, text or a list of them"
        else:
            noun = "a whole number" if self.kind == "int" else "a number"
            rule = noun + _limits(self.low, self.high)
        return rule + (" or null" if self.nullable else "")

    @property
    def told(self) -> str:
        """Its documentation, and where it is read."""
        return f"{self.doc}; read only {condition_of(self.read_where)}" if self.read_where else self.doc

    def accepts(self, value: object) -> bool:
        """Whether ``value`` is of this parameter's type and within its hard limits."""
        if value is None:
            return self.nullable
        if self.kind == "any":
            return True
        if self.kind == "bool":
            return isinstance(value, bool)
        if self.kind == "choice":
            return position(self.options, value) is not None or (self.weighs and _is_weights(value))
        if self.kind == "size":
            return is_size(value)
        if self.kind == "text":
            return isinstance(value, str) and value.strip() != ""
        if self.kind == "layers":
            return _is_layers(value)
        if isinstance(value, bool) or not isinstance(value, int if self.kind == "int" else (int, float)):
            return False
        return is_number(value) and self.low <= value <= self.high

    def may_act(self, parameter: Parameter | None) -> bool:
        """Whether a config of a space may have a value of this that does something: one that is not neutral.

        Args:
            parameter: what the space says of this one; ``None``: nothing.
        """
        values = [] if parameter is not None and not parameter.when else [self.default]
        if isinstance(parameter, (Float, Int)):
            values += [parameter.low, parameter.high]
        elif parameter is not None:
            values += list(parameter.values())
        return any(not self.is_neutral(value) for value in values)

    def is_neutral(self, value: Any) -> bool:
        """Whether it does nothing with ``value``."""
        return position(self.neutral, value) is not None

    def own(self, value: Any) -> Any:
        """The value of this parameter that ``value`` stands for: a float's ``1`` is ``1.0``."""
        if self.kind == "float" and isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        place = position(self.options, value) if self.kind == "choice" else None
        return value if place is None else self.options[place]

    def twice(self, parameter: Parameter) -> object | None:
        """An option of a space's ``parameter`` that is an earlier one to this, as ``1.0`` after ``1`` to a float."""
        seen = set()
        for option in () if isinstance(parameter, (Float, Int)) else parameter.values():
            key = value_key(self.own(option))
            if key in seen:
                return shown(option)  # type: ignore[no-any-return]
            seen.add(key)
        return None

    def refused(self, parameter: Parameter) -> object | None:
        """A value of a space's ``parameter`` that this one does not accept; ``None`` where all are accepted."""
        if self.kind in ("int", "choice") and isinstance(parameter, Float):
            return {"float": [parameter.low, parameter.high]}
        values: Iterable[Any] = parameter.values() if not isinstance(parameter, Float) else ()
        if isinstance(parameter, (Float, Int)) and self.kind != "choice":
            values = (parameter.low, parameter.high)
        return next((shown(value) for value in values if not self.accepts(value)), None)


class Parameters(Mapping[str, ParameterSpec]):
    """Declared parameters by name, in the order of declaration.

    Raises:
        ValueError: a name is declared twice.
    """

    def __init__(self, *specs: ParameterSpec | Iterable[ParameterSpec]) -> None:
        self._specs: dict[str, ParameterSpec] = {}
        for item in specs:
            for spec in (item,) if isinstance(item, ParameterSpec) else item:
                if spec.name in self._specs:
                    raise ValueError(f"parameter '{spec.name}' is declared twice")
                self._specs[spec.name] = spec

    def __getitem__(self, name: str) -> ParameterSpec:
        return self._specs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)

    def of_version(self, version: int) -> Parameters:
        """With the defaults that they had in a version of these."""
        return self if version == DEFAULTS else Parameters(spec.of_version(version) for spec in self.values())

    def filled(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """``config`` with each value as its parameter has it, and the default of those that it does not name."""
        own = {name: self[name].own(value) if name in self else value for name, value in config.items()}
        return {**{name: spec.default for name, spec in self.items()}, **own}

    def number(self, name: str, filled: Mapping[str, Any]) -> Any:
        """What a runtime parameter is set to in a config that is filled: its value, or that which it stands for."""
        value = filled[name]
        return filled[self[name].otherwise] if value is None and name in self and self[name].otherwise else value


def _limits(low: float, high: float) -> str:
    if math.isfinite(low) and math.isfinite(high):
        return f" from {low:g} to {high:g}"
    if math.isfinite(low):
        return f" of at least {low:g}"
    return f" of at most {high:g}" if math.isfinite(high) else ""


def _is_weights(value: object) -> bool:
    listed = value if isinstance(value, (list, tuple)) else ()
    return len(listed) > 1 and all(is_number(each) and each >= 0 for each in listed) and any(listed)


def _is_layers(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return isinstance(value, str) and value.strip() != ""
    return value >= 0 if isinstance(value, int) else 0.0 <= value <= 1.0


def is_size(value: object) -> bool:
    """Whether ``value`` is a side in pixels, or a pair of them."""
    sides = value if isinstance(value, (tuple, list)) and len(value) == 2 else (value,)
    return all(isinstance(side, int) and not isinstance(side, bool) and 1 <= side <= 4096 for side in sides)


def choices(*options: Any) -> Choice:
    """A choice of these options."""
    return Choice(options)
