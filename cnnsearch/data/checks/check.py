"""The contract of a check, and the kind that looks at one picture after the other."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import SHOWN, Finding, are_of, by_class
from cnnsearch.data.checks.spec import CHECKS

if TYPE_CHECKING:
    from cnnsearch.data.split import Split

__all__ = ["Check", "OddTexts", "PictureCheck", "find_check"]


class Check(Protocol):
    """Looks for one kind of thing that may be wrong."""

    def sets(self, examined: Examined) -> Sets:
        """Pictures that it finds before there is a split, those that belong together in one set."""

    def surplus(self, examined: Examined, found: Sets) -> Sets:
        """What of these is left out where that is asked for; of each picture that goes a set, itself the first."""

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:
        """What is to be told."""


def find_check(name: str) -> Check:
    """The body of a check of the table."""
    if name not in CHECKS:
        raise KeyError(name)
    check: Check = importlib.import_module(f"cnnsearch.data.checks.{name}").CHECK
    return check


@dataclass(frozen=True)
class OddTexts:
    """What a :class:`PictureCheck` looks for where the data are texts; attributes as there."""

    odd: Callable[[Examined], np.ndarray]
    words: str
    consequence: str


@dataclass(frozen=True)
class PictureCheck:
    """Pictures that are odd each by itself. Where more than half of all are, that is what the data is like.

    Attributes:
        name: in the table.
        odd: which pictures are, ``(n,)`` booleans.
        words: what they are, after 'N of M pictures are'.
        consequence: what follows.
        of_texts: the same where the data are texts, of a check that looks at these.
    """

    name: str
    odd: Callable[[Examined], np.ndarray]
    words: str
    consequence: str
    of_texts: OddTexts | None = None

    def sets(self, examined: Examined) -> Sets:
        found = np.flatnonzero(self._of(examined).odd(examined))
        return [] if 2 * len(found) > len(examined) else [(index,) for index in found.tolist()]

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002 - a Check
        return found

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        if not found:
            return
        dataset, indices, said = examined.dataset, [index for (index,) in found], self._of(examined)
        text = (
            f"{are_of(len(found), len(examined))} {said.words}{by_class(dataset, indices)}, as "
            f"{dataset.pictures.name(indices[0])}: {said.consequence}."
        )
        yield Finding(self.name, text, len(found), dataset, tuple(found[:SHOWN]))

    def _of(self, examined: Examined) -> PictureCheck | OddTexts:
        is_of_texts = self.of_texts is not None and examined.dataset.inputs == "texts"
        return self.of_texts if is_of_texts and self.of_texts is not None else self
