"""What data and space tell together before anything is started: that no trial, or none of some kind, could run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.sources.spec import weights_key
from cnnsearch.data.split import Split
from cnnsearch.data.stages import size_of
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.inputs.pictures.memory import check_memory
from cnnsearch.inputs.pictures.spec import COLOURED
from cnnsearch.space import Float, Int
from cnnsearch.sweep.checks.aim_problems import aim_problems, judging
from cnnsearch.sweep.estimates.known_sizes import limit_problems
from cnnsearch.tasks.contract.targets import Judging

__all__ = ["data_problems"]

Size = tuple[int, int]


def data_problems(experiment: Experiment, dataset: Dataset, split: Split) -> list[Problem]:
    """What is wrong with an experiment on this data.

    Args:
        experiment: what would be run.
        dataset, split: its data.
    """
    try:
        sizes = list(_sizes(experiment, dataset))
        for size in sizes:
            check_memory(split.together, size, dataset.pictures.channels, dataset.pictures.dtype)
    except InputError as error:
        return list(error.problems)
    found = [*_unlike(dataset, split), *_weightless(experiment, dataset, split), *_colourless(experiment, dataset)]
    found += [*_weights(experiment, dataset), *_unjudged(dataset, split)]
    found += [] if found else [*aim_problems(experiment, dataset, split)]
    if found:
        return found
    problems = find_family(experiment.model).problems
    pictures = dataset.pictures
    shape, channels, width = pictures.shape, pictures.channels, dataset.targets.outputs.width
    found = problems.data_problems(experiment, sizes, shape, channels, width)
    return found or limit_problems(experiment, dataset)


def _colourless(experiment: Experiment, dataset: Dataset) -> Iterator[Problem]:
    """Changes of colours where there are none."""
    channels = dataset.pictures.channels
    for name in COLOURED:
        if channels != 3 and name in experiment.active:
            has = "1 channel" if channels == 1 else f"{channels} channels"
            rule = f"changes colours of red, green and blue, and the pictures have {has}: leave it out"
            yield Problem(f"space.{name}", rule)


def _unlike(dataset: Dataset, split: Split) -> Iterator[Problem]:
    """Splits that the source brings with other values than those of training, where there is no doubt of either."""
    if dataset.given is None:
        return
    trained = dataset.pictures.values(split.train)
    for name, members in (("validation", split.validation), ("test", split.test)):
        found = dataset.pictures.values(members) if len(members) else trained
        if found.scale is not None and trained.scale is not None and found.scale != trained.scale:
            rule = f"the pictures for training are {trained}, and those of its {name} split are {found}"
            yield Problem("dataset", f"{rule}: scale both alike")


def _unjudged(dataset: Dataset, split: Split) -> Iterator[Problem]:
    """A draw that leaves nothing to judge by, with which every trial would fail."""
    for which, members in judging(split):
        part = dataset.targets.take(members)
        if len(members) and isinstance(part, Judging) and part.nothing_to_judge:
            rule = f"no picture of the {which} {part.nothing_to_judge}; give a larger share, another seed, or a split"
            yield Problem("dataset", rule)
            return


def _weights(experiment: Experiment, dataset: Dataset) -> Iterator[Problem]:
    """Lists of weights that are not one for each class or label."""
    names = dataset.targets.names
    for name, parameter in experiment.space.items():
        spec = experiment.searchable[name]
        for value in parameter.values() if spec.weighs and not isinstance(parameter, (Float, Int)) else ():
            if isinstance(value, tuple) and len(value) != len(names):
                rule = f"must give one weight for each of {len(names)}, in this order: {', '.join(map(str, names))}"
                yield Problem(f"space.{name}", rule, list(value))


def _weightless(experiment: Experiment, dataset: Dataset, split: Split) -> Iterator[Problem]:
    """Trainings in which no picture counts."""
    if dataset.weights is None:
        return
    folds = [] if split.folds is None else [split.train[fold.train] for fold in split.folds.of_trials]
    if not all(dataset.weights[members].any() for members in [split.train, *folds]):
        rule = "is 0 for all pictures that would be trained on, in the split as it is drawn or in a fold"
        yield Problem(f"dataset.{weights_key(experiment.dataset)}", rule)


def _sizes(experiment: Experiment, dataset: Dataset) -> Iterator[Size]:
    """Every size that the pictures of a trial may have; of a range of sizes its ends. Of texts none.

    Raises:
        InputError: some trial would take the pictures in their own size, and they differ in it.
    """
    if experiment.family.reads_texts:
        return
    given = [experiment.filled({})["image_size"]]
    searched = experiment.space.get("image_size")
    if searched is not None:
        values = [searched.low, searched.high] if isinstance(searched, (Float, Int)) else list(searched.values())
        given = [*values, *(given if searched.when else ())]
    for value in given:
        size = size_of({"image_size": value})
        if size is None:
            dataset.pictures.read(np.zeros(0, np.int64))  # tells of pictures that differ
            size = dataset.pictures.shape
        if size is not None:
            yield size
