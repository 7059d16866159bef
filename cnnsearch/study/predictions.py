"""The predictions that a study keeps: the arrays that its task makes of them, in one file."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cnnsearch.tasks.task import Predictions, TaskSpec
from cnnsearch.unzipping import sizes_problem

if TYPE_CHECKING:
    import numpy as np

__all__ = ["from_bytes", "to_bytes"]


def to_bytes(predictions: Predictions) -> bytes:
    """A compressed NumPy archive."""
    import numpy as np

    arrays: Mapping[str, np.ndarray] = predictions.to_arrays()
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    return stream.getvalue()


def from_bytes(content: bytes, task: TaskSpec) -> Predictions:
    """The inverse of :func:`to_bytes`, but for what the task rounds.

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
            return task.recorded({name: stored[name] for name in stored.files})
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
