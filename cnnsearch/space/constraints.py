"""Constraints between parameters: a condition in a few words of Python, as ``filters * units <= 8192``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.space.domains import BOTH
from cnnsearch.space.expression_reader import ExpressionReader, ReadingError, in_words, tree_of
from cnnsearch.space.expressions import Expression
from cnnsearch.space.parameters import Parameter

__all__ = ["MOST_CONSTRAINTS", "Constraint", "left_out", "parse_constraint", "parse_constraints"]

MOST_CONSTRAINTS = 100
"""Of an experiment."""

_LONGEST = 1000


@dataclass(frozen=True)
class Constraint:
    """A condition that every config keeps.

    A parameter that is inactive in a config has no value there, and the condition is broken only where it is false
    whatever that would be: ``dense_layers * units <= 512`` holds of a config without ``units``.

    Attributes:
        text: as it was written.
        names: of the parameters of the space that it is about.
        truths: what it may come to, as far as the ends of the parameters tell.
    """

    text: str
    names: tuple[str, ...]
    expression: Expression = field(repr=False)
    truths: frozenset[bool] = BOTH

    def is_broken(self, config: Mapping[str, Any]) -> bool:
        """Whether it is false of ``config``, also of one that lacks what is not settled yet, whatever that will be."""
        return self.expression.value(config) is False


def parse_constraint(text: str, space: Mapping[str, Parameter], left_out: Mapping[str, Any]) -> Constraint:
    """A condition on the configs of a space.

    Args:
        text: Python's comparisons, arithmetic, ``in`` a list, ``and``, ``or``, ``not``; no calls, no attributes.
        space: the parameters that vary, or are constants.
        left_out: other parameters, with the values that they have in every config.

    Raises:
        InputError: it is none: says what is wrong at which column.
    """
    if len(text) > _LONGEST:
        raise InputError(Problem("", f"must be of at most {_LONGEST} characters", len(text)))
    line = text.replace("\r", " ").replace("\n", " ")
    begun = line.lstrip()  # Python takes what stands further right for a part of something
    reader = ExpressionReader(space, left_out)
    try:
        node = tree_of(begun)
        expression, domain = reader.read(node, 0)
        if domain.kinds != {"boolean"}:
            raise ReadingError(node, f"must be true or false of a config, and is {in_words(domain)}")
    except ReadingError as refused:
        column = len(line) - len(begun) + refused.column(begun)
        raise InputError(Problem("", f"{refused} (column {column})", text)) from None
    names = tuple(name for name in space if name in reader.names)
    truths = domain.truths if names else frozenset({expression.value({})})
    return Constraint(text, names, expression, truths)


def parse_constraints(
    given: Iterable[str], space: Mapping[str, Parameter], left_out: Mapping[str, Any]
) -> tuple[tuple[Constraint, ...], list[Problem]]:
    """Those that are valid, and what is wrong with the others; arguments as of :func:`parse_constraint`."""
    found, problems = [], []
    for place, text in enumerate(given):
        try:
            found.append(parse_constraint(text, space, left_out))
        except InputError as error:
            problems += [Problem(f"constraints.{place}", each.rule, each.value) for each in error.problems]
    return tuple(found), problems


def left_out(filled: Mapping[str, Any], space: Iterable[str]) -> dict[str, Any]:
    """Of the values of a config that chooses nothing those that no parameter of the space stands for."""
    names = set(space)
    return {name: value for name, value in filled.items() if name not in names}
