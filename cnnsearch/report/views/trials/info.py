"""Every trial, one row each."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cnnsearch.experiment.costs import cost_in_units
from cnnsearch.numbers import digits_of, score, setting
from cnnsearch.report.numbers import setting_of
from cnnsearch.report.statistics.outcome import outcomes
from cnnsearch.space import Choice, Parameter, same
from cnnsearch.study.endings import cut_off_in_words, not_stopped_in_words
from cnnsearch.study.folder.folder import slug_of
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["NULL", "Column", "Row", "TrialsInfo", "trials_info"]

MOST_STATIC = 25

_OF_SECONDS = 3
"""Digits."""

NULL = {"is": None}
"""Stands in a column for a parameter whose value is null; ``None`` is a cell without a value."""


@dataclass(frozen=True)
class Row:
    """One trial.

    Attributes:
        epochs: how many were trained.
        settings: values of :attr:`TrialsInfo.parameters`; a parameter that is not active is left out.
        seconds: that workers spent on it; ``None`` where it has not ended.
        reason: why it failed; ``patience`` where that ended it; of an audited trial, where it would have been stopped.
        origin: where its config comes from; ``None``: the sampler proposed it.
        costs: of its model, those that are objectives as well, in their order; ``None`` where one is not known.
        is_over: whether its model breaks a limit, so that it is no candidate.
    """

    trial: int
    state: str
    value: float | None
    best_epoch: int | None
    epochs: int
    settings: dict[str, Any]
    seconds: float | None
    reason: str | None
    origin: str | None = None
    costs: tuple[float | None, ...] = ()
    is_over: bool = False


@dataclass(frozen=True)
class Column:
    """One column of the table, and of what is downloaded from it.

    Attributes:
        name: its heading.
        format: how numbers are rounded where they are shown.
        values: one for each row; ``None`` where there is none, :data:`NULL` for a parameter that is null.
        sorted: how the table is sorted by it when the page opens.
        digits: significant ones, of the format of that name.
    """

    name: str
    format: Literal["text", "count", "digits", "setting"]
    values: tuple[Any, ...]
    sorted: Literal["ascending", "descending"] | None = None
    digits: int = 4


@dataclass(frozen=True)
class TrialsInfo:
    """The table of trials, in order of the numbers.

    Attributes:
        file: what a download is called, without its ending.
        mode: ``max`` or ``min``.
        parameters: names of the searched parameters.
        best: number of the best trial.
        beside: names of the costs that are objectives as well.
        pictures: of the validation split; 0 where the record does not tell.
    """

    file: str
    metric: str
    mode: str
    parameters: tuple[str, ...]
    rows: tuple[Row, ...]
    best: int | None
    beside: tuple[str, ...] = ()
    pictures: int = 0

    @functools.cached_property
    def columns(self) -> tuple[Column, ...]:
        """The rows by column; a parameter that is called like a fixed column is ``config.NAME``."""
        rows = self.rows
        fixed = {"trial", "state", self.metric, *self.beside, "best_epoch", "epochs", "seconds", "reason", "origin"}
        return (
            Column("trial", "count", tuple(row.trial for row in rows)),
            Column("state", "text", tuple(row.state for row in rows)),
            Column(
                self.metric,
                "digits",
                tuple(row.value for row in rows),
                sorted="descending" if self.mode == "max" else "ascending",
                digits=digits_of(self.pictures),
            ),
            *(
                Column(name, "digits", tuple(row.costs[place] for row in rows))
                for place, name in enumerate(self.beside)
            ),
            Column("best_epoch", "count", tuple(row.best_epoch for row in rows)),
            Column("epochs", "count", tuple(row.epochs for row in rows)),
            *(
                Column(
                    f"config.{name}" if name in fixed else name,
                    "setting",
                    tuple(NULL if row.settings.get(name, 0) is None else row.settings.get(name) for row in rows),
                )
                for name in self.parameters
            ),
            Column(
                "seconds",
                "digits",
                tuple(None if row.seconds is None else round(row.seconds, 3) for row in rows),
                digits=_OF_SECONDS,
            ),
            Column("reason", "text", tuple(row.reason for row in rows)),
            *([Column("origin", "text", tuple(row.origin for row in rows))] if self.tells_origins else []),
        )

    @property
    def tells_origins(self) -> bool:
        """Whether there are trials whose config no sampler proposed."""
        return any(row.origin is not None for row in self.rows)

    def is_winners(self, row: Row, name: str) -> bool:
        """Whether another row has the best trial's value of a parameter, or has none either."""
        best = next((each.settings for each in self.rows if each.trial == self.best), None)
        if best is None or row.trial == self.best or (name in row.settings) != (name in best):
            return False
        return name not in best or same(row.settings[name], best[name])

    @property
    def over(self) -> tuple[int, ...]:
        """Trials whose models break a limit."""
        return tuple(row.trial for row in self.rows if row.is_over)

    @property
    def first(self) -> tuple[Row, ...]:
        """The rows that stand on the page itself, for readers without JavaScript: the best ones, candidates first."""
        sign = 1 if self.mode == "max" else -1
        worth = {row.trial: -math.inf if row.value is None else sign * row.value for row in self.rows}
        return tuple(sorted(self.rows, key=lambda row: (row.is_over, -worth[row.trial], row.trial))[:MOST_STATIC])


def trials_info(study: Study) -> TrialsInfo:
    space, searched = study.experiment.space, study.experiment.space.searched
    objective = study.experiment.objective
    records = {record.trial: record for record in study.records}
    proposals = {proposal.trial: proposal for proposal in study.proposals}
    epochs = study.curves.groupby("trial")["epoch"].max().to_dict() if len(study.curves) else {}
    rows, origins, broken = [], study.origins, study.broken_limits
    for trial, state in outcomes(study).items():
        record = records.get(trial)
        config = record.config if record else proposals[trial].config
        rows.append(
            Row(
                trial=trial,
                state=state,
                value=record.value if record and state != "FAILED" else None,
                costs=tuple(cost_in_units(name, record.cost if record else {}) for name in objective.beside),
                best_epoch=record.best_epoch if record else None,
                epochs=record.epochs if record else int(epochs.get(trial, 0)),
                settings={name: _shown(space[name], config[name]) for name in searched if name in config},
                seconds=record.worked_seconds if record else None,
                reason=_reason(study, record) if record else None,
                origin=origins.get(trial),
                is_over=trial in broken,
            )
        )
    return TrialsInfo(
        file=f"{slug_of(study.name)}-trials",
        mode=str(objective.mode),
        metric=objective.metric,
        beside=objective.beside,
        parameters=searched,
        rows=tuple(rows),
        best=study.best.trial if study.best else None,
        pictures=pictures_of(study, "validation"),
    )


def _shown(parameter: Parameter, value: Any) -> Any:
    """The value; its text where the page would show it as it shows another option, as ``1`` and ``1.0``."""
    if not isinstance(parameter, Choice) or len(set(map(setting, parameter.options))) == parameter.size:
        return value
    return setting_of(parameter, value)


def _reason(study: Study, record: TrialLine) -> str | None:
    told, pictures = [record.reason] if record.reason else [], pictures_of(study, "validation")
    told += [f"breaks {limit}" for limit in study.broken_limits.get(record.trial, ())]
    if record.end_reason == "patience":
        told.append("patience")
    if cut := cut_off_in_words(study, record):
        told.append(f"ended {cut}")
    for values, what in ((record.runs, "seeds"), (record.folds, "folds")):
        if known := [value for value in values if value is not None]:
            told.append(
                f"mean over {len(known)} {what}, {score(min(known), pictures)} to {score(max(known), pictures)}"
            )
    if record.end_reason == "user":
        told.append("stopped by the user")
    if went_on := not_stopped_in_words(record):
        told.append(went_on)
    return "; ".join(told) or None
