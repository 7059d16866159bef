"""The JSON documents of a study beside its record: which keys each has, and what they must be.

As of the lines of the record: a key that is not named here is left as it is, and any may be missing that a study of an
earlier version lacks.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from cnnsearch.errors import InputError, Problem
from cnnsearch.study.record.schema import (
    Bytes,
    Count,
    Format,
    Index,
    Known,
    MaybeCount,
    MaybeIndex,
    MaybeNumber,
    MaybeText,
    Moment,
    Number,
    Open,
    Rule,
    Seconds,
    Text,
    loaded,
    problems_in,
)
from cnnsearch.study.store import Store

__all__ = ["DRIVER", "ENVIRONMENT", "NOTE", "STAGES", "read_document"]

_Split = Annotated[Literal["train", "validation", "test"], Rule("must be train, validation or test")]
_Counts = dict[Text, Index]
_Pair = Annotated[list[Number], Field(min_length=2, max_length=2)]


class _LeftOut(Open):
    kind: Text
    count: Index
    names: list[Text]
    expected: Known


class _CopiesOfKind(Open):
    count: Index
    total: Index
    names: list[Text]


class _Across(_CopiesOfKind):
    kind: Literal["across"]
    held: Annotated[Literal["validation", "test"], Rule("must be validation or test")]
    seen: Annotated[Literal["train", "validation"], Rule("must be train or validation")]


class _Others(_CopiesOfKind):
    kind: Literal["labels", "repeated"]


class _Seen(Open):
    picture: Text
    label: Text
    file: Text


class _Finding(Open):
    check: Text
    text: Text
    count: Index
    doubtful: Known
    examples: list[list[_Seen]]


class _Values(Open):
    dtype: Text
    low: MaybeNumber
    high: MaybeNumber
    scale: _Pair | None


class _Folds(Open):
    folds: Count
    repeats: Count


class _Weights(Open):
    low: Number
    high: Number
    mean: Number


class _Dataset(Open, total=False):
    fingerprint: MaybeText
    classes: list[Text]
    counts: dict[_Split, _Counts]
    folds: _Folds
    given: list[_Split] | None
    unreadable: list[Text] | None
    left_out: list[_LeftOut]
    copies: list[
        Annotated[_Across | _Others, Field(discriminator="kind"), Rule("must tell of copies, as a sweep does")]
    ]
    findings: list[_Finding]
    shape: list[Count] | None
    channels: MaybeCount
    division: Text
    dtype: Text
    values: _Values
    notes: list[Text]
    altered: list[Text] | None
    resize: MaybeText
    weights: _Weights
    groups: dict[_Split, Index]
    tile_of: dict[_Split, list[Index]]
    group_of: dict[_Split, list[Index]]


class _Startup(Open, total=False):
    began: Moment
    data_seconds: Seconds
    ray_seconds: Seconds


class _Session(Open, total=False):
    format: Format
    started: MaybeText
    command: list[Text] | None
    git_commit: MaybeText
    python: MaybeText
    packages: dict[Text, MaybeText]
    platform: MaybeText
    host: MaybeText
    cpus: MaybeIndex
    memory_bytes: Annotated[Bytes | None, Rule("must be a number from 0 on, or null")]
    startup: _Startup
    ended: Moment
    exhausted: Index


class _LaterSession(_Session, total=False):
    proposed: Index
    replaced: dict[Text, Any]


class _Environment(_Session, total=False):
    resumed: list[_LaterSession]
    dataset: _Dataset
    weights: dict[Text, Text]
    code: dict[Text, Text]


class _StageUse(Open):
    stage: Text
    name: Text
    bytes: Bytes
    seconds: Seconds
    misses: Index
    hits: Index


class _Naming(Open, total=False):
    trials: list[Index]
    runs: Index


class _Model(Open, total=False):
    sha256: MaybeText
    bytes: MaybeIndex


class _Refit(Open):
    epochs: Index
    pictures: Index


class _Ensemble(Open):
    members: list[dict[Text, Any]]


class _Note(Open, total=False):
    run: MaybeIndex
    model: _Model | None
    named: _Naming | None
    refit: _Refit | None
    ensemble: _Ensemble | None


class _NoteOfTrial(_Note):
    trial: Index


class _Driver(Open):
    host: Text
    pid: Index
    since: Text


ENVIRONMENT: TypeAdapter[Any] = TypeAdapter(_Environment)
"""Of ``environment.json``."""

STAGES: TypeAdapter[Any] = TypeAdapter(list[_StageUse])
"""Of ``stages.json``."""

NOTE: TypeAdapter[Any] = TypeAdapter(_NoteOfTrial)
"""Of ``best/metrics.json``, as far as it says whose model lies beside it."""

DRIVER: TypeAdapter[Any] = TypeAdapter(_Driver)
"""Of the file in which a driver says which process it is."""


def read_document(store: Store, name: str, kind: TypeAdapter[Any], remedy: str = "mend it") -> Any:
    """The content of a JSON file of a study.

    Args:
        store: of the study.
        name: of the file.
        kind: what it must hold.
        remedy: what helps where it does not.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it is not valid JSON, or holds something else; names every key that is wrong.
    """
    try:
        content = loaded(store.read(name).decode())
    except ValueError as error:
        told = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise InputError(Problem(name, f"is not valid JSON: {told}; {remedy}"), store.location) from None
    found, problems = problems_in(content, kind, name)
    if problems:
        rule = f"the file was damaged, or written by another program: {remedy}"
        raise InputError([*problems[:5], Problem(name, rule)], store.location)
    return found
