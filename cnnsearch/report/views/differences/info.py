"""What the best trials' configs change against the winner's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import setting_of, settings
from cnnsearch.report.statistics.outcome import winning
from cnnsearch.space import Parameter, Space, same

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
    metric, space = study.experiment.objective.metric, study.experiment.space
    searched = space.searched
    winner = winning(study)
    if winner is None:
        return DifferencesInfo(metric, None, None, (), (), (), ())
    others = [record for record in study.ranked if record is not winner][:MOST_ROWS]
    config = winner.config
    differ = [name for name in searched if any(not _agree(other.config, config, name) for other in others)]
    return DifferencesInfo(
        metric=metric,
        winner=winner.trial,
        value=winner.best_value,
        parameters=tuple(differ),
        settings=tuple(_setting(space, config, name) for name in differ),
        agreed=tuple(name for name in searched if name not in differ),
        rows=tuple(
            DifferenceRow(
                trial=other.trial,
                state=other.state,
                value=other.best_value,
                gap=round(other.best_value - winner.best_value, 12),
                changes=tuple(_change(space[name], config, other.config, name) for name in differ),
            )
            for other in others
        ),
    )


def _agree(one: Mapping[str, Any], other: Mapping[str, Any], name: str) -> bool:
    return (name in one) == (name in other) and (name not in one or same(one[name], other[name]))


def _setting(space: Space, config: Mapping[str, Any], name: str) -> str:
    return setting_of(space[name], config[name]) if name in config else INACTIVE


def _change(parameter: Parameter, winner: Mapping[str, Any], other: Mapping[str, Any], name: str) -> str | None:
    """The setting of ``other`` where it is another one than the winner's; in full where four digits do not tell."""
    if _agree(winner, other, name):
        return None
    if name not in other:
        return INACTIVE
    text = setting_of(parameter, other[name])
    if name in winner and text == setting_of(parameter, winner[name]):
        return settings([winner[name], other[name]])[1]
    return text
