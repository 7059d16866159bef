"""Trials as Keras code: what the text says. That it runs is tested where TensorFlow is."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, digits_experiment, environment, write_study

from cnnsearch.errors import InputError
from cnnsearch.report.views.code import view
from cnnsearch.study import Study

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


@pytest.mark.parametrize("aim", ["val_kappa", "val_recall[3]", {"metric": "own_metrics:cost", "mode": "max"}], ids=str)
def test_what_keras_does_not_tell_is_no_objective_of_the_script(written: Write, aim: Any) -> None:
    text = code_of(written, {"filters": 8}, early_stopping={"patience": 3}, objective=aim)
    said = " ".join(text.split())
    metric = aim if isinstance(aim, str) else aim["metric"]
    assert f"Keras does not tell {metric}: the best epoch, and patience, are by the validation loss here." in said
    assert 'score = -logs["val_loss"]' in text
    assert 'monitor="val_loss", mode="min"' in text


def test_trials_that_have_not_ended_have_code_too(five: Study) -> None:
    assert "It has not ended." in five.code(4)
    assert "the scheduler stopped it after 2" in five.code(1)


def test_there_must_be_such_a_trial(five: Study, written: Write) -> None:
    with pytest.raises(InputError, match="no such trial; its trials are 0 to 4"):
        five.code(5)
    with pytest.raises(InputError, match="no trial of the study has a value"):
        written([], "empty").code()
