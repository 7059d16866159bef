"""Backbones side by side: the best trial of each, what it costs to train and to use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import setting
from cnnsearch.report.statistics.latency import latency_of
from cnnsearch.report.statistics.share import Share, share_of
from cnnsearch.report.task import share_of_task
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cnnsearch.families.family import FamilySpec
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import TrialLine

__all__ = ["BackboneRow", "BackbonesInfo", "backbones_info"]


@dataclass(frozen=True)
class BackboneRow:
    """The best trial of one backbone.

    Attributes:
        name: backbone and, where it has several widths, its width.
        trials: with this backbone that have a value.
        trial, value: the best of them.
        share: of the validation pictures; ``None`` where that is not known.
        train_seconds: of its training and validation, with one pass of all pictures through the frozen layers.
        parameters, model_bytes, latency_seconds: of its model.
    """

    name: str
    trials: int
    trial: int
    value: float
    share: Share | None
    train_seconds: float | None
    parameters: float | None
    model_bytes: float | None
    latency_seconds: float | None


@dataclass(frozen=True)
class BackbonesInfo:
    """A row for each backbone, best first; empty where the study has fewer than two of them.

    Attributes:
        metric: the objective.
        share: name of the share that the task tells; ``None`` where it tells none.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    share: str | None
    rows: tuple[BackboneRow, ...]
    pictures: int = 0


def backbones_info(study: Study) -> BackbonesInfo:
    metric, share = study.experiment.objective.metric, share_of_task(study)
    if not study.experiment.freezes:
        return BackbonesInfo(metric, share, ())
    trials: dict[str, list[TrialLine]] = {}
    for record in study.ranked:
        trials.setdefault(_name(study.experiment.filled(record.config), study.experiment.family), []).append(record)
    if len(trials) < 2:
        return BackbonesInfo(metric, share, ())
    rows = tuple(_row(study, name, records) for name, records in trials.items())
    return BackbonesInfo(metric, share, rows, pictures_of(study, "validation"))


def _row(study: Study, name: str, records: list[TrialLine]) -> BackboneRow:
    """Of a backbone whose trials are ranked."""
    best, cost = records[0], records[0].cost
    return BackboneRow(
        name=name,
        trials=len(records),
        trial=best.trial,
        value=best.best_value,
        share=share_of(study, best.metrics, best.trial),
        train_seconds=_train_seconds(cost, best.epochs),
        parameters=cost.get("parameters"),
        model_bytes=cost.get("model_bytes"),
        latency_seconds=latency_of(study, best.trial),
    )


def _train_seconds(cost: Mapping[str, float], epochs: int) -> float | None:
    if "compute_seconds" not in cost:
        return None
    return float(cost["compute_seconds"] + cost.get("saved_seconds", 0.0) / max(1, epochs))


def _name(config: dict[str, Any], family: FamilySpec) -> str:
    """Of what is trained from scratch without a width, whatever the config says of it."""
    name, alpha = config[family.frozen_by[0]], config.get("backbone_alpha", 1)
    return str(name) if alpha == 1 or not family.is_frozen(config) else f"{name} ({setting(alpha)})"
