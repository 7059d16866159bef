"""What every source comes to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnsearch.data.left_out import LeftOut
from cnnsearch.inputs.pictures.pictures import Pictures

__all__ = ["Collected"]


@dataclass(frozen=True, eq=False)
class Collected:
    """Pictures and their class names, as a source brings them.

    Attributes:
        pictures: the readable pictures.
        names: ``(n,)`` strings, the class of each picture.
        classes: every class, in order, also one that has no readable picture.
        given: ``(n,)`` of ``train``, ``validation``, ``test``, or ``None``.
        unreadable: files that were skipped, as ``name: reason``.
        left_out: what else is there and takes no part.
        notes: what must be told of how the data was read, a sentence each.
    """

    pictures: Pictures
    names: np.ndarray
    classes: tuple[str, ...]
    given: np.ndarray | None = None
    unreadable: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    notes: tuple[str, ...] = ()
