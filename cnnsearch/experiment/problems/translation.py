"""Problems in this project's words: carried through pydantic, and its own errors translated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticCustomError

from cnnsearch.data.sources.spec import SOURCES, ArraysSource
from cnnsearch.errors import Problem, nearest
from cnnsearch.experiment.recorded import UNASKED
from cnnsearch.experiment.schema import in_words
from cnnsearch.redaction import redacted
from cnnsearch.space import shown

__all__ = ["carrying", "translated"]


def carrying(problems: Sequence[Problem]) -> PydanticCustomError:
    """Carries several problems of one section through pydantic."""
    return PydanticCustomError("problems", "several problems", {"problems": tuple(problems)})


def translated(error: ValidationError, root: type[BaseModel]) -> list[Problem]:
    """Pydantic's errors in this project's words."""
    found = []
    for item in error.errors(include_url=False):
        path = [str(part) for part in item["loc"]]
        if path and path[0] == "dataset" and len(path) > 1:
            path.pop(1)  # the tag of the union
        where = ".".join(path)
        if item["type"] == "problems":
            for problem in item["ctx"]["problems"]:
                inner = f"{where}.{problem.where}" if problem.where else where
                found.append(Problem(inner, problem.rule, problem.value))
            continue
        rule, is_shown = _rule(item, root)
        value = redacted(item["input"]) if isinstance(item["input"], str) and _is_secret(where) else item["input"]
        found.append(Problem(where, rule, shown(value) if is_shown else None))
    return found


def _is_secret(where: str) -> bool:
    """Whether what stands there may be one; see :mod:`cnnsearch.experiment.outlets`."""
    return where.startswith(("notify.", "tracking."))


def _rule(item: Any, root: type[BaseModel]) -> tuple[str, bool]:
    """What must hold, and whether the value is worth showing."""
    if not item["loc"]:  # of the file as a whole, as a key that is no text
        return "every key must be a text, in UTF-8", False
    kind, section = item["type"], _section_of(item["loc"], root)
    # An item of a list or of a mapping has no key of its own.
    named = [str(part) for part in item["loc"] if section is root or part in section.model_fields]
    key = named[0 if section is root else -1] if named else str(item["loc"][-1])
    if kind in ("extra_forbidden", "invalid_key"):  # the latter is no text
        if section in SOURCES.values() and (others := _sources_with(key)):
            return f"is a key of source {' or '.join(others)}, not of '{item['loc'][1]}': leave it out", False
        may = [name for name, field in section.model_fields.items() if UNASKED not in field.metadata]
        return f"unknown key; {nearest(key, may)}", False
    if kind == "missing":
        return ("is missing; every experiment needs it" if section is root else "is missing"), False
    if kind in ("rule", "splits", "columns", "masks"):
        return item["msg"], kind == "rule"
    if kind == "string_unicode":
        return "must be UTF-8", True
    schema = section.model_json_schema()
    field = schema["properties"][key]
    if str(item["loc"][-1]) != key:  # a value of a mapping
        options = (field, *field.get("anyOf", ()))
        field = next((option["additionalProperties"] for option in options if "additionalProperties" in option), field)
    return f"must be {in_words(field, schema.get('$defs', {}))}", True


def _sources_with(key: str) -> list[str]:
    """Sources that have a key; of those that one writes into a file."""
    known = ((name, source.model_fields.get(key)) for name, source in SOURCES.items() if source is not ArraysSource)
    return [f"'{name}'" for name, field in known if field is not None and UNASKED not in field.metadata]


def _section_of(location: Sequence[Any], root: type[BaseModel]) -> type[BaseModel]:
    """The section that holds the key at ``location``, a path of pydantic's."""
    if len(location) == 1:
        return root
    if location[0] == "dataset":
        return SOURCES[location[1]]
    section = root
    for part in location[:-1]:
        field = section.model_fields.get(str(part))
        section = (_section_in(field.annotation) if field else None) or section
    return section


def _section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that an annotation names, bare or in a list or union."""
    if _is_section(annotation):
        return annotation  # type: ignore[no-any-return]
    return next(filter(None, (_section_in(inner) for inner in getattr(annotation, "__args__", ()))), None)


def _is_section(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
