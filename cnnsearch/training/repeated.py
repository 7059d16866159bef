"""Repeated: a trial on several seeds at once, epoch by epoch, whose curve is the mean of theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.tasks.task import Predictions
from cnnsearch.training.checkpoint import Checkpoint
from cnnsearch.training.patience import waited
from cnnsearch.training.result import EndReason, EpochResult, TrialResult
from cnnsearch.training.trainer import Trainer

if TYPE_CHECKING:
    import keras

    from cnnsearch.training.feed import Feed

__all__ = ["Repeated", "seeds_of"]

_SUMMED = ("compute", "compile", "reset", "evaluate", "features", "saved")
"""Costs of a trial that are those of all its runs, in seconds."""

_OF_RUN = ":"
"""In a checkpoint, between the number of a run and the name of an array of it."""


def seeds_of(seed: int, repeats: int) -> tuple[int, ...]:
    """The seeds of a trial's runs: its own, and others that follow from it."""
    others = (np.random.SeedSequence((seed, number)).generate_state(1)[0] for number in range(1, repeats))
    return (seed, *map(int, others))


class Repeated:
    """Wraps trainers of one config on several seeds. They take turns on one program, each with variables of its own.

    Early stopping goes by the mean, and so does whoever asks for a value. Where one of the runs diverges the trial has:
    a mean over the others would hide it. Predictions, metrics and model are those of one run, the one with the median
    value at the best epoch of the mean: the best run would be chosen by chance.

    Args:
        experiment: whose ``repeats`` say how many runs there are.
        seed: of the trial, and of its first run.
        make: a trainer of an experiment, on a seed, from where a checkpoint left it.
        checkpoint: where an earlier attempt at this trial stood; one that does not fit is left aside.

    Attributes:
        epochs: each with the mean of the runs' values.
        since: as of a trainer; nothing is taken over by several runs.
    """

    since = 0

    def __init__(
        self,
        experiment: Experiment,
        seed: int,
        make: Callable[[Experiment, int, Checkpoint | None], Trainer],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.experiment = experiment
        self.seed = seed
        self.epochs: list[EpochResult] = []
        self._seeds = seeds_of(seed, experiment.repeats)
        self._best = self._median = 0
        self._diverged: str | None = None
        patient = experiment.model_copy(update={"early_stopping": None})  # the mean decides, not one of the runs
        parts = [None] * len(self._seeds) if checkpoint is None else _parts(checkpoint, len(self._seeds))
        self._runs = [self._made(make, patient, *each) for each in zip(self._seeds, parts, strict=True)]
        if checkpoint is not None and not self._restore(checkpoint.state):
            self._runs = [self._made(make, patient, each, None) for each in self._seeds]

    @staticmethod
    def _made(
        make: Callable[[Experiment, int, Checkpoint | None], Trainer],
        experiment: Experiment,
        seed: int,
        checkpoint: Checkpoint | None,
    ) -> Trainer:
        run = make(experiment, seed, checkpoint)
        run.keeps_best = False
        run.park()
        return run

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
            whose = f"run {number} of {len(self._runs)} (seed {run.seed})"
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
        epoch = _mean(results, self._objective)
        self.epochs.append(epoch)
        if len(self.epochs) == 1 or self._score(epoch) > self._score(self.epochs[self._best]):
            self._remember(epoch)
        return epoch

    @property
    def predictions(self) -> Predictions | None:
        """Of the run with the median value."""
        return self._runs[self._median].predictions

    @property
    def feed(self) -> Feed:
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
        best, told = self.epochs[self._best], self._runs[self._median].result()
        return replace(
            told,
            state="STOPPED" if stopped else "COMPLETED",
            end_reason="scheduler" if stopped else self.end_reason or "epochs",
            reason=None if stopped else self._diverged,
            value=self.value(),
            best_epoch=best.epoch,
            epochs=tuple(self.epochs),
            cost=self._cost(told.cost or {}),
            runs=best.runs,
            model_seed=self._seeds[self._median],
        )

    def export(self) -> keras.Model:
        """A stock Keras model with the weights of the run with the median value, at the best epoch."""
        return self._runs[self._median].export()

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

    def _remember(self, epoch: EpochResult) -> None:
        """The last epoch is the best one: keep what the run with the median value is at it; of two, the worse one."""
        self._best = len(self.epochs) - 1
        sign = self.experiment.objective.sign
        order = sorted(range(len(self._runs)), key=lambda run: sign * epoch.runs[run])
        self._median = order[(len(order) - 1) // 2]
        run = self._runs[self._median]
        run.take_up()
        run.remember()

    def _cost(self, median: Mapping[str, float]) -> dict[str, float]:
        costs = [run.cost for run in self._runs]
        summed = [name for each in _SUMMED if (name := f"{each}_seconds") in median]
        return {
            **median,
            "wall_seconds": max(cost["wall_seconds"] for cost in costs),
            **{name: sum(cost.get(name, 0.0) for cost in costs) for name in summed},
        }


def _mean(results: list[EpochResult], objective: str) -> EpochResult:
    """One epoch of several runs as one."""
    names = results[0].values
    return replace(
        results[-1],
        values={name: float(np.mean([result.values[name] for result in results])) for name in names},
        seconds=sum(result.seconds for result in results),
        runs=tuple(result.values[objective] for result in results),
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
