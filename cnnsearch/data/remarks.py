"""What must be told of the data before a result is trusted, in sentences, from what ``environment.json`` says of it.

Each function takes the section ``dataset`` of that file; what a study of an earlier version does not say is not told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.data.copies import Copies
from cnnsearch.data.counted import counted
from cnnsearch.data.left_out import LeftOut

__all__ = ["Remark", "about_copies", "about_files", "about_reading", "about_test", "doubts", "remarks"]

Described = Mapping[str, Any]

_ADJECTIVES = {"train": "training", "validation": "validation", "test": "test"}

_CONSEQUENCES = {
    ("validation", "train"): "what the models are chosen by is too good",
    ("test", "train"): "what the test split gives is too good",
    ("test", "validation"): "the test split does not judge by other pictures than those that chose",
}
"""Splits that share pictures -> what follows."""


@dataclass(frozen=True)
class Remark:
    """Something to tell, with the particulars one a line."""

    text: str
    details: tuple[str, ...] = ()


def remarks(described: Described, test: float) -> tuple[Remark, ...]:
    """All that there is to tell, the gravest first.

    Args:
        described: the section ``dataset``.
        test: the share ``dataset.test`` of the experiment.
    """
    expected = [left for left in _left_out(described) if left.expected]
    return (
        *doubts(described, test),
        *_repeated(described),
        *([Remark("Not read, as no picture of a class.", tuple(map(str, expected)))] if expected else []),
    )


def doubts(described: Described, test: float) -> tuple[Remark, ...]:
    """What may make a result worth less; arguments as of :func:`remarks`."""
    return (
        *about_copies(described),
        *about_test(described, test),
        *about_reading(described),
        *about_files(described),
    )


def about_copies(described: Described) -> Iterator[Remark]:
    """Pictures that are in two splits, or under two labels."""
    for found in _copies(described):
        many = f"{found.count:,} of {found.total:,}"
        if found.kind == "across":
            held, seen = _ADJECTIVES[found.held], _ADJECTIVES[found.seen]
            consequence = _CONSEQUENCES[found.held, found.seen]
            text = f"{many} {held} pictures are exact copies of {seen} pictures: {consequence}."
            yield Remark(text, _some(found))
        elif found.kind == "labels":
            has_classes = counted(described).noun == "class"
            under = "stand under more than one class" if has_classes else "are copies of each other with other labels"
            yield Remark(f"{many} pictures {under}: one of the labels is wrong.", _some(found))


def about_test(described: Described, test: float) -> Iterator[Remark]:
    """A test split that was asked for, and is not there."""
    counts = described.get("counts", {})
    if test and any(counts.get("validation", {}).values()) and not any(counts.get("test", {}).values()):
        yield Remark(
            f"There is no test split: the data brings a validation split of its own and none for the test, so that "
            f"the share {test:g} of dataset.test is not drawn."
        )


def about_reading(described: Described) -> Iterator[Remark]:
    """How the data was read, where that may not be how it was meant."""
    for note in described.get("notes", ()):
        yield Remark(f"{note[:1].upper()}{note[1:]}.")


def about_files(described: Described) -> Iterator[Remark]:
    """Files that cannot be read, those that are not used as they are, and what somebody may miss."""
    unreadable = described.get("unreadable") or ()
    if unreadable:
        plural = "" if len(unreadable) == 1 else "s"
        text = f"{len(unreadable)} file{plural} could not be read and took no part."
        yield Remark(text, tuple(map(str, unreadable)))
    for text in described.get("altered") or ():
        yield Remark(f"{text[:1].upper()}{text[1:]}.")
    missed = [left for left in _left_out(described) if not left.expected]
    if missed:
        yield Remark("Some of what lies in the data took no part.", tuple(map(str, missed)))


def _repeated(described: Described) -> Iterator[Remark]:
    for found in _copies(described):
        if found.kind == "repeated":
            text = (
                f"{found.count:,} of {found.total:,} pictures are exact copies of another one of their class and split."
            )
            yield Remark(text, _some(found))


def _some(found: Copies) -> tuple[str, ...]:
    return (*found.names, "and others") if found.count > len(found.names) else found.names


def _left_out(described: Described) -> list[LeftOut]:
    return [LeftOut.from_dict(line) for line in described.get("left_out", ())]


def _copies(described: Described) -> list[Copies]:
    return [Copies.from_dict(line) for line in described.get("copies", ())]
