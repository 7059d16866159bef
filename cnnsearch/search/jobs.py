"""Jobs: what a worker is given, one thing at a time. A worker tells them apart by their types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cnnsearch.experiment import Demand
from cnnsearch.space import Config
from cnnsearch.study.winner.best import CHECKPOINTS, Bars, left_by

__all__ = ["EnsembleRun", "FinalistRun", "Job", "RefitRun", "SplitReading", "Training", "TrialRun"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """What all jobs share.

    Attributes:
        number: by which the turn that gave it is told of it; of a trial its own.
        lane: number of the worker's place.
        holds: what the job holds there.
        config: of the network.
    """

    number: int
    lane: int
    holds: Demand
    config: Config

    @property
    def folder(self) -> str:
        """Where in the study the worker leaves what the job gives, until it has ended."""
        return f"{CHECKPOINTS}/{self.number}"


@dataclass(frozen=True, kw_only=True)
class Training(Job):
    """Train a network, and leave its weights and predictions where they may be wanted.

    Attributes:
        seed: of weights, order and dropout.
        bars: what its value must exceed for them to be wanted.
        milestones: epochs, counted from 1, after which a scheduler decides; the others are run unasked.
    """

    seed: int
    bars: Bars = field(default_factory=Bars)
    milestones: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrialRun(Training):
    """Train a trial of the search.

    Attributes:
        attempt: counted from 1; a later one goes on from the last checkpoint that an earlier one left.
        known: epochs that earlier attempts have told of.
        pauses: epochs, counted from 1, after which it may have to wait: what goes on from there needs a checkpoint.
        since: epochs after which it last took over from another trial: only what follows is of its config. 0: never.
        is_stopped: the scheduler stopped it after the ``known`` epochs, and its driver died before that was recorded:
            where it stands there, it does not go on.
    """

    attempt: int = 1
    known: int = 0
    pauses: tuple[int, ...] = ()
    since: int = 0
    is_stopped: bool = False

    @property
    def folder(self) -> str:
        return left_by(self.number, self.attempt)


@dataclass(frozen=True, kw_only=True)
class FinalistRun(Training):
    """Train a finalist on a fresh seed: no scheduler decides on it, and it leaves no checkpoints."""


@dataclass(frozen=True, kw_only=True)
class RefitRun(Job):
    """Train the winner again on training and validation pictures together, and judge it by none.

    Attributes:
        seed: of weights, order and dropout.
        epochs: so many.
        times: as long as those of a trial, each.
    """

    seed: int
    epochs: int
    times: int = 1


@dataclass(frozen=True, kw_only=True)
class EnsembleRun(Job):
    """Make several networks one model: models that are there, or those of the winner's folds.

    Attributes:
        seed: of the winner's training.
        epochs: for which its folds are trained again; 0 where the members are there.
        fresh: whether its folds are those of a finalist's run.
        models: the members' files in the study, each with its config; none where they are folds.
        has_seen: whether members were trained on validation pictures.
        names, metrics: as of :class:`SplitReading`, of the first member.
    """

    seed: int
    epochs: int
    fresh: bool
    models: tuple[tuple[str, Config], ...]
    has_seen: bool
    names: tuple[str, ...]
    metrics: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class SplitReading(Job):
    """Read the test split with a model.

    Attributes:
        model: its file in the study.
        names: of its outputs.
        metrics: of its training, as recorded.
    """

    model: str
    names: tuple[str, ...]
    metrics: Mapping[str, float | None]
