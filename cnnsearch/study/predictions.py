"""The predictions that a study keeps: the arrays that its task makes of them, in one file."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cnnsearch.errors import TrialError
from cnnsearch.study.filter_ngrams import FilterNgrams
from cnnsearch.study.hidden_tokens import HiddenTokens
from cnnsearch.tasks.contract.metrics import is_function
from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.tasks.task import TaskSpec
from cnnsearch.unzipping import MOST_RATIO, sizes_problem

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "TEST_PREDICTIONS",
    "from_bytes",
    "hidden_from_bytes",
    "items_from_bytes",
    "kept_at",
    "left_at",
    "ngrams_from_bytes",
    "to_bytes",
]

_ITEMS = "items"
"""What each picture contributes to the objective, among the arrays of the task."""

_BESIDE = {_ITEMS, *HiddenTokens.NAMES, *FilterNgrams.NAMES}
"""What the task has not made."""

_PADDING = "padding"
"""A member of zeros, see :func:`_padded`."""

TEST_PREDICTIONS = "predictions/test.npz"
"""Those of the winner on the test split, in a study."""


def kept_at(trial: int, run: int | None = None) -> str:
    """Where in a study the predictions of a trial are kept, or those of a ``run`` of it as a finalist."""
    return f"predictions/{trial:06d}.npz" if run is None else f"predictions/{trial:06d}-{run}.npz"


def left_at(folder: str) -> str:
    """Where a worker leaves them, in the ``folder`` that :func:`~cnnsearch.study.winner.best.left_by` says."""
    return f"{folder}/predictions.npz"


def to_bytes(
    predictions: Predictions,
    objective: str | None = None,
    hidden: HiddenTokens | None = None,
    ngrams: FilterNgrams | None = None,
) -> bytes:
    """A compressed NumPy archive.

    What each picture contributes to a metric of the user's own is kept too: whoever reads a study, as its report, runs
    no code of it.

    Args:
        predictions: of a model.
        objective: of its search.
        hidden: tokens of the worst texts.
        ngrams: of filters.
    """
    import numpy as np

    beside = {name: array for each in (hidden, ngrams) if each is not None for name, array in each.arrays.items()}
    arrays: Mapping[str, np.ndarray] = {**predictions.to_arrays(), **beside}
    if objective is not None and is_function(objective):
        with contextlib.suppress(TrialError):  # without some of the pictures the function may fail
            arrays = {**arrays, _ITEMS: predictions.per_item(objective)}
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]
    _padded(stream)
    return stream.getvalue()


def _padded(stream: io.BytesIO) -> None:
    """Make an archive so large that it is read again: many large masks of few shapes take less than a hundredth.

    Nobody can tell them from a bomb, so the rule stays for all that is read, and what is written keeps it.
    """
    with zipfile.ZipFile(stream, "a") as archive:
        if sizes_problem(archive, stream.getbuffer().nbytes) is not None:
            total = sum(member.file_size for member in archive.infolist())
            archive.writestr(_PADDING, bytes(total // (MOST_RATIO - 1) + 1), zipfile.ZIP_STORED)


def from_bytes(content: bytes, task: TaskSpec, names: Sequence[str] = ()) -> Predictions:
    """The inverse of :func:`to_bytes`, but for what the task rounds; ``names`` of its outputs.

    Raises:
        ValueError: it is torn, something else, or would take far more memory than its own size.
    """
    arrays = _arrays(content)
    try:
        return task.recorded({name: array for name, array in arrays.items() if name not in _BESIDE}, names)
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error


def items_from_bytes(content: bytes, pictures: int) -> np.ndarray | None:
    """What each of so many pictures contributes to the objective, ``(n,)``, where that was kept.

    Raises:
        ValueError: as of :func:`from_bytes`.
    """
    items = _arrays(content).get(_ITEMS)
    if items is not None and (items.shape != (pictures,) or items.dtype.kind != "f"):
        raise ValueError(f"holds items of the shape {items.shape} for {pictures} pictures")
    return items


def hidden_from_bytes(content: bytes) -> HiddenTokens | None:
    """Tokens of the worst texts, where these were kept.

    Raises:
        ValueError: as of :func:`from_bytes`.
    """
    return HiddenTokens.of(_arrays(content))


def ngrams_from_bytes(content: bytes) -> FilterNgrams | None:
    """N-grams of filters, where these were kept.

    Raises:
        ValueError: as of :func:`from_bytes`.
    """
    return FilterNgrams.of(_arrays(content))


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    import numpy as np

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            problem = sizes_problem(archive, len(content))
        if problem is not None:
            raise ValueError(problem)
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files if name != _PADDING}
    except Exception as error:
        raise ValueError(str(error) or type(error).__name__) from error
