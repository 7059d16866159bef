"""The best trial: its config, its metrics and cost, and the search that found it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.statistics.headline import HeadlineInfo, headline_info
from cnnsearch.report.statistics.latency import latency_of
from cnnsearch.study import Best
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Setting", "SummaryInfo", "summary_info"]


@dataclass(frozen=True)
class Setting:
    """One parameter of the best trial; ``origin`` is ``searched``, ``fixed`` (in the space) or ``default``."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True)
class SummaryInfo:
    """What stands on top of a study.

    Attributes:
        best: the best trial; ``None`` where no trial has a value.
        headline: the number that the study is known by; ``None`` likewise.
        pictures: of the validation split; 0 where the record does not tell.
        latency_seconds: of one picture through the best trial's network, as everywhere on the page.
        counts: state -> number of trials.
        sweep_seconds: wall time from the first proposal to the last thing recorded, of all sessions together.
    """

    name: str
    metric: str
    mode: str
    best: Best | None
    headline: HeadlineInfo | None
    pictures: int
    latency_seconds: float | None
    settings: tuple[Setting, ...]
    counts: Mapping[str, int]
    sweep_seconds: float
    model: str
    sampler: str
    scheduler: str
    seed: int


def summary_info(study: Study) -> SummaryInfo:
    experiment, best = study.experiment, study.best
    return SummaryInfo(
        name=study.name,
        metric=experiment.objective.metric,
        mode=str(experiment.objective.mode),
        best=best,
        headline=headline_info(study),
        pictures=pictures_of(study, "validation"),
        latency_seconds=latency_of(study, best.trial) if best else None,
        settings=_settings(study, best),
        counts=study.counts,
        sweep_seconds=study.seconds,
        model=experiment.model,
        sampler=_named(experiment.sampler),
        scheduler=_named(experiment.scheduler),
        seed=experiment.seed,
    )


def _settings(study: Study, best: Best | None) -> tuple[Setting, ...]:
    if best is None:
        return ()
    searched = study.experiment.space.searched

    def origin(name: str) -> str:
        if name not in best.config:
            return "default"  # a searched parameter too, where its condition does not hold
        return "searched" if name in searched else "fixed"

    filled = {**best.config, **study.experiment.filled(best.config)}
    settings = [Setting(name, value, origin(name)) for name, value in filled.items()]
    return tuple(sorted(settings, key=lambda setting: ("searched", "fixed", "default").index(setting.origin)))


def _named(options: Mapping[str, Any]) -> str:
    inner = ", ".join(f"{key}={value}" for key, value in options.items() if key != "name" and value is not None)
    return f"{options['name']} ({inner})" if inner else str(options["name"])
