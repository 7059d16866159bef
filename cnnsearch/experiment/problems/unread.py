"""Parameters that another one switches on, in a space where it does not, or not in all configs.

Which parameters these are, and what switches them on, they declare themselves
(:attr:`ParameterSpec.read_where <cnnsearch.space.specs.ParameterSpec.read_where>`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cnnsearch.errors import Problem
from cnnsearch.space import Float, Int, Parameter, position, shown
from cnnsearch.space.specs import Parameters
from cnnsearch.space.switches import Switch, condition_of, listed

__all__ = ["unread_problems", "unread_remarks"]

_POINTS = 17
"""Values of a range that are looked at, beside those that a switch names."""

_WORTH = 0.25
"""A share of a switch's values with which a searched parameter does nothing: from here on the user is told."""

Demands = Mapping[str, list[Any]]
"""Parameter -> the values of it with which another one is active."""


def unread_problems(space: Mapping[str, Parameter], known: Parameters) -> Iterator[Problem]:
    """Parameters that no config of a space reads. Those that say the default alone are none: whole configs do.

    Args:
        space: parameters that are valid by themselves.
        known: all that the space may name.
    """
    readers = _Readers(space, known)
    for name in _conditional(space, known):
        demands = readers.demands(name)
        if not all(space[name].when.values()):
            continue  # it has a condition that no value meets, which is told
        if _says_its_default(space[name], known[name].default) or readers.may_read(name, demands):
            continue
        switches = known[name].read_where
        rule = (
            f"does nothing: it is read only {condition_of(switches)}, and {readers.told(switches, demands)}; "
            "leave it out, or change that"
        )
        yield Problem(f"space.{name}", rule, _value(space[name]))


def unread_remarks(space: Mapping[str, Parameter], known: Parameters) -> Iterator[str]:
    """Searched parameters that a good part of the configs does not read, and the condition that says so; by switch."""
    readers = _Readers(space, known)
    idle: dict[tuple[str, str], list[str]] = {}
    for name in _conditional(space, known):
        switch = readers.only_switch(name) if space[name].size != 1 else None
        while switch is not None:
            if when := readers.worth_saying(switch, readers.demands(name)):
                idle.setdefault((f"with {switch.name} {switch.values}", f"{{{switch.name}: {when}}}"), []).append(name)
            switch = switch.beside
    for (where, when), names in idle.items():
        told = ", ".join(f"space.{name}" for name in names)
        yield f"{told}: read only {where}, and searched without too: 'when: {when}' spares trials that do not differ"


def _conditional(space: Mapping[str, Parameter], known: Parameters) -> list[str]:
    return [name for name in space if name in known and known[name].read_where]


def _says_its_default(parameter: Parameter, default: Any) -> bool:
    return parameter.size == 1 and position([default], next(iter(parameter.values()))) is not None


def _value(parameter: Parameter) -> Any:
    """As the file has it, without its condition."""
    return shown(replace(parameter, when={}).to_dict())


@dataclass(frozen=True)
class _Readers:
    """Who reads what in a space.

    Attributes:
        space, known: as of :func:`unread_problems`.
    """

    space: Mapping[str, Parameter]
    known: Parameters

    def demands(self, name: str) -> Demands:
        """What other parameters must be where ``name`` is active: by its condition, and by theirs."""
        found: dict[str, list[Any]] = {}
        waiting, seen = [name], {name}
        while waiting:
            parameter = self.space.get(waiting.pop())
            for parent, values in dict(parameter.when if parameter else {}).items():
                met = [value for value in found.get(parent, values) if position(values, value) is not None]
                found[parent] = met
                waiting += [] if parent in seen else [parent]
                seen.add(parent)
        return found

    def may_read(self, name: str, demands: Demands) -> bool:
        """Whether a config that meets these demands reads it."""
        switches = self.known[name].read_where
        return not switches or any(self._may_be_on(switch, demands) for switch in switches)

    def _may_be_on(self, switch: Switch, demands: Demands) -> bool:
        values = self._values(switch, demands)
        is_on = any(map(switch.reads, values)) and self.may_read(switch.name, demands)
        return is_on and (switch.beside is None or self._may_be_on(switch.beside, demands))

    def _values(self, switch: Switch, demands: Demands) -> list[Any]:
        """What a config that meets the demands may have of a switch: of a range some of it."""
        name, default = switch.name, self.known[switch.name].default
        if name in demands:
            return demands[name]
        parameter = self.space.get(name)
        if parameter is None:
            return [default]
        own = self.demands(name)
        if any(not _meet(own[parent], demands[parent]) for parent in own.keys() & demands.keys()):
            return [default]
        named = [value for value in switch.on if parameter.contains(value)]
        return [*parameter.points(_POINTS), *named, *([default] if parameter.when else [])]

    def told(self, switches: Sequence[Switch], demands: Demands) -> str:
        """Why all of these are off, in words."""
        alike: dict[str, list[str]] = {}
        for each in switches:
            beside = each.beside
            switch = each if beside is None or self._may_be_on(beside, demands) else beside
            values = self._values(switch, demands)
            # One whose own value would do is switched off itself.
            does = "does nothing itself" if any(map(switch.reads, values)) else f"is {listed(values)}"
            alike.setdefault(does, []).append(switch.name)
        return " and ".join(
            f"{names[0] if len(names) == 1 else 'each of these'} {does}" for does, names in alike.items()
        )

    def only_switch(self, name: str) -> Switch | None:
        """The one that may switch it on, where that is one alone: a condition can name it."""
        demands = self.demands(name)
        found = [switch for switch in self.known[name].read_where if self._may_be_on(switch, demands)]
        return found[0] if len(found) == 1 else None

    def worth_saying(self, switch: Switch, demands: Demands) -> str | None:
        """The values with which it is on, as a condition names them, where it is off with a good part of all."""
        parameter = self.space.get(switch.name)
        if (
            isinstance(parameter, Float)
            or parameter is None
            or (isinstance(parameter, Int) and parameter.size > _POINTS)
        ):
            return None
        values = demands.get(switch.name, list(parameter.values()))
        on = [value for value in values if switch.reads(value)]
        if not on or 1 - len(on) / len(values) < _WORTH:
            return None
        told = ", ".join(str(shown(value)) for value in on)
        return told if len(on) == 1 else f"[{told}]"


def _meet(some: list[Any], others: list[Any]) -> bool:
    return any(position(others, value) is not None for value in some)
