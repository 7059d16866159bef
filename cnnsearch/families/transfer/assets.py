"""The weights that an experiment of a family with a backbone names: see :class:`cnnsearch.families.family.Assets`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.families.named_files import renamed
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED, STUDY_PREFIX, imagenet_folder, weights_file
from cnnsearch.inputs.pictures.value_range import ValueRange
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import Output, find_study
from cnnsearch.study.store import open_store
from cnnsearch.study.winner.best import MODEL
from cnnsearch.study.winner.best_model import find_best

__all__ = ["absolute", "check", "check_values", "digests", "fetch", "fetch_problem", "packed"]

_DRAWS = 500

_KEY = "space.weights"


def absolute(experiment: Experiment, output: Output) -> Experiment:
    """The experiment with paths of weights that every worker will find; ``study:NAME`` is looked for in ``output``."""
    if "weights" not in experiment.space:
        return experiment
    return experiment.updated(renamed("weights", lambda value: _absolute(value, output), experiment))


def check(experiment: Experiment) -> None:
    """Whether the files of weights are there; those of ImageNet may still be downloaded.

    Raises:
        InputError: one is missing.
    """
    for *_, weights in _named(experiment):
        path = weights_file(weights)
        if path is not None and not path.is_file():
            has = "has no best model" if weights.startswith(STUDY_PREFIX) else "no such file"
            raise InputError(Problem(_KEY, f"must name weights that are there: {has}", weights))


def digests(experiment: Experiment, fetch: Callable[[str, float], None]) -> dict[str, str]:
    """File -> its sha256; ``fetch`` is called with a backbone and its width for those of ImageNet that are not there.

    Raises:
        InputError: one is missing: says which, and where it may be put; or a study's is not that of its winner.
    """
    check(experiment)
    found = {}
    for name, alpha, weights in _named(experiment):
        path = weights_file(weights)
        if weights == "imagenet" and name in BACKBONES:
            path = imagenet_folder() / BACKBONES[name].imagenet_file_of(alpha)
            if not path.is_file():
                fetch(name, alpha)
        if path is None:
            continue
        if weights.startswith(STUDY_PREFIX):
            _check_best(weights)
        with path.open("rb") as file:
            found[str(path)] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def fetch(name: str, alpha: float) -> None:
    """Let Keras download ImageNet's weights of a backbone of this width."""
    from cnnsearch.families.transfer.weights import read_weights

    read_weights(name, alpha, "imagenet")


def fetch_problem(error: Exception) -> Problem:
    return Problem(_KEY, str(error), "imagenet")


def packed(experiment: Experiment, place: Callable[[Path, str], str | None]) -> tuple[dict[str, Any], list[str]]:
    """The parameter with the paths to which its files have moved; see :class:`cnnsearch.families.family.Assets`."""
    if "weights" not in experiment.space:
        return {}, []
    named: list[str] = []

    def placed(value: str) -> str:
        path = weights_file(value)
        if path is None or not path.is_file():
            return value
        if value.startswith(STUDY_PREFIX):
            _check_best(value)  # before it is copied
        target = place(path, _KEY)
        if target is None:
            return value
        named.append(value)
        return target

    return renamed("weights", placed, experiment), named


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
                raise InputError(Problem(_KEY, rule, weights))


def _check_best(weights: str) -> None:
    """Whether a study's ``best/`` holds the model that its record names: workers read the file itself.

    Raises:
        InputError: it does not.
    """
    store = open_store(weights.removeprefix(STUDY_PREFIX))
    held = find_best(Study.load(store)) if store.is_study else None
    if held is not None and held.file != MODEL:
        raise InputError(Problem(_KEY, str(held.problem), weights))


def _named(experiment: Experiment) -> Iterator[tuple[str, float, str]]:
    """Backbone, width and weights of many random configs, each once."""
    rng = np.random.default_rng(0)
    family, seen = experiment.family, set()
    for _ in range(_DRAWS):
        config = experiment.filled(experiment.space.sample(rng))
        key = (config[family.frozen_by[0]], float(config["backbone_alpha"]), config["weights"])
        if key not in seen and family.is_frozen(config):
            seen.add(key)
            yield key


def _absolute(weights: str, output: Output) -> str:
    if weights in ("imagenet", "none"):
        return weights
    if weights.startswith(STUDY_PREFIX):
        try:
            store = open_store(find_study(weights.removeprefix(STUDY_PREFIX), output))
        except InputError as error:
            raise InputError(Problem(_KEY, error.problems[0].rule, weights)) from None
        if store.folder is None:
            rule = f"must be a study in a folder: copy {store.at('best/model.keras')} to a file that all nodes see"
            raise InputError(Problem(_KEY, f"{rule}, and name that file", weights))
        return f"{STUDY_PREFIX}{store.folder}"
    return str(Path(weights).expanduser().resolve())
