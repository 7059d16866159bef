"""The splits of a study as arrays in one file: what its trials as code read, and anybody else's programs."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.cache.rows import in_memory
from cnnsearch.data.sources.spec import ArraysSource
from cnnsearch.data.stages import size_of
from cnnsearch.data.written_split import GROUPS
from cnnsearch.errors import InputError, Problem, unwritten
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.study import Study
from cnnsearch.study.store.atomic import replacing
from cnnsearch.sweep.data import load_data, placed, with_arrays
from cnnsearch.training.divided_texts import check_division

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.data.split import Split

__all__ = ["split"]


def split(
    study: Study | str | os.PathLike[str],
    path: str | os.PathLike[str],
    *,
    trial: int | None = None,
    fold: int = 0,
    dataset: Any = None,
) -> Path:
    """Write the pictures and targets of a study's splits into one ``.npz`` file.

    It holds ``x_train, y_train, x_validation, y_validation, x_test, y_test``, pictures at rest as ``(n, height, width,
    channels)``; ``train, validation, test``, their places in the data set; ``names`` of the outputs; ``weights`` of the
    training pictures where these have some; and where pictures belong together, as those of one patient or the tiles of
    one picture, ``group_of_train`` and so on, the numbers of their groups. Of texts it holds numbers of tokens, ``(n,
    length)``, as the trial's vocabulary gives them, and that ``vocabulary``, token by token. The test split that it
    holds is as good as read: choose nothing by it.

    Args:
        study: the study, its path or URI.
        path: the file, ``.npz``; one that is there is replaced.
        trial: whose size the pictures have; left out, the best one's.
        fold: of a study with folds, which one is the validation split, from 0 on.
        dataset: where the study's data lies now, if it was moved; or the arrays that it was run on, ``(x, y)``.

    Returns:
        The file.

    Raises:
        InputError: there is no such trial or fold, the data are not those of the study, or the file cannot be written.
    """
    found = study if isinstance(study, Study) else Study.load(study)
    target = Path(path)
    if target.suffix != ".npz":
        raise InputError(Problem("-o", "must be a file that ends in .npz", str(target)))
    size = size_of(found.experiment.filled(_config(found, trial)))
    pictures, parts = _read(found, dataset)
    arrays = _arrays(_prepared(pictures, parts), _places(parts, fold), size)
    try:
        with replacing(target) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, **arrays)
    except OSError as error:
        raise unwritten(Problem("-o", f"cannot be written: {error.strerror}", str(target)), error) from None
    return target


def _config(study: Study, trial: int | None) -> Any:
    if trial is None and study.best is not None:
        return study.best.config
    if trial is None:
        raise InputError(Problem("--trial", "must be given: no trial of the study has a value", study.source))
    known = {line.trial: line.config for line in study.proposals}
    if trial not in known:
        raise InputError(Problem("--trial", f"the study has no such trial; it has {len(known)}", trial))
    return known[trial]


def _read(study: Study, dataset: Any) -> tuple[Dataset, Split]:
    """The data of a study, which must be what it was run on."""
    experiment = study.experiment
    if dataset is None or isinstance(dataset, (str, os.PathLike)):
        if isinstance(experiment.dataset, ArraysSource) and experiment.dataset.x is None:
            rule = "of this study are arrays in memory: write them from Python, cnnsearch.split(study, path, dataset="
            raise InputError(Problem("dataset", f"{rule}(x, y))", study.source))
        experiment = placed(experiment, dataset)
    else:
        experiment = with_arrays(experiment, dataset)
    pictures, parts = load_data(experiment)
    known = study.environment.get("dataset", {}).get("fingerprint")
    if known != pictures.fingerprint:
        rule = f"is no longer what the study was run on: its fingerprint is {pictures.fingerprint[:12]}"
        raise InputError(Problem("dataset", rule, str(known)[:12]))
    check_division(study, pictures)
    return pictures, parts


def _places(parts: Split, fold: int) -> dict[str, np.ndarray]:
    """Which pictures of the data set are in which split."""
    if parts.folds is None:
        if fold:
            raise InputError(Problem("--fold", "must be left out: the study has no folds", fold))
        return {"train": parts.train, "validation": parts.validation, "test": parts.test}
    trainings = parts.folds.of_trials
    if not 0 <= fold < len(trainings):
        raise InputError(Problem("--fold", f"must be from 0 to {len(trainings) - 1}", fold))
    one = trainings[fold]
    return {"train": parts.train[one.train], "validation": parts.train[one.validation], "test": parts.test}


def _prepared(dataset: Dataset, parts: Split) -> Dataset:
    """Of texts with the vocabulary of the trials, which folds share."""
    if not isinstance(dataset.pictures, Texts):
        return dataset
    return replace(dataset, pictures=dataset.pictures.learnt(parts.train))


def _arrays(dataset: Dataset, places: dict[str, np.ndarray], size: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if isinstance(dataset.pictures, Texts):
        found["vocabulary"] = np.array(dataset.pictures.tokenizer(size).vocabulary)
    for name, members in places.items():
        found[f"x_{name}"] = in_memory(dataset.pictures.at_rest(members, size))
        found[f"y_{name}"] = dataset.targets.at(members, size)
        groups = dataset.group_of(members)
        if groups is not None:
            found[f"{GROUPS}{name}"] = groups
    if dataset.weights is not None:
        found["weights"] = dataset.weights[places["train"]]
    return {**found, **places, "names": np.array(dataset.targets.names)}
