"""What a sweep computed once for all its trials, and what that saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["StageRow", "StagesInfo", "stages_info"]


@dataclass(frozen=True)
class StageRow:
    """One stage.

    Attributes:
        stage, name: what it is: ``pixels``, ``scaling`` or ``features``, and of what.
        bytes: of its result.
        seconds: that computing it took, all times together.
        computed: how often; more than once where it had to make room, or was lost; 0 where an earlier run had.
        taken: how often a worker found it there.
        trials: that trained on it; ``None`` for a stage that all of them need.
    """

    stage: str
    name: str
    bytes: int
    seconds: float
    computed: int
    taken: int
    trials: int | None


@dataclass(frozen=True)
class StagesInfo:
    """The table of the stages, and the balance of the features of frozen backbones.

    Attributes:
        rows: in the order in which they were first needed.
        trials: trials that trained on features; 0 where the sweep had none.
        spent_seconds: that computing all features took.
        avoided_seconds: that computing them anew in every epoch of these trials would have taken.
    """

    rows: tuple[StageRow, ...]
    trials: int
    spent_seconds: float
    avoided_seconds: float


def stages_info(study: Study) -> StagesInfo:
    used = Counter(name for record in study.records for name in set(record.features))
    rows = tuple(
        StageRow(
            use["stage"],
            use["name"],
            use["bytes"],
            use["seconds"],
            use["misses"],
            use["hits"],
            used[use["name"]] if use["stage"] == "features" else None,
        )
        for use in study.stages
    )
    avoided = [record.cost["saved_seconds"] for record in study.records if "saved_seconds" in record.cost]
    spent = sum(row.seconds for row in rows if row.stage == "features")
    return StagesInfo(rows, len(avoided), float(spent), float(sum(avoided)))
