"""The data of an experiment as a sweep takes it: read and split, found from everywhere, left out of what is sent."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cnnsearch.cache.cache import Cache, cached_in
from cnnsearch.data.checks.checking import checked_and_split
from cnnsearch.data.checks.spec import DROP
from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.remarks import doubts
from cnnsearch.data.sources.keys import AnySource
from cnnsearch.data.sources.remote.url import fetched
from cnnsearch.data.sources.spec import ArraysSource, KerasSource, UrlSource
from cnnsearch.data.split import Split, folded, outer_fold, split_dataset
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.nested import outer_experiments, outer_in_words
from cnnsearch.families import find_family
from cnnsearch.inputs.words import said_of
from cnnsearch.sweep.checks.data_problems import data_problems

__all__ = [
    "Tell",
    "divided_for",
    "load_data",
    "pinned",
    "placed",
    "warn",
    "with_absolute_paths",
    "with_arrays",
    "without_arrays",
]

_LOG = logging.getLogger("cnnsearch")

Tell = Callable[[Experiment, Mapping[str, Any]], None]
"""Called before the first trial, with the experiment and what ``environment.json`` says of its data."""


def load_data(experiment: Experiment) -> tuple[Dataset, Split]:
    """The labelled pictures of an experiment and their split.

    Raises:
        InputError: the data cannot be used, or no trial of the experiment could run on it.
    """
    try:
        return _loaded(experiment)
    except InputError as error:
        if not experiment.family.reads_texts:
            raise
        problems = [replace(one, rule=said_of("texts", one.rule)) for one in error.problems]
        raise InputError(problems, error.source) from None


def _loaded(experiment: Experiment) -> tuple[Dataset, Split]:
    from cnnsearch.training.trial import size_of

    source = experiment.dataset
    likely = {name: next(iter(experiment.space[name].values())) for name in ("image_size",) if name in experiment.space}
    with cached_in(Cache.of(experiment.resources.cache, experiment.resources.cache_gb)):
        drops_missing = experiment.checks["missing"] == DROP
        reads_texts = experiment.family.reads_texts
        size = None if reads_texts else size_of(experiment.filled(likely))
        dataset = load_dataset(source, size, experiment.seed, experiment.predicted, drops_missing, reads_texts)

    is_own_split = not isinstance(source, KerasSource)
    divide = functools.partial(divided_for, experiment)
    dataset, split = checked_and_split(dataset, divide, experiment.checks, is_own_split)
    problems = data_problems(experiment, dataset, split) or _problems_of_outer_folds(experiment, dataset)
    if problems:
        raise InputError(problems)
    if not experiment.family.reads_texts:
        find_family(experiment.model).assets.check_values(experiment, dataset.pictures.values(split.train))
    return dataset, split


def divided_for(experiment: Experiment, dataset: Dataset) -> Split:
    """The split of an experiment's data.

    Raises:
        InputError: it cannot be divided so.
    """
    source, evaluation, folds = experiment.dataset, experiment.evaluation, experiment.cross_validation
    held_out = None
    if evaluation is not None and evaluation.outer is not None and evaluation.outer_fold is not None:
        held_out = outer_fold(dataset, evaluation.outer, evaluation.outer_fold, experiment.seed)
    split = split_dataset(dataset, source.validation, source.test, experiment.seed, held_out)
    split = replace(split, is_nested=experiment.is_nested and _keeps_features(experiment))
    return split if folds is None else folded(dataset, split, folds.folds, folds.repeats, experiment.seed)


def _keeps_features(experiment: Experiment) -> bool:
    """Whether what a frozen network gives is kept on disk, for other searches too."""
    cache = Cache.of(experiment.resources.cache, experiment.resources.cache_gb)
    return experiment.freezes and experiment.features.cache and cache is not None


def _problems_of_outer_folds(experiment: Experiment, dataset: Dataset) -> list[Problem]:
    """What is wrong with the searches that come before this one, found before the first of them begins."""
    for each in outer_experiments(experiment):
        try:
            problems = data_problems(each, dataset, divided_for(each, dataset))
        except InputError as error:
            problems = list(error.problems)
        if problems:
            return [Problem(one.where, f"{one.rule} ({outer_in_words(each)})", one.value) for one in problems]
    return []


def with_absolute_paths(experiment: Experiment) -> Experiment:
    """Paths as every worker will find them, wherever it runs, and as `resume` will, wherever it is called."""
    paths = {
        "dataset.path": getattr(experiment.dataset, "path", None),
        "tracking.tensorboard": experiment.tracking.tensorboard,
        "resources.cache": experiment.resources.cache,
    }
    found = {key: path for key, path in paths.items() if path is not None and "://" not in str(path)}
    if not found:
        return experiment
    return experiment.updated({key: str(Path(path).expanduser().resolve()) for key, path in found.items()})


def pinned(experiment: Experiment) -> Experiment:
    """With the content of data at an address, so that a study goes on with the same or not at all.

    Raises:
        InputError: it cannot be downloaded.
    """
    source = experiment.dataset
    if not isinstance(source, UrlSource) or source.sha256 is not None:
        return experiment
    return experiment.updated({"dataset.sha256": fetched(source).sha256})


def placed(experiment: Experiment, path: str | os.PathLike[str] | None = None) -> Experiment:
    """The experiment of a study, its data where it lies now.

    Args:
        experiment: of the study.
        path: of its data, if that was moved.

    Raises:
        InputError: there is no data, or it is of a kind that has no path.
    """
    before = getattr(experiment.dataset, "path", None)
    if path is not None:
        if before is None:
            rule = f"the data of this study is '{experiment.dataset.source}', which no path leads to"
            raise InputError(Problem("--data", rule, str(path)))
        return experiment.updated({"dataset.path": str(Path(path).expanduser().resolve())})
    if before is not None and not Path(before).exists():
        rule = "is not there any more; if it was moved, say where to: --data PATH, or dataset=PATH from Python"
        raise InputError(Problem("dataset.path", rule, before))
    return experiment


def with_arrays(experiment: Experiment, dataset: Any) -> Experiment:
    """The experiment of a study with the arrays that it was run on: what they do not say, as shares, stays as it was.

    Args:
        experiment: of the study, whose record holds no arrays.
        dataset: as of :class:`~cnnsearch.Experiment`.

    Raises:
        InputError: they are no pictures and labels.
    """
    given = experiment.updated({"dataset": dataset})
    recorded = experiment.to_dict()["dataset"]
    stays = [name for name in AnySource.model_fields if name not in given.dataset.model_fields_set]
    return given.updated({f"dataset.{name}": recorded[name] for name in stays})


def without_arrays(experiment: Experiment) -> Experiment:
    """Workers get their data through the stages: arrays in memory are not sent along with the experiment."""
    if not isinstance(experiment.dataset, ArraysSource):
        return experiment
    bare = dict.fromkeys(experiment.dataset.arrays)
    return experiment.model_copy(update={"dataset": experiment.dataset.model_copy(update=bare)})


def warn(experiment: Experiment, described: Mapping[str, Any]) -> None:
    """Log what is doubtful about the data: a :data:`Tell` for whoever calls from Python."""
    for doubt in doubts(described, experiment.dataset.test):
        some = doubt.details[:5] if len(doubt.details) <= 5 else (*doubt.details[:5], "...")
        _LOG.warning("data: %s", "\n  ".join((doubt.text, *some)))
