"""The process that a training ended in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from cnnsearch.study.record.lines.part import Part
from cnnsearch.study.record.lines.values import SPARSE, AnyIndex, AnyMoment, AnyText, Checked
from cnnsearch.study.record.schema import Bytes, Seconds

__all__ = ["Checkpointing", "Startup", "Worker"]


@dataclass(frozen=True, kw_only=True)
class Startup(Part):
    """Moments of a process that was started for a trial."""

    set_up: AnyMoment = field(default=None, metadata=SPARSE)
    imported: AnyMoment = field(default=None, metadata=SPARSE)
    fed: AnyMoment = field(default=None, metadata=SPARSE)

    @property
    def is_known(self) -> bool:
        """Whether any of them is."""
        return (self.set_up, self.imported, self.fed) != (None, None, None)


@dataclass(frozen=True, kw_only=True)
class Checkpointing(Part):
    """How often a worker kept where it was, and what that took."""

    written: AnyIndex = field(default=None, metadata=SPARSE)
    seconds: Annotated[float | None, Checked(Seconds)] = field(default=None, metadata=SPARSE)
    bytes: Annotated[float | None, Checked(Bytes)] = field(default=None, metadata=SPARSE)


@dataclass(frozen=True, kw_only=True)
class Worker(Part):
    """The process that a trial ended in; empty where all died.

    Attributes:
        cpus, gpus: that it held.
        devices: which GPUs these were.
        pictures: ``copied`` into TensorFlow, or ``shared``.
        startup: where the process was started for this trial.
    """

    node: AnyText = field(default=None, metadata=SPARSE)
    node_id: AnyText = field(default=None, metadata=SPARSE)
    pid: AnyIndex = field(default=None, metadata=SPARSE)
    cpus: AnyIndex = field(default=None, metadata=SPARSE)
    gpus: Annotated[float | None, Checked(Bytes)] = field(default=None, metadata=SPARSE)
    devices: AnyText = field(default=None, metadata=SPARSE)
    pictures: AnyText = field(default=None, metadata=SPARSE)
    startup: Annotated[Startup | None, Checked(Startup)] = field(default=None, metadata=SPARSE)
    checkpoints: Annotated[Checkpointing | None, Checked(Checkpointing)] = field(default=None, metadata=SPARSE)

    @property
    def process(self) -> tuple[str, int] | None:
        """Node and number of the process; ``None`` where they are not known, as of a trial whose workers all died."""
        return None if self.node is None or self.pid is None else (self.node, self.pid)
