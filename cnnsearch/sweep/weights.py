"""The weights that a transfer experiment names, found before the sweep starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED, STUDY_PREFIX, imagenet_folder, weights_file
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.study import Study
from cnnsearch.study.best import MODEL
from cnnsearch.study.best_model import find_best
from cnnsearch.study.folder import Output, find_study
from cnnsearch.study.store import open_store

__all__ = ["check_best", "check_values", "check_weights", "find_weights", "with_absolute_weights"]

_DRAWS = 500


def with_absolute_weights(experiment: Experiment, output: Output) -> Experiment:
    """The experiment with paths that every worker will find, wherever it runs.

    Args:
        experiment: of any model.
        output: path or URI of the studies, in which ``study:NAME`` is looked for.

    Raises:
        InputError: there is no such study.
    """
    if experiment.model != "transfer" or "weights" not in experiment.space:
        return experiment
    given = experiment.space.to_dict()["weights"]
    if isinstance(given, dict):
        given = {**given, "choice": [_absolute(value, output) for value in given["choice"]]}
    else:
        given = _absolute(given, output)
    return experiment.updated({"space.weights": given})


def check_weights(experiment: Experiment) -> None:
    """Whether the files of weights are there; those of ImageNet may still be downloaded.

    Raises:
        InputError: one is missing.
    """
    for *_, weights in _named(experiment):
        path = weights_file(weights)
        if path is not None and not path.is_file():
            has = "has no best model" if weights.startswith(STUDY_PREFIX) else "no such file"
            raise InputError(Problem("space.weights", f"must name weights that are there: {has}", weights))


def find_weights(experiment: Experiment, download: Callable[[str, float], None] | None = None) -> dict[str, str]:
    """Make sure that the weights are there; those of ImageNet are downloaded where they are not.

    Args:
        experiment: with absolute paths.
        download: of a backbone and its width; left out, in a process of Ray's, as it takes TensorFlow.

    Returns:
        File -> its sha256.

    Raises:
        InputError: one is missing: says which, and where it may be put; or a study's is not that of its winner.
    """
    check_weights(experiment)
    found = {}
    for name, alpha, weights in _named(experiment):
        path = weights_file(weights)
        if weights == "imagenet" and name in BACKBONES:
            path = imagenet_folder() / BACKBONES[name].imagenet_file_of(alpha)
            if not path.is_file():
                (download or _download)(name, alpha)
        if path is None:
            continue
        if weights.startswith(STUDY_PREFIX):
            check_best(weights)
        with path.open("rb") as file:
            found[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def check_values(experiment: Experiment, values: ValueRange) -> None:
    """Whether networks of somebody's own, which scale by themselves, get pictures of the values that they know.

    Args:
        experiment: with absolute paths.
        values: of its pictures.

    Raises:
        InputError: one was trained on other values, as ``values.json`` beside it says.
    """
    for name, _, weights in _named(experiment):
        path = weights_file(weights)
        if name != SAVED or path is None:
            continue
        # As export names it, and as it lies in a study.
        named = path.with_suffix(".values.json")
        beside = path.with_name("values.json") if path.name == "model.keras" and not named.is_file() else named
        if beside.is_file():
            trained = ValueRange.recorded({"values": json.loads(beside.read_text(encoding="utf-8"))})
            if not values.is_like(trained):
                rule = f"is a network that was trained on {trained}, and the pictures are {values}; bring them to that"
                raise InputError(Problem("space.weights", rule, weights))


def check_best(weights: str) -> None:
    """Whether a study's ``best/`` holds the model that its record names: workers read the file itself.

    Raises:
        InputError: it does not.
    """
    store = open_store(weights.removeprefix(STUDY_PREFIX))
    held = find_best(Study.load(store)) if store.is_study else None
    if held is not None and held.file != MODEL:
        raise InputError(Problem("space.weights", str(held.problem), weights))


def _named(experiment: Experiment) -> Iterator[tuple[str, float, str]]:
    """Backbone, width and weights of many random configs, each once."""
    if experiment.model != "transfer":
        return
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        key = (config["backbone"], float(config["backbone_alpha"]), config["weights"])
        if key not in seen:
            seen.add(key)
            yield key


def _download(name: str, alpha: float) -> None:
    """Let Keras get the weights in a process of its own."""
    import ray
    from ray.exceptions import RayTaskError

    from cnnsearch.sweep.cluster.waiting import check_ray, result_of
    from cnnsearch.sweep.worker.preload import FOR_STAGES

    task: Any = ray.remote(num_cpus=0, max_retries=0, runtime_env={"env_vars": FOR_STAGES})(_downloaded)
    try:
        result_of(task.remote(name, alpha), check_ray)
    except RayTaskError as error:
        if not isinstance(error.cause, TrialError):
            raise
        raise InputError(Problem("space.weights", str(error.cause), "imagenet")) from None


def _downloaded(name: str, alpha: float) -> None:
    from cnnsearch.training.devices import import_quietly

    import_quietly()
    from cnnsearch.families.transfer.weights import read_weights

    read_weights(name, alpha, "imagenet")


def _absolute(weights: str, output: Output) -> str:
    if weights in ("imagenet", "none"):
        return weights
    if weights.startswith(STUDY_PREFIX):
        try:
            store = open_store(find_study(weights.removeprefix(STUDY_PREFIX), output))
        except InputError as error:
            raise InputError(Problem("space.weights", error.problems[0].rule, weights)) from None
        if store.folder is None:
            rule = f"must be a study in a folder: copy {store.at('best/model.keras')} to a file that all nodes see"
            raise InputError(Problem("space.weights", f"{rule}, and name that file", weights))
        return f"{STUDY_PREFIX}{store.folder}"
    return str(Path(weights).expanduser().resolve())
