"""Trainer: one trial, epoch by epoch, with early stopping and the weights of its best epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.data.folds import Fold
from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.passes import passes_of
from cnnsearch.families import find_family
from cnnsearch.networks.sizes import as_held, bytes_a_parameter, cost_of_weights
from cnnsearch.space.specs import Parameters
from cnnsearch.tasks.contract.metrics import aim_of, is_function, metric_of
from cnnsearch.tasks.contract.predictions import Predictions, score_of
from cnnsearch.training.checkpoint import Checkpoint, named
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.feeds.fold_feed import FoldFeed
from cnnsearch.training.hidden_tokens import WorstTexts
from cnnsearch.training.memory import check_memory
from cnnsearch.training.model_file import with_tokenizer
from cnnsearch.training.patience import waited
from cnnsearch.training.phases import Phase, plan_phases
from cnnsearch.training.programs.fitted_head import FittedHead
from cnnsearch.training.programs.learning_rates import learning_rates
from cnnsearch.training.programs.program import Program
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.result import EndReason, EpochResult, TrialResult
from cnnsearch.training.size_limits import check_size
from cnnsearch.training.vocabulary import Vocabulary, begin_with_vectors

if TYPE_CHECKING:
    import keras

    from cnnsearch.tasks.labelled.predictions import Labelled
    from cnnsearch.training.network import Network
    from cnnsearch.training.teacher import Teaching

__all__ = ["Trainer"]

_ADDED = ("compile_seconds", "reset_seconds", "features_seconds")
_KEPT = ("best_score", "train_seconds", "evaluate_seconds", "saved_seconds", *_ADDED)
"""Numbers of a trainer that a checkpoint keeps; those of ``_ADDED`` have grown again by the time it is read."""


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
        predictions: of the validation pictures at the best epoch; ``None`` before the first one.
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
        self._started = time.perf_counter()
        self.experiment = experiment
        self.seed = seed
        self.predictions: Predictions | None = None
        self.keeps_best = True
        self._parked: list[np.ndarray] = []
        self._task = experiment.predicted
        self._objective = experiment.objective.metric
        self.epochs: list[EpochResult] = []
        self._config = pixels.suited(experiment.filled(config))
        _check_runtime(experiment.searchable, self._config)
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
        self._parameters = self._programs.count(whole)
        check_size(experiment.limits, cost_of_weights(self._parameters))
        frozen = 0 if network else find_family(experiment.model).frozen_weights(self._config, whole.shape)
        check_memory(self._parameters, bytes_a_parameter(self._config, whole.active), frozen)
        self._sizes = self._sizes_of(whole)
        check_size(experiment.limits, self._sizes)
        plan = plan_phases(experiment, self._config, pixels, scaling, network, teacher)
        _check_accumulation(experiment, self._config, plan.phases, len(self._y_train))
        self._vocabulary = Vocabulary.of(pixels, fold)
        self.notes = (*plan.notes, *(self._vocabulary.notes if self._vocabulary else ()))
        self._phases = plan.phases
        self._most_epochs = plan.epochs
        self._feeds = Feeds() if feeds is None else feeds
        self._compile_seconds = self._reset_seconds = self._features_seconds = self._saved_seconds = 0.0
        self.is_compiled = False
        self._features: tuple[str, ...] = ()
        self._best = 0  # position in epochs
        self.since = 0
        self._best_phase = self._phases[0]
        self._best_score = -math.inf
        self._best_weights: list[np.ndarray] = []
        self.trouble: str | None = None
        self._diverged: str | None = None
        self._judged: dict[str, np.ndarray] = {}  # what the predictions are made of
        self._last: tuple[dict[str, np.ndarray], Predictions | None] = {}, None
        self._train_seconds = 0.0
        self._evaluate_seconds = 0.0
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
        self._train_seconds += trained - started
        self._evaluate_seconds += ended - trained
        predictions = self._predicted(judged)
        values = {
            "loss": loss,
            **dict(zip(self._task.trained, told, strict=True)),
            **_validated(val_loss, predictions, self._task.every_epoch),
        }
        if self._objective not in values:
            # Of weights that are broken it has no number, and a function of the user's own may fail.
            sound = math.isfinite(loss) and math.isfinite(val_loss)
            aimed = metric_of(self._objective)
            values[self._objective] = predictions.scores([aimed])[aimed] if sound else math.nan
        result = EpochResult(number + 1, values, rate, ended - started, self._now())
        diverged = self._not_finite(result)
        if diverged and len(self.epochs) > self.since:
            self.trouble = diverged
            self._diverged = f"{diverged}; the best epoch before counts, {self.epochs[self._best].epoch}"
            return None
        self.epochs.append(result)
        if diverged:
            raise TrialError(diverged)
        self._last = judged, predictions
        if self.keeps_best and self._score(result) > self._best_score:
            self.remember()
        return result

    def remember(self, weights: bool = True) -> None:
        """The last epoch is the best one: what the model is at it is what the trial will be judged and kept by.

        Args:
            weights: keep them too; without them there is nothing to export.
        """
        self._best = len(self.epochs) - 1
        self._best_score = self._score(self.epochs[-1])
        self._best_phase = self._phase
        self._best_weights = self._judged_weights() if weights else []
        self._judged, self.predictions = self._last

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
    def judged(self) -> Mapping[str, np.ndarray]:
        """What the predictions of the best epoch are made of."""
        return self._judged

    @property
    def is_in_last_phase(self) -> bool:
        """Whether no other phase follows."""
        return self._phase is self._phases[-1]

    @property
    def phase_begin(self) -> int:
        """Epochs before the current phase."""
        return self._phase.first

    def train_unjudged(self) -> EpochResult:
        """Train one more epoch and validate nothing: for a network that is trained on all that could judge it.

        Its last epoch counts, whatever it gave; there are no predictions and no value.

        Raises:
            TrialError: the training diverged.
        """
        started = time.perf_counter()
        number, rate, loss, told = self._train_next()
        ended = time.perf_counter()
        self._train_seconds += ended - started
        values = {"loss": loss, **dict(zip(self._task.trained, told, strict=True))}
        result = EpochResult(number + 1, values, rate, ended - started, self._now())
        self.epochs.append(result)
        weights = self._judged_weights()
        if not (math.isfinite(loss) and all(np.isfinite(each).all() for each in weights)):
            raise TrialError(f"the training diverged at epoch {result.epoch}: its loss is {loss}")
        self._best, self._best_phase, self._best_weights = number, self._phase, weights
        return result

    @property
    def cost(self) -> dict[str, float]:
        """What the training took so far, as :class:`~cnnsearch.training.result.TrialResult` has it."""
        return self._cost()

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the stages that it was trained on, in place of pictures."""
        return self._features

    @property
    def has_value(self) -> bool:
        """Whether there is an epoch that counts."""
        return self._best_score > -math.inf

    def value(self) -> float:
        """The objective at the best epoch so far."""
        return self.epochs[self._best].values[self._objective]

    def result(self, stopped: bool = False) -> TrialResult:
        """What the trial has come to so far.

        Args:
            stopped: the scheduler ended it.
        """
        best = self.epochs[self._best]
        told = {name: best.values[name] for name in ("loss", *self._task.trained)}
        return TrialResult(
            state="STOPPED" if stopped else "COMPLETED",
            end_reason="scheduler" if stopped else self.end_reason or "epochs",
            reason=None if stopped else self._diverged,
            value=self.value(),
            best_epoch=best.epoch,
            epochs=tuple(self.epochs),
            metrics={**told, **self._validated_at(best)},
            predictions=self.predictions,
            cost=self.cost,
            notes=self.notes,
            features=self._features,
        )

    def export(self) -> keras.Model:
        """A stock Keras model with the weights of the best epoch, from pictures at rest to what the task tells."""
        import keras

        structure = self._best_phase.structure
        model = replace(structure, cut=None).build(self._config)
        if structure.cut is None:
            model.set_weights(self._best_weights)
        else:
            tail = structure.build(self._config)
            tail.set_weights(self._best_weights)
            trained = {layer.name: layer.get_weights() for layer in tail.layers}
            for layer in model.layers:
                if trained.get(layer.name):
                    layer.set_weights(trained[layer.name])
        whole = keras.Model(model.input, structure.head.exported(model.output), name=model.name)
        return with_tokenizer(whole, self._pixels.tokenizer)

    def worst_texts(self, most: int) -> WorstTexts | None:
        """Those of the worst mistakes on the validation split.

        ``None`` where there are none to tell: of pictures, and of folds, whose predictions are of several models.
        """
        tokenizer = self._pixels.tokenizer
        if tokenizer is None or self._fold is not None or self.predictions is None:
            return None
        places = np.array([worst.position for worst in self.predictions.mistakes(most, self._pixels.names).worst], int)
        if not len(places):
            return None
        numbers = np.asarray(in_memory(self._pixels.x_validation))[places]
        decided = cast("Labelled", self.predictions).decided[places]  # of texts nothing but classes is learnt
        return WorstTexts(places, numbers, decided, tokenizer)

    def checkpoint(self) -> Checkpoint | None:
        """Where the trial stands now; ``None`` where there is nothing to go on from.

        Before the first epoch, after the training diverged, and where the program holds state that cannot be brought
        back.
        """
        if self._diverged or not self.epochs or not self._program.is_restorable:
            return None
        variables = [np.asarray(variable) for variable in self._program.variables]
        state = {
            "phase": self._phases.index(self._phase),
            "epochs": [epoch.to_dict() for epoch in self.epochs],
            "best": self._best,
            "since": self.since,
            "best_phase": self._phases.index(self._best_phase),
            "features": list(self._features),
            "seconds": time.perf_counter() - self._started,
            **{name: getattr(self, f"_{name}") for name in _KEPT},
        }
        arrays = {
            **named("variables", variables),
            **named("best_weights", self._best_weights),
            **self._judged,
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
        self._best, self._best_phase = state["best"], self._phases[state["best_phase"]]
        self.since = state.get("since", 0)
        self._best_weights = checkpoint.listed("best_weights")
        self._judged = checkpoint.single
        self.predictions = self._predicted(self._judged) if self._judged else None
        for name in _KEPT:
            setattr(self, f"_{name}", state[name] + (getattr(self, f"_{name}") if name in _ADDED else 0))
        self._features = tuple(state["features"])
        self._started -= state["seconds"]
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
        self._compile_seconds += prepared - started if is_new else 0.0
        self._reset_seconds += 0.0 if is_new else prepared - started
        self.is_compiled = self.is_compiled or is_new
        # Only then the features: another worker may still be computing them.
        if phase.prefix is None:
            self.feed = self._of_fold(self._feeds.pictures(self._pixels))
        else:
            self.feed = self._of_fold(self._feeds.features(phase.prefix, self._pixels))
            self._features = (*self._features, phase.prefix.name)
            self._features_seconds += time.perf_counter() - prepared

    def _of_fold(self, feed: Feed) -> Feed | FoldFeed:
        return feed if self._fold is None else FoldFeed(feed, self._fold)

    def _train_next(self) -> tuple[int, float, float, tuple[float, ...]]:
        """Train one more epoch, of the next phase where this one is over.

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
        rates = learning_rates(self._config, number - self._phase.first, steps, self._phase.epochs) * np.float32(
            self._phase.factor
        )
        turns = range(number * passes, (number + 1) * passes)
        order = np.concatenate([self.feed.rows(self.seed, turn, self._draws) for turn in turns])
        if is_fitted:  # in any order it finds the same but for rounding, and in this one what others find of these rows
            order.sort()
        # Of a picture with variants a row stands behind all pictures.
        beside: dict[str, Any] = {} if self._weights is None else {"weights": self._weights[order % len(self._weights)]}
        beside |= {} if self._teaching is None else {"lessons": self._teaching.lessons(order % len(self._y_train))}
        pieces = self.feed.training(order, batch_size)
        loss, *told = self._program.train_epoch(pieces, rates, self.seed, number * steps, **beside)
        self._saved_seconds += self.feed.prefix.of_epoch(passes) if self.feed.prefix else 0.0
        return number, float(rates[0]), loss, tuple(told)

    def _begin_next(self) -> None:
        """Go on with the next phase: the head keeps the weights that it was judged by, the optimizer starts anew."""
        with self._program.judged():
            head = {layer.name: layer.get_weights() for layer in self._program.model.layers if layer.trainable_weights}
        self._begin(self._phases[self._phases.index(self._phase) + 1])
        for layer in self._program.model.layers:
            if layer.name in head:
                layer.set_weights(head[layer.name])

    def _not_finite(self, result: EpochResult) -> str | None:
        """What is not finite of an epoch, in words; ``None``: nothing."""
        # The last step may break the weights: the training loss does not show it, and a share is finite even then.
        for name in ("loss", "val_loss", self._objective):
            value = result.values[name]
            if not math.isfinite(value) and is_function(name):
                return f"{name} is {value} at epoch {result.epoch}, and must be a finite number"
            if not math.isfinite(value):
                return (
                    f"{name} is {value} at epoch {result.epoch}: the training diverged (a lower learning rate may help)"
                )
        return None

    def _validated_at(self, best: EpochResult) -> dict[str, float | None]:
        """Metrics of the validation split at the best epoch; those that it has told are not computed again.

        ``None``: these pictures do not define it. The objective always has a number there.
        """
        if self.predictions is None:
            raise ValueError("no epoch of the trial counts")
        told = (*self._task.judged_by(self._objective), *self._task.decisions(self._pixels.names))
        names = ("loss", *(name for name in told if name != "loss"))
        untold = {aim_of(name): name for name in names if aim_of(name) not in best.values}
        known = {**best.values, **{aim: score_of(self.predictions, name) for aim, name in untold.items()}}
        return {aim_of(name): known[aim_of(name)] for name in names}

    def _score(self, epoch: EpochResult) -> float:
        """The objective, larger being better."""
        return self.experiment.objective.sign * epoch.values[self._objective]

    def _numbers(self, structure: Structure) -> dict[str, Any]:
        """What the active runtime parameters of the config are in numbers."""
        known = {**self._config, **structure.head.numbers(self._config, self._y_train)}
        return {name: self.experiment.searchable.number(name, known) for name in structure.active}

    def _predicted(self, judged: Mapping[str, np.ndarray]) -> Predictions:
        return self._task.predictions(self._y_validation, judged, self._pixels.names, self._config)

    @property
    def _told_sizes(self) -> tuple[str, ...]:
        """What of them a trial's cost tells beside the weights: an estimate only where somebody asked for it."""
        limits = self.experiment.limits
        return ("macs",) if limits is None or limits.gpu_memory_gb is None else ("macs", "gpu_memory_bytes")

    def _sizes_of(self, whole: Structure) -> dict[str, float]:
        """What is known of the model before it is trained; what only its graph tells is counted where it is wanted.

        Raises:
            TrialError: its graph does not tell it.
        """
        family = find_family(self.experiment.model)
        held = as_held(self._config, whole.active)
        told = None if whole.network else family.cost(held, whole.shape, whole.outputs.width)
        known = told or cost_of_weights(self._parameters)
        if "macs" in known or not self.experiment.traces_networks:
            return known
        from cnnsearch.networks.traced import traced_sizes

        return traced_sizes(whole.build(self._config), whole.shape).cost(held)

    def _cost(self) -> dict[str, float]:
        parameters = self._parameters
        frozen, latency = self.feed.prefix, self._program.latency(*self.feed.one())
        return {
            "parameters": parameters,
            "model_bytes": parameters * 4,
            **{name: self._sizes[name] for name in self._told_sizes if name in self._sizes},
            **(self._vocabulary.cost if self._vocabulary else {}),
            **(frozen.latency + latency if frozen else latency).cost,
            "wall_seconds": time.perf_counter() - self._started,
            "compute_seconds": self._train_seconds + self._evaluate_seconds,
            "compile_seconds": self._compile_seconds,
            "reset_seconds": self._reset_seconds,
            "evaluate_seconds": self._evaluate_seconds,
            **(
                {"features_seconds": self._features_seconds, "saved_seconds": self._saved_seconds}
                if self._features
                else {}
            ),
        }


def _relative(weights: np.ndarray | None, fold: Fold | None) -> np.ndarray | None:
    """With a mean of 1 over the training pictures: learning rates and penalties mean what they mean without weights."""
    if weights is None:
        return None
    trained = weights if fold is None else weights[fold.train]
    return np.asarray(weights / trained.mean(), np.float32)


def _shapes(arrays: Iterable[Any]) -> list[tuple[tuple[int, ...], str]]:
    return [(array.shape, array.dtype.name) for array in map(np.asarray, arrays)]


def _validated(loss: float, predictions: Predictions, names: Iterable[str]) -> dict[str, float]:
    """Metrics of the validation split; the loss is the program's, which includes the regularisation."""
    scores = predictions.scores(name for name in names if name != "loss")
    return {"val_loss": loss, **{aim_of(name): value for name, value in scores.items()}}


def _check_accumulation(
    experiment: Experiment, config: Mapping[str, Any], phases: Sequence[Phase], pictures: int
) -> None:
    """Whether the optimizer makes a step at all in each phase: what it has not stepped by at the end is dropped."""
    steps = -(-pictures * passes_of(experiment, pictures) // config["batch_size"])
    for phase in phases:
        batches = steps * phase.epochs
        if config["gradient_accumulation"] > batches and not phase.is_fitted:
            whose = "a phase" if len(phases) > 1 else "the training"
            raise TrialError(
                f"gradient_accumulation {config['gradient_accumulation']} makes no step: all epochs of {whose} "
                f"together have {batches} batches of {config['batch_size']}"
            )


def _check_runtime(parameters: Parameters, config: Mapping[str, Any]) -> None:
    """A compiled graph would train with any number. A space is held to the ranges, a config given by itself is not."""
    for name, spec in parameters.items():
        value = config[name]
        if spec.structural or spec.kind not in ("int", "float") or (value is None and spec.nullable):
            continue
        if not spec.low <= value <= spec.high:
            raise TrialError(f"{name} must be {spec.rule} (got {value!r})")
