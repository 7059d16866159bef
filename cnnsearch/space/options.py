"""Parameters of listed values: choice and constant."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.space.conditions import Condition, freeze_when, when_dict
from cnnsearch.space.priors import Prior, freeze_prior, prior_dict
from cnnsearch.space.values import (
    VALUE_RULE,
    Value,
    config_key,
    freeze,
    is_value,
    number_key,
    position,
    shown,
    thaw,
    value_key,
)

__all__ = ["Choice", "Constant"]


@dataclass(frozen=True, eq=False)
class Choice:
    """One of the ``options``: booleans, numbers, texts, null, or lists of these.

    ``when`` and ``prior`` are as in :class:`Float`.

    Raises:
        InputError: no options, an option twice, or an option of another type.
    """

    options: tuple[Value, ...]
    when: Condition = field(default_factory=dict)
    prior: Prior | None = None

    def __post_init__(self) -> None:
        if isinstance(self.options, str) or not isinstance(self.options, (list, tuple)):
            raise InputError(Problem("", "choice must be a list of options, as [8, 16]", shown(self.options)))
        options = tuple(freeze(option) for option in self.options)
        object.__setattr__(self, "options", options)
        object.__setattr__(self, "when", freeze_when(self.when))
        if not options:
            raise InputError(Problem("", "choice needs at least one option", []))
        seen = set()
        for option in options:
            if not is_value(option):
                raise InputError(Problem("", f"an option must be {VALUE_RULE}", shown(option)))
            if value_key(option) in seen:
                raise InputError(Problem("", "every option of a choice must be there once", shown(option)))
            seen.add(value_key(option))
        object.__setattr__(self, "prior", freeze_prior(self.prior, self.own, self.contains))

    def __eq__(self, other: object) -> bool:
        return _are_equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def size(self) -> int:
        return len(self.options)

    def values(self) -> Iterator[Value]:
        return iter(self.options)

    def points(self, count: int) -> list[Value]:  # noqa: ARG002 - a choice has no order to thin by
        return list(self.options)

    def sample(self, rng: np.random.Generator) -> Value:
        return self.options[int(rng.integers(len(self.options)))]

    def quantile(self, share: float) -> Value:
        """As :meth:`Float.quantile`, of the options in their order."""
        return self.options[int(share * len(self.options))]

    def position(self, value: object) -> int | None:
        """The place of the option that ``value`` stands for, as :func:`position`; ``None`` where it is none of them."""
        try:
            exact = self._places.get(value_key(value))
            return self._numbers.get(number_key(value)) if exact is None else exact
        except TypeError:  # no hash: no value of a parameter
            return None

    @functools.cached_property
    def _places(self) -> Mapping[Hashable, int]:
        return {value_key(option): place for place, option in enumerate(self.options)}

    @functools.cached_property
    def _numbers(self) -> Mapping[Hashable, int]:
        found: dict[Hashable, int] = {}
        for place, option in enumerate(self.options):
            found.setdefault(number_key(option), place)
        return found

    def own(self, value: Any) -> Value:
        """The option that ``value`` stands for; ``value`` where it is none of them."""
        place = self.position(value)
        return freeze(value) if place is None else self.options[place]

    def contains(self, value: object) -> bool:
        return self.position(value) is not None

    def to_dict(self) -> dict[str, Any]:
        return {"choice": [thaw(option) for option in self.options], **when_dict(self.when), **prior_dict(self.prior)}


@dataclass(frozen=True, eq=False)
class Constant:
    """A single value, written plainly in YAML: ``batch_size: 64``. ``when`` as in :class:`Float`."""

    value: Value
    when: Condition = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", freeze(self.value))
        object.__setattr__(self, "when", freeze_when(self.when))
        if not is_value(self.value):
            raise InputError(Problem("", f"a constant must be {VALUE_RULE}", shown(self.value)))

    def __eq__(self, other: object) -> bool:
        return _are_equal(self, other)

    __hash__ = None  # type: ignore[assignment]

    @property
    def size(self) -> int:
        return 1

    def values(self) -> Iterator[Value]:
        return iter((self.value,))

    def points(self, count: int) -> list[Value]:  # noqa: ARG002 - one value, however many are asked for
        return [self.value]

    def sample(self, rng: np.random.Generator) -> Value:  # noqa: ARG002 - nothing to draw
        return self.value

    def quantile(self, share: float) -> Value:  # noqa: ARG002 - one value, whatever the share
        return self.value

    def position(self, value: object) -> int | None:
        """0 where ``value`` stands for this one, else ``None``: it is a choice of one option."""
        return position((self.value,), value)

    def own(self, value: Any) -> Value:
        """This value where ``value`` stands for it, else ``value``."""
        return self.value if self.contains(value) else freeze(value)

    def contains(self, value: object) -> bool:
        return self.position(value) is not None

    def to_dict(self) -> Any:
        if self.when:
            return {"choice": [thaw(self.value)], **when_dict(self.when)}
        return thaw(self.value)


def _are_equal(one: Choice | Constant, other: object) -> bool:
    """Whether they are of one kind and written alike."""
    return type(one) is type(other) and config_key({"": one.to_dict()}) == config_key({"": other.to_dict()})  # type: ignore[attr-defined]
