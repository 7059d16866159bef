"""The data of an experiment as a sweep takes it: read and split, found from everywhere, left out of what is sent."""

from __future__ import annotations

from pathlib import Path

from cnnsearch.catalog.sources import ArraysSource
from cnnsearch.data import Dataset, Split, load_dataset, split_dataset
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.data_problems import data_problems

__all__ = ["load_data", "with_absolute_paths", "without_arrays"]


def load_data(experiment: Experiment) -> tuple[Dataset, Split]:
    """The labelled pictures of an experiment and their split.

    Raises:
        InputError: the data cannot be used, or no trial of the experiment could run on it.
    """
    from cnnsearch.training.trial import size_of

    source = experiment.dataset
    likely = {name: next(iter(experiment.space[name].values())) for name in ("image_size",) if name in experiment.space}
    dataset = load_dataset(source, size_of(experiment.filled(likely)), experiment.seed)
    split = split_dataset(dataset, source.validation, source.test, experiment.seed)
    problems = data_problems(experiment, dataset, split)
    if problems:
        raise InputError(problems)
    return dataset, split


def with_absolute_paths(experiment: Experiment) -> Experiment:
    """Paths as every worker will find them, wherever it runs, and as `resume` will, wherever it is called."""
    paths = {
        "dataset.path": getattr(experiment.dataset, "path", None),
        "tracking.tensorboard": experiment.tracking.tensorboard,
    }
    found = {key: path for key, path in paths.items() if path is not None and "://" not in str(path)}
    if not found:
        return experiment
    return experiment.updated({key: str(Path(path).expanduser().resolve()) for key, path in found.items()})


def without_arrays(experiment: Experiment) -> Experiment:
    """Workers get their data through the stages: arrays in memory are not sent along with the experiment."""
    if not isinstance(experiment.dataset, ArraysSource):
        return experiment
    bare = dict.fromkeys(("x", "y", "x_validation", "y_validation", "x_test", "y_test"))
    return experiment.model_copy(update={"dataset": experiment.dataset.model_copy(update=bare)})
