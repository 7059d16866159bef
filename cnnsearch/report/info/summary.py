"""The first answer: which trial is best, how sure that is, what it costs, and what went wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.info.confusion import correct
from cnnsearch.report.info.uncertainty import Interval, difference_p_value, paired_p_value, wilson
from cnnsearch.report.numbers import significant
from cnnsearch.study import Best

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Caution", "Setting", "SummaryInfo", "summary_info"]


@dataclass(frozen=True)
class Setting:
    """One parameter of the best trial; ``origin`` is ``searched``, ``fixed`` (in the space) or ``default``."""

    name: str
    value: Any
    origin: str


@dataclass(frozen=True)
class Caution:
    """Something that the reader must know before trusting the verdict, with the particulars one a line."""

    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class SummaryInfo:
    """What stands on top of a study.

    Attributes:
        best: the best trial; ``None`` where no trial has a value.
        interval: of the best trial's ``val_accuracy``; ``None`` where the size of the validation set is not known.
        counts: state -> number of trials.
        sweep_seconds: wall time from the first proposal to the last thing recorded.
        trial_seconds: wall time of all ended trials, summed.
    """

    name: str
    metric: str
    mode: str
    best: Best | None
    interval: Interval | None
    settings: tuple[Setting, ...]
    counts: Mapping[str, int]
    sweep_seconds: float
    trial_seconds: float
    model: str
    sampler: str
    scheduler: str
    seed: int
    cautions: tuple[Caution, ...]


def summary_info(study: Study) -> SummaryInfo:
    experiment, best = study.experiment, study.best
    pictures = validation_size(study)
    accuracy = best.metrics.get("val_accuracy") if best else None
    return SummaryInfo(
        name=study.name,
        metric=experiment.objective.metric,
        mode=str(experiment.objective.mode),
        best=best,
        interval=wilson(accuracy, pictures) if accuracy is not None and pictures else None,
        settings=_settings(study, best),
        counts=study.counts,
        sweep_seconds=study.seconds,
        trial_seconds=float(sum(record["ended"] - record["started"] for record in study.records)),
        model=experiment.model,
        sampler=_named(experiment.sampler),
        scheduler=_named(experiment.scheduler),
        seed=experiment.seed,
        cautions=tuple(_cautions(study, pictures)),
    )


def validation_size(study: Study) -> int:
    """Number of validation pictures; 0 where the record does not say."""
    counts = study.environment.get("dataset", {}).get("counts", {}).get("validation", {})
    return int(sum(counts.values()))


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


def _cautions(study: Study, pictures: int) -> list[Caution]:
    found = []
    if study.best is not None and study.best.state == "STOPPED":
        found.append(Caution("No trial completed: the best trial was stopped early by the scheduler."))
    inseparable = _inseparable(study, pictures)
    if inseparable:
        found.append(inseparable)
    reasons: dict[str, list[int]] = {}
    for record in study.records:
        if record["state"] == "FAILED":
            reasons.setdefault(record["reason"] or "no reason recorded", []).append(record["trial"])
    if reasons:
        number = study.counts["FAILED"]
        details = tuple(f"{_trials(trials)}: {reason}" for reason, trials in reasons.items())
        found.append(Caution(f"{number} trial{_s(number)} failed.", details))
    number = study.counts["INTERRUPTED"]
    if number:
        found.append(
            Caution(f"{number} trial{_s(number)} had not ended: interrupted, or still running when this was written.")
        )
    found += [Caution(f"{_trials(trials).capitalize()}: {note}.") for note, trials in study.notes.items()]
    unreadable = study.environment.get("dataset", {}).get("unreadable") or []
    if unreadable:
        number = len(unreadable)
        found.append(
            Caution(f"{number} file{_s(number)} could not be read and took no part.", tuple(map(str, unreadable)))
        )
    return found


def _inseparable(study: Study, pictures: int) -> Caution | None:
    """Whether the best two trials differ by less than the validation set can show (at the 5% level)."""
    if len(study.ranked) < 2 or not pictures or study.experiment.objective.metric != "val_accuracy":
        return None
    first, second = study.ranked[:2]
    if first["state"] != second["state"]:
        return None
    shares = first["metrics"]["val_accuracy"], second["metrics"]["val_accuracy"]
    right, other = correct(study, first["trial"]), correct(study, second["trial"])
    if right is not None and other is not None and len(right) == len(other):
        p_value, test = paired_p_value(right, other), "McNemar's exact test on their predictions"
    else:
        p_value, test = difference_p_value(*shares, pictures), "a test of two shares"
    if p_value < 0.05:
        return None
    return Caution(
        f"The validation set is too small to separate the best two trials: trial {first['trial']} "
        f"({significant(shares[0])}) and trial {second['trial']} ({significant(shares[1])}) differ by less than "
        f"{pictures:,} pictures can show ({test}: p = {p_value:.2g})."
    )


def _trials(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"trial{_s(len(numbers))} {shown}" + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")


def _s(number: int) -> str:
    return "" if number == 1 else "s"
