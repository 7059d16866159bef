"""Trainer: one trial, epoch by epoch, with early stopping and the weights of its best epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.passes import passes_of
from cnnsearch.tasks.contract.predictions import Predictions
from cnnsearch.training.best_epoch import BestEpoch
from cnnsearch.training.checkpoint import Checkpoint, named
from cnnsearch.training.checks.model import checked_sizes
from cnnsearch.training.checks.ranges import check_accumulation, check_runtime
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.feeds.fold_feed import FoldFeed
from cnnsearch.training.filter_ngrams import judged_texts
from cnnsearch.training.hidden_tokens import WorstTexts
from cnnsearch.training.patience import waited
from cnnsearch.training.phases import Phase, plan_phases
from cnnsearch.training.programs.fitted_head import FittedHead
from cnnsearch.training.programs.learning_rates import learning_rates
from cnnsearch.training.programs.program import Program
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.result import EndReason, EpochResult, TrialResult
from cnnsearch.training.spent import Spent
from cnnsearch.training.validation import not_finite, told_at, validated
from cnnsearch.training.vocabulary import Vocabulary, begin_with_vectors

if TYPE_CHECKING:
    import keras

    from cnnsearch.inputs.texts.tokenizer import Tokenizer
    from cnnsearch.training.network import Network
    from cnnsearch.training.teacher import Teaching

__all__ = ["Trainer"]


class Trainer:
    """Trains one config on one seed. Same seed, config and data: same numbers, whichever trials ran before.

    Args:
        experiment: epochs, early stopping, objective, model family.
        config: a point of the space; what it leaves out has its default.
        pixels: pictures and labels of the training and validation splits.
        scaling: what the model applies to the pictures.
        seed: of the initial weights, the order of the pictures, dropout and augmentation.
        programs: those that earlier trials left; left out, programs are made for this trial alone.
        feeds: what earlier trials were fed from, and where features come from.
        checkpoint: where an earlier attempt at this trial stood. One that does not fit (a parameter was added to the
            space) is left aside, and the trial begins.
        fold: which of the training pictures train, and which judge, where ``pixels`` are in folds. What is measured of
            all pictures, as the scaling, is so for every fold: one program serves all.
        now: tells Unix time.
        network: that is trained on, in place of one that the family builds: all of it, in one phase.
        teaching: by another model, beside the targets.

    Attributes:
        notes: what the user should be told about this config.
        feed: what the current phase is fed from.
        trouble: what was not finite; ``None``: the training has not diverged.
        since: epochs before it last took over from another trial, none of which counts; 0: it never did.
        keeps_best: whether the best epoch is kept as it comes; else whoever says so by :meth:`remember` knows it.

    Raises:
        TrialError: the architecture cannot exist, or would not fit into memory, or a parameter is out of its range.
    """

    def __init__(
        self,
        experiment: Experiment,
        config: Mapping[str, Any],
        pixels: Pixels,
        scaling: Scaling,
        seed: int,
        programs: Programs | None = None,
        feeds: Feeds | None = None,
        checkpoint: Checkpoint | None = None,
        fold: Fold | None = None,
        now: Callable[[], float] = time.time,
        network: Network | None = None,
        teaching: Teaching | None = None,
    ) -> None:
        self._now = now
        self._spent = Spent()
        self.experiment = experiment
        self.seed = seed
        self.keeps_best = True
        self._parked: list[np.ndarray] = []
        self._task = experiment.predicted
        self._objective = experiment.objective.metric
        self.epochs: list[EpochResult] = []
        self._config = pixels.suited(experiment.filled(config))
        check_runtime(experiment.searchable, self._config)
        self._pixels = pixels
        self._fold = fold
        self._y_train = pixels.y_train if fold is None else pixels.y_train[fold.train]
        self._weights = _relative(pixels.w_train, fold)
        self._y_validation = pixels.y_validation if fold is None else pixels.y_train[fold.validation]
        self._programs = Programs() if programs is None else programs
        self._teaching = teaching
        teacher = None if teaching is None else teaching.teacher
        whole = Structure.of(experiment, self._config, pixels, scaling, network, teacher)
        self._draws = whole.head.draws(self._config, self._y_train)
        self._sizes = checked_sizes(experiment, self._config, whole, self._programs.count(whole))
        plan = plan_phases(experiment, self._config, pixels, scaling, network, teacher)
        check_accumulation(experiment, self._config, plan.phases, len(self._y_train))
        self._vocabulary = Vocabulary.of(pixels, fold)
        self.notes = (*plan.notes, *(self._vocabulary.notes if self._vocabulary else ()))
        self._phases = plan.phases
        self._most_epochs = plan.epochs
        self._feeds = Feeds() if feeds is None else feeds
        self.is_compiled = False
        self._features: tuple[str, ...] = ()
        self.since = 0
        self._start: EpochResult | None = None
        self._best = BestEpoch(self._phases[0])
        self.trouble: str | None = None
        self._diverged: str | None = None
        self._last: tuple[dict[str, np.ndarray], Predictions | None] = {}, None
        if checkpoint is None or not self._restore(checkpoint):
            self._begin(self._phases[0])

    @property
    def end_reason(self) -> EndReason | None:
        """Why the trial has ended: ``epochs``, ``patience`` (in its last phase only), ``diverged``; or it has not."""
        stopping = self.experiment.early_stopping
        if self._diverged:
            return "diverged"
        if len(self.epochs) >= self._most_epochs:
            return "epochs"
        if stopping is None or not self.is_in_last_phase:
            return None
        scores = map(self._score, self.epochs[self._phase.first :])
        return "patience" if waited(scores, stopping.min_delta) >= stopping.patience else None

    def judge_start(self) -> EpochResult:
        """Validate the network as it is before the first epoch: later ones count where they are better than that.

        For a network that is there with its weights. Where its objective is not finite every epoch is better.

        Returns:
            Epoch 0, which has trained nothing and tells nothing of the training pictures.
        """
        started = time.perf_counter()
        val_loss, judged = self._program.evaluate(self.feed.validation())
        seconds = time.perf_counter() - started
        self._spent.evaluate_seconds += seconds
        predictions = self._predicted(judged)
        is_sound = math.isfinite(val_loss)
        values = validated(val_loss, predictions, self._task.every_epoch, self._objective, is_sound)
        self._start = EpochResult(0, values, 0.0, seconds, self._now())
        if is_sound and math.isfinite(values[self._objective]):
            self._last = judged, predictions
            self._keep(self._start)
        return self._start

    def run_epoch(self) -> EpochResult | None:
        """Train one more epoch and validate.

        Returns:
            The epoch; ``None`` where a loss or the objective is not finite. That ends the trial, and is no epoch of it:
            those before count.

        Raises:
            TrialError: the first epoch is not finite, so there is none that counts.
        """
        started = time.perf_counter()
        number, rate, loss, told = self._train_next()
        trained = time.perf_counter()
        val_loss, judged = self._program.evaluate(self.feed.validation())
        ended = time.perf_counter()
        self._spent.train_seconds += trained - started
        self._spent.evaluate_seconds += ended - trained
        predictions = self._predicted(judged)
        is_sound = math.isfinite(loss) and math.isfinite(val_loss)
        values = {
            "loss": loss,
            **dict(zip(self._task.trained, told, strict=True)),
            **validated(val_loss, predictions, self._task.every_epoch, self._objective, is_sound),
        }
        result = EpochResult(number + 1, values, rate, ended - started, self._now())
        diverged = not_finite(result, self._objective)
        if diverged and len(self.epochs) > self.since:
            self.trouble = diverged
            self._diverged = f"{diverged}; the best epoch before counts, {self._counting.epoch}"
            return None
        self.epochs.append(result)
        if diverged:
            raise TrialError(diverged)
        self._last = judged, predictions
        if self.keeps_best and self._score(result) > self._best.score:
            self.remember()
        return result

    def remember(self, weights: bool = True) -> None:
        """The last epoch is the best one: what the model is at it is what the trial will be judged and kept by.

        Args:
            weights: keep them too; without them there is nothing to export.
        """
        self._keep(self.epochs[-1], weights)

    def _keep(self, epoch: EpochResult, weights: bool = True) -> None:
        held = self._judged_weights() if weights else []
        self._best = BestEpoch(self._phase, epoch.epoch - 1, self._score(epoch), held, *self._last)

    def _judged_weights(self) -> list[np.ndarray]:
        """Those that the model is evaluated with."""
        with self._program.judged():
            weights: list[np.ndarray] = self._program.model.get_weights()
        return weights

    def park(self) -> None:
        """Set aside what the program holds: until :meth:`take_up` it may serve another trainer of this config."""
        self._parked = [np.asarray(variable).copy() for variable in self._program.variables]

    def take_up(self) -> None:
        """Let the program hold what :meth:`park` set aside."""
        for variable, value in zip(self._program.variables, self._parked, strict=True):
            variable.assign(value)
        if isinstance(self._program, Program):  # weights of classes follow from the pictures of a fold
            self._program.set_values(self._numbers(self._phase.structure))

    @property
    def parked_bytes(self) -> int:
        """Size of what is set aside."""
        return sum(value.nbytes for value in self._parked)

    @property
    def predictions(self) -> Predictions | None:
        """Of the validation pictures at the best epoch; ``None`` before the first one."""
        return self._best.predictions

    @property
    def judged(self) -> Mapping[str, np.ndarray]:
        """What the predictions of the best epoch are made of."""
        return self._best.judged

    @property
    def model(self) -> keras.Model:
        """The network of the current phase, as it is being trained."""
        return self._program.model

    @property
    def is_in_last_phase(self) -> bool:
        """Whether no other phase follows."""
        return self._phase is self._phases[-1]

    @property
    def phase_begin(self) -> int:
        """Epochs before the current phase."""
        return self._phase.first

    def train_unjudged(self, epochs: int | None = None) -> EpochResult:
        """Train one more epoch and validate nothing: for a network that is trained on all that could judge it.

        Its last epoch counts, whatever it gave; there are no predictions and no value.

        Args:
            epochs: after which the training ends, as ``cooled`` of
                :func:`~cnnsearch.training.programs.learning_rates.learning_rates`; ``None``: it only is looked at.

        Raises:
            TrialError: the training diverged.
        """
        started = time.perf_counter()
        number, rate, loss, told = self._train_next(epochs)
        ended = time.perf_counter()
        self._spent.train_seconds += ended - started
        values = {"loss": loss, **dict(zip(self._task.trained, told, strict=True))}
        result = EpochResult(number + 1, values, rate, ended - started, self._now())
        self.epochs.append(result)
        weights = self._judged_weights()
        if not (math.isfinite(loss) and all(np.isfinite(each).all() for each in weights)):
            raise TrialError(f"the training diverged at epoch {result.epoch}: its loss is {loss}")
        self._best = replace(self._best, phase=self._phase, position=number, weights=weights)
        return result

    @property
    def cost(self) -> dict[str, float]:
        """What the training took so far, as :class:`~cnnsearch.training.result.TrialResult` has it."""
        frozen, latency = self.feed.prefix, self._program.latency(*self.feed.one())
        return {
            **self._sizes,
            **(self._vocabulary.cost if self._vocabulary else {}),
            **(frozen.latency + latency if frozen else latency).cost,
            **self._spent.cost(bool(self._features)),
        }

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the stages that it was trained on, in place of pictures."""
        return self._features

    @property
    def has_value(self) -> bool:
        """Whether there is an epoch that counts."""
        return self._best.score > -math.inf

    def value(self) -> float:
        """The objective at the best epoch so far."""
        return self._counting.values[self._objective]

    @property
    def best_epoch(self) -> int:
        """Number of the epoch that counts; 0: the start, as :meth:`judge_start` found it."""
        return self._counting.epoch

    @property
    def _counting(self) -> EpochResult:
        position = self._best.position
        return self._start if self._start and position < 0 else self.epochs[position]

    def result(self, stopped: bool = False) -> TrialResult:
        """What the trial has come to so far.

        Args:
            stopped: the scheduler ended it.
        """
        best = self._counting
        if self.predictions is None or not best.epoch:
            raise ValueError("no epoch of the trial counts")
        told = {name: best.values[name] for name in ("loss", *self._task.trained)}
        at_end = (*self._task.judged_by(self._objective), *self._task.decisions(self._pixels.names))
        return TrialResult(
            state="STOPPED" if stopped else "COMPLETED",
            end_reason="scheduler" if stopped else self.end_reason or "epochs",
            reason=None if stopped else self._diverged,
            value=self.value(),
            best_epoch=best.epoch,
            epochs=tuple(self.epochs),
            metrics={**told, **told_at(best, self.predictions, at_end)},
            predictions=self.predictions,
            cost=self.cost,
            notes=self.notes,
            features=self._features,
        )

    def export(self) -> keras.Model:
        """A stock Keras model with the weights of the best epoch, from pictures at rest to what the task tells."""
        return self._best.export(self._config, self._pixels.tokenizer)

    def worst_texts(self, most: int) -> WorstTexts | None:
        """Those of the worst mistakes on the validation split.

        ``None`` where there are none to tell: of pictures, and of folds, whose predictions are of several models.
        """
        return None if self._fold is not None else WorstTexts.of(self._pixels, self.predictions, most)

    def judged_texts(self, most: int) -> tuple[np.ndarray, Tokenizer] | None:
        """Numbers of the tokens of validation texts, ``(n, length)``, and what made them; of more texts some of all.

        ``None`` of pictures, and of folds, whose models judge texts that others have learnt from.
        """
        return None if self._fold is not None else judged_texts(self._pixels, most)

    def checkpoint(self) -> Checkpoint | None:
        """Where the trial stands now; ``None`` where there is nothing to go on from.

        Before the first epoch, after the training diverged, of a network whose start was judged, and where the program
        holds state that cannot be brought back.
        """
        if self._diverged or not self.epochs or self._start or not self._program.is_restorable:
            return None
        variables = [np.asarray(variable) for variable in self._program.variables]
        state = {
            "phase": self._phases.index(self._phase),
            "epochs": [epoch.to_dict() for epoch in self.epochs],
            "best": self._best.position,
            "since": self.since,
            "best_phase": self._phases.index(self._best.phase),
            "best_score": self._best.score,
            "features": list(self._features),
            **self._spent.to_dict(),
        }
        arrays = {
            **named("variables", variables),
            **named("best_weights", self._best.weights),
            **self._best.judged,
        }
        return Checkpoint(state, arrays)

    def _restore(self, checkpoint: Checkpoint) -> bool:
        """Go on where an earlier attempt stood; whether the checkpoint fits."""
        state, variables = checkpoint.state, checkpoint.listed("variables")
        if max(state["phase"], state["best_phase"]) >= len(self._phases):
            return False
        self._begin(self._phases[state["phase"]])
        if not self._program.is_restorable or _shapes(variables) != _shapes(self._program.variables):
            return False
        for variable, value in zip(self._program.variables, variables, strict=True):
            variable.assign(value)
        self.epochs = [EpochResult.from_dict(epoch) for epoch in state["epochs"]]
        self.since = state.get("since", 0)
        judged = checkpoint.single
        self._best = BestEpoch(
            phase=self._phases[state["best_phase"]],
            position=state["best"],
            score=state["best_score"],
            weights=checkpoint.listed("best_weights"),
            judged=judged,
            predictions=self._predicted(judged) if judged else None,
        )
        self._features = tuple(state["features"])
        self._spent.go_on(state)
        return True

    def _begin(self, phase: Phase) -> None:
        """Make the program of a phase ready, and what it is fed with."""
        started = time.perf_counter()
        self._phase = phase
        structure = phase.structure
        if phase.is_fitted:
            self._program: Program | FittedHead = FittedHead(structure, self._config, self._pixels.names, self.seed)
            is_new = True
        else:
            program, is_new = self._programs.take(structure, self.seed)
            begin_with_vectors(program.model, self._pixels.vectors)
            program.set_values(self._numbers(structure))
            self._program = program
        prepared = time.perf_counter()
        self._spent.compile_seconds += prepared - started if is_new else 0.0
        self._spent.reset_seconds += 0.0 if is_new else prepared - started
        self.is_compiled = self.is_compiled or is_new
        # Only then the features: another worker may still be computing them.
        if phase.prefix is None:
            self.feed = self._of_fold(self._feeds.pictures(self._pixels))
        else:
            self.feed = self._of_fold(self._feeds.features(phase.prefix, self._pixels))
            self._features = (*self._features, phase.prefix.name)
            self._spent.features_seconds += time.perf_counter() - prepared

    def _of_fold(self, feed: Feed) -> Feed | FoldFeed:
        return feed if self._fold is None else FoldFeed(feed, self._fold)

    def _train_next(self, until: int | None = None) -> tuple[int, float, float, tuple[float, ...]]:
        """Train one more epoch, of the next phase where this one is over.

        Args:
            until: epochs after which the training ends with its last weights; ``None``: the best one counts.

        Returns:
            Its number, counted from 0, the learning rate of its first step, its loss, and what else training tells.
        """
        number = len(self.epochs)
        if number == self._phase.first + self._phase.epochs:
            self._begin_next()
        batch_size = self._config["batch_size"]
        # Another library's classifier is fitted once: the same pictures again would weigh down its penalty.
        is_fitted = isinstance(self._program, FittedHead)
        passes = 1 if is_fitted else passes_of(self.experiment, self.feed.count)
        steps = -(-self.feed.count * passes // batch_size)
        first, epochs = self._phase.first, self._phase.epochs
        # Only in the phase that it ends in: one before hands over the weights to another schedule.
        cooled = until - first if until is not None and until <= first + epochs else None
        rates = learning_rates(self._config, number - first, steps, epochs, cooled) * np.float32(self._phase.factor)
        turns = range(number * passes, (number + 1) * passes)
        order = np.concatenate([self.feed.rows(self.seed, turn, self._draws) for turn in turns])
        if is_fitted:  # in any order it finds the same but for rounding, and in this one what others find of these rows
            order.sort()
        # Of a picture with variants a row stands behind all pictures.
        beside: dict[str, Any] = {} if self._weights is None else {"weights": self._weights[order % len(self._weights)]}
        beside |= {} if self._teaching is None else {"lessons": self._teaching.lessons(order % len(self._y_train))}
        pieces = self.feed.training(order, batch_size)
        loss, *told = self._program.train_epoch(pieces, rates, self.seed, number * steps, **beside)
        self._spent.saved_seconds += self.feed.prefix.of_epoch(passes) if self.feed.prefix else 0.0
        return number, float(rates[0]), loss, tuple(told)

    def _begin_next(self) -> None:
        """Go on with the next phase: the head keeps the weights that it was judged by, the optimizer starts anew."""
        with self._program.judged():
            head = {layer.name: layer.get_weights() for layer in self._program.model.layers if layer.trainable_weights}
        self._begin(self._phases[self._phases.index(self._phase) + 1])
        for layer in self._program.model.layers:
            if layer.name in head:
                layer.set_weights(head[layer.name])

    def _score(self, epoch: EpochResult) -> float:
        """The objective, larger being better."""
        return self.experiment.objective.sign * epoch.values[self._objective]

    def _numbers(self, structure: Structure) -> dict[str, Any]:
        """What the active runtime parameters of the config are in numbers."""
        known = {**self._config, **structure.head.numbers(self._config, self._y_train)}
        return {name: self.experiment.searchable.number(name, known) for name in structure.active}

    def _predicted(self, judged: Mapping[str, np.ndarray]) -> Predictions:
        return self._task.predictions(self._y_validation, judged, self._pixels.names, self._config)


def _relative(weights: np.ndarray | None, fold: Fold | None) -> np.ndarray | None:
    """With a mean of 1 over the training pictures: learning rates and penalties mean what they mean without weights."""
    if weights is None:
        return None
    trained = weights if fold is None else weights[fold.train]
    return np.asarray(weights / trained.mean(), np.float32)


def _shapes(arrays: Iterable[Any]) -> list[tuple[tuple[int, ...], str]]:
    return [(array.shape, array.dtype.name) for array in map(np.asarray, arrays)]
