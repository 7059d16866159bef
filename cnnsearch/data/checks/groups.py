"""Groups of pictures that a split of the data's own divides."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.data.checks.copies import split_of
from cnnsearch.data.checks.examined import Examined, Sets, sets_of
from cnnsearch.data.checks.finding import SHOWN, Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]


class GroupCheck:
    """A split that is drawn here divides no group; one that the data brings may."""

    def sets(self, examined: Examined) -> Sets:
        groups = examined.dataset.groups
        if groups is None or examined.dataset.given is None:
            return []
        together: dict[int, list[int]] = {}
        for index, group in enumerate(groups.tolist()):
            together.setdefault(group, []).append(index)
        return sets_of(len(examined), together.values())

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002 - a Check
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:
        of = split_of(split, len(examined))
        divided = [members for members in found if len({of[index] for index in members}) > 1]
        if divided:
            one, *rest = divided[0]
            other = next(index for index in rest if of[index] != of[one])
            name = examined.dataset.pictures.name
            text = (
                f"The data's own split divides {len(divided):,} groups, as that of {name(one)} ({of[one]}) and "
                f"{name(other)} ({of[other]}): what is held out is not unseen."
            )
            examples = tuple((members[0], members[-1]) for members in divided[:SHOWN])
            yield Finding("groups", text, len(divided), examined.dataset, examples)


CHECK = GroupCheck()
