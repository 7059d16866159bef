"""Numbers of pictures from what a data source brings, and what is wrong with a cell that is none."""

from __future__ import annotations

import math
import numbers
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.sources.keys import swapped
from cnnsearch.errors import InputError, Problem

if TYPE_CHECKING:
    from cnnsearch.data.raw_labels import RawLabels

__all__ = ["MOST", "numbers_of", "value_names"]

MOST = 1e30
"""Largest number, and its inverse the smallest spread: the graph computes with float32."""

_SHOWN = 5
"""So many cells that are no numbers are told one by one."""

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "nil", "-", "?"))

_EMPTY = "the number is missing"
_WRITTEN_AS_MISSING = f"{_EMPTY}; of an empty cell checks: {{missing: drop}} leaves out the row"
_NO_COMMA = "must be a number with a point, not a comma"
_NO_POINT = "must be a number with a comma, not a point, as decimal: ',' says"
_BEYOND = f"must be from -{MOST:g} to {MOST:g}: give it in another unit"


def value_names(count: int) -> tuple[str, ...]:
    """Of outputs whose source does not name them."""
    return ("value",) if count == 1 else tuple(f"value_{number}" for number in range(1, count + 1))


def numbers_of(labels: RawLabels) -> np.ndarray:
    """The numbers, ``(n, outputs)`` float64.

    Raises:
        InputError: something else, with the place of each cell, or of the first few.
    """
    parts = [_columns(what, np.asarray(part)) for what, part in labels.parts]
    widths = {part.shape[1] for part in parts}
    if len(widths) > 1:
        told = ", ".join(f"{what} {part.shape[1]}" for (what, _), part in zip(labels.parts, parts, strict=True))
        raise InputError(Problem("dataset", "all splits must have as many numbers a picture", told))
    is_swapped = labels.decimal == ","
    found = [_parsed(_with_points(part) if is_swapped else part) for part in parts]
    bad = [bad for _, reasons in found for bad in reasons]
    firsts = np.cumsum([0, *map(len, parts)])
    places = [int(first) + each.row for first, (_, reasons) in zip(firsts, found, strict=False) for each in reasons]
    if bad:
        named = parts[0].shape[1] > 1 or bool(labels.columns)
        shown = [
            labels.problem(place, *_said(each, labels), each.column if named else None)
            for place, each in zip(places[:_SHOWN], bad, strict=False)
        ]
        raise InputError([*shown, *_rest(len(bad) - _SHOWN)])
    return np.concatenate([values for values, _ in found])


def _with_points(part: np.ndarray) -> np.ndarray:
    """Texts with commas for points, which are no numbers then, and points for commas."""
    if part.dtype.kind != "U":
        return part
    return np.array([swapped(cell) for cell in part.ravel().tolist()], dtype=part.dtype).reshape(part.shape)


def _said(bad: _Bad, labels: RawLabels) -> tuple[str, Any]:
    """The rule that a cell breaks, and the cell as it stands."""
    if labels.decimal == ",":
        value = swapped(bad.value) if isinstance(bad.value, str) else bad.value
        return (_NO_POINT if bad.rule == _NO_COMMA else bad.rule), value
    asks = labels.decimal is not None and labels.parts[0][0].startswith("dataset.")
    return (
        f"{_NO_COMMA}; dataset.decimal: ',' reads commas" if asks and bad.rule == _NO_COMMA else bad.rule
    ), bad.value


def _rest(number: int) -> list[Problem]:
    return [Problem("dataset", f"and {number:,} more such numbers")] if number > 0 else []


def _columns(what: str, part: np.ndarray) -> np.ndarray:
    """``(n, outputs)``."""
    if part.ndim == 1:
        part = part[:, np.newaxis]
    if part.ndim != 2 or not part.shape[1]:
        raise InputError(Problem(what, "numbers must have the shape (n,), or (n, numbers of a picture)", part.shape))
    if part.dtype.kind == "b":
        rule = "must be numbers, and these are true or false: that is two classes, which another task tells apart"
        raise InputError(Problem(what, rule, str(part.dtype)))
    if part.dtype.kind not in "iufOSUT":
        raise InputError(Problem(what, "must be real numbers", str(part.dtype)))
    return part


@dataclass(frozen=True)
class _Bad:
    """A cell that is no number."""

    row: int
    column: int
    rule: str
    value: Any


def _parsed(part: np.ndarray) -> tuple[np.ndarray, list[_Bad]]:
    """Its numbers, and the cells that are none."""
    if part.dtype.kind in "iuf":
        with np.errstate(over="ignore"):
            values = part.astype(np.float64)
        wrong = np.argwhere(~(np.abs(values) <= MOST)).tolist()
        return values, [_Bad(row, column, *_outside(float(values[row, column]))) for row, column in wrong]
    values = np.zeros(part.shape)
    bad = []
    for at in np.ndindex(part.shape):
        number, rule = _cell(part[at])
        if rule is None and not abs(number) <= MOST:
            rule = _rule(number)
        if rule is not None:
            bad.append(_Bad(at[0], at[1], rule, part[at]))
        values[at] = number
    return values, bad


def _outside(number: float) -> tuple[str, float]:
    """The rule that a number breaks, and itself."""
    return _rule(number), number


def _rule(number: float) -> str:
    return _EMPTY if math.isnan(number) else "must be finite" if math.isinf(number) else _BEYOND


def _cell(cell: Any) -> tuple[float, str | None]:
    """Its number, and the rule that it breaks."""
    if cell is None:
        return 0.0, _EMPTY
    if isinstance(cell, (str, bytes)):
        return _text(cell.decode("utf-8", "replace") if isinstance(cell, bytes) else str(cell))
    if isinstance(cell, (bool, np.bool_)) or not isinstance(cell, (numbers.Real, Decimal)):
        return 0.0, "must be a number"
    try:
        return float(cell), None
    except (OverflowError, ValueError):
        return 0.0, _BEYOND


def _text(text: str) -> tuple[float, str | None]:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        number = float(text)
        return (number, None) if math.isfinite(number) else (0.0, _BEYOND)
    if text.lower() in _MISSING:
        return 0.0, _WRITTEN_AS_MISSING if text else _EMPTY
    if _COMMA.fullmatch(text):
        return 0.0, _NO_COMMA
    if text.lower().lstrip("+-") in ("inf", "infinity"):
        return 0.0, "must be finite"
    return 0.0, "must be a number"
