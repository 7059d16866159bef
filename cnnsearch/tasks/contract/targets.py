"""What is to be predicted, at rest, and what a network is compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from cnnsearch.errors import Problem

if TYPE_CHECKING:
    import numpy as np

    from cnnsearch.inputs.pictures.letterbox import Resizing

__all__ = ["Judging", "Outputs", "Placed", "Strata", "Targets"]


@dataclass(frozen=True)
class Outputs:
    """What a network ends in and what it is compared with: part of what a compiled program is known by.

    Attributes:
        width: numbers that the network gives for each picture, or for each place of one.
        shape, dtype: of the target of one picture at rest.
        constants: numbers of the training targets that the head has in it.
        places: ``(height, width)`` of the map that the network gives of a picture; empty: it gives one vector.
    """

    width: int
    shape: tuple[int, ...] = ()
    dtype: str = "int32"
    constants: tuple[float, ...] = ()
    places: tuple[int, ...] = ()


@dataclass(frozen=True, eq=False)
class Strata:
    """Groups of pictures whose shares every split keeps.

    Attributes:
        members: ``(n,)`` stratum of each picture, counted from 0.
        names: of all strata.
        noun, plural: what a stratum is, for messages.
        uneven: what to know where one has far more pictures than another, without its full stop; empty: nothing.
    """

    members: np.ndarray
    names: tuple[str, ...]
    noun: str
    plural: str
    uneven: str = ""


class Targets(Protocol):
    """What is to be predicted, at rest; it follows the inputs wherever they go.

    Attributes:
        values: ``(n, ...)``, one target a picture.
        names: what the outputs stand for.
    """

    @property
    def values(self) -> np.ndarray: ...

    @property
    def names(self) -> tuple[str, ...]: ...

    @property
    def outputs(self) -> Outputs:
        """Of a network that is trained on these."""

    @property
    def strata(self) -> Strata:
        """By which they are split."""

    def told(self, index: int) -> str:
        """One of them, in words."""

    def take(self, indices: np.ndarray) -> Targets:
        """Those of some pictures, in that order."""

    def at(self, indices: np.ndarray, size: tuple[int, int] | None) -> np.ndarray:
        """``(k, ...)``: those of some pictures that are brought to ``size``; ``None``: they stay as they are.

        Of what has no place in a picture its size says nothing.
        """

    def problems(self, given: np.ndarray | None) -> list[Problem]:
        """Why they cannot be learnt; ``given`` are the names of the splits ``(n,)`` where the source brings them."""

    def describe(self, splits: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """What ``environment.json`` says of them, of JSON types; ``counts`` maps each split to name -> pictures.

        ``notes``, where there are any, are told before a result is trusted, a sentence each without its full stop.

        Args:
            splits: name -> indices.
        """

    def content(self) -> bytes:
        """Equal for equal values, on every machine: a part of the data's fingerprint."""


@runtime_checkable
class Placed(Protocol):
    """Targets that have places in their pictures.

    Attributes:
        notes: what was left out of them, or changed, a sentence each.
    """

    @property
    def notes(self) -> tuple[str, ...]: ...

    def placed(self, sizes: np.ndarray, name: Callable[[int], str], resizing: Resizing) -> Targets:
        """These, once it is known how large their pictures are.

        Args:
            sizes: ``(n, 2)``, height and width of the pictures as they are.
            name: of a picture, by its index.
            resizing: how they are brought to the size of a network.

        Raises:
            InputError: some are none of their pictures.
        """


@runtime_checkable
class Judging(Protocol):
    """Targets of which some pictures may have nothing to judge by."""

    @property
    def nothing_to_judge(self) -> str | None:
        """Why no metric has a number on these; ``None``: they have."""
