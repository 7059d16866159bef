"""Nearly the same picture twice: resized, encoded again, a little brighter."""

from __future__ import annotations

from collections.abc import Iterator

from cnnsearch.data.checks.copies import CopyCheck
from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]


def _sets(examined: Examined) -> Sets:
    """Near copies without exact ones: of each set one picture of those that are the same."""
    later = {index for members in examined.copies for index in members[1:]}
    found = (tuple(index for index in members if index not in later) for members in examined.near_copies)
    return [members for members in found if len(members) > 1]


class NearCopyCheck:
    """Near copies; where pictures look too much alike, it says so and does nothing."""

    _copies = CopyCheck("near_duplicates", _sets, "near copies", "a near copy")

    def sets(self, examined: Examined) -> Sets:
        return self._copies.sets(examined)

    def surplus(self, examined: Examined, found: Sets) -> Sets:
        return self._copies.surplus(examined, found)

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:
        yield from self._copies.findings(examined, split, found)
        if examined.alike.is_everywhere:
            text = "The pictures look too much alike for near copies to be told: exact ones alone are found."
            yield Finding("near_duplicates", text, 0, examined.dataset, doubtful=False, kind="alike")


CHECK = NearCopyCheck()
