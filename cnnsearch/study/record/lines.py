"""The lines of the record: what each kind of them tells. No other file knows their keys on disk.

``format`` says how a line is written. This version writes 2; 1, and older lines that lack keys, or their format, are
read as well: format 1 had the metrics of an epoch beside its other keys, and everything else as it is now. A key that
is not named here is kept in ``others``, and written again: of a line, its worker and that one's parts. Keys that a line
may lack came later than its format, or stand there only where there is something to tell.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NotRequired,  # Python's own tells pydantic too little before 3.12
    TypeVar,
)

from pydantic import AfterValidator, ConfigDict, GetCoreSchemaHandler, TypeAdapter
from pydantic import Field as Named
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnnsearch.errors import Problem
from cnnsearch.space import Config
from cnnsearch.study.record.schema import (
    ABOUT_ONE,
    FORMAT,
    Bytes,
    Count,
    Format,
    Index,
    Known,
    MaybeCount,
    MaybeIndex,
    MaybeMoment,
    MaybeNumber,
    MaybeShare,
    MaybeText,
    Moment,
    Open,
    Rule,
    Seconds,
    Setting,
    Text,
    problems_in,
)
from cnnsearch.tasks import TASKS

__all__ = [
    "ATTEMPTS",
    "CURVES",
    "FINALISTS",
    "PAUSES",
    "PROPOSALS",
    "REFITS",
    "RELEASES",
    "REQUESTS",
    "TEST_READS",
    "TRIALS",
    "AnyLine",
    "AttemptLine",
    "Checkpointing",
    "Ended",
    "EpochLine",
    "FinalistLine",
    "Line",
    "LineFile",
    "PauseLine",
    "Proposal",
    "Reading",
    "Refusal",
    "RefitLine",
    "ReleaseLine",
    "Report",
    "RequestLine",
    "Startup",
    "State",
    "ReadingLine",
    "TrialLine",
    "Worker",
    "checked_line",
    "from_report",
    "quick_reader",
    "to_json",
    "to_report",
]

_SHARES = frozenset(
    f"{split}{metric.name}"
    for task in TASKS.values()
    for metric in task.metrics
    for split in ("", "val_")
    if (metric.low, metric.high) == (0.0, 1.0)
)
"""Metrics of any task that are numbers from 0 to 1."""

State = Literal["COMPLETED", "STOPPED", "FAILED"]

_FIRST = tuple(dict.fromkeys(task.metrics[0].name for task in TASKS.values()))
"""Of each task the metric that it is told by first."""

_FLAT_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy", "val_f1")
"""Of an epoch of format 1."""

_OTHERS = "\0others"
"""Key under which :attr:`others` are handed to pydantic: no file has it."""


@dataclass(frozen=True)
class _Checked:
    """Stands in ``Annotated``: a value is checked as ``kind``, which is quicker than what the attribute is called."""

    kind: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self.kind)


def _shares(metrics: Mapping[str, float | None]) -> Mapping[str, float | None]:
    for name, value in metrics.items():
        if value is not None and not 0 <= value <= ABOUT_ONE and name in _SHARES:
            raise PydanticCustomError("rule", "must hold a number from 0 to 1 for {name}", {"name": name})
    return metrics


class _Values:
    """Metrics of an epoch, as :func:`_shares` has them, told by pydantic alone: there may be 100,000 lines."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        names = dict.fromkeys((*_FLAT_METRICS, *sorted(_SHARES)))
        share, number = handler.generate_schema(MaybeShare), handler.generate_schema(MaybeNumber)
        known = {
            name: core_schema.typed_dict_field(share if name in _SHARES else number, required=False) for name in names
        }
        return core_schema.typed_dict_schema(known, extras_schema=number, extra_behavior="allow")


def _recorded(cost: Mapping[str, float | None]) -> dict[str, float]:
    """Without what was not finite: it is as if nobody had told it."""
    return {name: value for name, value in cost.items() if value is not None}


_Trial = Annotated[int, _Checked(Annotated[Index, Rule("must be the number of a trial")])]
_State = Annotated[State, Rule("must be COMPLETED, STOPPED or FAILED")]
_Config = Annotated[dict[str, Any], _Checked(dict[Text, Setting])]
_Numbers = dict[Text, MaybeNumber]
_Metrics = Annotated[Mapping[str, float | None], _Checked(Annotated[_Numbers, AfterValidator(_shares)])]
_EpochValues = Annotated[Mapping[str, float | None], _Values()]
_Cost = Annotated[Mapping[str, float], _Checked(Annotated[_Numbers, AfterValidator(_recorded)])]
_Others = Annotated[Mapping[str, Any], _Checked(dict[Text, Any]), Named(validation_alias=_OTHERS)]

# What may be missing, and is not null where it is there.
_AnyText = Annotated[str | None, _Checked(Text)]
_AnyIndex = Annotated[int | None, _Checked(Index)]
_AnyCount = Annotated[int | None, _Checked(Count)]
_AnyMoment = Annotated[float | None, _Checked(Moment)]
_AnyFormat = Annotated[int | None, _Checked(Format)]


_SPARSE = {"sparse": True}
"""Of a key that stands in a line only where it says something else than its default."""


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What all lines, and parts of them, have in common.

    Attributes:
        others: what stands under keys that this version does not know.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # a line with others is looked at more closely

    others: _Others = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Startup(_Part):
    """Moments of a process that was started for a trial."""

    set_up: _AnyMoment = field(default=None, metadata=_SPARSE)
    imported: _AnyMoment = field(default=None, metadata=_SPARSE)
    fed: _AnyMoment = field(default=None, metadata=_SPARSE)

    @property
    def is_known(self) -> bool:
        """Whether any of them is."""
        return (self.set_up, self.imported, self.fed) != (None, None, None)


@dataclass(frozen=True, kw_only=True)
class Checkpointing(_Part):
    """How often a worker kept where it was, and what that took."""

    written: _AnyIndex = field(default=None, metadata=_SPARSE)
    seconds: Annotated[float | None, _Checked(Seconds)] = field(default=None, metadata=_SPARSE)
    bytes: Annotated[float | None, _Checked(Bytes)] = field(default=None, metadata=_SPARSE)


@dataclass(frozen=True, kw_only=True)
class Worker(_Part):
    """The process that a trial ended in; empty where all died.

    Attributes:
        cpus, gpus: that it held.
        devices: which GPUs these were.
        pictures: ``copied`` into TensorFlow, or ``shared``.
        startup: where the process was started for this trial.
    """

    node: _AnyText = field(default=None, metadata=_SPARSE)
    node_id: _AnyText = field(default=None, metadata=_SPARSE)
    pid: _AnyIndex = field(default=None, metadata=_SPARSE)
    cpus: _AnyIndex = field(default=None, metadata=_SPARSE)
    gpus: Annotated[float | None, _Checked(Bytes)] = field(default=None, metadata=_SPARSE)
    devices: _AnyText = field(default=None, metadata=_SPARSE)
    pictures: _AnyText = field(default=None, metadata=_SPARSE)
    startup: Annotated[Startup | None, _Checked(Startup)] = field(default=None, metadata=_SPARSE)
    checkpoints: Annotated[Checkpointing | None, _Checked(Checkpointing)] = field(default=None, metadata=_SPARSE)

    @property
    def process(self) -> tuple[str, int] | None:
        """Node and number of the process; ``None`` where they are not known, as of a trial whose workers all died."""
        return None if self.node is None or self.pid is None else (self.node, self.pid)


@dataclass(frozen=True, kw_only=True)
class Line(_Part):
    """A line of the record.

    Attributes:
        trial: its number.
        format: how the line is written; ``None``: it is not yet, or does not tell.
    """

    trial: _Trial
    format: _AnyFormat = field(default=None, compare=False, metadata=_SPARSE)


@dataclass(frozen=True, kw_only=True)
class Refusal(_Part):
    """A config that the sampler proposed and that is no trial, as its model would break limits.

    Attributes:
        cost: of the model, as far as it is known before training.
        after: so many of the proposal's ``repeats`` came before it.
        origin: as of a proposal.
    """

    config: _Config
    cost: _Cost
    after: Index = 0
    origin: _AnyText = field(default=None, metadata=_SPARSE)


@dataclass(frozen=True, kw_only=True)
class Proposal(Line):
    """A config that was proposed.

    Attributes:
        told: so many results the sampler knew.
        repeats: configs that it proposed before this one, and that had been tried, or broke a constraint.
        origin: where it comes from: ``recommended``, ``queue:ID`` of a request; ``None``: the sampler proposed it.
        refusals: what was proposed before it and refused.
    """

    config: _Config
    seed: Index
    told: Index
    time: Moment
    repeats: tuple[_Config, ...] = field(default=(), metadata=_SPARSE)
    origin: _AnyText = field(default=None, metadata=_SPARSE)
    refusals: tuple[Refusal, ...] = field(default=(), metadata=_SPARSE)


@dataclass(frozen=True, kw_only=True)
class EpochLine(Line):
    """An epoch that was told.

    Attributes:
        epoch: counted from 1.
        values: metric -> what it was; ``None``: not finite, or not told.
        learning_rate: at the epoch's first step.
        seconds: training and validation.
        time: at its end.
        event: number of the report, counted with those of ends: the order of arrival.
        asked: whether the scheduler decided on it.
        runs: the objective on each seed of the trial, of which the values are means; empty where it has one.
        folds: likewise on each of its folds, partition after partition; empty where it has none.
    """

    epoch: Count
    values: _EpochValues
    learning_rate: MaybeNumber = None
    seconds: Seconds = 0.0
    time: _AnyMoment = field(default=None, metadata=_SPARSE)
    event: _AnyIndex = field(default=None, metadata=_SPARSE)
    asked: Known = field(default=False, metadata=_SPARSE)
    runs: tuple[MaybeNumber, ...] = field(default=(), metadata=_SPARSE)
    folds: tuple[MaybeNumber, ...] = field(default=(), metadata=_SPARSE)


@dataclass(frozen=True, kw_only=True)
class Ended(Line):
    """What a training came to: a trial's, or a finalist's run, as far as its worker knows.

    Attributes:
        end_reason: ``epochs``, ``patience``, ``diverged``, ``budget`` (the minutes were over), ``scheduler``, ``user``
            (who stopped it) or ``error``.
        reason: why it failed or diverged, in words.
        value: the objective at the best epoch; ``None`` where the trial failed.
        best_epoch: counted from 1.
        epochs: how many.
        metrics: at the best epoch.
        cost: what it took.
        started, ended: Unix times.
        notes: what the user should be told about this config.
        features: names of the stages that it trained on, in place of pictures.
        runs: the objective at the best epoch on each of its seeds, of which ``value`` is the mean; empty where it has
            one.
        folds: likewise on each of its folds, partition after partition; empty where it has none.
        model_seed: which of the seeds metrics, predictions and model are of, of folds the model alone; ``None``: it has
            one.
    """

    state: _State
    end_reason: MaybeText = field(default=None, metadata=_SPARSE)
    reason: MaybeText = None
    traceback: MaybeText = field(default=None, metadata=_SPARSE)
    value: MaybeNumber
    best_epoch: MaybeCount = None
    epochs: Index = 0
    metrics: _Metrics = field(default_factory=dict)
    cost: _Cost = field(default_factory=dict)
    worker: Worker = field(default_factory=Worker)
    seed: Index
    started: MaybeMoment = None
    ended: Moment
    notes: tuple[Text, ...] = field(default=(), metadata=_SPARSE)
    features: tuple[Text, ...] = field(default=(), metadata=_SPARSE)
    runs: tuple[MaybeNumber, ...] = field(default=(), metadata=_SPARSE)
    folds: tuple[MaybeNumber, ...] = field(default=(), metadata=_SPARSE)
    model_seed: _AnyIndex = field(default=None, metadata=_SPARSE)

    @property
    def best_value(self) -> float:
        """The objective at the best epoch.

        Raises:
            ValueError: there is none.
        """
        if self.value is None:
            raise ValueError(f"trial {self.trial} has no value")
        return self.value


@dataclass(frozen=True, kw_only=True)
class TrialLine(Ended):
    """A trial that ended.

    Attributes:
        event: number of the end, counted with those of reports: the order of arrival.
        attempts: workers that it was given to.
        audited: epoch after which the scheduler would have stopped it, but for the audit.
    """

    config: _Config
    event: _AnyIndex = field(default=None, metadata=_SPARSE)
    attempts: Count = field(default=1, metadata=_SPARSE)
    audited: _AnyCount = field(default=None, metadata=_SPARSE)

    @classmethod
    def of(cls, end: Ended, config: Config, event: int, attempts: int = 1, audited: int | None = None) -> TrialLine:
        """The end of a training, as one of the search."""
        return cls(**vars(end), config=config, event=event, attempts=attempts, audited=audited)


@dataclass(frozen=True, kw_only=True)
class FinalistLine(Ended):
    """A run of a finalist that ended.

    Attributes:
        run: which one.
        curve: the objective after each epoch.
        again: whether it was trained a second time, as its model was not there any more.
    """

    run: Index
    curve: tuple[MaybeNumber, ...] = ()
    again: Known = field(default=False, metadata=_SPARSE)

    @classmethod
    def of(cls, end: Ended, run: int, curve: tuple[float, ...], again: bool = False) -> FinalistLine:
        """The end of a training, as a finalist's run."""
        return cls(**vars(end), run=run, curve=curve, again=again)


@dataclass(frozen=True, kw_only=True)
class RefitLine(Ended):
    """The winner, trained again on training and validation pictures together, as it ended.

    It has no ``value``: no picture is left that it did not see and that may judge it.

    Attributes:
        run: of the finalist in the place of whose model it is; ``None``: the trial's own.
        planned: epochs, of which ``epochs`` were trained.
        best_epochs: of the trainings by which that many were planned.
        pictures: that it was trained on.
        again: whether it was trained a second time, as its model was not there any more.
    """

    run: MaybeIndex = None
    planned: Count
    best_epochs: tuple[Count, ...] = ()
    pictures: Count
    again: Known = field(default=False, metadata=_SPARSE)

    @classmethod
    def of(cls, end: Ended, **told: Any) -> RefitLine:
        """The end of a training, as a refit."""
        return cls(**vars(end), **told)


@dataclass(frozen=True, kw_only=True)
class AttemptLine(Line):
    """A trial that had been begun, and was given to another worker.

    Attributes:
        attempt: counted from 1.
    """

    attempt: Count
    why: Text
    time: Moment


@dataclass(frozen=True, kw_only=True)
class PauseLine(Ended):
    """A trial that its scheduler lets wait after its last epoch, as it would stand if it were stopped there.

    Attributes:
        attempt: at it, counted from 1, whose worker left its checkpoint.
    """

    attempt: Count

    @classmethod
    def of(cls, end: Ended, attempt: int) -> PauseLine:
        """Where a training stands, as a trial that waits."""
        stopped = replace(end, state="STOPPED", end_reason="scheduler", reason=None)
        return cls(**vars(stopped), attempt=attempt)

    @property
    def stand(self) -> Ended:
        """How the trial stands."""
        return Ended(**{each.name: getattr(self, each.name) for each in fields(Ended)})


@dataclass(frozen=True, kw_only=True)
class ReleaseLine(Line):
    """A trial that had waited, and goes on. One that is stopped where it waited has its end, and none of these.

    Attributes:
        epoch: after which it had waited.
        event: number of the next report or end, counted with these: the order of arrival.
        closing: whether it goes on because no other trial was to come and none ran.
        source: the trial whose weights and optimizer it went on with; ``None``: its own.
        config: that it has from then on, where it took over from another one.
    """

    epoch: Count
    event: Index
    time: Moment
    closing: Known = field(default=False, metadata=_SPARSE)
    source: _AnyIndex = field(default=None, metadata=_SPARSE)
    config: Annotated[dict[str, Any] | None, _Checked(_Config | None)] = field(default=None, metadata=_SPARSE)


@dataclass(frozen=True, kw_only=True)
class RequestLine(Line):
    """What a user asked of a sweep from outside, and the answer; of one request the last line counts.

    Attributes:
        trial: which is to be stopped; of all else the next one to be proposed when the answer was given.
        request: its id.
        what: was asked.
        config: that is queued.
        trials: of the budget from then on.
        host: machine of whoever asked.
        asked: Unix time, by the clock there.
        time: of the answer.
        refused: why nothing was done; ``None``: it was taken.
    """

    request: Text
    what: Annotated[Literal["queue", "stop-trial", "stop", "extend"], Rule("must be queue, stop-trial, stop or extend")]
    config: Annotated[dict[str, Any] | None, _Checked(_Config | None)] = field(default=None, metadata=_SPARSE)
    trials: _AnyCount = field(default=None, metadata=_SPARSE)
    host: Text
    asked: Moment
    time: Moment
    refused: _AnyText = field(default=None, metadata=_SPARSE)

    def refused_now(self, why: str, trial: int, time: float) -> RequestLine:
        """That what was taken is not done after all; ``trial`` is the next one to be proposed."""
        return replace(self, refused=why, trial=trial, time=time)


@dataclass(frozen=True, kw_only=True)
class Reading(_Part):
    """What a worker that read the test split came to; of one that failed nothing else is known.

    Attributes:
        count: pictures.
    """

    state: Annotated[Literal["COMPLETED", "FAILED"], Rule("must be COMPLETED or FAILED")] = "COMPLETED"
    reason: MaybeText = None
    count: MaybeCount = None
    metrics: Annotated[Mapping[str, float | None] | None, _Checked(_Metrics | None)] = None
    worker: Worker | None = None


@dataclass(frozen=True, kw_only=True)
class ReadingLine(Reading, Line):
    """A reading of the test split.

    Attributes:
        run, seed: of the finalist's run whose model it was; ``None``: the trial's own.
        model: its sha256; older lines do not tell.
        by: who read.
    """

    run: MaybeIndex = None
    seed: MaybeIndex = None
    model: MaybeText = field(default=None, metadata=_SPARSE)
    by: Text
    time: Moment

    @classmethod
    def of(cls, reading: Reading, trial: int, run: int | None, **told: Any) -> ReadingLine:
        """What a reading with the model of a trial, or of its run as a finalist, came to."""
        return cls(**vars(reading), trial=trial, run=run, **told)

    @property
    def gave_numbers(self) -> bool:
        """Whether it is a reading: one that failed has shown nobody anything of the split."""
        return self.state != "FAILED" and bool(self.metrics)


@dataclass(frozen=True)
class Report:
    """What a worker tells of its job.

    Attributes:
        epochs: that it has not told yet.
        end: how it stands, and, where it is done, how it ended.
    """

    epochs: tuple[EpochLine, ...]
    end: Ended | Reading

    @property
    def training(self) -> Ended:
        """How a training stands.

        Raises:
            TypeError: the job was none.
        """
        if not isinstance(self.end, Ended):
            raise TypeError("the report is of a reading of the test split")
        return self.end

    def curve(self, metric: str) -> dict[int, float]:
        """Epoch -> what a metric was, where it is known."""
        return {line.epoch: value for line in self.epochs if (value := line.values.get(metric)) is not None}


AnyLine = TypeVar("AnyLine", bound=Line)
AnyPart = TypeVar("AnyPart", bound=_Part)


class LineFile(str, Generic[AnyLine]):
    """Name of a file of the record, which says what its lines are."""

    __slots__ = ()


PROPOSALS: LineFile[Proposal] = LineFile("proposals.jsonl")
CURVES: LineFile[EpochLine] = LineFile("curves.jsonl")
TRIALS: LineFile[TrialLine] = LineFile("trials.jsonl")
ATTEMPTS: LineFile[AttemptLine] = LineFile("attempts.jsonl")
FINALISTS: LineFile[FinalistLine] = LineFile("finalists.jsonl")
REFITS: LineFile[RefitLine] = LineFile("refits.jsonl")
PAUSES: LineFile[PauseLine] = LineFile("pauses.jsonl")
RELEASES: LineFile[ReleaseLine] = LineFile("releases.jsonl")
REQUESTS: LineFile[RequestLine] = LineFile("requests.jsonl")
TEST_READS: LineFile[ReadingLine] = LineFile("test_reads.jsonl")


def _valued(line: Ended) -> Ended:
    """Only what failed has no value."""
    if line.state != "FAILED" and line.value is None:
        raise PydanticCustomError("rule", "a trial that has not FAILED must have a value")
    return line


def _unjudged(line: RefitLine) -> RefitLine:
    """Whatever gives it a value judged it by what it had seen."""
    if line.value is not None:
        raise PydanticCustomError("rule", "value: must be null, as nothing may judge a refitted model")
    return line


def _whole(line: RequestLine) -> RequestLine:
    """A request tells what it asks for."""
    for what, key in (("queue", "config"), ("extend", "trials")):
        if line.what == what and getattr(line, key) is None:
            raise PydanticCustomError("rule", "{key}: must be told of what: {what}", {"key": key, "what": what})
    return line


def _sourced(line: ReleaseLine) -> ReleaseLine:
    """Who took over from another trial has another config."""
    if (line.source is None) != (line.config is None):
        raise PydanticCustomError("rule", "config: must be told of one that took over from a source, and of no other")
    return line


def _told(line: ReadingLine) -> ReadingLine:
    """Of a reading that failed nothing is known; any other tells the first metric of its task."""
    if line.metrics and not any(line.metrics.get(name) is not None for name in _FIRST):
        raise PydanticCustomError("rule", "metrics: must hold {names}", {"names": " or ".join(_FIRST)})
    return line


def _with_format(line: EpochLine) -> EpochLine:
    """Without one it could be of format 1, where values stood elsewhere."""
    if line.format is None or line.format < FORMAT:
        raise PydanticCustomError("rule", f"must be of format {FORMAT}, as it has values")
    return line


_KINDS: Mapping[str, tuple[type[Line], TypeAdapter[Any]]] = {
    PROPOSALS: (Proposal, TypeAdapter(Proposal)),
    CURVES: (EpochLine, TypeAdapter(Annotated[EpochLine, AfterValidator(_with_format)])),
    TRIALS: (TrialLine, TypeAdapter(Annotated[TrialLine, AfterValidator(_valued)])),
    ATTEMPTS: (AttemptLine, TypeAdapter(AttemptLine)),
    FINALISTS: (FinalistLine, TypeAdapter(Annotated[FinalistLine, AfterValidator(_valued)])),
    REFITS: (RefitLine, TypeAdapter(Annotated[RefitLine, AfterValidator(_unjudged)])),
    PAUSES: (PauseLine, TypeAdapter(Annotated[PauseLine, AfterValidator(_valued)])),
    RELEASES: (ReleaseLine, TypeAdapter(Annotated[ReleaseLine, AfterValidator(_sourced)])),
    REQUESTS: (RequestLine, TypeAdapter(Annotated[RequestLine, AfterValidator(_whole)])),
    TEST_READS: (ReadingLine, TypeAdapter(Annotated[ReadingLine, AfterValidator(_told)])),
}
_PARTS: Mapping[str, type[_Part]] = {
    "worker": Worker,
    "startup": Startup,
    "checkpoints": Checkpointing,
    "refusals": Refusal,
}


class _FlatEpoch(Open):
    """An epoch as format 1 has it."""

    trial: _Trial
    format: NotRequired[Annotated[Literal[1], Rule("must be a whole number from 1 on")]]
    epoch: Count
    loss: NotRequired[Annotated[MaybeNumber, Named(default=None)]]
    accuracy: NotRequired[Annotated[MaybeShare, Named(default=None)]]
    val_loss: NotRequired[Annotated[MaybeNumber, Named(default=None)]]
    val_accuracy: NotRequired[Annotated[MaybeShare, Named(default=None)]]
    val_f1: NotRequired[Annotated[MaybeShare, Named(default=None)]]
    learning_rate: NotRequired[Annotated[MaybeNumber, Named(default=None)]]
    seconds: NotRequired[Annotated[Seconds, Named(default=0.0)]]
    time: NotRequired[Moment]
    event: NotRequired[Index]
    asked: NotRequired[Known]


_FLAT: TypeAdapter[Any] = TypeAdapter(_FlatEpoch)
_UNTOLD: Mapping[str, Any] = {
    "others": {},
    "format": None,
    "time": None,
    "event": None,
    "asked": False,
    "runs": (),
    "folds": (),
}


def _is_flat(content: Any) -> bool:
    return isinstance(content, dict) and content.get("format", 1) in (1, None) and "values" not in content


_FORMAT_OF_EPOCH = f'"format": {FORMAT}, "epoch": '.encode()
"""In the line of an epoch that names its format, as it is written."""


def _upgraded(flat: dict[str, Any]) -> EpochLine:
    """A line of format 1, checked, as this version has it."""
    flat["values"] = {name: flat.pop(name) for name in _FLAT_METRICS}
    line = object.__new__(EpochLine)  # as pydantic does: there may be 100,000, and a frozen dataclass is slow to begin
    vars(line).update(_UNTOLD)
    vars(line).update(flat)
    if flat.keys() <= _NAMES[EpochLine]:
        return line
    return _built(EpochLine, flat)


def quick_reader(file: LineFile[AnyLine]) -> Callable[[bytes], AnyLine]:
    """Reads a line as cnnsearch writes it; raises a ``ValidationError`` for any other, which may be valid all the same.

    Of lines :func:`checked_line` says what is wrong with them.
    """
    check: Callable[[bytes], AnyLine] = _KINDS[file][1].validator.validate_json
    if file != CURVES:
        return check
    flat, this = _FLAT.validator.validate_json, TypeAdapter(EpochLine).validator.validate_json

    def read(raw: bytes) -> Any:
        if _FORMAT_OF_EPOCH in raw:
            return this(raw)
        return check(raw) if b'"values": {' in raw else _upgraded(flat(raw))

    return read


def checked_line(file: LineFile[AnyLine], content: Any, where: str) -> tuple[AnyLine | None, list[Problem]]:
    """A line of which the JSON content is known, or what is wrong with it."""
    if file == CURVES and _is_flat(content):
        found, problems = problems_in(content, _FLAT, where)
        return None if found is None else _upgraded(found), problems  # type: ignore[return-value]
    kind, check = _KINDS[file]
    return problems_in(_gathered(kind, content), check, where)


def to_json(part: _Part) -> dict[str, Any]:
    """A line as it stands in its file, of JSON types."""
    found: dict[str, Any] = {}
    for each in _SHAPES[type(part)]:
        value = getattr(part, each.name)
        if each.metadata.get("sparse") and value == each.default:
            continue
        if isinstance(value, _Part):
            value = to_json(value)
        elif isinstance(value, tuple):
            value = [to_json(each) if isinstance(each, _Part) else each for each in value]
        elif isinstance(value, Mapping):
            value = dict(value)
        found[each.name] = value
    return {**found, **part.others}


def to_report(report: Report) -> str:
    """What a worker tells, as one text."""
    end = {"reading" if isinstance(report.end, Reading) else "end": to_json(report.end)}
    return json.dumps({"epochs": [to_json(line) for line in report.epochs], **end})


def from_report(text: str) -> Report:
    """The inverse of :func:`to_report`."""
    told = json.loads(text)
    end = _built(Reading, told["reading"]) if "reading" in told else _built(Ended, told["end"])
    return Report(tuple(_built(EpochLine, line) for line in told["epochs"]), end)


_SHAPES: Mapping[type, tuple[Field[Any], ...]] = {
    kind: tuple(each for each in fields(kind) if each.name != "others")
    for kind in (*(kind for kind, _ in _KINDS.values()), *_PARTS.values(), Ended, Reading)
}
_NAMES = {kind: frozenset(each.name for each in shape) for kind, shape in _SHAPES.items()}


def _gathered(kind: type[_Part], content: Any) -> Any:
    """Content of a line or part, as pydantic takes it: what is not known stands together."""
    if isinstance(content, list):
        return [_gathered(kind, each) for each in content]
    if not isinstance(content, dict):
        return content
    names = _NAMES[kind]
    others = {name: value for name, value in content.items() if name not in names}
    found = {
        name: _gathered(_PARTS[name], value) if name in _PARTS else value
        for name, value in content.items()
        if name in names
    }
    return {**found, _OTHERS: others} if others else found


def _built(kind: type[AnyPart], content: Mapping[str, Any]) -> AnyPart:
    """A line or part of content that needs no check."""
    names = _NAMES[kind]
    found: dict[str, Any] = {}
    others: dict[str, Any] = {}
    for name, value in content.items():
        if name not in names:
            others[name] = value
        elif name in _PARTS and value is not None:
            found[name] = _built(_PARTS[name], value)
        else:
            found[name] = tuple(value) if isinstance(value, list) else value
    return kind(**found, others=others)
