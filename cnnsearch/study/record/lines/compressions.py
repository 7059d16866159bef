"""A model that was made smaller or faster for a device, or the float model that such ones are compared with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic_core import PydanticCustomError

from cnnsearch.compression.choosing.spec import Choice, Cost
from cnnsearch.study.record.lines.part import Line, Part
from cnnsearch.study.record.lines.values import SPARSE, Checked, Metrics
from cnnsearch.study.record.schema import (
    Bytes,
    Count,
    Index,
    Known,
    MaybeIndex,
    MaybeNumber,
    MaybeShare,
    MaybeText,
    Moment,
    Rule,
    Seconds,
    Setting,
    Text,
)

__all__ = ["LITERT", "ONNX", "CompressionLine", "NotCompressedLine", "Timing", "named"]

LITERT, ONNX = "LiteRT", "ONNX Runtime"

_RUNTIMES = {".tflite": LITERT, ".onnx": ONNX}
"""Suffix of a file of the folder ``compressed`` -> what runs it."""

_Lost = Annotated[Bytes | None, Rule("must be a number from 0 on, or null")]
_Then = Annotated[Cost | None, Rule("must be bytes, gzipped or latency, or null")]


@dataclass(frozen=True, kw_only=True)
class Timing(Part):
    """How long one picture takes in a runtime, warm, and how much memory, in a process of its own.

    Attributes:
        runtime: LiteRT, or what ran the same model in another form.
        threads: of the runtime.
        median_seconds, p95_seconds: of so many ``runs``.
        idle_bytes, peak_bytes: memory of the process before it read the model, and at most; ``None``: not measured.
        file_bytes: of the model in that form; ``None``: it is the file of the line.
    """

    runtime: Text = field(default=LITERT, metadata=SPARSE)
    threads: Count
    median_seconds: Annotated[float, Checked(Seconds)]
    p95_seconds: Annotated[float, Checked(Seconds)]
    runs: Count
    idle_bytes: MaybeNumber = field(default=None, metadata=SPARSE)
    peak_bytes: MaybeNumber = field(default=None, metadata=SPARSE)
    file_bytes: MaybeNumber = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, kw_only=True)
class CompressionLine(Line):
    """A file of the folder ``compressed``, with what was measured of it.

    Attributes:
        run: of the trial as a finalist whose model it was made from; ``None``: the trial's own.
        source: sha256 of that model.
        name: of the file, without its suffix.
        suffix: of the file, ``.tflite`` or ``.onnx``.
        way: how it was made, option -> value; empty of the float model.
        file: sha256 of the file.
        network: sha256 of ``compressed/NAME.keras``, the network that was built anew; ``None``: none was.
        lose, then: the choice for which it was tried, as of :class:`Choice`; ``None``: nobody was to choose.
        gzipped: bytes of the file after gzip.
        macs: multiplications of one picture; ``None``: the network does not tell.
        filters_gone: share of the filters and units that pruning took, of all layers that can lose some; ``None``: it
            took none, or nobody told.
        weights_gone: share of the weights that it made 0, of all kernels that can lose some; ``None``: it made none so.
        best_epochs: step of the way that trained, ``prune`` or ``quantize`` -> the epoch whose weights are kept, from 1
            on; 0: those from before it, than which none was better. Empty where nobody told.
        count: pictures of the validation split, which ``metrics`` are of.
        again: the same metrics of files of further trainings, each on a seed of its own, which were not kept.
        untimed: runtime -> why nothing was measured in it, in words.
        machine: processor and number of CPUs of whoever measured.
        seconds: that making and measuring took.
    """

    run: MaybeIndex = None
    source: Text
    name: Text
    suffix: Text = field(default=".tflite", metadata=SPARSE)
    way: Annotated[Mapping[str, Any], Checked(dict[Text, Setting])] = field(default_factory=dict)
    file: Text
    network: MaybeText = field(default=None, metadata=SPARSE)
    lose: Annotated[float | None, Checked(_Lost)] = field(default=None, metadata=SPARSE)
    then: Annotated[Cost | None, Checked(_Then)] = field(default=None, metadata=SPARSE)
    bytes: Count
    gzipped: Count
    parameters: Index
    macs: MaybeNumber = field(default=None, metadata=SPARSE)
    filters_gone: MaybeShare = field(default=None, metadata=SPARSE)
    weights_gone: MaybeShare = field(default=None, metadata=SPARSE)
    best_epochs: Annotated[Mapping[str, int], Checked(dict[Text, Index])] = field(default_factory=dict, metadata=SPARSE)
    count: Count
    metrics: Annotated[Mapping[str, float | None], Checked(Metrics)]
    again: Annotated[tuple[Mapping[str, float | None], ...], Checked(tuple[Metrics, ...])] = field(
        default=(), metadata=SPARSE
    )
    timings: tuple[Timing, ...] = ()
    untimed: Annotated[Mapping[str, str], Checked(dict[Text, Text])] = field(default_factory=dict, metadata=SPARSE)
    machine: Annotated[Mapping[str, Any], Checked(dict[Text, Setting])] = field(default_factory=dict)
    versions: Annotated[Mapping[str, Any], Checked(dict[Text, Setting])] = field(default_factory=dict)
    seconds: Annotated[float, Checked(Seconds)]
    time: Moment

    @property
    def choice(self) -> Choice | None:
        return None if self.lose is None or self.then is None else Choice(self.lose, self.then)

    @property
    def is_float(self) -> bool:
        """Whether it is the model that others are compared with."""
        return not self.way

    @property
    def runtime(self) -> str:
        """What runs its file."""
        return _RUNTIMES[self.suffix]

    def mean(self, name: str) -> float | None:
        """Of a metric, over all trainings; ``None`` where it is not known of one of them."""
        values = [each.get(name) for each in (self.metrics, *self.again)]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if len(known) == len(values) else None

    def timing(self, threads: int, runtime: str = LITERT) -> Timing | None:
        """In a runtime on so many threads; ``None`` where that was not measured."""
        return next((each for each in self.timings if (each.runtime, each.threads) == (runtime, threads)), None)

    def bytes_in(self, runtime: str) -> float:
        """Of the same model in the form that a runtime reads; of its file where that is not known."""
        return next((each.file_bytes for each in self.timings if each.runtime == runtime), None) or self.bytes


@dataclass(frozen=True, kw_only=True)
class NotCompressedLine(Line):
    """A way in which a sweep, or the search for a share, could not compress the best model.

    Attributes:
        source: sha256 of that model.
        name: of the file that was not made.
        way: as of a :class:`CompressionLine`.
        reason: in words.
        unchanged: its share of filters is a whole filter of no layer: it would be the float model.
    """

    source: Text
    name: Text
    way: Annotated[Mapping[str, Any], Checked(dict[Text, Setting])] = field(default_factory=dict)
    reason: Text
    unchanged: Known = field(default=False, metadata=SPARSE)
    time: Moment


def named(line: CompressionLine) -> CompressionLine:
    """Name and suffix are those of a file in one folder."""
    if line.suffix not in _RUNTIMES:
        raise PydanticCustomError("rule", "suffix: must be .tflite or .onnx")
    if not line.name.replace("-", "").isalnum():
        raise PydanticCustomError("rule", "name: must be letters, digits and hyphens")
    return line
