"""Space: parameters by name, with the conditions under which they are active."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.space.conditions import when_dict
from cnnsearch.space.constraints import Constraint
from cnnsearch.space.kept import configs_kept
from cnnsearch.space.parameters import Choice, Parameter
from cnnsearch.space.parsing import parse_parameter
from cnnsearch.space.size import check_countable, configs_of
from cnnsearch.space.values import Config, shown, value_key

__all__ = ["MOST_DRAWS", "MOST_PARAMETERS", "Space"]

MOST_PARAMETERS = 2_000
"""Parameters of a space at most."""

_MOST_SHOWN = 20

MOST_DRAWS = 1_000_000
"""Configs that are drawn in vain before :meth:`Space.sample` gives up: some ten seconds."""

_END, _INACTIVE = object(), object()


class Space(Mapping[str, Parameter]):
    """A search space: parameter name -> parameter, immutable.

    ``Space(filters=Choice([8, 16]), dropout=Float(0, 0.5), batch_size=64)``; a plain value is a constant.

    Raises:
        InputError: with every problem found: a ``when`` that names no parameter, names a value that its parent
            cannot take, has a parent without a finite list of values, or goes round in a circle.
    """

    def __init__(self, parameters: Mapping[str, Any] | None = None, /, **named: Any) -> None:
        given = {**(parameters or {}), **named}
        self._parameters: dict[str, Parameter] = {}
        problems = []
        for name, value in given.items():
            try:
                self._parameters[name] = value if isinstance(value, Parameter) else parse_parameter(value)
            except InputError as error:
                problems += [_under(name, problem) for problem in error.problems]
        problems += _condition_problems(self._parameters, list(given))
        # Lists, not sets: the order of the draws must not depend on hashes, which differ between processes.
        graph = {
            name: [parent for parent in parameter.when if parent in self._parameters]
            for name, parameter in self._parameters.items()
        }
        try:
            self._order = tuple(TopologicalSorter(graph).static_order())
        except CycleError as error:
            circle = list(reversed(error.args[1]))
            if len(circle) > _MOST_SHOWN:
                circle[_MOST_SHOWN - 1 : -1] = ["..."]
            problems.append(Problem("", f"conditions go round in a circle: {' -> '.join(circle)}"))
        if len(given) > MOST_PARAMETERS:
            problems.insert(0, Problem("", f"has at most {MOST_PARAMETERS:,} parameters", len(given)))
        if problems:
            raise InputError(problems)
        # Conditions name the values of their parents, so that configs can be compared with them.
        self._parameters = {name: _resolved(parameter, self._parameters) for name, parameter in self.items()}
        self._met_by = {
            name: {parent: frozenset(map(value_key, allowed)) for parent, allowed in parameter.when.items()}
            for name, parameter in self.items()
        }
        self._sizes: dict[int | None, int | None] = {}
        self._constraints: tuple[Constraint, ...] = ()
        self._about: dict[str, tuple[Constraint, ...]] = {}
        check_countable(self)

    def __getitem__(self, name: str) -> Parameter:
        return self._parameters[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def __repr__(self) -> str:
        kept = f", kept to {list(self._written)}" if self._constraints else ""
        return f"Space({self.to_dict()!r}{kept})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Space):
            return NotImplemented
        same = json.dumps(self.to_dict()) == json.dumps(other.to_dict())
        return same and self._written == other._written

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Space:
        """The inverse of :meth:`to_dict`; raises :class:`InputError` as the constructor does."""
        return cls(given)

    def to_dict(self) -> dict[str, Any]:
        """The space as it stands in an experiment file, of JSON types only."""
        return {name: parameter.to_dict() for name, parameter in self.items()}

    @property
    def searched(self) -> tuple[str, ...]:
        """Names of the parameters that vary."""
        return tuple(name for name, parameter in self.items() if parameter.size != 1)

    @property
    def ordered(self) -> tuple[str, ...]:
        """All names, parents before the parameters whose ``when`` asks for them."""
        return self._order

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """What its configs keep."""
        return self._constraints

    @property
    def _written(self) -> tuple[str, ...]:
        return tuple(constraint.text for constraint in self._constraints)

    def kept_to(self, constraints: Iterable[Constraint]) -> Space:
        """This space without the configs that break one of these: they are never drawn, listed, counted or valid."""
        found = copy.copy(self)
        found._sizes = {}
        found._constraints = tuple(constraints)
        found._about = {
            name: tuple(constraint for constraint in found._constraints if name in constraint.names) for name in self
        }
        return found

    def allows(self, config: Mapping[str, Any]) -> bool:
        """Whether ``config``, whose values are some of this space, keeps every constraint."""
        return not any(constraint.is_broken(config) for constraint in self._constraints)

    def is_active(self, name: str, config: Mapping[str, Any]) -> bool:
        """Whether the conditions of ``name`` hold in ``config``, which holds at least its parents' values."""
        return all(
            parent in config and value_key(self[parent].own(config[parent])) in met_by
            for parent, met_by in self._met_by[name].items()
        )

    def size(self, points: int | None = None) -> int | None:
        """Number of distinct configs; ``None`` where it is not finite, or constraints leave too many to be looked at.

        Args:
            points: how many values stand for a range, as in :meth:`grid`; ``None`` counts every value.
        """
        if points not in self._sizes:
            count = configs_kept if self._constraints else configs_of
            self._sizes[points] = count(self, points)
        return self._sizes[points]

    def own(self, config: Mapping[str, Any]) -> Config:
        """``config`` with the values of this space that its own stand for: ``0.0`` where ``0`` was written for it."""
        return {name: self[name].own(value) if name in self else value for name, value in config.items()}

    def sample(self, rng: np.random.Generator) -> Config:
        """A config drawn independently in every active parameter, again until it keeps the constraints.

        Raises:
            InputError: hardly any config does.
        """
        found = next(self.draws(rng, MOST_DRAWS), None)
        if found is None:
            raise InputError(Problem("constraints", f"none of {MOST_DRAWS:,} random configs of the space keeps them"))
        return found

    def draws(self, rng: np.random.Generator, most: int) -> Iterator[Config]:
        """Of so many random configs those that keep the constraints."""
        drawn = (self._drawn(rng) for _ in range(most))
        return (config for config in drawn if self.allows(config))

    def _drawn(self, rng: np.random.Generator) -> Config:
        config: Config = {}
        for name in self._order:
            if self.is_active(name, config):
                config[name] = self[name].sample(rng)
        return self._in_file_order(config)

    def grid(self, points: int | None = None) -> Iterator[Config]:
        """Every config, the last parameter varying fastest. What breaks a constraint is left as soon as it does.

        Args:
            points: how many values stand for a range; ``None`` takes every value of it.

        Raises:
            InputError: ``points`` is ``None`` and a float has no step.
        """
        if any(constraint.is_broken({}) for constraint in self._constraints):
            return
        if not self:
            yield {}
        config: Config = {}
        # Of each parameter that is settled, in order, the values that are still to come.
        left = [self._values(0, config, points)] if self._order else []
        while left:
            name = self._order[len(left) - 1]
            config.pop(name, None)
            value = next(left[-1], _END)
            if value is _END:
                left.pop()
                continue
            if value is not _INACTIVE:
                config[name] = value
                if any(constraint.is_broken(config) for constraint in self._about.get(name, ())):
                    continue
            if len(left) < len(self._order):
                left.append(self._values(len(left), config, points))
            else:
                yield self._in_file_order(config)

    def _values(self, place: int, config: Config, points: int | None) -> Iterator[Any]:
        """Of the parameter at a place of the order, which may be inactive in ``config``."""
        name = self._order[place]
        if not self.is_active(name, config):
            return iter((_INACTIVE,))
        return self[name].values() if points is None else iter(self[name].points(points))

    def _in_file_order(self, config: Config) -> Config:
        return {name: config[name] for name in self if name in config}

    def validate(self, config: Mapping[str, Any]) -> None:
        """Whether ``config`` is a point of this space.

        Raises:
            InputError: with every unknown, missing, inactive or out-of-range parameter.
        """
        problems = [
            Problem(name, f"not a parameter of this space; {nearest(name, self)}")
            for name in config
            if name not in self
        ]
        for name, parameter in self.items():
            active = self.is_active(name, config)
            if active and name not in config:
                problems.append(Problem(name, "is active in this config and has no value"))
            elif active and not parameter.contains(config[name]):
                problems.append(Problem(name, f"must be a value of {_written(parameter)}", shown(config[name])))
            elif not active and name in config:
                problems.append(
                    Problem(name, f"is only active when {when_dict(parameter.when)['when']}", shown(config[name]))
                )
        # Of values that are none of the space a constraint could be anything, as a division by zero.
        wrong, own = {problem.where for problem in problems}, self.own(config)
        problems += [
            Problem(f"constraints.{place}", f"this config breaks {constraint.text}", _part(config, constraint))
            for place, constraint in enumerate(self._constraints)
            if wrong.isdisjoint(constraint.names) and constraint.is_broken(own)
        ]
        if problems:
            raise InputError(problems)


def _part(config: Mapping[str, Any], constraint: Constraint) -> Config:
    """Of a config what a constraint is about."""
    return {name: config[name] for name in constraint.names if name in config}


def _resolved(parameter: Parameter, parameters: Mapping[str, Parameter]) -> Parameter:
    if not parameter.when:
        return parameter
    when = {parent: tuple(map(parameters[parent].own, allowed)) for parent, allowed in parameter.when.items()}
    return replace(parameter, when=when)


def _written(parameter: Parameter) -> str:
    """As in a file, without its prior; of many options some."""
    written = parameter.to_dict()
    if isinstance(written, dict):  # a constant is a value
        written = {key: value for key, value in written.items() if key != "prior"}
    if isinstance(parameter, Choice) and parameter.size > _MOST_SHOWN:
        written["choice"] = [*written["choice"][: _MOST_SHOWN - 1], "..."]
    return str(written)


def _under(name: str, problem: Problem) -> Problem:
    return Problem(f"{name}.{problem.where}" if problem.where else name, problem.rule, problem.value)


def _condition_problems(parameters: Mapping[str, Parameter], given: list[str]) -> list[Problem]:
    problems = []
    known = set(given)
    for name, parameter in parameters.items():
        for parent, allowed in parameter.when.items():
            where = f"{name}.when.{parent}"
            if parent not in known:
                problems.append(Problem(where, f"no such parameter in the space; {nearest(parent, given)}"))
            elif parent in parameters and parameters[parent].size is None:
                problems.append(Problem(where, "a condition needs a parent with a finite list of values"))
            elif not allowed:
                problems.append(Problem(where, "must list at least one value", []))
            elif parent in parameters:
                problems += [
                    Problem(where, f"'{parent}' never takes this value", shown(value))
                    for value in allowed
                    if not parameters[parent].contains(value)
                ]
    return problems
