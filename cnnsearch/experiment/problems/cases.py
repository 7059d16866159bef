"""What ``resources.cases`` cannot say alone: whether any trial of the space is such a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem, nearest
from cnnsearch.space import Parameter, freeze, shown

__all__ = ["case_problems"]


def case_problems(given: Any, space: Mapping[str, Parameter]) -> list[Problem]:
    """Conditions that no trial of the space can meet.

    Args:
        given: the section ``resources`` as it was given.
        space: those parameters that are valid by themselves.
    """
    section = given.model_dump() if isinstance(given, BaseModel) else given
    cases = section.get("cases") if isinstance(section, Mapping) else None
    problems: list[Problem] = []
    for index, case in enumerate(cases if isinstance(cases, (list, tuple)) else ()):
        plain = case.model_dump() if isinstance(case, BaseModel) else case
        when = plain.get("when") if isinstance(plain, Mapping) else None
        for name, values in when.items() if isinstance(when, Mapping) else ():
            problems += _unmet(f"resources.cases.{index}.when.{name}", str(name), values, space)
    return problems


def _unmet(where: str, name: str, values: Any, space: Mapping[str, Parameter]) -> Iterator[Problem]:
    parameter = space.get(name)
    if parameter is None:
        yield Problem(where, f"no such parameter in the space; {nearest(name, space)}")
        return
    if parameter.size is None:
        yield Problem(where, "a condition needs a parameter with a finite list of values")
        return
    for value in values if isinstance(values, (list, tuple)) else (values,):
        if not parameter.contains(freeze(value)):
            yield Problem(where, f"'{name}' never takes this value", shown(value))
