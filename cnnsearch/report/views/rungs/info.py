"""The scheduler: how many trials each of its decisions let go on, how well it could tell, and what stopping cost."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnsearch.report.statistics.uncertainty import Interval, wilson
from cnnsearch.search.schedulers import judgements

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["FEWEST", "AuditInfo", "Rung", "RungsInfo", "rungs_info"]

MOST_RUNGS = 8
"""A scheduler that decides after every epoch is shown at so many of them."""

FEWEST = 4
"""With fewer trials, a correlation of ranks says nothing."""


@dataclass(frozen=True)
class Rung:
    """One epoch after which the scheduler decides.

    Attributes:
        epoch: counted from 1.
        reached: trials that trained so long.
        stopped: of these stopped here, the audited ones included.
        ended: of these that ended here by themselves: patience, a failure, an interruption, the end of the minutes.
        known: trials that reached it and ran to their end, so that their final value is known.
        spearman, kendall: correlation of their ranks here and in the end, -1..1; ``None`` where fewer than
            :data:`FEWEST` are known, or all are equal.
        top: the best third of them in the end, at least one.
        recall: how many of these are among as many that are best here; of equals here, a share counts.
    """

    epoch: int
    reached: int
    stopped: int
    ended: int
    known: int
    spearman: float | None
    kendall: float | None
    top: int
    recall: float | None


@dataclass(frozen=True)
class AuditInfo:
    """What became of the trials that were to be stopped and finished.

    Attributes:
        trials: their numbers.
        stopped: all that the scheduler stopped or, but for the audit, would have; not who is never stopped.
        better: those that came out better than every trial that the scheduler let through.
        share: 95% interval (Wilson) of the share of stopped trials that would have.
        lost: how much better the best of the audited trials is than the best that was let through, 0 if none is.
    """

    trials: tuple[int, ...]
    stopped: int
    better: tuple[int, ...]
    share: Interval
    lost: float


@dataclass(frozen=True)
class RungsInfo:
    """The scheduler's decisions.

    Attributes:
        metric: name of the objective.
        scheduler: its name.
        rungs: in order of the epochs.
        every: decisions there are; more than ``rungs`` where some are left out.
        epochs_saved: epochs that stopped trials did not train.
        epochs_trained: epochs that all trials trained.
        spared: who is never stopped (``never_stopped``), and counts as stopped at a rung: trial -> its epoch.
        audit: ``None`` where no audited trial has run to its end.
        missing: why there is nothing to show; ``None`` where there is.
        beside: costs that the scheduler judged by as well; what is shown here is of the metric.
    """

    metric: str
    scheduler: str
    rungs: tuple[Rung, ...] = ()
    every: int = 0
    epochs_saved: int = 0
    epochs_trained: int = 0
    spared: Mapping[int, int] = field(default_factory=dict)
    audit: AuditInfo | None = None
    missing: str | None = None
    beside: tuple[str, ...] = ()


def rungs_info(study: Study) -> RungsInfo:
    experiment = study.experiment
    metric, name = experiment.objective.metric, experiment.scheduler["name"]
    decides = judgements(name, experiment.scheduler, experiment.epochs)
    if not decides:
        return RungsInfo(metric, name, missing="the scheduler stops no trial")
    if metric not in study.curves or not study.records:
        return RungsInfo(metric, name, missing="no trial has ended")
    shown = _evenly(decides)
    at = {epoch: _at(study, metric, epoch) for epoch in shown}
    last = study.curves.groupby("trial")["epoch"].max().to_dict()
    if not any(at.values()):
        return RungsInfo(metric, name, missing="no trial has got as far as a decision")
    return RungsInfo(
        metric=metric,
        scheduler=name,
        rungs=tuple(_rung(study, epoch, at[epoch], last) for epoch in shown if at[epoch]),
        every=len(decides),
        epochs_saved=sum(experiment.epochs - record.epochs for record in study.records if _is_stopped(record)),
        epochs_trained=len(study.curves),
        spared={record.trial: record.audited for record in _spared(study) if record.audited is not None},
        audit=_audit(study),
        beside=experiment.objective.beside,
    )


def _evenly(decides: Sequence[int]) -> tuple[int, ...]:
    if len(decides) <= MOST_RUNGS:
        return tuple(decides)
    places = (round(index * (len(decides) - 1) / (MOST_RUNGS - 1)) for index in range(MOST_RUNGS))
    return tuple(dict.fromkeys(decides[place] for place in places))


def _at(study: Study, metric: str, epoch: int) -> dict[int, float]:
    """Trial -> objective after an epoch."""
    lines = study.curves[study.curves["epoch"] == epoch]
    return dict(zip(map(int, lines["trial"]), map(float, lines[metric]), strict=True))


def _is_stopped(record: TrialLine) -> bool:
    """Whether the scheduler stopped it, and not the user."""
    return record.state == "STOPPED" and record.end_reason != "user"


def _ran_to_its_end(record: TrialLine) -> bool:
    return record.state == "COMPLETED" and record.end_reason != "budget"


def _rung(study: Study, epoch: int, at: Mapping[int, float], last: Mapping[int, int]) -> Rung:
    records = {record.trial: record for record in study.records}
    reached = list(at)
    stopped = [
        trial
        for trial in reached
        if trial in records
        and (records[trial].audited == epoch or (_is_stopped(records[trial]) and records[trial].epochs == epoch))
    ]
    here = [trial for trial in reached if last[trial] == epoch and trial not in stopped]
    known = [trial for trial in reached if trial in records and _ran_to_its_end(records[trial])]
    known = [trial for trial in known if math.isfinite(at[trial])]
    sign = study.experiment.objective.sign
    now = [sign * at[trial] for trial in known]
    end = [sign * records[trial].best_value for trial in known]
    top = max(1, len(known) // 3) if known else 0
    spearman, kendall = _correlations(now, end)
    return Rung(
        epoch=epoch,
        reached=len(reached),
        stopped=len(stopped),
        ended=len(here),
        known=len(known),
        spearman=spearman,
        kendall=kendall,
        top=top,
        recall=_recall(now, end, top) if len(known) >= FEWEST else None,
    )


def _correlations(now: Sequence[float], end: Sequence[float]) -> tuple[float | None, float | None]:
    from scipy.stats import kendalltau, spearmanr

    if len(now) < FEWEST or len(set(now)) == 1 or len(set(end)) == 1:
        return None, None
    return float(spearmanr(now, end).statistic), float(kendalltau(now, end).statistic)


def _recall(now: Sequence[float], end: Sequence[float], top: int) -> float:
    """Share of the ``top`` best in the end (of equals the first) that are among the ``top`` best now."""
    best = sorted(range(len(end)), key=lambda index: -end[index])[:top]
    bar = sorted(now, reverse=True)[top - 1]
    above = sum(value > bar for value in now)
    level = sum(value == bar for value in now)
    return sum(1.0 if now[index] > bar else (top - above) / level if now[index] == bar else 0.0 for index in best) / top


def _spared(study: Study) -> list[TrialLine]:
    """Those that no scheduler stops."""
    never, origins = study.experiment.never_stopped, study.origins
    return [record for record in study.records if origins.get(record.trial) == never]


def _audit(study: Study) -> AuditInfo | None:
    sign = study.experiment.objective.sign
    # One that is never stopped was not drawn by chance, and tells nothing of those that are.
    apart = _spared(study)
    ended = [record for record in study.records if record not in apart]
    completed = [record for record in ended if record.state == "COMPLETED"]
    audited = [record for record in completed if record.audited is not None]
    let_through = [sign * record.best_value for record in completed if record.audited is None]
    if not audited or not let_through:
        return None
    best = max(let_through)
    gains = {record.trial: sign * record.best_value - best for record in audited}
    better = tuple(trial for trial, gain in gains.items() if gain > 0)
    lost = [max(0.0, gain) for gain in gains.values()]
    return AuditInfo(
        trials=tuple(gains),
        stopped=sum(_is_stopped(record) or record.audited is not None for record in ended),
        better=better,
        share=wilson(len(better) / len(gains), len(gains)),
        lost=max(lost),
    )
