"""The predictions that a study keeps: labels and probabilities in half precision, with the class that was decided."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["from_bytes", "to_bytes"]


def to_bytes(labels: np.ndarray, probabilities: np.ndarray) -> bytes:
    """A compressed NumPy archive.

    Args:
        labels: ``(n,)`` class indices.
        probabilities: ``(n, classes)``; kept as float16, of which the largest is still the one that it was.
    """
    import numpy as np

    stream = io.BytesIO()
    np.savez_compressed(stream, labels=labels, probabilities=_halved(probabilities))
    return stream.getvalue()


def from_bytes(content: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Labels and probabilities of :func:`to_bytes`.

    Raises:
        ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile: it is torn, or something else.
    """
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as stored:
        return stored["labels"], stored["probabilities"]


def _halved(probabilities: np.ndarray) -> np.ndarray:
    """As float16. Where rounding makes another class the largest, what was is lifted above it by one step."""
    import numpy as np

    halved = probabilities.astype(np.float16)
    decided = probabilities.argmax(axis=1)
    (rows,) = np.nonzero(halved.argmax(axis=1) != decided)
    halved[rows, decided[rows]] = np.nextafter(halved[rows].max(axis=1), np.float16(np.inf))
    return halved
