"""The lines of the record: which keys each kind has, and what they must be.

A key that is not named here is left as it is. Keys that a line may lack are those that came later than the format, or
that stand there only where there is something to tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,  # Python's own tells pydantic too little before 3.12
)

from pydantic import AfterValidator, Field, TypeAdapter
from pydantic_core import PydanticCustomError

from cnnsearch.study.schema import (
    ABOUT_ONE,
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
)

__all__ = ["ATTEMPTS", "CURVES", "FINALISTS", "KINDS", "PROPOSALS", "SHARES", "TEST_READS", "TRIALS"]

PROPOSALS = "proposals.jsonl"
CURVES = "curves.jsonl"
TRIALS = "trials.jsonl"
ATTEMPTS = "attempts.jsonl"
FINALISTS = "finalists.jsonl"
TEST_READS = "test_reads.jsonl"

Trial = Annotated[Index, Rule("must be the number of a trial")]
State = Annotated[Literal["COMPLETED", "STOPPED", "FAILED"], Rule("must be COMPLETED, STOPPED or FAILED")]
Config = dict[Text, Setting]


SHARES = frozenset(f"{split}{name}" for split in ("", "val_") for name in ("accuracy", "precision", "recall", "f1"))


class _Checkpoints(Open, total=False):
    """How often a worker kept where it was, and what that took."""

    written: Index
    seconds: Seconds
    bytes: Bytes


class _Startup(Open, total=False):
    """Moments of a process that was started for a trial."""

    set_up: Moment
    imported: Moment
    fed: Moment


class Worker(Open, total=False):
    """The process that a trial ended in; empty where all died."""

    node: Text
    node_id: Text
    pid: Index
    cpus: Index
    gpus: Bytes
    devices: Text
    pictures: Text
    startup: _Startup
    checkpoints: _Checkpoints


def _shares(metrics: Mapping[str, float | None]) -> Mapping[str, float | None]:
    for name in SHARES.intersection(metrics):
        value = metrics[name]
        if value is not None and not 0 <= value <= ABOUT_ONE:
            raise PydanticCustomError("rule", "must hold numbers from 0 to 1 for accuracy, precision, recall and F1")
    return metrics


def _recorded(cost: Mapping[str, float | None]) -> dict[str, float]:
    """Without what was not finite: it is as if nobody had told it."""
    return {name: value for name, value in cost.items() if value is not None}


Metrics = Annotated[dict[Text, MaybeNumber], AfterValidator(_shares)]
Cost = Annotated[dict[Text, MaybeNumber], AfterValidator(_recorded)]


class Proposal(Open):
    """A config that was proposed."""

    trial: Trial
    format: NotRequired[Format]
    config: Config
    seed: Index
    told: Index
    time: Moment
    repeats: NotRequired[list[Config]]


class EpochLine(Open):
    """An epoch that was told."""

    trial: Trial
    format: NotRequired[Format]
    epoch: Count
    loss: NotRequired[Annotated[MaybeNumber, Field(default=None)]]
    accuracy: NotRequired[Annotated[MaybeShare, Field(default=None)]]
    val_loss: NotRequired[Annotated[MaybeNumber, Field(default=None)]]
    val_accuracy: NotRequired[Annotated[MaybeShare, Field(default=None)]]
    val_f1: NotRequired[Annotated[MaybeShare, Field(default=None)]]
    learning_rate: NotRequired[Annotated[MaybeNumber, Field(default=None)]]
    seconds: NotRequired[Annotated[Seconds, Field(default=0.0)]]
    time: NotRequired[Moment]
    event: NotRequired[Index]
    asked: NotRequired[Known]


class _Ended(Open):
    """What the end of a trial and that of a finalist's run have in common."""

    trial: Trial
    format: NotRequired[Format]
    state: State
    end_reason: NotRequired[MaybeText]
    reason: NotRequired[Annotated[MaybeText, Field(default=None)]]
    traceback: NotRequired[MaybeText]
    value: MaybeNumber
    best_epoch: NotRequired[Annotated[MaybeCount, Field(default=None)]]
    epochs: NotRequired[Annotated[Index, Field(default=0)]]
    metrics: NotRequired[Annotated[Metrics, Field(default_factory=dict)]]
    cost: NotRequired[Annotated[Cost, Field(default_factory=dict)]]
    worker: NotRequired[Annotated[Worker, Field(default_factory=dict)]]
    seed: Index
    started: NotRequired[Annotated[MaybeMoment, Field(default=None)]]
    ended: Moment
    notes: NotRequired[list[Text]]
    features: NotRequired[list[Text]]


class TrialLine(_Ended):
    """A trial that ended."""

    config: Config
    event: NotRequired[Index]
    attempts: NotRequired[Count]
    audited: NotRequired[Count]


class FinalistLine(_Ended):
    """A run of a finalist that ended."""

    run: Index
    curve: NotRequired[list[MaybeNumber]]
    again: NotRequired[Known]


class AttemptLine(Open):
    """A trial that had been begun, and was given to another worker."""

    trial: Trial
    format: NotRequired[Format]
    attempt: Count
    why: Text
    time: Moment


class TestReadLine(Open):
    """A reading of the test split."""

    trial: Trial
    format: NotRequired[Format]
    run: NotRequired[MaybeIndex]
    seed: NotRequired[MaybeIndex]
    model: NotRequired[MaybeText]
    by: Text
    time: Moment
    state: NotRequired[Annotated[Literal["COMPLETED", "FAILED"], Rule("must be COMPLETED or FAILED")]]
    reason: NotRequired[MaybeText]
    count: NotRequired[MaybeCount]
    metrics: NotRequired[Metrics | None]
    worker: NotRequired[Worker | None]


def _valued(line: dict[str, Any]) -> dict[str, Any]:
    """Only what failed has no value."""
    if line["state"] != "FAILED" and line["value"] is None:
        raise PydanticCustomError("rule", "a trial that has not FAILED must have a value")
    return line


def _with_accuracy(line: dict[str, Any]) -> dict[str, Any]:
    """Of a reading that failed nothing is known."""
    if line.get("metrics") and line["metrics"].get("accuracy") is None:
        raise PydanticCustomError("rule", "metrics: must hold the accuracy")
    return line


KINDS: Mapping[str, TypeAdapter[Any]] = {
    PROPOSALS: TypeAdapter(Proposal),
    CURVES: TypeAdapter(EpochLine),
    TRIALS: TypeAdapter(Annotated[TrialLine, AfterValidator(_valued)]),
    ATTEMPTS: TypeAdapter(AttemptLine),
    FINALISTS: TypeAdapter(Annotated[FinalistLine, AfterValidator(_valued)]),
    TEST_READS: TypeAdapter(Annotated[TestReadLine, AfterValidator(_with_accuracy)]),
}
"""Name of a file of the record -> what each of its lines is."""
