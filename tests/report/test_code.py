"""Trials as Keras code: what the text says. That it runs is tested where TensorFlow is."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.errors import InputError
from cnnsearch.report.views.code import view
from cnnsearch.study import Study
from cnnsearch.tasks.classification.code_of_objective import _OF_ALL
from cnnsearch.tasks.classification.predictions import ClassPredictions

Write = Callable[..., Study]


def code_of(written: Write, space: dict[str, Any], folder: str = "study", **keys: Any) -> str:
    study = written([SyntheticTrial("COMPLETED", (0.9,), space)], folder, space=space, **keys)
    text = study.code(0)
    ast.parse(text)
    return text


def test_network_is_written_out_layer_by_layer(five: Study) -> None:
    text = five.code()
    assert "Trial 3 of the study 'digits cnn' as plain Keras" in text
    assert "Its val_accuracy was 0.9500 at epoch 2." in text
    assert 'x = layers.Conv2D(32, 3, padding="same", kernel_initializer="he_uniform")(x)' in text
    assert 'x = layers.Conv2D(64, 3, padding="same", kernel_initializer="he_uniform")(x)' in text
    assert text.count('layers.Dense(100, activation="relu", kernel_initializer="he_uniform")') == 2
    assert text.count("layers.Dropout(0.1)") == 2
    assert "CLASSES = 10\nEPOCHS = 18\nSEED = 1003\n" in text
    assert "What differs" not in text
    assert view.VIEW.info(five).text == text


def test_branches_are_kept_under_their_names(written: Write) -> None:
    space = {
        **{"block": "residual", "conv_blocks": 1, "filters": 8, "attention": "cbam", "stochastic_depth": 0.25},
        **{"normalization": "group", "l2": 0.01, "block_dropout": 0.0},
    }
    text = code_of(written, space)
    assert "    # stem\n    x = layers.Conv2D(8, 3, " in text
    assert '    # block 1\n    x = layers.Conv2D(8, 3, padding="same", use_bias=False' in text
    assert 'stem_activation = layers.Activation("relu")(x)' in text
    assert "block_1_unit_1_convolution_2_normalization = layers.GroupNormalization(8)(x)" in text
    assert "layers.Concatenate(axis=1)([block_1_unit_1_mean, block_1_unit_1_maximum])" in text
    assert "x = keras.ops.sum(x, axis=1, keepdims=True)" in text
    assert "_depth = layers.Dropout(0.25, noise_shape=(None, 1, 1, 1))(x)" in text
    assert "x = layers.Add()([stem_activation, block_1_unit_1_stochastic_depth])" in text
    without = code_of(written, {**space, "stochastic_depth": 0.0}, "without")
    assert "x = layers.Add()([stem_activation, block_1_unit_1_weighed])" in without


def test_training_is_that_of_the_trial(written: Write) -> None:
    space = {
        "optimizer": "sgd",
        "momentum": 0.8,
        "weight_decay": 0.01,
        "learning_rate": 0.1,
        "learning_rate_schedule": "cosine",
        "class_weights": "balanced",
        "label_smoothing": 0.1,
        "batch_size": 32,
        "l1": 1e-5,
        "scaling": "standardize",
        "random_flip": "both",
        "random_crop": 0.2,
    }
    text = code_of(written, space, early_stopping={"patience": 3, "min_delta": 0.01}, objective="val_f1")
    assert "rate = keras.optimizers.schedules.CosineDecay(0.1, EPOCHS * steps)" in text
    assert "SGD(rate, momentum=0.8, weight_decay=0.01)" in text
    assert "loss=keras.losses.CategoricalCrossentropy(from_logits=True)," in text
    assert "y_train = keras.utils.to_categorical(y_train, CLASSES) * (1 - 0.1) + 0.1 / CLASSES" in text
    assert "y_validation = keras.utils.to_categorical(y_validation, CLASSES)\n" in text
    assert "class_weight=class_weight" in text
    assert "penalty = keras.regularizers.L1(1e-05)" in text
    assert 'layers.RandomFlip("horizontal_and_vertical")' in text
    assert 'monitor="val_f1", mode="max", patience=3, min_delta=0.01' in text
    assert 'metrics=["accuracy", keras.metrics.F1Score(average="macro", name="f1")]' in text
    head = " ".join(ast.get_docstring(ast.parse(text), clean=True).split())  # type: ignore[union-attr]
    assert "random_crop 0.2 has no layer in Keras" in head


@pytest.mark.parametrize(
    ("backbone", "said"),
    [
        ("mobilenet_v2", "MobileNetV2(include_top=False, weights=None, input_shape=(height, width, 3), alpha=0.5)"),
        ("resnet50", "keras.ops.flip(x, axis=-1)"),
        ("densenet121", "mean and deviation of ImageNet"),
        ("efficientnet_b0", "layers.Rescaling(255)"),
    ],
)
def test_backbones_see_what_they_were_trained_on(tmp_path: Path, backbone: str, said: str) -> None:
    space = {"backbone": backbone, "weights": "none", "unfrozen_layers": 4, "fine_tune_epochs": 2, "layer_decay": 0.9}
    space |= {"backbone_alpha": 0.5} if backbone == "mobilenet_v2" else {}
    keys: dict[str, Any] = {"model": "transfer", "space": space, "preprocessing": {"image_size": 32}, "epochs": 5}
    trial = SyntheticTrial("COMPLETED", (0.9,), space)
    text = write_study(tmp_path / "study", digits_experiment(**keys), [trial]).code(0)
    ast.parse(text)
    assert said in text
    assert "trained = backbone.layers[max(0, len(backbone.layers) - 4):]" in text
    assert "(3, 0.001, [], [best])," in text
    assert "(2, 0.0001, trained, [best])," in text
    assert "lower_rates(optimizer, model, backbone, 0.9)" in text
    assert "What differs" not in text


def test_settings_of_keras_are_those_of_the_trial(five: Study) -> None:
    lines = five.code().splitlines()
    assert lines.index('os.environ["KERAS_BACKEND"] = "tensorflow"  # before Keras is imported') < lines.index(
        "import keras"
    )
    for setting in ('set_floatx("float32")', 'set_image_data_format("channels_last")', 'set_dtype_policy("float32")'):
        assert f"keras.config.{setting}" in lines


def test_a_family_of_ones_own_is_called(written: Write) -> None:
    text = code_of(written, {"width": 3, "name": 'it\'s "x"'}, model="my_models.nets:build")
    assert "from my_models.nets import build" in text
    assert "outputs = build(config, x_train.shape[1:], CLASSES)(x)" in text
    config = ast.literal_eval(next(line for line in text.splitlines() if "    config = " in line).partition("= ")[2])
    assert (config["width"], config["batch_size"]) == (3, 64)
    assert "learning_rate" not in config, "what the trial's function is given, and no more"
    assert "The module my_models.nets must be importable" in text


def test_nothing_from_outside_becomes_code(written: Write) -> None:
    hostile = 'x"""\nimport os\n\\N{x} \u202e'
    study = written(
        [SyntheticTrial("FAILED", (), None, hostile)], name=hostile, described=environment(classes=(hostile, "b"))
    )
    tree = ast.parse(study.code(0))
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert imported == ["os", "sys", "keras", "numpy"]
    assert "It failed: x" in study.code(0)


def test_an_objective_that_keras_does_not_tell_is_told_by_scikit_learn(written: Write) -> None:
    text = code_of(written, {"filters": 8}, early_stopping={"patience": 3}, objective="val_recall[3]")
    value = 'metrics.recall_score(labels, decided, labels=[3], average="macro", zero_division=0)'
    assert f'return {{"val_recall[3]": float({value})}}' in text
    assert "logs.update(judged(self.model, *self.validation))" in text
    assert 'score = logs["val_recall[3]"]' in text
    assert 'monitor="val_recall[3]", mode="max"' in text


@pytest.mark.parametrize("objective", [*_OF_ALL, "recall[c1]", "precision[c1]", "f1[c1]", "own_metrics:cost"])
def test_a_script_judges_as_the_trial_does(objective: str, written: Write) -> None:
    aim: Any = f"val_{objective}" if ":" not in objective else {"metric": objective, "mode": "min"}
    names = tuple(f"c{number}" for number in range(7))
    study = written([SyntheticTrial("COMPLETED", (0.9,))], objective=aim, described=environment(names, 70))
    (function,) = (each for each in ast.parse(study.code(0)).body if getattr(each, "name", "") == "judged")
    logits = np.random.default_rng(0).normal(size=(70, 7))
    labels = np.arange(70) % 7
    known: dict[str, Any] = {"np": np, "keras": SimpleNamespace(ops=SimpleNamespace(softmax=softmax)), "CLASSES": 7}
    exec(compile(ast.Module([function], []), "script", "exec"), known)
    model = SimpleNamespace(predict=lambda *_, **__: logits)
    kept = ClassPredictions(labels, softmax(logits), names=names)
    expected = {study.experiment.objective.metric: kept.scores([objective])[objective]}
    for y in (labels, np.eye(7)[labels]):
        assert known["judged"](model, None, y) == pytest.approx(expected, abs=1e-6)


def softmax(logits: np.ndarray) -> np.ndarray:
    made = np.exp(logits)
    return np.asarray(made / made.sum(axis=1, keepdims=True))


def test_trials_that_have_not_ended_have_code_too(five: Study) -> None:
    assert "It has not ended." in five.code(4)
    assert "the scheduler stopped it after 2" in five.code(1)


def test_there_must_be_such_a_trial(five: Study, written: Write) -> None:
    with pytest.raises(InputError, match="no such trial; its trials are 0 to 4"):
        five.code(5)
    with pytest.raises(InputError, match="no trial of the study has a value"):
        written([], "empty").code()
