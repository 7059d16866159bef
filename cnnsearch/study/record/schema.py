"""The vocabulary of the schemas of a study's files: what a value must be, each with the words for where it is not.

A study may have been damaged, edited, or written by another program: whatever is read of one is checked first, so that
nothing behind has to.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import ConfigDict, Field, GetCoreSchemaHandler, TypeAdapter, ValidationError, with_config
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict  # Python's own tells pydantic too little before 3.12

from cnnsearch.errors import Problem

__all__ = [
    "ABOUT_ONE",
    "FORMAT",
    "Bytes",
    "Count",
    "Format",
    "Index",
    "Known",
    "MaybeNumber",
    "MaybeShare",
    "MaybeText",
    "MaybeCount",
    "MaybeIndex",
    "MaybeMoment",
    "Moment",
    "Number",
    "Open",
    "Rule",
    "Seconds",
    "Setting",
    "Share",
    "Text",
    "loaded",
    "problems_in",
]

FORMAT = 2
"""Version of a study's files: of each line of the record, and of ``environment.json``."""

_MOST = 10**15
"""Of whole numbers: what is counted stays a float's whole number too."""

_LARGEST = 1e39
"""Of numbers that training gives: float32 holds none that is larger, and its fourth power is still a float."""

ABOUT_ONE = 1 + 1e-6
"""A share that was summed in float32 may be a little more than one."""

_LAST = 1e11
"""Of Unix times: in the year 5138."""


@dataclass(frozen=True)
class Rule:
    """Stands behind a type in ``Annotated``: what a value of it must be, in words."""

    text: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(handler(source), "rule", custom_error_message=self.text)


class _Letters:
    """A text; pydantic's own takes no lone surrogates, which stand for bytes of a file's name that are no UTF-8."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        plain = core_schema.is_instance_schema(str)
        return core_schema.json_or_python_schema(json_schema=core_schema.str_schema(strict=True), python_schema=plain)


_Str = Annotated[str, _Letters()]
_Int = Annotated[int, Field(strict=True, ge=-(10**308), le=10**308)]
_Float = Annotated[float, Field(strict=True, allow_inf_nan=False)]
_Bool = Annotated[bool, Field(strict=True)]
_Scalar = _Bool | _Int | _Float | _Str | None

Text = Annotated[_Str, Rule("must be a text")]
Index = Annotated[int, Field(strict=True, ge=0, le=_MOST), Rule("must be a whole number from 0 on")]
Count = Annotated[int, Field(strict=True, ge=1, le=_MOST), Rule("must be a whole number from 1 on")]
Number = Annotated[
    float, Field(strict=True, allow_inf_nan=False, ge=-_LARGEST, le=_LARGEST), Rule("must be a finite number")
]
Share = Annotated[
    float, Field(strict=True, allow_inf_nan=False, ge=0, le=ABOUT_ONE), Rule("must be a number from 0 to 1")
]
Seconds = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-_LAST, le=_LAST), Rule("must be seconds")]
"""Earlier versions took them from a clock that may have been set meanwhile: they may be below 0."""

Moment = Annotated[
    float, Field(strict=True, allow_inf_nan=False, ge=0, le=_LAST), Rule("must be a Unix time, in seconds")
]
Bytes = Annotated[float, Field(strict=True, ge=0, le=_MOST), Rule("must be a number from 0 on")]
Setting = Annotated[
    _Scalar | list[_Scalar],
    Rule("must be true or false, a finite number, a text, null, or a list of these"),
]
Known = Annotated[bool, Field(strict=True), Rule("must be true or false")]
Format = Annotated[int, Field(strict=True, ge=1, le=FORMAT), Rule("must be a whole number from 1 on")]


MaybeNumber = Annotated[Number | None, Rule("must be a finite number, or null")]
MaybeShare = Annotated[Share | None, Rule("must be a number from 0 to 1, or null")]
MaybeText = Annotated[Text | None, Rule("must be a text, or null")]
MaybeCount = Annotated[Count | None, Rule("must be a whole number from 1 on, or null")]
MaybeIndex = Annotated[Index | None, Rule("must be a whole number from 0 on, or null")]
MaybeMoment = Annotated[Moment | None, Rule("must be a Unix time, in seconds, or null")]


@with_config(ConfigDict(extra="allow", strict=True))
class Open(TypedDict):
    """Base of mappings with known keys: one type is not taken for another, and keys that are not named stay."""


_RULES = {
    "missing": "is missing",
    "dict_type": "must be a mapping",
    "dataclass_type": "must be a mapping",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "has too few items",
    "too_long": "has too many items",
}


def problems_in(content: Any, kind: TypeAdapter[Any], where: str) -> tuple[Any, list[Problem]]:
    """What ``kind`` makes of the content of a file or line, and what is wrong with it.

    Args:
        content: as :func:`loaded` gives it.
        kind: what it must be.
        where: the file, or file and line.
    """
    newer = content.get("format") if isinstance(content, dict) else None
    if isinstance(newer, int) and newer > FORMAT:
        rule = f"was written by a newer cnnsearch, in format {newer}, and this one reads {FORMAT}: install that one"
        return None, [Problem(where, rule)]
    try:
        return kind.validate_python(content), []
    except ValidationError as error:
        return None, list(_told(error, where))


def _told(error: ValidationError, where: str) -> Iterator[Problem]:
    for item in error.errors(include_url=False):
        key = _key(item["loc"])
        rule = item["msg"] if item["type"] == "rule" else _RULES.get(item["type"], item["msg"])
        is_shown = item["type"] != "missing" and item["input"] is not None
        yield Problem(f"{where}: {key}" if key else where, rule, item["input"] if is_shown else None)


def _key(location: Sequence[Any]) -> str:
    """``dataset.counts.train``; ``copies[0].kind``."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in location if part != "[key]"]
    return "".join(parts).removeprefix(".")


def loaded(content: bytes | str) -> Any:
    """What a JSON text holds.

    Raises:
        ValueError: it is not valid JSON, which has no NaN either, or is nested too deeply.
    """
    try:
        return json.loads(content, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"JSON has no {constant}; what is not finite is null")
