"""How much of a grid was tried, and what ended it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.experiment.extent import configs_tried, size_of_search
from cnnsearch.study.progress.search_limits import limit_reached

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["GridInfo", "grid_info"]


@dataclass(frozen=True)
class GridInfo:
    """The grid of a study.

    Attributes:
        tried: points whose trials have ended, failed ones too.
        size: all points that it has.
        why: what ended it before its end; empty where it was tried as a whole.
    """

    tried: int
    size: int
    why: str

    @property
    def text(self) -> str:
        """In a sentence."""
        if not self.why:
            return f"All {self.size:,} points of the grid were tried."
        return f"{self.tried:,} of the {self.size:,} points of the grid were tried: {self.why}."


def grid_info(study: Study) -> GridInfo | None:
    """``None`` where the sampler is no grid."""
    experiment, ended = study.experiment, study.records
    size = size_of_search(experiment)
    if experiment.sampler["name"] != "grid" or size is None:
        return None
    tried = configs_tried(experiment, (record.config for record in ended))
    budget = experiment.budget
    if tried == size:
        why = ""
    elif (reached := limit_reached(experiment, ended, study.pauses)) is not None:
        why = reached
    elif budget.trials is not None and len(ended) >= budget.trials:
        why = f"the budget of {budget.trials:,} trials cut it"
    elif budget.minutes is not None:
        why = f"the budget of {budget.minutes:g} minutes cut it, or it was interrupted"
    else:
        why = "it was interrupted, or still ran"
    return GridInfo(tried, size, why)
