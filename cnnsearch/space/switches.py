"""Switches: the parameters, and the values of them, without which another parameter does nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cnnsearch.space.values import position, shown

__all__ = ["Switch", "condition_of", "listed"]


@dataclass(frozen=True)
class Switch:
    """A parameter by which another one is switched on.

    Attributes:
        name: of the parameter that switches.
        on: the values of it with which the other one is read.
        off: in the place of ``on``, the values with which it is not; it is with any other.
        beside: another one that must be on too.

    Raises:
        ValueError: both are given, or neither.
    """

    name: str
    on: tuple[Any, ...] = ()
    off: tuple[Any, ...] = ()
    beside: Switch | None = None

    def __post_init__(self) -> None:
        if bool(self.on) == bool(self.off):
            raise ValueError(f"a switch has values either on or off, and '{self.name}' has {self.on} and {self.off}")

    def reads(self, value: Any) -> bool:
        """Whether the other parameter is read with ``value`` of this one, as far as this one says."""
        return position(self.on, value) is not None if self.on else position(self.off, value) is None

    @property
    def values(self) -> str:
        """With which it is read, in words: ``step``, ``other than 0``."""
        return listed(self.on) if self.on else f"other than {listed(self.off)}"


def listed(values: Iterable[Any]) -> str:
    """Values in words, each once: ``1, 2 or 3``."""
    *most, last = dict.fromkeys(map(_told, values)) or ["no value that both can have"]
    return f"{', '.join(most)} or {last}" if most else last


def _told(value: Any) -> str:
    return str(int(value) if isinstance(value, float) and value.is_integer() else shown(value))


def condition_of(switches: Sequence[Switch]) -> str:
    """Where a parameter is read that any of these switches on: ``with optimizer sgd``."""
    alike: dict[str, list[str]] = {}
    for switch in switches:
        beside = "" if switch.beside is None else f" and {condition_of([switch.beside]).removeprefix('with ')}"
        alike.setdefault(f"{switch.values}{beside}", []).append(switch.name)
    return " or ".join(f"with {listed(names)} {values}" for values, names in alike.items())
