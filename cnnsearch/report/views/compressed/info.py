"""What compressing the best model costs and gains, on the same pictures and the same machine."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cnnsearch.compression.choosing.spec import Cost
from cnnsearch.numbers import significant
from cnnsearch.report.statistics.clusters import Clusters, clusters_of
from cnnsearch.report.statistics.crossed import crossed_mean
from cnnsearch.report.statistics.intervals import MetricInterval, metric_intervals, metrics_of
from cnnsearch.report.statistics.uncertainty import paired_interval, paired_p_value
from cnnsearch.study.fronts import front_of
from cnnsearch.study.pictures import group_of
from cnnsearch.study.record.lines import LITERT
from cnnsearch.study.winner.compressed import not_compressed_of, predictions_of
from cnnsearch.study.winner.compression_choice import Chosen, choices_of, chosen_of, compared_metric
from cnnsearch.tasks.contract.metrics import Metric, Mode, UndefinedError, is_function
from cnnsearch.tasks.labelled.views.calibration.info import calibration_error

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.record.lines import CompressionLine, Timing
    from cnnsearch.study.winner.compressed import Compressed
    from cnnsearch.tasks.contract.predictions import Predictions

__all__ = ["CompressedInfo", "CompressedRow", "Loss", "Memory", "RuntimeRow", "compressed_info"]

_LEVEL = 0.05

_MORE: dict[Cost, str] = {"bytes": "smaller", "gzipped": "smaller when packed", "latency": "faster"}

_MOST: dict[Cost, str] = {"bytes": "smallest", "gzipped": "smallest when packed", "latency": "fastest"}

_POINTS = 100.0
"""A metric from 0 to 1 is told in points."""


@dataclass(frozen=True)
class Loss:
    """How much worse a compressed model is than the float model on the same pictures; below 0: better.

    Attributes:
        value, low, high: of the metric, with a 95% interval over pictures.
        p_value: two-sided: McNemar's exact test of a share, else the paired t test; of groups both are by these.
        unit: ``points`` of a metric from 0 to 1, in which the numbers are; empty of any other.
        trainings: of which it is the mean; of several the interval and the test are over seeds and pictures.
    """

    value: float
    low: float
    high: float
    p_value: float
    unit: Literal["points", ""]
    trainings: int = 1

    @property
    def is_told(self) -> bool:
        """Whether it can be told from none."""
        return self.p_value < _LEVEL

    @property
    def in_digits(self) -> tuple[str, str, str]:
        """Value and ends as they are written: points with a decimal, and with more where all are within 0.1 of none."""
        each = self.value, self.low, self.high
        if not self.unit:
            return tuple(significant(number, 2) for number in each)  # type: ignore[return-value]  # three of three
        widest = max(map(abs, each))
        decimals = -math.floor(math.log10(widest)) if 0 < widest < 0.1 else 1
        return tuple(f"{number:z.{decimals}f}" for number in each)  # type: ignore[return-value]


@dataclass(frozen=True)
class Memory:
    """Of a process that ran a model on one thread, in bytes.

    Attributes:
        peak: at most, its runtime and Python with it.
        model: what that is more than before the model was read.
    """

    peak: float
    model: float


@dataclass(frozen=True)
class RuntimeRow:
    """A model in one runtime.

    Attributes:
        name: of the model.
        runtime: that ran it.
        bytes: of its file in that form.
        milliseconds: threads -> median and 95% point.
        memory: of its process; ``None``: not measured.
    """

    name: str
    runtime: str
    bytes: float
    milliseconds: Mapping[int, tuple[float, float]]
    memory: Memory | None


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
        where = "" if self.runtime == LITERT else f" in {self.runtime}"
        speed = "" if self.faster is None else f", {_times(self.faster, 'faster', 'slower', 'as fast')}{where}"
        size = _times(self.smaller, "smaller", "larger", "as large")
        gone = "" if self.filters_gone is None else f"without {self.filters_gone:.1%} of its filters, "
        if self.weights_gone is not None:
            gone = f"{self.weights_gone:.1%} of its weights are 0, "
            size += "" if self.packed is None else f" ({_times(self.packed, 'smaller', 'larger', 'as large')} gzipped)"
        words = f"{self.name}: {gone}{size}{speed}, {_lost(self.loss, self.metric.name)}"
        if self.loss_to_alone is None:
            return words
        return f"{words}; against the same student trained alone it {_lost(self.loss_to_alone, self.metric.name)}"


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
        return (*rows, *(_chosen_in_words(each, self.metric) for each in self.chosen))

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
        replace(_row(study, metric, mode, each), loss_to_alone=_to_alone(study, metric, mode, each, known))
        for each in known
    ]
    first = known[0].line
    machine = " and ".join(dict.fromkeys(_machine(each.line.machine) for each in known))
    groups = clusters_of(study, "validation", first.count).told
    found = CompressedInfo(metric.name, mode, _with_fronts(rows, mode), first.count, groups, machine)
    chosen = tuple(chosen_of(metric, choice, known) for choice in choices_of(study, known))
    of_data = _of_pictures(study), _of_groups(groups), _of_training(study, known)
    told = (*of_data, _of_seeds(rows), _of_teaching(rows), _of_choice(chosen))
    cautions = tuple(filter(None, (*told, *_untimed(rows))))
    return replace(found, cautions=cautions, failures=failures, chosen=chosen)


def _of_training(study: Study, known: list[Compressed]) -> str:
    """In what that of networks that lost filters was another than the trial's."""
    if not any("epochs" in each.line.way for each in known):
        return ""
    precision = study.experiment.resources.precision
    other = [] if precision == "float32" else [f"in float32, not in {precision} as the trials"]
    other += ["with all layers, whichever the trial kept frozen"] if study.experiment.freezes else []
    return f"Training afterwards was {' and '.join(other)}." if other else ""


def _of_pictures(study: Study) -> str:
    """No member of an ensemble has seen the validation pictures."""
    refit = None if study.best is None else study.best.refit
    if refit is None or refit.members:
        return ""
    return (
        "The refitted model was trained on these pictures too: its metrics here are better than on new ones, where "
        "what compression loses may be more, or less where it was trained on without them."
    )


def _of_groups(groups: int) -> str:
    return f"Intervals are by groups of pictures, of which there are {groups:,}." if groups else ""


def _of_seeds(rows: list[CompressedRow]) -> str:
    several = [row.name for row in rows if row.loss is not None and row.loss.trainings > 1]
    if not several:
        return ""
    return (
        f"Of {', '.join(several)} what is lost is the mean over several trainings, with an interval over these and "
        "pictures; all else is of the file that is kept, that of the first training."
    )


def _of_teaching(rows: list[CompressedRow]) -> str:
    """Pictures are paired, and trainings are not, where there is one of each."""
    if all(row.loss_to_alone is None or row.loss_to_alone.trainings > 1 for row in rows):
        return ""
    return (
        "What teaching gains is of one training with the best model and one without: its interval is over pictures, "
        "and with another seed both may come out otherwise."
    )


def _of_choice(chosen: Sequence[Chosen]) -> str:
    """Of several that are measured with chance some come out too well, and these are likelier chosen."""
    if all(each.name is None for each in chosen):
        return ""
    return "It was chosen by these same pictures: on new ones it may lose more than its sentence says."


def _untimed(rows: list[CompressedRow]) -> Iterator[str]:
    """Models that a runtime could not run for one reason share a sentence."""
    whys = dict.fromkeys(why for row in rows for why in row.untimed.items())
    for runtime, why in whys:
        names = [row.name for row in rows if row.untimed.get(runtime) == why]
        yield f"Latency in {runtime} is not measured of {', '.join(names)}: {why}."


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
    runtimes = _runtimes(line)
    one, other = line.timing(1, line.runtime), beside.timing(1, line.runtime)
    pairs = [] if line.is_float else _pairs(study, beside, line)
    return CompressedRow(
        name=line.name,
        metric=next(interval for interval in intervals if interval.name == metric.name),
        metrics=intervals,
        loss=_loss(metric, mode, pairs, groups) if pairs else None,
        agreement=_agreement(*pairs[0]) if pairs else None,
        calibration=_calibration(ours),
        bytes=line.bytes,
        gzipped=line.gzipped,
        smaller=beside.bytes_in(line.runtime) / line.bytes,
        milliseconds=next((each.milliseconds for each in runtimes if each.runtime == line.runtime), {}),
        faster=_ratio(other, one),
        parameters=line.parameters,
        macs=line.macs,
        filters_gone=line.filters_gone,
        weights_gone=line.weights_gone,
        packed=beside.gzipped / line.gzipped if line.runtime == LITERT else None,
        untimed=line.untimed,
        is_float=line.is_float,
        runtimes=runtimes,
        way=line.way,
        runtime=line.runtime,
    )


def _to_alone(study: Study, metric: Metric, mode: Mode, each: Compressed, known: Sequence[Compressed]) -> Loss | None:
    """What a student loses that was taught, against the same one, on the same seed, that nobody taught."""
    way = each.line.way
    if not way.get("weight") or {"prune", "quantize"} & way.keys():
        return None
    shared = {key: value for key, value in way.items() if key not in ("weight", "temperature")}
    twin = next((other.line for other in known if dict(other.line.way) == {**shared, "weight": 0.0}), None)
    pairs = [] if twin is None else _pairs(study, twin, each.line)
    return _loss(metric, mode, pairs, group_of(study, "validation", len(pairs[0][0]))) if pairs else None


def _pairs(study: Study, before: CompressionLine, after: CompressionLine) -> list[tuple[Predictions, Predictions]]:
    """Of each training of the one after, and of the one before with it, where that was trained too; else empty.

    Predictions of one that was trained once are set beside those of every training of the other.
    """
    found = [
        _alike(predictions_of(study, before, number if before.again else 0), predictions_of(study, after, number))
        for number in range(1 + len(after.again))
    ]
    known = [pair for pair in found if pair is not None]
    return known if len(known) == len(found) else []


def _alike(before: Predictions | None, after: Predictions | None) -> tuple[Predictions, Predictions] | None:
    """Both, where they can be compared picture by picture."""
    return (before, after) if before is not None and after is not None and after.is_alike(before) else None


def _runtimes(line: CompressionLine) -> tuple[RuntimeRow, ...]:
    """In the order in which they were measured."""
    return tuple(_runtime(line, runtime) for runtime in dict.fromkeys(each.runtime for each in line.timings))


def _runtime(line: CompressionLine, runtime: str) -> RuntimeRow:
    timings = [each for each in line.timings if each.runtime == runtime]
    first = timings[0]
    memory = None
    if first.peak_bytes is not None and first.idle_bytes is not None:
        memory = Memory(first.peak_bytes, first.peak_bytes - first.idle_bytes)
    milliseconds = {each.threads: (1e3 * each.median_seconds, 1e3 * each.p95_seconds) for each in timings}
    return RuntimeRow(line.name, runtime, first.file_bytes or line.bytes, milliseconds, memory)


def _ratio(other: Timing | None, one: Timing | None) -> float | None:
    """Of two medians; a clock that was set meanwhile may have told none, or less."""
    if one is None or other is None or min(one.median_seconds, other.median_seconds) <= 0:
        return None
    return other.median_seconds / one.median_seconds


def _loss(
    metric: Metric, mode: Mode, pairs: Sequence[tuple[Predictions, Predictions]], groups: np.ndarray | None = None
) -> Loss | None:
    """``pairs``: of each training the predictions before and after."""
    clusters = Clusters.of(groups, len(pairs[0][0]))
    if clusters.is_one:
        return None
    try:
        items = [(before.per_item(metric.name), after.per_item(metric.name)) for before, after in pairs]
    except UndefinedError:
        return None
    is_points = (metric.low, metric.high) == (0.0, 1.0)
    factor = (_POINTS if is_points else 1.0) * (1 if mode == "max" else -1)
    if metric.kind == "share" and len(items) == 1:
        value, low, high = paired_interval(*items[0], clusters)
        p_value = paired_p_value(*items[0], clusters)
    elif len(clusters) == len(items) == 1:  # which has no error
        return None
    else:
        gaps = [np.asarray(ours, float) - np.asarray(theirs, float) for ours, theirs in items]
        differences = np.stack([clusters.items(each) for each in gaps])
        gap, back = crossed_mean(differences), crossed_mean(-differences)
        value = gap.mean
        low, high = gap.interval() or (value, value)
        if gap.is_alike and metric.kind == "share":  # pictures that all trainings agree on may be few
            ends = [paired_interval(*each, clusters)[1:] for each in items]
            low, high = min(end[0] for end in ends), max(end[1] for end in ends)
        p_value = min(1.0, 2 * min(gap.p_above, back.p_above))
    low, high = sorted((factor * low, factor * high))
    # 0 is added as -0.0 would be said to be below 0.
    return Loss(0.0 + factor * value, 0.0 + low, 0.0 + high, p_value, "points" if is_points else "", len(items))


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


def _times(ratio: float, more: str, less: str, alike: str) -> str:
    if f"{max(ratio, 1 / ratio):.1f}" == "1.0":
        return alike
    return f"{ratio:.1f} times {more}" if ratio >= 1 else f"{1 / ratio:.1f} times {less}"


def _chosen_in_words(chosen: Chosen, metric: str) -> str:
    choice = chosen.choice
    limit = f"at most {choice.lose:g} of {metric}"
    if chosen.name is None:
        return f"no choice: none of {chosen.of} models that is {_MORE[choice.then]} than the float model loses {limit}"
    return f"chosen: {chosen.name}, the {_MOST[choice.then]} of {chosen.count} of {chosen.of} models that lose {limit}"


def _lost(loss: Loss | None, metric: str) -> str:
    if loss is None:
        return "what it loses is not known"
    unit = f" {loss.unit} of {metric}" if loss.unit else f" in {metric}"
    unit += f" over {loss.trainings} trainings" if loss.trainings > 1 else ""
    value, low, high = loss.in_digits
    gains = value.startswith("-")
    if gains:
        value, low, high = map(_negated, (value, high, low))
    what, of = ("gains", "gain") if gains else ("loses", "loss")
    told = "" if loss.is_told else ": not told from none"
    return f"{what} {value}{unit}, 95% interval of the {of} {low} to {high}{told}"


def _negated(number: str) -> str:
    """Of a number as it is written; none has no sign."""
    if number.startswith("-"):
        return number.removeprefix("-")
    return f"-{number}" if float(number) else number
