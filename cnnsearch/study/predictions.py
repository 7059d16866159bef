"""The predictions that a study keeps: labels and probabilities in half precision, with the class that was decided."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from cnnsearch.unzipping import sizes_problem

if TYPE_CHECKING:
    import numpy as np

__all__ = ["TEST_PREDICTIONS", "from_bytes", "kept_at", "left_at", "to_bytes"]

TEST_PREDICTIONS = "predictions/test.npz"
"""Those of the winner on the test split, in a study."""


def kept_at(trial: int, run: int | None = None) -> str:
    """Where in a study the predictions of a trial are kept, or those of a ``run`` of it as a finalist."""
    return f"predictions/{trial:06d}.npz" if run is None else f"predictions/{trial:06d}-{run}.npz"


def left_at(folder: str) -> str:
    """Where a worker leaves them, in the ``folder`` that :func:`~cnnsearch.study.best.left_by` says."""
    return f"{folder}/predictions.npz"


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
        ValueError: it is torn, something else, or would take far more memory than its own size.
    """
    import numpy as np

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            problem = sizes_problem(archive, len(content))
        if problem is not None:
            raise ValueError(problem)
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            labels, probabilities = stored["labels"], stored["probabilities"]
        if labels.ndim != 1 or probabilities.ndim != 2 or len(labels) != len(probabilities):
            raise ValueError(f"holds arrays of the shapes {labels.shape} and {probabilities.shape}")
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
    return labels, probabilities


def _halved(probabilities: np.ndarray) -> np.ndarray:
    """As float16. Where rounding makes another class the largest, what was is lifted above it by one step."""
    import numpy as np

    halved = probabilities.astype(np.float16)
    decided = probabilities.argmax(axis=1)
    (rows,) = np.nonzero(halved.argmax(axis=1) != decided)
    halved[rows, decided[rows]] = np.nextafter(halved[rows].max(axis=1), np.float16(np.inf))
    return halved
