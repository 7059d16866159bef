"""The section ``checks``: what is done about what the checks of the data find."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from cnnsearch.data.checks.spec import CHECKS
from cnnsearch.errors import Problem, nearest
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.space import shown

__all__ = ["Checks"]


def _checks(given: Any) -> dict[str, str]:
    """Every check with its action; of a study's record what a study did that names none."""
    if not isinstance(given, Mapping):
        raise carrying([Problem("", "must be a mapping of checks to actions, as {duplicates: drop}", shown(given))])
    problems = []
    for name, action in given.items():
        if name not in CHECKS:
            problems.append(Problem(str(name), f"unknown check; {nearest(name, CHECKS)}"))
        elif action not in CHECKS[name].actions:
            rule = f"must be one of {', '.join(CHECKS[name].actions)}"
            problems.append(Problem(name, rule, shown(action)))
    if problems:
        raise carrying(problems)
    missing = {name: spec.former if is_recorded() else spec.default for name, spec in CHECKS.items()}
    return {name: given.get(name, action) for name, action in missing.items()}


Checks = Annotated[
    dict[str, str],
    BeforeValidator(_checks),
    WithJsonSchema(
        {
            "type": "object",
            "description": "what is done about what the checks of the data find, before the first trial",
            "properties": {
                name: {"enum": list(spec.actions), "default": spec.default, "description": spec.doc}
                for name, spec in CHECKS.items()
            },
            "additionalProperties": False,
        }
    ),
]
