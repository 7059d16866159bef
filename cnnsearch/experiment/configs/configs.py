"""Whether the configs of a record are such that its experiment can have proposed them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.experiment.experiment import Experiment
from cnnsearch.space import Space, freeze, shown
from cnnsearch.space.specs import ParameterSpec
from cnnsearch.space.values import VALUE_RULE, is_value

__all__ = ["RecordedConfigs"]


class RecordedConfigs:
    """What a study's experiment allows, for thousands of configs: a value that was looked at is not looked at again.

    Each value must be what its parameter's declaration and the space say, as it is or as it was when the study went
    on in another one. Whether a parameter is active, or missing, is not asked: that changes with the space.

    Args:
        experiment: of the study.
        former: the spaces that the study had before.
    """

    def __init__(self, experiment: Experiment, former: Iterable[Space] = ()) -> None:
        self._experiment = experiment
        self._spaces = (experiment.space, *former)
        self._allowed: set[tuple[str, type, Any]] = set()

    def check(self, config: Mapping[str, Any], repeats: Iterable[Mapping[str, Any]], where: str, source: str) -> None:
        """See that the config of a line of the record, and the repeats of a proposal, are allowed.

        Args:
            config: of the line.
            repeats: configs that were proposed before it.
            where: its file and trial, for the message.
            source: place of the study, for the message.

        Raises:
            InputError: one of them is not.
        """
        problems = [*self.problems(config)]
        for number, repeat in enumerate(repeats):
            problems += self.problems(repeat, f"repeats.{number}")
        if problems:
            raise InputError([_within(where, problem) for problem in problems], source)

    def problems(self, config: Any, where: str = "config") -> Iterator[Problem]:
        """What is not allowed in one config."""
        if not isinstance(config, Mapping):
            yield Problem(where, "must map parameters to their values", shown(config))
            return
        for name, value in config.items():
            key = (name, type(value), value)
            hashable = not isinstance(value, (list, dict))
            if hashable and key in self._allowed:
                continue
            rule = self._rule(name, freeze(value))
            if rule is not None:
                yield Problem(f"{where}.{name}", rule, shown(value))
            elif hashable:
                self._allowed.add(key)

    def _rule(self, name: str, value: Any) -> str | None:
        """What a value breaks; ``None`` where it is allowed."""
        parameters = [space[name] for space in self._spaces if name in space]
        if not parameters:
            return f"not a parameter of the study's space; {nearest(name, self._experiment.space)}"
        if not is_value(value):
            return f"must be {VALUE_RULE}"
        spec = self._declared.get(name)
        if spec is not None and not spec.accepts(value):
            return f"must be {spec.rule}"
        if not any(parameter.contains(value) for parameter in parameters):
            said = textwrap.shorten(" or ".join(str(parameter.to_dict()) for parameter in parameters), 200)
            return f"must be a value of the study's space: {said}"
        return None

    @cached_property
    def _declared(self) -> Mapping[str, ParameterSpec]:
        return self._experiment.searchable


def _within(where: str, problem: Problem) -> Problem:
    return Problem(f"{where}: {problem.where}", problem.rule, problem.value)
