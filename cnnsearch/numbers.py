"""Numbers as people say them, the same in the terminal, on the page, in Markdown and in notebooks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

__all__ = [
    "ABSENT",
    "compact",
    "count",
    "digits_of",
    "duration",
    "milliseconds",
    "percent",
    "plural",
    "score",
    "setting",
    "settings",
    "significant",
    "size",
    "times_in_words",
]

ABSENT = "–"
"""Stands where there is no number."""

_DIGITS = 4
"""Of a score where nobody knows how many pictures stand behind it."""

_MOST_PLAIN = 15
"""Powers of ten up to which a number is written out."""


def digits_of(pictures: int) -> int:
    """Significant digits of a score over so many pictures; 4 where their number is not known, as 0.

    The last one is the first that chance in the pictures touches: the standard error of a mean over n of them is in the
    order of 1/sqrt(n), so 100 pictures bear two digits, and 10,000 three.
    """
    return _DIGITS if pictures < 1 else max(2, 1 + math.ceil(math.log10(pictures) / 2))


def score(value: float | None, pictures: int) -> str:
    """The value of a metric, with the digits that so many pictures bear; what is less than 1 is never said to be 1."""
    digits = digits_of(pictures)
    text = significant(value, digits)
    while value is not None and 0.5 < value < 1 and text.startswith("1") and digits < _MOST_PLAIN:
        digits += 1
        text = significant(value, digits)
    return text


def significant(value: float | None, digits: int = _DIGITS) -> str:
    """``0.9750``, ``12.35``, ``12,345``, ``1.235e-5``: always so many digits, so that a column can be compared."""
    if value is None or not math.isfinite(value):
        return ABSENT
    if 10 ** (digits - 1) <= abs(value) < 10**_MOST_PLAIN:
        return f"{value:,.0f}"
    return _said(f"{value:#.{digits}g}", value).rstrip(".")


def compact(value: float) -> str:
    """A number for an axis: as short as four digits allow."""
    return _said(f"{value:.4g}", value)


def count(value: float | None) -> str:
    """``1,234,567``."""
    return ABSENT if value is None else f"{value:,.0f}"


def plural(number: int, noun: str) -> str:
    """``1 trial``, ``1,234 trials``: a number with a noun that takes an s where there are several, or none."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def percent(share: float | None, pictures: int = 1000) -> str:
    """``96%`` of up to 100 pictures, ``95.7%`` of up to 10,000; what is less than all is never said to be 100%.

    Nor is what is more than none said to be 0%: it is ``<1%`` or ``<0.1%``.
    """
    if share is None:
        return ABSENT
    decimals = digits_of(pictures) - 2
    while share < 1 and decimals < _MOST_PLAIN and f"{100 * share:.{decimals}f}".startswith("100"):
        decimals += 1
    text = f"{100 * share:.{decimals}f}"
    return f"<{10**-decimals:g}%" if share > 0 and float(text) == 0 else f"{text}%"


def size(value: float | None) -> str:
    """Bytes as they are, or as KB or MB of 1,000 and 1,000,000 bytes."""
    if value is None:
        return ABSENT
    if 0 < value < 999.5:
        return f"{value:.0f} bytes"
    if value < 999_500:
        return f"{value / 1e3:.3g} KB"
    return f"{value / 1e6:.3g} MB" if value < 999.5e6 else f"{value / 1e6:,.0f} MB"


def milliseconds(seconds: float | None) -> str:
    return ABSENT if seconds is None else f"{1e3 * seconds:.3g} ms" if seconds < 0.9995 else f"{seconds:.2f} s"


def duration(seconds: float | None) -> str:
    """``40 ms``, ``3.4 s``, ``42 s``, ``2 min 5 s`` or ``1 h 12 min``: two numbers at most, each as it is rounded."""
    if seconds is None:
        return ABSENT
    if seconds < 0.0995:
        return f"{1e3 * seconds:.2g} ms" if seconds > 0 else "0 s"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min"


def setting(value: Any) -> str:
    """The value of a parameter as an experiment file writes it, floats with four digits."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return compact(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(setting(item) for item in value) + "]"
    return str(value)


def settings(values: Sequence[Any]) -> tuple[str, ...]:
    """The text of each of several different values; those that would read alike, as ``1`` and ``1.0``, in full."""
    texts = [setting(value) for value in values]
    return tuple(
        json.dumps(value, ensure_ascii=False) if texts.count(text) > 1 else text
        for value, text in zip(values, texts, strict=True)
    )


def _said(text: str, value: float) -> str:
    """What ``g`` formats, with an exponent only where it spares a row of zeros, and without its padding."""
    mantissa, has_exponent, exponent = text.partition("e")
    if not has_exponent:
        return text
    power = int(exponent)
    return f"{value:.0f}" if 0 <= power <= _MOST_PLAIN else f"{mantissa}e{power}"


def times_in_words(times: int) -> str:
    """As in: twice as long."""
    return "twice" if times == 2 else f"{times} times"
