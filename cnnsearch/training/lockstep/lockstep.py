"""Lockstep: several trainings of one config, epoch by epoch, whose curve is the mean of theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.checks.memory import check_set_aside
from cnnsearch.training.hidden_tokens import WorstTexts
from cnnsearch.training.patience import waited
from cnnsearch.training.result import EndReason, EpochResult, TrialResult
from cnnsearch.training.trainer import Trainer

if TYPE_CHECKING:
    import keras

    from cnnsearch.inputs.texts.tokenizer import Tokenizer
    from cnnsearch.training.feeds.feed import Feed
    from cnnsearch.training.feeds.fold_feed import FoldFeed

__all__ = ["Gathering", "Lockstep", "Make", "seeds_of"]

Make = Callable[[Experiment, int, int, Checkpoint | None], Trainer]
"""A trainer of an experiment: its place among all, its seed, and where a checkpoint left it."""

_SUMMED = ("compute", "compile", "reset", "evaluate", "features", "saved")
"""Costs of a trial that are those of all its runs, in seconds."""

_OF_RUN = ":"
"""In a checkpoint, between the number of a run and the name of an array of it."""


def seeds_of(seed: int, count: int) -> tuple[int, ...]:
    """The seeds of a trial's runs: its own, and others that follow from it."""
    others = (np.random.SeedSequence((seed, number)).generate_state(1)[0] for number in range(1, count))
    return (seed, *map(int, others))


class Gathering(Protocol):
    """What is made of several trainings."""

    @property
    def noun(self) -> str:
        """What one of them is, for messages."""

    def epoch(self, mean: EpochResult, values: tuple[float, ...]) -> EpochResult:
        """The mean of an epoch, with the objective of each."""

    def remember(self, runs: Sequence[Trainer], median: int) -> None:
        """The last epoch is the best one; ``median`` is the run that has the median value there."""

    def predictions(self, runs: Sequence[Trainer], best: EpochResult, median: int) -> Predictions | None:
        """At the best epoch."""

    def result(self, runs: Sequence[Trainer], best: EpochResult, median: int) -> TrialResult:
        """At the best epoch, as far as it is not that of all trials on several runs."""


class Lockstep:
    """Wraps trainers of one config. They take turns on one program, each with variables of its own.

    Early stopping goes by the mean, and so does whoever asks for a value. Where one of the runs diverges the trial has:
    a mean over the others would hide it. The model is that of one run, the one with the median value at the best epoch
    of the mean: the best run would be chosen by chance.

    Args:
        experiment: what is searched.
        seed: of the trial, and of its first run.
        count: of runs.
        make: gives one.
        gathering: what is made of them.
        checkpoint: where an earlier attempt at this trial stood; one that does not fit is left aside.

    Attributes:
        epochs: each with the mean of the runs' values.
        since: as of a trainer; nothing is taken over by several runs.

    Raises:
        TrialError: as of a trainer; what is set aside of so many would not fit into memory.
    """

    since = 0

    def __init__(
        self,
        experiment: Experiment,
        seed: int,
        count: int,
        make: Make,
        gathering: Gathering,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.experiment = experiment
        self.seed = seed
        self.epochs: list[EpochResult] = []
        self._seeds = seeds_of(seed, count)
        self._gathering = gathering
        self._best = self._median = 0
        self._diverged: str | None = None
        self._patient = experiment.model_copy(update={"early_stopping": None})  # the mean decides, not one of the runs
        self._runs = self._begun(make, [None] * count if checkpoint is None else _parts(checkpoint, count))
        if checkpoint is not None and not self._restore(checkpoint.state):
            self._runs = self._begun(make, [None] * count)

    def _begun(self, make: Make, checkpoints: Sequence[Checkpoint | None]) -> list[Trainer]:
        """The runs, parked."""
        found: list[Trainer] = []
        for number, (seed, left) in enumerate(zip(self._seeds, checkpoints, strict=True)):
            run = make(self._patient, number, seed, left)
            run.keeps_best = False
            run.park()
            if not found:
                others = len(self._seeds) - 1
                check_set_aside(run.parked_bytes * others, f"{others} other {self._gathering.noun}s")
            found.append(run)
        return found

    @property
    def end_reason(self) -> EndReason | None:
        """As of :attr:`Trainer.end_reason <cnnsearch.training.trainer.Trainer.end_reason>`, by the mean."""
        stopping, first = self.experiment.early_stopping, self._runs[0]
        if self._diverged:
            return "diverged"
        if first.end_reason is not None or stopping is None or not first.is_in_last_phase:
            return first.end_reason
        scores = map(self._score, self.epochs[first.phase_begin :])
        return "patience" if waited(scores, stopping.min_delta) >= stopping.patience else None

    def run_epoch(self) -> EpochResult | None:
        """Let every run train one more epoch and validate.

        Returns:
            The epoch; ``None`` where it is not finite in one of them.

        Raises:
            TrialError: that was the first one.
        """
        results: list[EpochResult] = []
        for number, run in enumerate(self._runs, 1):
            whose = f"{self._gathering.noun} {number} of {len(self._runs)} (seed {run.seed})"
            run.take_up()
            try:
                result = run.run_epoch()
            except TrialError as error:
                raise TrialError(f"{whose}: {error}") from None
            run.park()
            if result is None:
                best = self.epochs[self._best].epoch
                self._diverged = f"{whose}: {run.trouble}; the best epoch before counts, {best}"
                return None
            results.append(result)
        values = tuple(result.values[self._objective] for result in results)
        epoch = self._gathering.epoch(_mean(results), values)
        self.epochs.append(epoch)
        if len(self.epochs) == 1 or self._score(epoch) > self._score(self.epochs[self._best]):
            self._remember(values)
        return epoch

    @property
    def predictions(self) -> Predictions | None:
        """At the best epoch."""
        if not self.epochs:
            return None
        return self._gathering.predictions(self._runs, self.epochs[self._best], self._median)

    @property
    def feed(self) -> Feed | FoldFeed:
        """What the runs are fed from."""
        return self._runs[0].feed

    @property
    def has_value(self) -> bool:
        """Whether there is an epoch that counts."""
        return bool(self.epochs)

    def value(self) -> float:
        """The mean at the best epoch so far."""
        return self.epochs[self._best].values[self._objective]

    def result(self, stopped: bool = False) -> TrialResult:
        """What the trial has come to so far; ``stopped``: the scheduler ended it."""
        best = self.epochs[self._best]
        told = self._gathering.result(self._runs, best, self._median)
        return replace(
            told,
            state="STOPPED" if stopped else "COMPLETED",
            end_reason="scheduler" if stopped else self.end_reason or "epochs",
            reason=None if stopped else self._diverged,
            value=self.value(),
            best_epoch=best.epoch,
            epochs=tuple(self.epochs),
            cost=self._cost(told.cost or {}),
            model_seed=self._seeds[self._median],
        )

    def export(self) -> keras.Model:
        """A stock Keras model with the weights of the run with the median value, at the best epoch."""
        return self._runs[self._median].export()

    def worst_texts(self, most: int) -> WorstTexts | None:
        """See :meth:`Trainer.worst_texts <cnnsearch.training.trainer.Trainer.worst_texts>`."""
        return self._runs[self._median].worst_texts(most)

    def judged_texts(self, most: int) -> tuple[np.ndarray, Tokenizer] | None:
        """See :meth:`Trainer.judged_texts <cnnsearch.training.trainer.Trainer.judged_texts>`."""
        return self._runs[self._median].judged_texts(most)

    def exports(self) -> Iterator[keras.Model]:
        """The model of each run, one after the other, with the weights of its last epoch."""
        for run in self._runs:
            run.take_up()
            run.remember()
            yield run.export()

    def checkpoint(self) -> Checkpoint | None:
        """Where all runs stand now; ``None`` where one of them has nothing to go on from."""
        if self._diverged or not self.epochs:
            return None
        found: list[Checkpoint] = []
        for run in self._runs:
            run.take_up()
            part = run.checkpoint()
            if part is None:
                return None
            found.append(part)
        epochs = [epoch.to_dict() for epoch in self.epochs]
        state = {"epochs": epochs, "best": self._best, "median": self._median, "runs": [part.state for part in found]}
        named = {
            f"{run}{_OF_RUN}{name}": array for run, part in enumerate(found) for name, array in part.arrays.items()
        }
        return Checkpoint(state, named)

    def _restore(self, state: Mapping[str, Any]) -> bool:
        """Be where the checkpoint was; whether every run is there."""
        epochs = [EpochResult.from_dict(epoch) for epoch in state.get("epochs", ())]
        if any(len(run.epochs) != len(epochs) for run in self._runs):
            return False
        self.epochs, self._best, self._median = epochs, state["best"], state["median"]
        return True

    @property
    def _objective(self) -> str:
        return self.experiment.objective.metric

    def _score(self, epoch: EpochResult) -> float:
        return self.experiment.objective.sign * epoch.values[self._objective]

    def _remember(self, values: Sequence[float]) -> None:
        """The last epoch is the best one: keep what the run with the median value is at it; of two, the worse one."""
        self._best = len(self.epochs) - 1
        sign = self.experiment.objective.sign
        order = sorted(range(len(self._runs)), key=lambda run: sign * values[run])
        self._median = order[(len(order) - 1) // 2]
        self._runs[self._median].take_up()
        self._gathering.remember(self._runs, self._median)

    def _cost(self, median: Mapping[str, float]) -> dict[str, float]:
        costs = [run.cost for run in self._runs]
        summed = [name for each in _SUMMED if (name := f"{each}_seconds") in median]
        return {
            **median,
            "wall_seconds": max(cost["wall_seconds"] for cost in costs),
            **{name: sum(cost.get(name, 0.0) for cost in costs) for name in summed},
        }


def _mean(results: Sequence[EpochResult]) -> EpochResult:
    """One epoch of several runs as one."""
    names = results[0].values
    return replace(
        results[-1],
        values={name: float(np.mean([result.values[name] for result in results])) for name in names},
        seconds=sum(result.seconds for result in results),
    )


def _parts(checkpoint: Checkpoint, repeats: int) -> list[Checkpoint | None]:
    """The checkpoint of each run; none where it is of another number of runs."""
    states = checkpoint.state.get("runs", ())
    if len(states) != repeats:
        return [None] * repeats
    arrays: list[dict[str, np.ndarray]] = [{} for _ in states]
    for name, array in checkpoint.arrays.items():
        run, _, own = name.partition(_OF_RUN)
        arrays[int(run)][own] = array
    return [Checkpoint(state, own) for state, own in zip(states, arrays, strict=True)]
