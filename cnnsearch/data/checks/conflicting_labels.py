"""Copies of one picture, exact or nearly so, with other labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets, sets_of
from cnnsearch.data.checks.finding import SHOWN, Finding
from cnnsearch.data.split import Split
from cnnsearch.tasks.contract.targets import Placed

__all__ = ["CHECK"]


class ConflictCheck:
    """One of the labels of each set is wrong, and nobody knows which: all of its pictures go where any does."""

    def sets(self, examined: Examined) -> Sets:
        # What has places in a picture moves in a near copy too, as from one frame of a film to the next.
        near = () if isinstance(examined.dataset.targets, Placed) else examined.near_copies
        found = sets_of(len(examined), [*examined.copies, *near])
        return [members for members in found if len({_target(examined, index) for index in members}) > 1]

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002 - a Check
        return [(index,) for members in found for index in members]

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        if not found:
            return
        dataset = examined.dataset
        examples = [tuple(_one_of_each(examined, members)) for members in found]
        names = [f"{dataset.pictures.name(index)} ({dataset.targets.told(index)})" for index in examples[0][:2]]
        count = sum(map(len, found))
        text = (
            f"{count:,} of {len(examined):,} pictures are copies, or near copies, of each other with other labels, as "
            f"{' = '.join(names)}: one of the labels is wrong."
        )
        yield Finding("conflicting_labels", text, count, dataset, tuple(examples[:SHOWN]))


def _target(examined: Examined, index: int) -> tuple[float, ...]:
    return tuple(np.ravel(examined.dataset.targets.at(np.array([index]), None)).tolist())


def _one_of_each(examined: Examined, members: tuple[int, ...]) -> list[int]:
    """The first picture of each label."""
    first: dict[tuple[float, ...], int] = {}
    for index in members:
        first.setdefault(_target(examined, index), index)
    return list(first.values())


CHECK = ConflictCheck()
