"""What a sweep will take, told before it starts."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from cnnsearch.cache.cache import Cache
from cnnsearch.data.stages import Pixels, pixels, scaling, scaling_of
from cnnsearch.errors import InputError, Problem, TrialError, first_line
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.extent import in_words, most_trials, size_of_search
from cnnsearch.experiment.grace import grace_in_words, with_grace
from cnnsearch.experiment.pace import STARTUP, Pace
from cnnsearch.experiment.passes import with_passes
from cnnsearch.families import find_family
from cnnsearch.keras_settings import tell_foreign_settings
from cnnsearch.numbers import duration
from cnnsearch.own_code.source import code_of
from cnnsearch.search.adjusting import adjusted
from cnnsearch.search.samplers import check_sampler
from cnnsearch.search.schedulers import least_epochs
from cnnsearch.search.starts import resolved, studies_in
from cnnsearch.space import Config, config_key
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT, Output
from cnnsearch.sweep.checks.metric_check import check_metric
from cnnsearch.sweep.checks.space_remarks import tell_space
from cnnsearch.sweep.checks.start_check import with_possible_starts
from cnnsearch.sweep.checks.word_vectors_check import check_word_vectors
from cnnsearch.sweep.cluster.connection import is_kept_for
from cnnsearch.sweep.cluster.memory_check import check_limits
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.estimates.cached_backbones import cached_backbones
from cnnsearch.sweep.estimates.compression_time import CompressionTime
from cnnsearch.sweep.estimates.following import with_all_that_follows
from cnnsearch.sweep.tracking.followers import check_tracking
from cnnsearch.sweep.weights import find_weights
from cnnsearch.sweep.worker.hardware import MemoryBound
from cnnsearch.training.features.cached import cached_features
from cnnsearch.training.features.features import Features, Prefix

__all__ = ["Estimate", "estimate"]

_LOG = logging.getLogger("cnnsearch")

_ATTEMPTS = 20
_DRAWS = 1000


@dataclass(frozen=True)
class Estimate:
    """What to expect of a sweep.

    Attributes:
        configs: that the sampler may propose: all of the space, or the points of a grid; ``None``: no end of them, or
            constraints leave too many to be counted.
        grid: whether the sampler is a grid, which wants to try them all.
        trials: trials that budget and configs allow; ``None`` where only minutes limit it.
        at_once: trials at once on this machine.
        data_bytes: pictures of the training and validation splits at rest, held once a node and once a worker.
        epoch_seconds: one epoch of one training of a random config, the second one; under cross-validation a trial
            has one training for each fold.
        trainings: of one trial: its seeds, or its folds.
        compile_seconds: building a program, and what the first epoch, in which TensorFlow optimises it, takes more.
        features_seconds: computing what one frozen backbone gives; 0 where nothing is frozen.
        backbones: of those, by random draws; each once a sweep.
        cached_backbones: of these, those whose features are in the cache of this machine.
        structures: architectures to compile, by random draws; each once a worker.
        least_seconds, most_seconds: of the whole sweep, all searches together, where the scheduler stops all but what
            it must keep, and where it stops none; both within the budget's minutes, and the finalists and the training
            of what is compressed on top.
        data: what ``environment.json`` would say of the data.
        most_configs: as ``configs``, were there no constraints.
        on_disk: the pictures are on disk and read piece by piece, and take no memory that others could not have.
        experiment: with what was left open decided, as a sweep would begin with it.
        searches: of nested cross-validation: one without each outer fold, and one on all pictures; else 1.
        fitting: that trials will be made to fit the budget's minutes, in words; ``None``: one fits as it is.
        compression: what compressing the best model takes.
    """

    configs: int | None
    grid: bool
    trials: int | None
    at_once: int
    data_bytes: int
    epoch_seconds: float
    compile_seconds: float
    features_seconds: float
    backbones: int
    structures: int
    least_seconds: float | None
    most_seconds: float | None
    data: dict[str, Any]
    most_configs: int | None = None
    on_disk: bool = False
    trainings: int = 1
    cached_backbones: int = 0
    experiment: Experiment | None = None
    searches: int = 1
    fitting: str | None = None
    compression: CompressionTime = field(default_factory=CompressionTime)

    def to_dict(self) -> dict[str, Any]:
        """For a program, without the experiment."""
        found = asdict(replace(self, experiment=None))
        del found["experiment"]
        return found

    @property
    def _size(self) -> str:
        if self.configs is None:
            return in_words(self.configs, self.most_configs)
        if not self.grid:
            return f"{self.configs:,} configs"
        if self.trials is not None and self.trials < self.configs:
            return f"a grid of {self.configs:,} points; the budget ends it after {self.trials:,} of them"
        return f"a grid of {self.configs:,} points"

    @property
    def _searches(self) -> str:
        outer = self.searches - 1
        return f"{self.searches}: one without each of {outer} outer folds, and one on all pictures; each has the budget"

    @property
    def _several(self) -> str:
        return "" if self.trainings == 1 else f", and a trial trains {self.trainings} networks for it"

    def rows(self) -> list[tuple[str, str]]:
        """Label and text of each finding."""
        memory = f"{self.data_bytes * (1 + self.at_once) / 2**20:.1f} MB for the pictures, all workers together"
        if self.on_disk:
            memory = f"the pictures, {self.data_bytes / 2**20:.1f} MB, are read from disk piece by piece"
        if self.least_seconds is None or self.most_seconds is None:
            expected = "as long as the minutes of the budget"
        else:
            ends = dict.fromkeys((duration(self.least_seconds), duration(self.most_seconds)))
            expected = f"{' to '.join(ends)}, and the start of the workers"
        compiling = f"{duration(self.compile_seconds)} for each of about {self.structures} architectures, once a worker"
        frozen = f"{duration(self.features_seconds)} for each of about {self.backbones} frozen backbones, once a sweep"
        if self.cached_backbones:
            frozen += f"; those of {self.cached_backbones} are in the cache"
        return [
            ("search space", self._size),
            *([("searches", self._searches)] if self.searches > 1 else []),
            ("trials", "until the minutes are over" if self.trials is None else str(self.trials)),
            ("at once", str(self.at_once)),
            ("memory", memory),
            ("one epoch", f"{duration(self.epoch_seconds)}{self._several}"),
            ("compiling", compiling),
            *([("features", frozen)] if self.features_seconds else []),
            *([("compression", str(self.compression))] if self.compression.files else []),
            ("time to expect", expected),
            *([("minutes", self.fitting)] if self.fitting else []),
        ]


def estimate(experiment: Experiment, output: Output = DEFAULT_OUTPUT) -> Estimate:
    """Run two epochs of one random config, and tell what the whole sweep will take on this machine.

    Args:
        experiment: what would be run.
        output: path or URI of the studies, of which one may give the weights.

    Raises:
        InputError: what a sampler or tracker needs is not installed, the data or a family of the user's own cannot be
            used, or none of 20 random configs be trained.
    """
    tell_foreign_settings()
    check_sampler(experiment.sampler)
    check_tracking(experiment.tracking)
    tell_space(experiment)
    check_limits(experiment.resources, is_kept_for(None, bool(experiment.own_code)))
    fits = _at_once(experiment.resources.cpus)
    experiment = find_family(experiment.model).assets.absolute(experiment, output)
    experiment = resolved(experiment, studies_in(output))
    find_weights(experiment, functools.partial(_read, experiment.model))
    dataset, split = load_data(experiment)
    check_word_vectors(experiment, dataset, split)
    experiment = with_passes(with_possible_starts(experiment, dataset), split.trained)
    begun = with_grace(experiment, split.trained)
    if words := grace_in_words(experiment, begun):
        _LOG.warning("scheduler.grace_epochs: %s", words)
    experiment = begun
    code_of(experiment.own_code)  # whether it is there
    if experiment.family.is_own:
        _check_own(experiment, dataset)
    if "objective.metric" in experiment.own_code:
        check_metric(experiment.task, experiment.objective.metric, dataset.targets.take(split.validation))
    measured = _measure(experiment, dataset, split)
    resources = experiment.resources
    at_once = min(resources.max_concurrent or fits, fits)
    size, trials = size_of_search(experiment), most_trials(experiment)
    structures = len(_distinct(experiment, trials or _DRAWS, _structural(experiment)))
    backbones = _backbones(experiment, trials or _DRAWS) if measured.features_seconds else []
    cached = cached_backbones(_cache_of(experiment), experiment, backbones, measured.pixels)
    evaluation = experiment.cross_validation
    trainings = experiment.repeats if evaluation is None else evaluation.trainings
    compression = CompressionTime.of(experiment, measured.epoch_seconds)
    bounds: list[float | None] = []
    for epochs in (
        least_epochs(experiment.scheduler["name"], experiment.scheduler, experiment.epochs),
        float(experiment.epochs),
    ):
        seconds = None
        if trials is not None:
            compiled = min(trials, structures * at_once) * measured.compile_seconds
            seconds = (compiled + trials * epochs * trainings * measured.epoch_seconds) / at_once
            seconds += (len(backbones) - cached) * measured.features_seconds
        seconds = with_all_that_follows(experiment, seconds, trainings, epochs, measured.epoch_seconds, at_once)
        bounds.append(None if seconds is None else seconds + compression.seconds)
    bounds = _of_all_searches(bounds, experiment.outer_searches)
    return Estimate(
        configs=size,
        grid=experiment.sampler["name"] == "grid",
        trials=trials,
        at_once=at_once,
        data_bytes=measured.pixels.bytes,
        epoch_seconds=measured.epoch_seconds,
        compile_seconds=measured.compile_seconds,
        features_seconds=measured.features_seconds,
        backbones=len(backbones),
        cached_backbones=cached,
        structures=structures,
        least_seconds=bounds[0],
        most_seconds=bounds[1],
        data=dataset.describe(split),
        on_disk=measured.on_disk,
        most_configs=experiment.space.kept_to(()).size(experiment.sampler.get("points")),
        trainings=trainings,
        experiment=experiment,
        searches=1 + experiment.outer_searches,
        fitting=_fitting(experiment, max(STARTUP, measured.compile_seconds), trainings * measured.epoch_seconds),
        compression=compression,
    )


def _backbones(experiment: Experiment, trials: int) -> list[dict[str, Any]]:
    """Of so many random configs one for each frozen part that is to be computed."""
    found = _distinct(experiment, trials, (*experiment.family.frozen_by, "image_size"))
    return [config for config in found if experiment.family.is_frozen(config)]


def _fitting(experiment: Experiment, startup: float, epoch: float) -> str | None:
    """That ``run`` will shorten trials, or give them more threads.

    Args:
        experiment: that it would run.
        startup, epoch: as of :class:`Pace`, on the threads that were asked for.
    """
    if not experiment.budget.all or experiment.freezes:
        return None
    pace, epochs = Pace(experiment.resources.cpus, startup, epoch), experiment.epochs
    long = f"a trial of {epochs} epochs takes about {duration(pace.seconds(epochs))}"
    try:
        found, adjustment = adjusted(experiment, lambda _: pace, pace.threads, lambda: 0.0)
    except InputError as error:
        return f"{long}, too long for budget.minutes, and cannot be shorter: {first_line(error)}"
    if adjustment is None:
        return None
    done = f"trials get more threads, or about {found.epochs} epochs, once that is measured at the start"
    return f"{long}, too long for budget.minutes: {done}"


def _of_all_searches(bounds: list[float | None], outer: int) -> list[float | None]:
    """Of nested cross-validation: those of the search on all pictures, and of each without an outer fold.

    These train on that much less, but where minutes limit them they take as long.
    """
    least, most = bounds
    return [least and least * max(1, outer), most and most * (1 + outer)]


@dataclass(frozen=True)
class _Measured:
    """What two epochs of one config took; as in :class:`Estimate`.

    Attributes:
        pixels: of the config's image size.
    """

    compile_seconds: float
    epoch_seconds: float
    features_seconds: float
    pixels: Pixels
    on_disk: bool


def _check_own(experiment: Experiment, dataset: Any) -> None:
    from cnnsearch.training.devices import configure_devices
    from cnnsearch.training.family_check import Sample, check_family

    configure_devices(experiment.resources.cpus)
    for note in check_family(experiment, Sample.of(dataset)):
        logging.getLogger(__name__).warning("%s", note)


def _structural(experiment: Experiment) -> list[str]:
    return [name for name, spec in experiment.searchable.items() if spec.structural]


def _at_once(cpus: int) -> int:
    """Trials of so many CPUs for which this machine has room; one, and a warning, where it has none."""
    there = os.cpu_count() or 1
    if cpus > there:
        _LOG.warning("resources: a trial needs %d CPUs, and this machine has %d: it cannot run here", cpus, there)
    return max(1, there // cpus)


def _distinct(experiment: Experiment, trials: int, names: Sequence[str]) -> list[dict[str, Any]]:
    """Of so many random configs, filled, one for each combination of values of these parameters."""
    rng = np.random.default_rng(experiment.seed)
    drawn = (experiment.filled(experiment.space.sample(rng)) for _ in range(min(trials, _DRAWS)))
    return list({config_key({name: config[name] for name in names}): config for config in drawn}.values())


def _cache_of(experiment: Experiment) -> Cache | None:
    return Cache.of(experiment.resources.cache, experiment.resources.cache_gb)


class _FeaturesOfOne:
    """The features of the config that is measured: those in the cache, else they are computed and kept there.

    Attributes:
        saved: seconds that computing them takes, over what finding them took.
    """

    def __init__(self, cache: Cache | None) -> None:
        self._cache = cache
        self.saved = 0.0

    def __call__(self, prefix: Prefix, of: Pixels) -> Features:
        found = cached_features(self._cache, prefix, of)
        self.saved += max(0.0, found.cost.seconds - found.cost.spent_seconds) if found.is_found else 0.0
        return found


def _to_measure(experiment: Experiment) -> list[Config]:
    """Random configs, those with a frozen part first: what computing its features takes is told too."""
    rng = np.random.default_rng(experiment.seed)
    drawn = [experiment.space.sample(rng) for _ in range(_ATTEMPTS)]
    return sorted(drawn, key=lambda config: not experiment.family.is_frozen(experiment.filled(config)))


def _measure(experiment: Experiment, dataset: Any, split: Any) -> _Measured:
    from cnnsearch.training.devices import configure_devices
    from cnnsearch.training.feeds.feeds import Feeds
    from cnnsearch.training.trainer import Trainer
    from cnnsearch.training.trial import reason_of, size_of

    configure_devices(experiment.resources.cpus)
    most = MemoryBound(experiment.resources.memory_gb, experiment.resources.cpus).for_copies
    why = ""
    for config in _to_measure(experiment):
        filled = experiment.filled(config)
        prepared = pixels(dataset, split, size_of(filled))
        try:
            given = (experiment, config, prepared, scaling(prepared, scaling_of(filled)), experiment.seed)
            features = _FeaturesOfOne(_cache_of(experiment))
            fold = None if split.folds is None else split.folds.of_trials[0]
            trainer = Trainer(*given, feeds=Feeds(most, features), fold=fold)
            trainer.run_epoch()
            if trainer.end_reason is None:
                trainer.run_epoch()  # one that diverges adds no epoch
        except Exception as error:  # noqa: BLE001 - a trial would be FAILED, whatever it raises
            why = why or reason_of(error)
            continue
        first, second = trainer.epochs[0].seconds, trainer.epochs[-1].seconds
        cost = trainer.result().cost or {}
        compiling = cost["compile_seconds"] + max(0.0, first - second)
        on_disk = prepared.is_mapped and not trainer.feed.is_copied
        return _Measured(compiling, second, cost.get("features_seconds", 0.0) + features.saved, prepared, on_disk)
    raise InputError(Problem("space", f"every config that was tried fails: {why}"))


def _read(model: str, *key: Any) -> None:
    """Let Keras get the weights here, where TensorFlow is needed anyway."""
    from cnnsearch.training.devices import import_quietly

    import_quietly()
    assets = find_family(model).assets
    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras says what it downloads
            assets.fetch(*key)
    except TrialError as error:
        raise InputError(assets.fetch_problem(error)) from None
