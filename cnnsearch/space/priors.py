"""What a user believes of a parameter before anything has run: a value, and how sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.space.values import Value, freeze, shown, thaw

__all__ = ["NEAR_START", "OF_PARAMETERS", "Prior", "Sure", "freeze_prior", "prior_dict", "priors_in_words"]

OF_PARAMETERS = "prior"
"""The origin of a config that was drawn from the priors of parameters."""

NEAR_START = "drawn near the start"
"""That of one near the configs that a search starts with."""

Sure = Literal["weak", "medium", "strong"]
_SURE = get_args(Sure)
_KEYS = ("value", "sure")


@dataclass(frozen=True)
class Prior:
    """A value that is probably good.

    Attributes:
        value: of the parameter.
        sure: how close to it good values are believed to be.
    """

    value: Value
    sure: Sure = "medium"


def freeze_prior(given: Any, own: Callable[[Any], Value], contains: Callable[[object], bool]) -> Prior | None:
    """The prior of a parameter as somebody wrote it: a value, or a mapping of value and sure.

    Args:
        given: what was written; ``None``: nothing.
        own: from what was written for a value to the parameter's value.
        contains: whether it is one of the parameter's.

    Raises:
        InputError: it is no value of the parameter, or says otherwise how sure.
    """
    if given is None:
        return None
    if isinstance(given, Prior):
        given = {"value": given.value, "sure": given.sure}
    written: Mapping[str, Any] = given if isinstance(given, Mapping) else {"value": given}
    problems = [
        Problem(f"prior.{key}", f"unknown key; {nearest(str(key), _KEYS)}") for key in written if key not in _KEYS
    ]
    sure = written.get("sure", "medium")
    if sure not in _SURE:
        problems.append(Problem("prior.sure", f"must be one of {', '.join(_SURE)}", shown(sure)))
    if "value" not in written:
        problems.append(Problem("prior.value", "is missing, as {value: 0.001, sure: weak}"))
    elif not contains(written["value"]):
        problems.append(Problem("prior", "must be a value that the parameter may have", shown(written["value"])))
    if problems:
        raise InputError(problems)
    return Prior(own(freeze(written["value"])), sure)


def priors_in_words(parameters: Mapping[str, Any]) -> str:
    """The priors of a space in a line; empty where there are none.

    Args:
        parameters: name -> parameter.
    """
    priors = {name: prior for name, each in parameters.items() if (prior := getattr(each, "prior", None)) is not None}
    told = (f"{name} {shown(prior.value)} ({prior.sure})" for name, prior in priors.items())
    return f"priors: {', '.join(told)}" if priors else ""


def prior_dict(prior: Prior | None) -> dict[str, Any]:
    """As it stands in an experiment file."""
    return {} if prior is None else {"prior": {"value": thaw(prior.value), "sure": prior.sure}}
