"""What a peer writes when it has done its work, and what the harness makes of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Outcome", "PeerTrial", "Run"]


@dataclass(frozen=True)
class PeerTrial:
    """One trial: its validation accuracy after its last epoch, and the Unix time at which that was known."""

    value: float
    ended: float


@dataclass(frozen=True)
class Outcome:
    """What a peer did.

    Attributes:
        ready: Unix time when everything was imported and loaded, and the first trial began.
        trials: in the order of the work's configs.
        compilations: models whose training function was compiled.
        progress: Unix time and validation accuracy after each epoch, where the peer searched by itself.
        profile: seconds of all workers by what they went to; empty where they were not taken.
    """

    ready: float
    trials: tuple[PeerTrial, ...]
    compilations: int
    progress: tuple[tuple[float, float], ...] = ()
    profile: dict[str, float] = dataclasses.field(default_factory=dict)

    @property
    def ended(self) -> float:
        """Unix time when the last result was known."""
        return max([trial.ended for trial in self.trials] + [time for time, _ in self.progress])

    @classmethod
    def read(cls, path: Path) -> Outcome:
        given = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            given["ready"],
            tuple(PeerTrial(**trial) for trial in given["trials"]),
            given["compilations"],
            tuple((time, accuracy) for time, accuracy in given["progress"]),
            given["profile"],
        )

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(dataclasses.asdict(self)), encoding="utf-8")


@dataclass(frozen=True)
class Run:
    """One run of a peer, in seconds.

    Attributes:
        peer: its name.
        startup: from the start of the process to the first trial.
        work: from there to the last result.
        shutdown: from there to the end of the process.
        values: final validation accuracies, in the order of the configs.
        compilations: models that were compiled.
        progress: seconds from the start of the process, and validation accuracy.
        profile: seconds of all workers by what they went to.
    """

    peer: str
    startup: float
    work: float
    shutdown: float
    values: tuple[float, ...]
    compilations: int
    progress: tuple[tuple[float, float], ...] = ()
    profile: dict[str, float] = dataclasses.field(default_factory=dict)

    @classmethod
    def timed(cls, peer: str, spawned: float, exited: float, outcome: Outcome) -> Run:
        """A run from its outcome and the Unix times at which the process began and ended."""
        return cls(
            peer,
            outcome.ready - spawned,
            outcome.ended - outcome.ready,
            exited - outcome.ended,
            tuple(trial.value for trial in outcome.trials),
            outcome.compilations,
            tuple((time - spawned, accuracy) for time, accuracy in outcome.progress),
            outcome.profile,
        )

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Run:
        progress: Sequence[Sequence[float]] = given["progress"]
        pairs = tuple((seconds, accuracy) for seconds, accuracy in progress)
        return cls(**{**given, "values": tuple(given["values"]), "progress": pairs})

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
