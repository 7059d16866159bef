"""What data and space tell together before anything is started: that no trial, or none of some kind, could run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families.building import count_parameters
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED
from cnnsearch.families.transfer.problems import too_small
from cnnsearch.inputs.pictures.memory import check_memory
from cnnsearch.space import Float, Int
from cnnsearch.training.trial import size_of

__all__ = ["data_problems"]

_DRAWS = 500

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
            count = len(split.train) + len(split.validation)
            check_memory(count, size, dataset.pictures.channels, dataset.pictures.dtype)
    except InputError as error:
        return list(error.problems)
    unlike = list(_unlike(dataset, split))
    if unlike:
        return unlike
    if experiment.model == "transfer":
        side = min(map(min, sizes), default=None)
        return [*too_small(experiment.space, side), *_channels(experiment, dataset.pictures.channels)]
    return [] if ":" in experiment.model else list(_impossible(experiment, dataset))


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


def _sizes(experiment: Experiment, dataset: Dataset) -> Iterator[Size]:
    """Every size that the pictures of a trial may have; of a range of sizes its ends.

    Raises:
        InputError: some trial would take the pictures in their own size, and they differ in it.
    """
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


def _channels(experiment: Experiment, channels: int) -> Iterator[Problem]:
    searched = experiment.space.get("backbone")
    names = [experiment.filled({})["backbone"]] if searched is None else list(searched.values())
    if channels not in (1, 3) and SAVED not in names and all(name in BACKBONES for name in names):
        rule = f"backbone '{names[0]}' takes pictures of 1 or 3 channels, and these have {channels}"
        yield Problem("space.backbone", f"{rule}: a network of your own takes others, as backbone '{SAVED}'")


def _impossible(experiment: Experiment, dataset: Dataset) -> Iterator[Problem]:
    """Whether a network that can be built on pictures of this size is not to be found among random configs."""
    rng = np.random.default_rng(experiment.seed)
    reason = ""
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        size = size_of(config) or dataset.pictures.shape or (1, 1)
        try:
            count_parameters(
                experiment.model, config, (*size, dataset.pictures.channels), dataset.targets.outputs.width
            )
        except TrialError as error:
            reason = str(error)
        else:
            return
    yield Problem("space", f"none of {_DRAWS} random configs gives a network that these pictures fit: {reason}")
