"""What was refused before it was a trial, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["refused_in_words"]


def refused_in_words(study: Study) -> str:
    """How many configs, and by which limits; empty where none was."""
    limits, count = study.experiment.limits, study.refused
    if limits is None or not count:
        return ""
    found = Counter(
        broken.partition(":")[0]
        for line in study.proposals
        for each in line.refusals
        for broken in limits.broken(each.cost)
    )
    by = ", ".join(f"{name} {number}" for name, number in found.most_common())
    which = "1 config was" if count == 1 else f"{count:,} configs were"
    return f"{which} refused and cost no trial, as limits would have been broken ({by})"
