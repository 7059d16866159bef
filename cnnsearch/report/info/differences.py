"""What the best trials' configs change against the winner's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.info.outcome import winning
from cnnsearch.report.numbers import setting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnsearch.study import Study

__all__ = ["INACTIVE", "DifferenceRow", "DifferencesInfo", "differences_info"]

INACTIVE = "inactive"
"""Stands for a conditional parameter that a config has not."""

MOST_ROWS = 20


@dataclass(frozen=True)
class DifferenceRow:
    """One trial against the winner.

    Attributes:
        gap: its value minus the winner's.
        changes: one for each of :attr:`DifferencesInfo.parameters`: its setting where that is another one than the
            winner's, else ``None``.
    """

    trial: int
    state: str
    value: float
    gap: float
    changes: tuple[str | None, ...]

    @property
    def number(self) -> int:
        """How many parameters differ."""
        return sum(change is not None for change in self.changes)


@dataclass(frozen=True)
class DifferencesInfo:
    """The next best trials against the winner.

    Attributes:
        winner: number of the best trial; ``None`` where there is none.
        value: its objective in the search.
        parameters: searched ones in which any of the rows differs, in order of the file.
        settings: the winner's, one for each of them.
        agreed: searched parameters in which all rows agree with the winner.
        rows: the next trials of the ranking, at most :data:`MOST_ROWS`.
    """

    metric: str
    winner: int | None
    value: float | None
    parameters: tuple[str, ...]
    settings: tuple[str, ...]
    agreed: tuple[str, ...]
    rows: tuple[DifferenceRow, ...]


def differences_info(study: Study) -> DifferencesInfo:
    metric, searched = study.experiment.objective.metric, study.experiment.space.searched
    winner = winning(study)
    if winner is None:
        return DifferencesInfo(metric, None, None, (), (), (), ())
    others = [record for record in study.ranked if record is not winner][:MOST_ROWS]
    own = {name: _setting(winner["config"], name) for name in searched}
    differ = [name for name in searched if any(_setting(other["config"], name) != own[name] for other in others)]
    return DifferencesInfo(
        metric=metric,
        winner=winner["trial"],
        value=float(winner["value"]),
        parameters=tuple(differ),
        settings=tuple(own[name] for name in differ),
        agreed=tuple(name for name in searched if name not in differ),
        rows=tuple(
            DifferenceRow(
                trial=other["trial"],
                state=other["state"],
                value=float(other["value"]),
                gap=round(other["value"] - winner["value"], 12),
                changes=tuple(
                    None if (text := _setting(other["config"], name)) == own[name] else text for name in differ
                ),
            )
            for other in others
        ),
    )


def _setting(config: Mapping[str, Any], name: str) -> str:
    return setting(config[name]) if name in config else INACTIVE
