"""The declaration of a family of the user's own, as its module makes it."""

from __future__ import annotations

from typing import Any

from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.families.own.spec import FAMILY, OwnFamily
from cnnsearch.keras_settings import choose_backend
from cnnsearch.own_code.module import imported, is_made_by_a_call

__all__ = ["check_declaration", "declaration_of"]


def declaration_of(model: str) -> dict[str, Any] | None:
    """What a declared family says of itself; ``None`` for a function, whose module is not imported.

    Raises:
        InputError: its module makes it, and cannot be imported.
    """
    if not is_made_by_a_call(model):
        return None
    choose_backend()  # the module may import Keras
    try:
        found = imported(model, FAMILY)
    except TrialError as error:
        raise InputError(Problem("model", str(error), model)) from None
    return found.to_dict() if isinstance(found, OwnFamily) else None


def check_declaration(model: str, declaration: dict[str, Any] | None) -> None:
    """Whether a family still declares what an experiment has recorded of it.

    Raises:
        TrialError: it does not.
    """
    found = imported(model, FAMILY)
    now = found.to_dict() if isinstance(found, OwnFamily) else None
    if now == declaration:
        return
    if declaration is None:
        rule = "declares parameters, and the experiment knows of none: make it by a call at the top of its module"
        raise TrialError(f"{model} {rule}, as MLP = OwnFamily(...), and leave 'declaration' out of the experiment")
    rule = "declares other things now than the experiment has recorded of it"
    raise TrialError(f"{model} {rule}: leave 'declaration' out of the experiment")
