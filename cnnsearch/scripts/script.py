"""The whole script of a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.escaping import shell_line
from cnnsearch.inputs.texts.spec import PREPROCESSING as TEXTS
from cnnsearch.scripts.family import family_code
from cnnsearch.scripts.layers import is_augmented
from cnnsearch.scripts.recipe import Recipe, recipe_of
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.training import training
from cnnsearch.scripts.writing import Code, code, docstring, indented, joined, lines, name
from cnnsearch.study.lineage import lineage_in_words
from cnnsearch.study.partitions import PARTITIONS
from cnnsearch.study.record.lines import TrialLine

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["keras_code"]

_SETTINGS = """\
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"  # before Keras is imported

import keras
import numpy as np
from keras import layers

# As in the trial, whatever keras.json says.
keras.config.set_floatx("float32")
keras.config.set_epsilon(1e-07)
keras.config.set_image_data_format("channels_last")"""


def keras_code(study: Study, trial: int | None = None) -> str:
    """A Python script of plain Keras, without cnnsearch, that builds the model of a trial and trains it.

    It has ``build_model`` and ``train``, and run by itself reads arrays from a ``.npz`` file: its first argument, or
    ``split.npz`` in the working directory, as ``cnnsearch split`` writes it. With the study's arrays it gives the
    trial's numbers within the noise of training. What Keras cannot express stands in its head.

    Args:
        study: any.
        trial: number of one of its trials; left out, the best one.

    Raises:
        InputError: the study has no such trial.
    """
    recipe = recipe_of(study, trial)
    task = task_code(recipe)
    model, fit = family_code(recipe).model(recipe), training(recipe)
    pieces = [
        *_head(recipe, [*model.beyond, *fit.beyond]),
        *lines("", _SETTINGS),
        *lines(
            "keras.config.set_dtype_policy({precision})",
            "",
            precision=study.experiment.resources.precision,
        ),
        *task.constants(recipe),
        *lines(
            "EPOCHS = {epochs}",
            "SEED = {seed}",
            epochs=study.experiment.epochs,
            seed=int(recipe.record.seed) % 2**32,
        ),
        *(line for text in (*model.definitions, *fit.definitions) for line in (*lines("", ""), text)),
        *lines("", "", "def build_model(x_train):"),
        *indented(model.lines),
        *lines(
            "",
            "",
            "def train(x_train, y_train, x_validation, y_validation{weights}):",
            weights=code(", weights" if recipe.is_weighted else ""),
        ),
        *lines("    keras.utils.set_random_seed(SEED)"),
        *indented(fit.lines),
        *lines(
            "",
            "",
            'if __name__ == "__main__":',
            # A notebook has arguments of its own: what is no .npz file is none of this script's.
            '    files = [path for path in sys.argv[1:] if path.endswith(".npz")] or ["split.npz"]',
            "    if not os.path.exists(files[0]):",
            "        sys.exit(files[0] + {missing})",
            '    names = ("x_train", "y_train", "x_validation", "y_validation"{weights})',
            "    with np.load(files[0]) as arrays:",
            "        data = {{name: arrays[name] for name in names}}",
            "    model, history = train(*(data[name] for name in names))",
            "    model.evaluate(data[names[2]], {labels})",
            missing=f" is not there; it is written by: {_splitting(recipe)}",
            labels=task.stored(recipe, code("data[names[3]]")),
            weights=code(', "weights"' if recipe.is_weighted else ""),
        ),
        *_saved(recipe),
        code(""),
    ]
    return str(joined(pieces))


def _splitting(recipe: Recipe) -> str:
    """The command that writes the arrays that the script reads, at the trial's image size, or in its tokens."""
    asked = {"image_size", *TEXTS.keys()}
    of_trial = ["--trial", str(recipe.trial)] if asked.intersection(recipe.study.experiment.space) else []
    return shell_line(["cnnsearch", "split", recipe.study.store.name, *of_trial, "-o", "split.npz"])


def _saved(recipe: Recipe) -> list[Code]:
    """Lines that save the model with its answers."""
    augmented = is_augmented(recipe)
    network = name("network" if augmented else "model")
    return [
        *(lines("    network = model.layers[-1]  # what stands behind the random layers") if augmented else []),
        code(
            '    keras.Model({network}.input, {answers}).save("model.keras")',
            network=network,
            answers=task_code(recipe).answers(code("{network}.output", network=network)),
        ),
    ]


def _head(recipe: Recipe, beyond: list[str]) -> list[Code]:
    """The script's docstring."""
    study = recipe.study
    from cnnsearch.inputs.pictures.value_range import ValueRange

    versions = study.environment.get("packages", {})
    size = recipe.size
    pictures = f"{size[0]} x {size[1]}" if size else "one size"
    arrays = (
        f"pictures as they are at rest, (n, height, width, channels) of {pictures}, {ValueRange.recorded(recipe.data)}"
    )
    if recipe.reads_texts:
        arrays = f"numbers of tokens, (n, {recipe.config['text_length']}), as the trial's vocabulary gives them"
    paragraphs = [
        f"Trial {recipe.trial} of the study '{study.name}' as plain Keras: builds its model and trains it.",
        _outcome(recipe),
        f"x_train and x_validation are {arrays}; y_train and y_validation are {task_code(recipe).told}. "
        f"`{_splitting(recipe)}` writes those of the study into the file that this script reads.",
        *(["weights are those of the training pictures in the loss, (n,)."] if recipe.is_weighted else []),
        *_folds(recipe),
        *_lineage(recipe),
        *_importable(recipe),
        f"Made for Keras {versions.get('keras') or '3'} with TensorFlow {versions.get('tensorflow') or '2'}.",
    ]
    if beyond:
        paragraphs.append("What differs from the trial:")
    return docstring(paragraphs, beyond)


def _folds(recipe: Recipe) -> list[str]:
    """Where the pictures of a fold are found."""
    if recipe.study.experiment.cross_validation is None:
        return []
    return [
        f"{PARTITIONS} of the study says which picture is in which fold: `pictures` are their places in the data set, "
        "`folds[0]` the fold of each. The trial's first training, whose seed this script has, is validated by those of "
        "fold 0 and trained on the others, in the order of `pictures`, as `cnnsearch split` writes them; scaling is "
        "that of all of them."
    ]


def _lineage(recipe: Recipe) -> list[str]:
    """Of population based training: no script trains what other trials trained before."""
    went = lineage_in_words(recipe.study, recipe.trial)
    if not went:
        return []
    return [
        f"It does not give the trial's model. The trial took over weights and optimizer of others ({went}), and had "
        "other configs before; the script trains its last config from the beginning."
    ]


def _importable(recipe: Recipe) -> list[str]:
    family = recipe.study.experiment.family
    if not family.is_own:
        return []
    return [f"The module {family.name.split(':')[0]} must be importable: it lies beside this file, or on PYTHONPATH."]


def _outcome(recipe: Recipe) -> str:
    record, metric = recipe.record, recipe.study.experiment.objective.metric
    if not isinstance(record, TrialLine):
        return "It has not ended."
    if record.value is None:
        return f"It failed: {record.reason or 'no reason recorded'}."
    by = "user" if record.end_reason == "user" else "scheduler"
    stopped = f"; the {by} stopped it after {record.epochs}" if record.state == "STOPPED" else ""
    mean = f", the mean over {len(record.runs)} seeds, of which this script trains the first" if record.runs else ""
    if record.folds:
        mean = f", the mean over {len(record.folds)} folds, of which this script trains one"
    return f"Its {metric} was {record.value:.4f} at epoch {record.best_epoch}{mean}{stopped}."
