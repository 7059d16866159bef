"""A metric of the user's own: ``package.module:function``, called as ``function(targets, predictions)``."""

from __future__ import annotations

import math

import numpy as np

from cnnsearch.errors import TrialError, first_line
from cnnsearch.own_code.module import imported, where_raised

__all__ = ["check", "score"]


def score(name: str, targets: np.ndarray, predictions: np.ndarray) -> float:
    """What the function gives; it gets copies, which it may change.

    Args:
        name: ``package.module:function``.
        targets, predictions: as the task pairs them, ``(n, ...)`` each.

    Raises:
        TrialError: it cannot be imported, raises, or gives no number.
    """
    function = imported(name, "the metric")
    if not callable(function):
        raise TrialError(f"the metric {name} must be a function, not {type(function).__name__}")
    try:
        found = function(targets.copy(), predictions.copy())
        number = np.asarray(found)
    except (Exception, SystemExit) as error:  # whatever the user's code raises; SystemExit would end the worker
        what = f"{type(error).__name__}: {first_line(error, 'no message')}"
        raise TrialError(f"the metric {name} failed: {what}{where_raised(error)}") from error
    if number.shape != () or number.dtype.kind not in "fiub":
        shape = f" of shape {number.shape}" if number.shape else ""
        raise TrialError(f"the metric {name} must return a number, not {type(found).__name__}{shape}")
    return float(number)


def check(name: str, targets: np.ndarray, predictions: np.ndarray) -> None:
    """Whether a search can aim at it; arguments as of :func:`score`.

    Raises:
        TrialError: as of :func:`score`, or it is not finite.
    """
    found = score(name, targets, predictions)
    if not math.isfinite(found):
        raise TrialError(f"the metric {name} must return a finite number (got {found})")
