"""What the outputs of an exported model mean, for people and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cnnsearch.tasks.contract.predictions import Predictions

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.inputs.pictures.letterbox import Resizing
    from cnnsearch.inputs.pictures.tiles import Tile

__all__ = ["Answer", "Answers", "Condensing", "Joining", "Located", "Pictured", "Told"]


@runtime_checkable
class Located(Protocol):
    """An answer that tells places in its picture."""

    def within(self, size: tuple[int, int], of: tuple[int, int], resizing: Resizing) -> Answer:
        """The same in a picture as it lies.

        Args:
            size: height and width of the picture.
            of: those to which it was brought for the network.
            resizing: how it was.
        """


@runtime_checkable
class Joining(Protocol):
    """Answers that tell places, so that those of a picture's tiles make one of all of it."""

    def joined(self, parts: Sequence[tuple[Tile, Answer]]) -> Answer:
        """Of all tiles of a picture."""


@runtime_checkable
class Pictured(Protocol):
    """An answer that can be seen as a picture."""

    def picture(self, size: tuple[int, int]) -> bytes:
        """A PNG file, stretched to ``size``, height and width of the picture that it is of."""


class Answer(Protocol):
    """What is told of one picture."""

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types."""

    def cells(self, top: int) -> tuple[str, ...]:
        """In a table with :attr:`Answers.columns`; ``top`` is how many answers are wanted where there are several."""


@dataclass(frozen=True)
class Told:
    """Predictions in words: sentences, then a table."""

    lines: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class Answers(Protocol):
    """What an exported model's outputs mean."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Headings of :meth:`Answer.cells`."""

    @property
    def decided(self) -> dict[str, Any]:
        """What whoever reads the outputs without cnnsearch must know beside their names, as thresholds; JSON types."""

    def problem(self, shape: Any) -> tuple[str, Any] | None:
        """Why a model whose output has this shape, ``(None, ...)``, is none of this task; and the value to show."""

    def of(self, output: np.ndarray) -> Answer:
        """Of one picture."""

    def predictions(self, targets: np.ndarray, outputs: np.ndarray) -> Predictions:
        """Of pictures whose targets are known."""

    def told(self, predictions: Predictions) -> Told:
        """For people."""


@runtime_checkable
class Condensing(Protocol):
    """Answers that keep far less of a model's outputs than these take, as masks of the probabilities of all classes."""

    def condensed(self, targets: np.ndarray, outputs: np.ndarray) -> Mapping[str, np.ndarray]:
        """Name -> ``(k, ...)``, what predictions are made of; arguments as of :meth:`Answers.predictions`."""

    def of_condensed(self, targets: np.ndarray, condensed: Mapping[str, np.ndarray]) -> Predictions:
        """Of pictures whose parts were condensed, and put together."""
