"""What trains and judges a network: a head in the graph, or one that is fitted in one step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Combining", "Fitted", "Head", "Judged", "Moving"]


@dataclass(frozen=True)
class Judged:
    """What a head makes of a network's outputs, in the graph or in NumPy.

    Attributes:
        losses: ``(n,)``, without weights and without what is for training only.
        kept: name -> ``(n, ...)``, what predictions are made of.
        counts: name -> whole numbers of any shape, to be added up over pieces.
    """

    losses: Any
    kept: Mapping[str, Any]
    counts: Mapping[str, Any]


class Moving(Protocol):
    """How augmentation moved each picture of a batch.

    Attributes:
        size: height and width of the pictures.
    """

    @property
    def size(self) -> tuple[int, int]: ...

    def nearest(self, maps: Any, outside: Any) -> Any:
        """Maps of the pictures, ``(batch, height, width)``, moved with these.

        Args:
            maps: of any dtype; no value is mixed with another.
            outside: what they hold where a picture is filled with 0.
        """

    def hulls(self, boxes: Any) -> Any:
        """Around where the corners of boxes come to lie, not cut off at the edge of the picture.

        Args:
            boxes: ``(batch, m, 4)`` float32, left, top, right and bottom in pixels; the last two lie outside.
        """


class Head(Protocol):
    """All TensorFlow of a task, for one structure."""

    def value_shape(self, name: str) -> tuple[int, ...]:
        """Of a runtime parameter; ``()`` for one number."""

    def numbers(self, config: Mapping[str, Any], targets: np.ndarray) -> dict[str, Any]:
        """The task's runtime parameters that are no number in a config: name -> array of that shape.

        Args:
            config: filled.
            targets: of the training split.
        """

    def draws(self, config: Mapping[str, Any], targets: np.ndarray) -> np.ndarray | None:
        """How often each training picture is drawn in an epoch, relative to the others; ``None``: each once.

        Args:
            config, targets: as of :meth:`numbers`.
        """

    def losses(self, outputs: Any, targets: Any, values: Mapping[str, Any]) -> Any:
        """In training, ``(batch,)``.

        Args:
            outputs: of the network, ``(batch, width)`` float32; of a map ``(batch, height, width of it, width)``.
            targets: ``(batch, ...)``.
            values: runtime values that are active, by name.
        """

    def taught(self, outputs: Any, told: Any, temperature: Any) -> Any:
        """In training, ``(batch,)``: how far the outputs are from what another model tells of the same pictures.

        Asked of a task whose models can teach (:attr:`TaskSpec.teaches`) alone.

        Args:
            outputs: as of :meth:`losses`.
            told: what the exported model of another network gives, ``(batch, ...)``.
            temperature: by which logits are divided.
        """

    def mixed(self, targets: Any, others: Any, shares: Any) -> tuple[tuple[Any, Any], ...]:
        """What pictures that were mixed with others are compared with: targets, and the share of the loss of these.

        The first are also those that :meth:`sums` takes. Asked of a task that mixes (:attr:`TaskSpec.mixes`) alone.

        Args:
            targets, others: of the pictures, and of those that they were mixed with, ``(batch, ...)``.
            shares: how much of each picture is its own, ``(batch,)`` float32 from 0.5 to 1.
        """

    def moved(self, targets: Any, movement: Moving) -> Any:
        """Targets of pictures that augmentation has moved. Asked of a task whose targets follow alone.

        Args:
            targets: of the pictures as they were, ``(batch, ...)``; see :attr:`TaskSpec.follows`.
            movement: of each picture.
        """

    def sums(self, outputs: Any, targets: Any) -> tuple[Any, ...]:
        """One for each name of :attr:`TaskSpec.trained`, added up over a batch."""

    def judged(self, outputs: Any, targets: Any) -> Judged:
        """In validation; arguments as of :meth:`losses`."""

    def exported(self, outputs: Any) -> Any:
        """What an exported model gives, from the Keras tensor that its network gives: by one layer of Keras's."""

    def refused(self, outputs: np.ndarray) -> str | None:
        """Why what an untrained network gives, ``(n, width)``, is nothing that :meth:`losses` can take.

        In words that go on from the name of the network's family; ``None``: it may be.
        """


class Combining(Head, Protocol):
    """A head of a task that joins pictures (:attr:`TaskSpec.joins`)."""

    def combined(
        self, pictures: Any, targets: Any, weights: Any, values: Mapping[str, Any], seed: Any
    ) -> tuple[Any, Any, Any]:
        """Pictures, targets and weights of a batch, some of them made of several.

        Args:
            pictures: ``(batch, height, width, channels)`` float32, as augmentation has changed them.
            targets: ``(batch, ...)``.
            weights: ``(batch,)``, of the pictures in the loss; ``None``: all count the same.
            values: runtime values that are active, by name.
            seed: two integers, of which all draws follow.
        """


class Fitted(Protocol):
    """A head that scikit-learn fits in one step."""

    def weights(self, x: np.ndarray, y: np.ndarray, of: np.ndarray | None = None) -> list[np.ndarray]:
        """Kernel ``(features, width)`` and bias ``(width,)`` of a dense layer, float32; ``of`` pictures: ``(n,)``."""

    def judged(self, outputs: np.ndarray, y: np.ndarray) -> Judged:
        """As of :class:`Head`, in NumPy; ``outputs`` is ``(n, width)`` float64, and may be changed."""
