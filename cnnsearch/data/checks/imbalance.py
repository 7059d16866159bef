"""Strata, as classes, of which there are many more pictures than of others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]

_RATIO = 10
"""Pictures of the largest stratum for one of the smallest."""


class ImbalanceCheck:
    """Looks at the training split."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        strata = examined.dataset.targets.strata
        if not strata.uneven:
            return
        counts = np.bincount(strata.members[split.train], minlength=len(strata.names))
        few, many = int(counts.argmin()), int(counts.argmax())
        if counts[many] >= _RATIO * max(1, int(counts[few])):
            text = (
                f"{strata.noun.capitalize()} '{strata.names[many]}' has {counts[many]:,} training pictures and "
                f"{strata.noun} '{strata.names[few]}' {counts[few]:,}: {strata.uneven}."
            )
            yield Finding("imbalance", text, len(counts), examined.dataset)


CHECK = ImbalanceCheck()
