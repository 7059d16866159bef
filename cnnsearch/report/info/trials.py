"""Every trial, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.info.outcome import INTERRUPTED, outcomes

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Row", "TrialsInfo", "trials_info"]


@dataclass(frozen=True)
class Row:
    """One trial.

    Attributes:
        epochs: how many were trained.
        settings: values of :attr:`TrialsInfo.parameters`; a parameter that is not active is left out.
        seconds: wall time; ``None`` where it has not ended.
        reason: why it failed, or ``patience`` where that ended it.
    """

    trial: int
    state: str
    value: float | None
    best_epoch: int | None
    epochs: int
    settings: dict[str, Any]
    seconds: float | None
    reason: str | None


@dataclass(frozen=True)
class TrialsInfo:
    """The table of trials, in order of the numbers.

    Attributes:
        parameters: names of the searched parameters.
        best: number of the best trial.
    """

    metric: str
    parameters: tuple[str, ...]
    rows: tuple[Row, ...]
    best: int | None


def trials_info(study: Study) -> TrialsInfo:
    searched = study.experiment.space.searched
    records = {record["trial"]: record for record in study.records}
    proposals = {proposal["trial"]: proposal for proposal in study.proposals}
    epochs = study.curves.groupby("trial")["epoch"].max().to_dict() if len(study.curves) else {}
    rows = []
    for trial, state in outcomes(study).items():
        record = records.get(trial, {})
        config = (record or proposals[trial])["config"]
        rows.append(
            Row(
                trial=trial,
                state=state,
                value=record.get("value") if state not in (INTERRUPTED, "FAILED") else None,
                best_epoch=record.get("best_epoch"),
                epochs=int(record.get("epochs", epochs.get(trial, 0))),
                settings={name: config[name] for name in searched if name in config},
                seconds=record["ended"] - record["started"] if record else None,
                reason=record.get("reason") or ("patience" if record.get("end_reason") == "patience" else None),
            )
        )
    return TrialsInfo(
        metric=study.experiment.objective.metric,
        parameters=searched,
        rows=tuple(rows),
        best=study.best.trial if study.best else None,
    )
