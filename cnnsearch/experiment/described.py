"""The meaning of each key of an experiment in its JSON Schema, for editors and for the documentation."""

from __future__ import annotations

import inspect
import re
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

__all__ = ["Described", "meanings"]

_ATTRIBUTES = "Attributes:\n"


class Described(GenerateJsonSchema):
    """A mapping is described by the docstring of its class, and each of its keys by the attribute there."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        described = super().model_schema(schema)
        if "description" in described:
            described["description"] = _markdown(described["description"].partition(_ATTRIBUTES)[0].strip())
        for key, meaning in meanings(schema["cls"]).items():
            if key in described.get("properties", {}):
                described["properties"][key].setdefault("description", meaning)
        return described


def meanings(kind: type[Any]) -> dict[str, str]:
    """What the docstrings of a class, and of those that it extends, say of their attributes, as Markdown."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        attributes = inspect.cleandoc(each.__doc__ or "").partition(_ATTRIBUTES)[2].partition("\n\n")[0]
        for names, meaning in re.findall(r"^    (\w[\w, ]*): (.*(?:\n {5,}.*)*)", attributes, re.MULTILINE):
            found |= dict.fromkeys(names.split(", "), _markdown(" ".join(meaning.split())))
    return found


def _markdown(docstring: str) -> str:
    return docstring.replace("``", "`")
