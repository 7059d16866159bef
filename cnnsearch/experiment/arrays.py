"""Arrays in memory as Python hands them over: ``(x, y)``, or what Keras's ``load_data()`` gives."""

from __future__ import annotations

from typing import Any

import numpy as np

from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying

__all__ = ["named_arrays"]

_PICTURES = (3, 4)
_LABELS = (1, 2)
"""Dimensions of the arrays of pictures, and of those of labels."""


def named_arrays(given: tuple[Any, ...]) -> dict[str, Any]:
    """The keys of :class:`~cnnsearch.data.sources.spec.ArraysSource` that a tuple stands for.

    Args:
        given: ``(x, y)``, or ``((x, y), (x_test, y_test))``.

    Raises:
        PydanticCustomError: the tuple is nested in another way, so that it cannot be told what is what.
    """
    if len(given) == 2 and all(_is_pair(part) for part in given):
        (x, y), (x_test, y_test) = given
        return {"x": x, "y": y, "x_test": x_test, "y_test": y_test}
    plain = _is_pair(given) or not any(_holds_arrays(part) for part in given)
    if len(given) == 2 and plain and not _is_crossed(*given):
        return {"x": given[0], "y": given[1]}  # whether these are pictures and labels is told where they are read
    rule = (
        "must be (x, y), or ((x, y), (x_test, y_test)) as load_data() of keras.datasets gives it: pictures (n, height, "
        "width) or (n, height, width, channels), and their labels; other splits by their names, as "
        '{"source": "arrays", "x": x, "y": y, "x_validation": x_validation, "y_validation": y_validation}'
    )
    raise carrying([Problem("", f"{rule} (got {_described(given)})")])


def _is_pair(part: Any) -> bool:
    if not isinstance(part, (tuple, list)) or len(part) != 2:
        return False
    return _dimensions(part[0]) in _PICTURES and _dimensions(part[1]) in _LABELS


def _is_crossed(x: Any, y: Any) -> bool:
    """``((x, x_test), (y, y_test))``: labels for what each item of ``x`` holds, and not for the items."""
    if not all(isinstance(part, (tuple, list)) and len(part) == 2 for part in (x, y)):
        return False
    return all(
        _dimensions(pictures) and _dimensions(labels) and len(pictures) == len(labels)
        for pictures, labels in zip(x, y, strict=True)
    )


def _holds_arrays(part: Any) -> bool:
    return isinstance(part, (tuple, list)) and any(hasattr(item, "shape") or _holds_arrays(item) for item in part[:2])


def _dimensions(array: Any) -> int:
    """Of an array, or of the first of nested sequences."""
    if isinstance(array, (tuple, list)):
        return 1 + (_dimensions(array[0]) if array else 0)
    shape = getattr(array, "shape", None)
    return np.ndim(array) if shape is None else len(shape)


def _described(part: Any, depth: int = 2) -> str:
    """``((array (60000, 28, 28), array (60000,)), ...)``: how a value is nested, and no array's content."""
    if isinstance(part, (tuple, list)) and len(part) <= 4 and (depth == 2 or _holds_arrays(part)):
        inner = ", ".join(_described(item, depth - 1) for item in part)
        return f"({inner})" if isinstance(part, tuple) else f"[{inner}]"
    if isinstance(part, (tuple, list)):
        return f"{type(part).__name__} of {len(part)}"
    return f"array {tuple(part.shape)}" if hasattr(part, "shape") else type(part).__name__
