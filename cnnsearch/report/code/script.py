"""The whole script of a trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.families.own.config import OwnConfig
from cnnsearch.report.code.cnn import cnn_model
from cnnsearch.report.code.layers import assembled, augmentation, is_augmented, scaling
from cnnsearch.report.code.recipe import Part, Recipe, recipe_of
from cnnsearch.report.code.training import has_one_hot, one_hot, training
from cnnsearch.report.code.transfer import transfer_model
from cnnsearch.report.code.writing import Code, code, docstring, indented, joined, lines, name
from cnnsearch.study.lines import TrialLine

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

_LOGITS = """\
given = np.asarray(keras.Model(inputs, outputs)(x_train[:8].astype("float32")))
if (given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=0.01):
    # It ends in softmax: the logarithms of probabilities are logits, and their softmax gives them back.
    logits = keras.ops.log(keras.ops.maximum(keras.ops.cast(outputs, "float32"), 1e-30))
else:
    logits = outputs"""


def keras_code(study: Study, trial: int | None = None) -> str:
    """A Python script of plain Keras, without cnnsearch, that builds the model of a trial and trains it.

    It has ``build_model`` and ``train``, and run by itself reads arrays from a ``.npz`` file. With the study's arrays
    it gives the trial's numbers within the noise of training. What Keras cannot express stands in its head.

    Args:
        study: any.
        trial: number of one of its trials; left out, the best one.

    Raises:
        InputError: the study has no such trial.
    """
    recipe = recipe_of(study, trial)
    model, fit = _model(recipe), training(recipe)
    evaluated = code("data[names[3]]")
    pieces = [
        *_head(recipe, [*model.beyond, *fit.beyond]),
        *lines("", _SETTINGS),
        *lines(
            "keras.config.set_dtype_policy({precision})",
            "",
            "CLASSES = {classes}",
            "EPOCHS = {epochs}",
            "SEED = {seed}",
            precision=study.experiment.resources.precision,
            classes=len(study.classes) or code("2  # the study does not tell: set their number"),
            epochs=study.experiment.epochs,
            seed=int(recipe.record.seed) % 2**32,
        ),
        *(line for text in (*model.definitions, *fit.definitions) for line in (*lines("", ""), text)),
        *lines("", "", "def build_model(x_train):"),
        *indented(model.lines),
        *lines("", "", "def train(x_train, y_train, x_validation, y_validation):"),
        *lines("    keras.utils.set_random_seed(SEED)"),
        *indented(fit.lines),
        *lines(
            "",
            "",
            'if __name__ == "__main__":',
            "    data = np.load(sys.argv[1])",
            '    names = ("x_train", "y_train", "x_validation", "y_validation")',
            "    model, history = train(*(data[name] for name in names))",
            "    model.evaluate(data[names[2]], {labels})",
            labels=one_hot(evaluated) if has_one_hot(recipe) else evaluated,
        ),
        *_saved(recipe),
        code(""),
    ]
    return str(joined(pieces))


def _model(recipe: Recipe) -> Part:
    family = recipe.study.experiment.model
    if ":" not in family:
        return {"cnn": cnn_model, "transfer": transfer_model}[family](recipe)
    module, function = map(name, family.split(":"))
    return Part(
        [
            code("from {module} import {function}", module=module, function=function),
            *lines("", "inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
            *scaling(recipe, recipe.config["scaling"]),
            code("config = {config}", config=dict(OwnConfig(family, recipe.config))),
            code("outputs = {function}(config, x_train.shape[1:], CLASSES)(x)", function=function),
            *lines(_LOGITS),
            *assembled(recipe),
            code("return model"),
        ],
        augmentation(recipe).beyond,
    )


def _saved(recipe: Recipe) -> list[Code]:
    """Lines that save the model with probabilities."""
    augmented = is_augmented(recipe)
    return [
        *(lines("    network = model.layers[-1]  # what stands behind the random layers") if augmented else []),
        code(
            '    keras.Model({network}.input, layers.Softmax(dtype="float32")({network}.output)).save("model.keras")',
            network=name("network" if augmented else "model"),
        ),
    ]


def _head(recipe: Recipe, beyond: list[str]) -> list[Code]:
    """The script's docstring."""
    study = recipe.study
    from cnnsearch.inputs.pictures.value_range import ValueRange

    versions = study.environment.get("packages", {})
    size = recipe.size
    pictures = f"{size[0]} x {size[1]}" if size else "one size"
    paragraphs = [
        f"Trial {recipe.trial} of the study '{study.name}' as plain Keras: builds its model and trains it.",
        _outcome(recipe),
        f"x_train and x_validation are pictures as they are at rest, (n, height, width, channels) of {pictures}, "
        f"{ValueRange.recorded(recipe.data)}; y_train and y_validation are numbers of classes, (n,) of type int. "
        "load_dataset, split_dataset and pixels of cnnsearch.data give those of the study's experiment.",
        *_importable(recipe),
        f"Made for Keras {versions.get('keras') or '3'} with TensorFlow {versions.get('tensorflow') or '2'}.",
    ]
    if beyond:
        paragraphs.append("What differs from the trial:")
    return docstring(paragraphs, beyond)


def _importable(recipe: Recipe) -> list[str]:
    family = recipe.study.experiment.model
    if ":" not in family:
        return []
    return [f"The module {family.split(':')[0]} must be importable: it lies beside this file, or on PYTHONPATH."]


def _outcome(recipe: Recipe) -> str:
    record, metric = recipe.record, recipe.study.experiment.objective.metric
    if not isinstance(record, TrialLine):
        return "It has not ended."
    if record.value is None:
        return f"It failed: {record.reason or 'no reason recorded'}."
    stopped = f"; the scheduler stopped it after {record.epochs}" if record.state == "STOPPED" else ""
    return f"Its {metric} was {record.value:.4f} at epoch {record.best_epoch}{stopped}."
