"""What compressing the best model costs and gains, on the same pictures and the same machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.report.statistics.clusters import clusters_of
from cnnsearch.report.statistics.intervals import MetricInterval, metric_intervals, metrics_of
from cnnsearch.report.views.compressed.cautions import cautions_of
from cnnsearch.report.views.compressed.loss import Loss, loss_of, loss_to_alone, pairs_of
from cnnsearch.report.views.compressed.runtimes import Memory, RuntimeRow, ratio_of, runtimes_of
from cnnsearch.report.views.compressed.words import chosen_in_words, row_in_words
from cnnsearch.study.fronts import front_of
from cnnsearch.study.pictures import group_of
from cnnsearch.study.record.lines import LITERT
from cnnsearch.study.winner.compressed import not_compressed_of, predictions_of
from cnnsearch.study.winner.compression_choice import Chosen, choices_of, chosen_of, compared_metric
from cnnsearch.tasks.contract.metrics import Metric, Mode, is_function
from cnnsearch.tasks.labelled.views.calibration.info import calibration_error

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.winner.compressed import Compressed

__all__ = ["CompressedInfo", "CompressedRow", "compressed_info"]


@dataclass(frozen=True)
class CompressedRow:
    """One model.

    Attributes:
        name: of its file.
        metric: with its interval.
        metrics: all that its task tells, with their intervals.
        loss: against the float model; ``None`` of that itself, or where its pictures are not kept.
        loss_to_alone: of a student against the same one trained alone; ``None`` where there is none.
        agreement: share of the pictures for which it decides as the float model does; ``None``: nothing is decided.
        calibration: expected calibration error; ``None`` where no probabilities are claimed.
        smaller, faster: than the float model in the same runtime, times; ``faster`` by the median on one thread.
        milliseconds: threads -> median and 95% point.
        filters_gone: share of the filters and units that pruning took; ``None``: none, or nobody told.
        weights_gone: share of the weights that it made 0; ``None``: it made none so.
        packed: times smaller than the float model, both gzipped; ``None``: that of the float model is not known.
        best_epochs: step that trained it -> the epoch that counts; 0: what was before the training does.
        untimed: runtime -> why nothing was measured in it.
        on_front: ``bytes``, ``latency``: on which fronts of the metric it lies.
        is_float: whether it is the model that the others are compared with.
        runtimes: the same model in what runs its file, and where it was run in others in these too.
        way: how it was made, as the record has it.
        runtime: what runs its file.
    """

    name: str
    metric: MetricInterval
    metrics: tuple[MetricInterval, ...]
    loss: Loss | None
    agreement: float | None
    calibration: float | None
    bytes: float
    gzipped: float
    smaller: float
    milliseconds: Mapping[int, tuple[float, float]]
    faster: float | None
    parameters: float
    macs: float | None
    filters_gone: float | None = None
    weights_gone: float | None = None
    packed: float | None = None
    best_epochs: Mapping[str, int] = field(default_factory=dict)
    untimed: Mapping[str, str] = field(default_factory=dict)
    on_front: tuple[str, ...] = ()
    is_float: bool = False
    runtimes: tuple[RuntimeRow, ...] = ()
    way: Mapping[str, Any] = field(default_factory=dict)
    loss_to_alone: Loss | None = None
    runtime: str = LITERT

    @property
    def memory(self) -> Memory | None:
        """In what runs its file."""
        return next((each.memory for each in self.runtimes if each.runtime == self.runtime), None)

    @property
    def latency(self) -> float | None:
        """Milliseconds on one thread."""
        return self.milliseconds[1][0] if 1 in self.milliseconds else None

    def in_words(self) -> str:
        """What a team needs to know, in one sentence."""
        return row_in_words(self)


@dataclass(frozen=True)
class CompressedInfo:
    """The compressed models of a study.

    Attributes:
        metric: by which they are compared: the objective's, or where that is none of predictions, its task's first.
        mode: whether more or less of it is better.
        rows: the float model first; empty where nothing was compressed.
        pictures: of the validation split.
        groups: that these are of; 0 where each is by itself.
        machine: on which they were measured, in words; several where they were measured at different times.
        cautions: what must be known of the pictures, of training afterwards, of students, of a choice, and of what was
            not timed.
        failures: what the sweep could not make, in words.
        chosen: of each choice that was asked for what it comes to.
    """

    metric: str
    mode: Mode
    rows: tuple[CompressedRow, ...] = ()
    pictures: int = 0
    groups: int = 0
    machine: str = ""
    cautions: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    chosen: tuple[Chosen, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """Of each model but the float one, what a team needs to know, and which are chosen."""
        rows = (row.in_words() for row in self.rows if not row.is_float)
        return (*rows, *(chosen_in_words(each, self.metric) for each in self.chosen))

    @property
    def chosen_names(self) -> tuple[str, ...]:
        """Of the models that are chosen."""
        return tuple(each.name for each in self.chosen if each.name is not None)

    @property
    def runtimes(self) -> tuple[RuntimeRow, ...]:
        """Of the models that were run in several, all runtimes."""
        return tuple(each for row in self.rows if len(row.runtimes) > 1 for each in row.runtimes)

    @property
    def has_pruned(self) -> bool:
        """Whether of any model it is known how many filters it lost."""
        return any(row.filters_gone is not None for row in self.rows)

    @property
    def has_sparse(self) -> bool:
        """Whether of any model single weights are 0."""
        return any(row.weights_gone is not None for row in self.rows)

    @property
    def threads(self) -> tuple[int, ...]:
        """On so many latencies were measured, of any of the models."""
        return tuple(sorted({threads for row in self.rows for threads in row.milliseconds}))


def compressed_info(study: Study) -> CompressedInfo:
    metric = compared_metric(study)
    mode: Mode = metric.mode or "max"
    known = study.compressed
    failures = tuple(f"{name} could not be made: {why}" for name, why in not_compressed_of(study).items())
    if not known:
        return CompressedInfo(metric.name, mode, failures=failures)
    rows = [
        replace(_row(study, metric, mode, each), loss_to_alone=loss_to_alone(study, metric, mode, each, known))
        for each in known
    ]
    first = known[0].line
    machine = " and ".join(dict.fromkeys(_machine(each.line.machine) for each in known))
    groups = clusters_of(study, "validation", first.count).told
    found = CompressedInfo(metric.name, mode, _with_fronts(rows, mode), first.count, groups, machine)
    chosen = tuple(chosen_of(metric, choice, known) for choice in choices_of(study, known))
    cautions = tuple(cautions_of(study, known, rows, groups, chosen))
    return replace(found, cautions=cautions, failures=failures, chosen=chosen)


def _row(study: Study, metric: Metric, mode: Mode, each: Compressed) -> CompressedRow:
    line, beside = each.line, each.of
    ours = predictions_of(study, line)
    groups = None if ours is None else group_of(study, "validation", len(ours))
    scores = {name: value for name, value in line.metrics.items() if value is not None}
    metrics = [one for one in metrics_of(study).values() if one.name in line.metrics or one.name == metric.name]
    intervals = tuple(
        MetricInterval(one.name, scores.get(one.name), why="its predictions are not kept") for one in metrics
    )
    if ours is not None:
        told = [one for one in metrics if not is_function(one.name)]
        intervals = metric_intervals(ours, told, scores, group_of=groups)
    runtimes = runtimes_of(line)
    one, other = line.timing(1, line.runtime), beside.timing(1, line.runtime)
    pairs = [] if line.is_float else pairs_of(study, beside, line)
    return CompressedRow(
        name=line.name,
        metric=next(interval for interval in intervals if interval.name == metric.name),
        metrics=intervals,
        loss=loss_of(metric, mode, pairs, groups) if pairs else None,
        agreement=_agreement(*pairs[0]) if pairs else None,
        calibration=_calibration(ours),
        bytes=line.bytes,
        gzipped=line.gzipped,
        smaller=beside.bytes_in(line.runtime) / line.bytes,
        milliseconds=next((each.milliseconds for each in runtimes if each.runtime == line.runtime), {}),
        faster=ratio_of(other, one),
        parameters=line.parameters,
        macs=line.macs,
        filters_gone=line.filters_gone,
        weights_gone=line.weights_gone,
        packed=beside.gzipped / line.gzipped if line.runtime == LITERT else None,
        best_epochs=line.best_epochs,
        untimed=line.untimed,
        is_float=line.is_float,
        runtimes=runtimes,
        way=line.way,
        runtime=line.runtime,
    )


def _calibration(ours: Any) -> float | None:
    return calibration_error(ours.claims) if hasattr(ours, "claims") else None


def _agreement(ours: Any, theirs: Any) -> float | None:
    """Of several labels a picture all must be the same."""
    if not (hasattr(ours, "decided") and hasattr(theirs, "decided")):
        return None
    same = np.asarray(ours.decided == theirs.decided)
    return float(same.reshape(len(same), -1).all(axis=1).mean())


def _with_fronts(rows: list[CompressedRow], mode: Mode) -> tuple[CompressedRow, ...]:
    sign = 1 if mode == "max" else -1
    by_bytes = _front([(row.name, row.metric.value, row.bytes) for row in rows], sign)
    by_latency = _front([(row.name, row.metric.value, row.latency) for row in rows], sign)
    fronts = {"bytes": by_bytes, "latency": by_latency}
    return tuple(
        replace(row, on_front=tuple(name for name, members in fronts.items() if row.name in members)) for row in rows
    )


def _front(candidates: list[tuple[str, float | None, float | None]], sign: int) -> set[str]:
    """Those that no other one beats in metric and cost."""
    told = [(name, (sign * value, -cost)) for name, value, cost in candidates if value is not None and cost is not None]
    return {told[place][0] for place in front_of([vector for _, vector in told])}


def _machine(told: Mapping[str, Any]) -> str:
    return f"{told.get('processor') or 'an unknown processor'} with {told.get('cpus', 'unknown')} CPUs"
