"""How a model of pydantic's is called, for who asks Python: ``help``, and editors."""

from __future__ import annotations

import inspect

from pydantic import BaseModel

__all__ = ["signature_of"]


def signature_of(model: type[BaseModel]) -> inspect.Signature:
    """Keys and defaults as they may be written: pydantic's own also holds the schema of every parameter."""
    parameters = []
    for name, field in model.model_fields.items():
        default = inspect.Parameter.empty if field.is_required() else field.default
        if isinstance(default, BaseModel):
            default = default.model_dump(exclude_unset=True)
        parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default))
    return inspect.Signature(parameters)
