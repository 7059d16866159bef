"""The kind of check that finds copies: told by splits, kept together, or left out but for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import SHOWN, Finding, are_of
from cnnsearch.data.split import Split

__all__ = ["ADJECTIVES", "CONSEQUENCES", "CopyCheck", "pair_in_words", "pictures_of"]

_PAIRS = (("validation", "train"), ("test", "train"), ("test", "validation"))

ADJECTIVES = {"train": "training", "validation": "validation", "test": "test"}

CONSEQUENCES = {
    ("validation", "train"): "what the models are chosen by is too good",
    ("test", "train"): "what the test split gives is too good",
    ("test", "validation"): "the test split does not judge by other pictures than those that chose",
}
"""Splits that share pictures -> what follows."""

_KEPT_FIRST = ("test", "validation", "train")
"""Of which split the copy stays where the others go."""


@dataclass(frozen=True)
class CopyCheck:
    """Finds copies of some kind.

    Attributes:
        name: in the table.
        of: finds the sets.
        words: what they are of each other, as 'exact copies'.
        word: what one is, as 'an exact copy'.
    """

    name: str
    of: Callable[[Examined], Sets]
    words: str
    word: str

    def sets(self, examined: Examined) -> Sets:
        return self.of(examined)

    def surplus(self, examined: Examined, found: Sets) -> Sets:
        given = examined.dataset.given
        gone = []
        for members in found:
            rank = (lambda index: (_KEPT_FIRST.index(str(given[index])), index)) if given is not None else None
            kept, *others = sorted(members, key=rank)
            gone += [(index, kept) for index in others]
        return gone

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:
        if not found:
            return
        of = split_of(split, len(examined))
        for held, seen in _PAIRS:
            pairs = list(_across_folds(found, split)) if held == "validation" else []
            pairs += [
                (index, other)
                for members in found
                for other in [next((each for each in members if of[each] == seen), None)]
                for index in members
                if other is not None and of[index] == held
            ]
            if pairs:
                yield self._across(examined, pairs, held, seen, len(getattr(split, held)))
        within = [pair for members in found for pair in _within(members, of)]
        if within:
            their = "its" if len(within) == 1 else "their"
            text = (
                f"{are_of(len(within), len(examined))} {self._words(within)} of another one of {their} split, as "
                f"{pair_in_words(examined, within[0])}."
            )
            examples = tuple(within[:SHOWN])
            yield Finding(self.name, text, len(within), examined.dataset, examples, doubtful=False, kind="within")

    def _words(self, pairs: Sets) -> str:
        return self.word if len(pairs) == 1 else self.words

    def _across(self, examined: Examined, pairs: Sets, held: str, seen: str, total: int) -> Finding:
        many = are_of(len(pairs), total, ADJECTIVES[held])
        text = (
            f"{many} {self._words(pairs)} of {pictures_of(seen, len(pairs))}, as {pair_in_words(examined, pairs[0])}: "
            f"{CONSEQUENCES[held, seen]}."
        )
        refused = examined.is_own_split and (held, seen) == ("test", "train")
        examples = tuple(pairs[:SHOWN])
        kind = f"{held}-{seen}"
        return Finding(self.name, text, len(pairs), examined.dataset, examples, refused=refused, kind=kind)


def pictures_of(split: str, count: int) -> str:
    """As 'a training picture', 'training pictures'."""
    return f"a {ADJECTIVES[split]} picture" if count == 1 else f"{ADJECTIVES[split]} pictures"


def split_of(split: Split, count: int) -> np.ndarray:
    """``(count,)`` name of the split of each picture; those of folds are all of training."""
    of = np.empty(count, dtype=object)
    for name in ADJECTIVES:
        if name != "validation" or split.folds is None:
            of[getattr(split, name)] = name
    return of


def _across_folds(found: Sets, split: Split) -> Iterator[tuple[int, int]]:
    """Pictures that judge a training which has a copy of them: those with a copy in another fold."""
    if split.folds is None:
        return
    fold_of = dict(zip(split.train.tolist(), split.folds.partitions[0].tolist(), strict=True))
    for members in found:
        for index in members:
            for other in members:
                if index in fold_of and other in fold_of and fold_of[index] != fold_of[other]:
                    yield index, other
                    break


def pair_in_words(examined: Examined, pair: tuple[int, ...]) -> str:
    """Two pictures by their names; one where a table names the same file twice."""
    one, other = (examined.dataset.pictures.name(index) for index in pair[:2])
    return one if one == other else f"{one} = {other}"


def _within(members: tuple[int, ...], of: np.ndarray) -> Iterator[tuple[int, int]]:
    """Each picture with an earlier one of its split."""
    first: dict[str, int] = {}
    for index in members:
        before = first.setdefault(of[index], index)
        if before != index:
            yield index, before
