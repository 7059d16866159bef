"""The key ``model``: a family of the table or one of the user's own, and what that declares of itself."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.problems.translation import carrying
from cnnsearch.experiment.recorded import is_recorded
from cnnsearch.experiment.schema import model_schema
from cnnsearch.families import OwnFamily, declaration_of, module_name, named_model
from cnnsearch.own_code.written import written_name

__all__ = ["ModelKey", "with_declaration"]


def _model(value: Any) -> str:
    if isinstance(value, OwnFamily):
        rule = (
            "must stand at the top of a module, which workers, resume and predict import by its name: put it into a "
            "file, as my_families.py, and give my_families.MLP, or 'my_families:MLP'"
        )
        raise carrying([Problem("", rule, type(value).__name__)])
    try:
        value = written_name(value) if callable(value) else value
    except InputError as error:
        raise carrying(error.problems) from None
    try:
        return named_model(value)
    except InputError as error:
        raise carrying(error.problems) from None


ModelKey = Annotated[str, BeforeValidator(_model), WithJsonSchema(model_schema())]


def with_declaration(keys: dict[str, Any]) -> dict[str, Any]:
    """The keys, which name a model, with what a family from outside declares, where they name one anew.

    What has been recorded of it stays as it is: nothing is imported to read a study.
    """
    keys = {**keys, "model": _named_by_module(keys["model"])}
    recorded = keys.get("declaration")
    model = keys["model"]
    if not isinstance(model, str) or is_recorded() or ("declaration" in keys and recorded is None):
        return keys
    with contextlib.suppress(InputError):  # that there is no such model is told by its own validation
        model = named_model(model)
    if recorded is not None and (not isinstance(recorded, Mapping) or recorded.get("family") in (None, model)):
        return keys
    declared = declaration_of(model)
    others = {name: value for name, value in keys.items() if name != "declaration"}
    return others if declared is None else {**others, "declaration": {"family": model, **declared}}


def _named_by_module(value: Any) -> Any:
    """``module:NAME`` of a function or a declared family; anything else, and what cannot be written, as it is."""
    if isinstance(value, str) or (name := module_name(value)) is None:
        with contextlib.suppress(InputError):  # told by the key's own validation
            return written_name(value) if callable(value) and not isinstance(value, OwnFamily) else value
        return value
    return name
