"""The Keras code of trials, each script run as ``__main__``: it trains what the trial trained, to the same numbers.

One batch holds all pictures, so that their order does not matter, and both start from the same seed. What draws at
random in training (dropout that learns, augmentation) is compared by what it does, not by its numbers.
"""

from __future__ import annotations

import contextlib
import runpy
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.data.stages import scaling
from cnnsearch.experiment.schema import searchable
from cnnsearch.families import FAMILIES
from cnnsearch.families.spec import TRAINING
from cnnsearch.inputs.pictures.augmentation import Mixing
from cnnsearch.scripts.random_layers import BETWEEN, BOX, ERASING, MIX, NOISE
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

SEED = 1000
"""Of the first synthetic trial."""

PIXELS = tiny.PIXELS
WHOLE = {"batch_size": 4 * tiny.COUNT}


@dataclass(frozen=True)
class Case:
    """One trial: its family, config and other keys of the experiment."""

    family: str
    config: dict[str, Any]
    keys: dict[str, Any] = field(default_factory=dict)


EXACT = {
    "cnn: statistics of the batch, smoothed and weighted labels, macro F1, patience beyond a least change": Case(
        "cnn",
        {
            **WHOLE,
            "conv_blocks": 2,
            "convs_per_block": 2,
            "filters": 3,
            "filter_growth": 1.5,
            "kernel_size": 2,
            "strides": 1,
            "padding": "valid",
            "activation": "selu",
            "pooling": "none",
            "batch_normalization": True,
            "normalization_momentum": 0.7,
            "dense_layers": 2,
            "units": 7,
            "l1": 1e-4,
            "l2": 1e-3,
            "optimizer": "sgd",
            "momentum": 0.8,
            "learning_rate": 0.05,
            "learning_rate_schedule": "step",
            "decay_epochs": 2,
            "decay_factor": 0.5,
            "warmup_epochs": 2.0,
            "clip_norm": 0.5,
            "clip_norm_of": "each",
            "ema_momentum": 0.6,
            "weight_decay": 0.01,
            "label_smoothing": 0.1,
            "class_weights": "balanced",
            "scaling": "standardize",
        },
        {"epochs": 6, "objective": "val_f1", "early_stopping": {"patience": 2, "min_delta": 0.05}},
    ),
    "cnn: a parabola, gradients of two batches, epochs of two passes, the last epoch is not the best one": Case(
        "cnn",
        {
            **WHOLE,
            "strides": 2,
            "pooling": "average",
            "global_pooling": "average",
            "pool_size": 2,
            "activation": "gelu",
            "dense_layers": 0,
            "optimizer": "rmsprop",
            "learning_rate": 0.2,
            "learning_rate_schedule": "polynomial",
            "decay_power": 2.0,
            "gradient_accumulation": 2,
            "ema_momentum": 0.3,
            "scaling": "none",
        },
        {"epochs": 4, "objective": "val_loss", "passes": 2},
    ),
    "cnn: residual units, squeezed and excited, self-attention, groups, every block has its own": Case(
        "cnn",
        {
            **WHOLE,
            "block": "residual",
            "stem_kernel_size": 2,
            "stem_strides": 1,
            "stochastic_depth": 0.0,
            "conv_blocks": 4,
            "filters": 4,
            "pooling": "none",
            **{f"filters_{block}": filters for block, filters in zip(range(2, 5), (4, 6, 2), strict=True)},
            **{f"kernel_size_{block}": kernel for block, kernel in zip(range(2, 5), (1, 2, 3), strict=True)},
            **{f"block_dropout_{block}": None for block in range(2, 5)},
            "attention": "squeeze_excite",
            "attention_reduction": 2,
            "self_attention_layers": 1,
            "self_attention_heads": 2,
            "normalization": "group",
            "normalization_groups": 2,
            "l2": 1e-3,
        },
        {"epochs": 1},
    ),
    "cnn: bottlenecks, weighed by channels and places, normalised by layer, behind pooling": Case(
        "cnn",
        {
            **WHOLE,
            "block": "bottleneck",
            "stem_pooling": True,
            "filters": 8,
            "strides": 2,
            "pooling": "none",
            "attention": "cbam",
            "normalization": "layer",
        },
        {"epochs": 1},
    ),
    "cnn: separable convolutions, with penalties": Case(
        "cnn", {**WHOLE, "block": "separable", "normalization": "batch", "l1": 1e-3}, {"epochs": 1}
    ),
    "transfer: two phases, patience in the second, the best epoch of both": Case(
        "transfer",
        {
            **WHOLE,
            "unfrozen_layers": "block1_norm",
            "unfrozen_batch_normalization": "inference",
            "fine_tune_epochs": 4,
            "fine_tune_learning_rate_factor": 2.0,
            "layer_decay": 0.5,
            "pooling": "max",
            "head_layers": 1,
            "head_units": 6,
            "activation": "tanh",
            "l2": 0.01,
            "optimizer": "adamw",
            "weight_decay": 0.1,
            "learning_rate": 0.05,
            "learning_rate_schedule": "cosine",
            "warmup_epochs": 0.5,
            "ema_momentum": 0.5,
            "label_smoothing": 0.1,
            "class_weights": "effective",
            "class_weights_beta": 0.9,
            "oversampling": 0.6,
        },
        {"epochs": 6, "objective": "val_loss", "early_stopping": {"patience": 1}, "passes": 3},
    ),
    "transfer: unfrozen batch normalisation by the statistics of the batch, above frozen dropout": Case(
        "transfer",
        {
            **WHOLE,
            "unfrozen_layers": 0.4,
            "unfrozen_batch_normalization": "training",
            "class_weights": "square_root",
            "focal_gamma": 2.0,
            "optimizer": "sgd",
            "learning_rate_schedule": "one_cycle",
            "clip_norm": 1.0,
        },
    ),
    "transfer: what is asked for reaches no layer with weights": Case(
        "transfer", {**WHOLE, "unfrozen_layers": 1, "fine_tune_epochs": 1, "learning_rate_schedule": "step"}
    ),
    "transfer: half a network of networks, made for other sizes, with penalties of its own": Case(
        "transfer",
        {**WHOLE, "weights": "nested.keras", "unfrozen_layers": 0.5, "pooling": "flatten", "optimizer": "adam"},
    ),
    "vit: patches, learned positions, a class token": Case(
        "vit",
        {
            **WHOLE,
            "stem": "patches",
            "patch_size": 3,
            "depth": 2,
            "width": 6,
            "heads": 3,
            "mlp_ratio": 1.5,
            "positions": "learned",
            "token_pooling": "class_token",
            "activation": "gelu",
            "encoder_dropout": 0.0,
            "stochastic_depth": 0.0,
            "dropout": 0.0,
            "learning_rate": 0.01,
        },
    ),
    "vit: convolutions, sines, weighted tokens": Case(
        "vit",
        {
            **WHOLE,
            "stem": "convolutions",
            "patch_size": 2,
            "depth": 1,
            "width": 8,
            "heads": 2,
            "positions": "sine",
            "token_pooling": "attention",
            "activation": "relu",
            "optimizer": "adamw",
            "weight_decay": 0.1,
            "learning_rate": 0.01,
        },
    ),
    "own": Case("own_families:stock", {**WHOLE, "width": 4, "rate": 0.0, "penalty": 0.01, "random_flip": "none"}),
    "own, declared": Case("own_families:STOCK", {**WHOLE, "width": 4, "penalty": 0.01, "random_flip": "none"}),
}
"""Nothing that is drawn acts: all numbers are equal."""

SAID_BY_ANOTHER = (
    "transfer: what is asked for reaches no layer with weights",
    "own",
    # The layers of these are those of the programs in test_parity.py; how they are written, that of the other cases.
    "cnn: residual units, squeezed and excited, self-attention, groups, every block has its own",
    "vit: patches, learned positions, a class token",
)

AUGMENTED = Case(
    "cnn",
    {
        "dropout": 0.3,
        "block_dropout": 0.2,
        "learning_rate": 0.01,
        "label_smoothing": 0.1,
        "random_flip": "both",
        "random_rotation": 0.05,
        "random_translation": 0.06,
        "random_zoom": 0.07,
        "random_shear": 0.08,
        "random_brightness": 0.09,
        "random_contrast": 0.1,
        "random_crop": 0.2,
        "fill_mode": "nearest",
    },
    {"resources": {"precision": "mixed_bfloat16"}, "epochs": 1},
)
COLOURED = Case(
    "cnn",
    {
        **WHOLE,
        "random_saturation": 0.4,
        "random_hue": 0.1,
        "rand_augment": 0.3,
        "random_gaussian_blur": 1.5,
        "gaussian_noise": 0.05,
        "random_erasing": 0.3,
        "mixup": 0.4,
        "cutmix": 1.0,
        "l2": 0.01,
        "class_weights": "balanced",
    },
    {"epochs": 1},
)
DROPPING = Case(
    "transfer",
    {**WHOLE, "dropout": 0.2, "unfrozen_layers": "stem_conv", "unfrozen_batch_normalization": "training"},
)
FITTED = {
    "logistic regression": Case(
        "transfer",
        {"head": "logistic_regression", "unfrozen_layers": 0, "class_weights": "effective", "oversampling": 0.5},
    ),
    "a support-vector machine on a random network": Case(
        "transfer",
        {
            "head": "linear_svm",
            "unfrozen_layers": 0,
            "backbone": "mobilenet",
            "backbone_alpha": 0.25,
            "weights": "none",
            "regularization_c": 0.01,
            "class_weights": "balanced",
        },
    ),
}

EXHAUSTIVE = pytest.mark.exhaustive


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """What a script sets for its process."""
    yield
    keras.config.set_dtype_policy("float32")


@dataclass(frozen=True)
class Run:
    """A script that has run: its globals, and the model that it saved."""

    text: str
    globals: dict[str, Any]
    saved: keras.Model


def ran(case: Case, folder: Path, patch: pytest.MonkeyPatch, pixels: Any = PIXELS) -> Run:
    """The script of a case, run by itself on pictures and labels in a file."""
    patch.chdir(folder)
    patch.setenv("KERAS_BACKEND", "tensorflow")
    if case.config.get("weights") == "nested.keras":
        save_nested(folder / "nested.keras")
    searched = tiny.experiment(case.config, case.family, **case.keys)
    shape = pixels.x_train.shape
    described = environment(pixels.names, shape=list(shape[1:3]), channels=shape[3], dtype=str(pixels.x_train.dtype))
    if pixels.w_train is not None:
        described["dataset"]["weights"] = {"low": 0.0, "high": 3.0, "mean": 1.5}
    config = {name: value for name, value in tiny.filled(searched).items() if name in searched.space}
    trial = SyntheticTrial("COMPLETED", (0.9,), config)
    place = Path(tempfile.mkdtemp(prefix="study-", dir=folder))
    text = write_study(place, searched, [trial], described, predictions=0).code(0)
    names = ("x_train", "y_train", "x_validation", "y_validation")
    weighed = {} if pixels.w_train is None else {"weights": pixels.w_train}
    np.savez("split.npz", **{name: getattr(pixels, name) for name in names}, **weighed)
    Path("script.py").write_text(text, encoding="utf-8")
    patch.setattr(sys, "argv", ["script.py"])
    with tiny.quiet(), eager():
        found = runpy.run_path("script.py", run_name="__main__")
        return Run(text, found, keras.models.load_model("model.keras"))


def trained(case: Case, pixels: Any = PIXELS, programs: Programs | None = None) -> Trainer:
    """The trial of a case, at its end."""
    searched = tiny.experiment(case.config, case.family, **case.keys)
    config = tiny.filled(searched)
    trainer = Trainer(searched, config, pixels, scaling(pixels, config.get("scaling", "unit")), SEED, programs)
    while trainer.end_reason is None:
        trainer.run_epoch()
    return trainer


@contextlib.contextmanager
def eager() -> Iterator[None]:
    """Of a few batches, tracing would take most of the time."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config", UserWarning)
        tf.config.run_functions_eagerly(True)
        try:
            yield
        finally:
            tf.config.run_functions_eagerly(False)


def save_nested(path: Path) -> None:
    """A network in a sequential one, for pictures of 8 by 8, with dropout and a penalty; dense layers follow it."""
    layers = keras.layers
    rng = np.random.default_rng(3)
    kernel = keras.regularizers.L2(0.1)
    pictures = keras.Input((8, 8, 2))
    x = layers.Dropout(0.5, seed=1, name="inner_dropout")(layers.Rescaling(1 / 255)(pictures))
    left = layers.Conv2D(3, 3, kernel_regularizer=kernel, name="inner_left")(x)
    right = layers.Conv2D(3, 3, activity_regularizer=keras.regularizers.L2(0.1), name="inner_right")(x)
    inner = keras.Model(pictures, layers.BatchNormalization(name="inner_norm")(left + right))
    outer = [layers.Conv2D(4, 2, activation="relu", kernel_regularizer=kernel, name="outer"), layers.Flatten()]
    model = keras.Sequential([keras.Input((8, 8, 2)), inner, *outer, layers.Dense(3)])
    drawn = [rng.uniform(-1, 1, weight.shape) + (weight.name == "moving_variance") for weight in model.weights]
    model.set_weights(drawn)
    tiny.save(model, path)


def curve(run: Run) -> np.ndarray:
    history = run.globals["history"].history
    f1 = [history["val_f1"]] if "val_f1" in history else []
    return np.array([history[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")] + f1).T


def curve_of(trainer: Trainer, run: Run) -> np.ndarray:
    """Of the last phase, as the script's history."""
    names = ["loss", "accuracy", "val_loss", "val_accuracy"] + ["val_f1"] * ("val_f1" in run.text)
    epochs = trainer.epochs[trainer._phase.first :]
    return np.array([[epoch.values[name] for name in names] for epoch in epochs])


def weights(model: keras.Model, has_backbone: bool) -> dict[str, np.ndarray]:
    """Of each layer with weights, those of the head and of a network without a backbone by position."""
    found: dict[str, np.ndarray] = {}
    for layer in model._flatten_layers(include_self=False, recursive=True):
        if layer.weights and not isinstance(layer, keras.Model):
            is_named = has_backbone and layer.name.startswith(("stem", "block", "inner", "outer"))
            name = layer.name if is_named else f"layer {len(found)}"
            found |= {f"{name} {weight.name}": np.asarray(weight) for weight in layer.weights}
    return found


def head_of(text: str) -> str:
    return " ".join(text.split('"""')[1].split())


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[EXHAUSTIVE] if name in SAID_BY_ANOTHER else []) for name in EXACT]
)
def test_script_trains_what_the_trial_trained(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = EXACT[name]
    run, trainer = ran(case, tmp_path, monkeypatch), trained(case)
    assert "What differs" not in run.text
    np.testing.assert_allclose(curve(run), curve_of(trainer, run), atol=2e-4)
    saved, exported = (weights(model, case.family == "transfer") for model in (run.saved, trainer.export()))
    assert saved.keys() == exported.keys()
    for key, array in exported.items():
        np.testing.assert_allclose(saved[key], array, atol=2e-4, err_msg=key)
    x = PIXELS.x_validation.astype(np.float32)
    np.testing.assert_allclose(np.asarray(run.saved(x)), trainer.predictions.probabilities, atol=2e-4)
    model = run.globals["model"]
    first, second = (np.asarray(model(x, training=True)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    if case.config.get("unfrozen_batch_normalization") != "training" and case.family == "transfer":
        np.testing.assert_array_equal(first, np.asarray(model(x, training=False)))


WEIGHTED = replace(PIXELS, w_train=np.random.default_rng(5).integers(0, 4, tiny.COUNT).astype(float))


@pytest.mark.parametrize(
    "config",
    [
        {"batch_size": 4 * tiny.COUNT, "optimizer": "sgd", "label_smoothing": 0.1, "class_weights": "balanced"},
        {"batch_size": 4 * tiny.COUNT, "optimizer": "sgd"},
    ],
    ids=["weighted classes", "pictures alone"],
)
def test_pictures_weigh_in_fit_what_they_weigh_in_the_trial(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case("cnn", {**config, "conv_blocks": 1, "filters": 3, "learning_rate": 0.1}, {"passes": 2, "epochs": 2})
    programs = Programs()
    run, trainer = ran(case, tmp_path, monkeypatch, WEIGHTED), trained(case, WEIGHTED, programs)
    np.testing.assert_allclose(curve(run), curve_of(trainer, run), atol=2e-4)
    loss = trainer.epochs[0].values["loss"]
    assert loss != pytest.approx(trained(case).epochs[0].values["loss"], abs=1e-3)
    doubled = trained(case, replace(WEIGHTED, w_train=2 * WEIGHTED.w_train), programs)
    assert doubled.epochs[0].values["loss"] == loss, "ratios alone matter"


def test_a_network_that_ends_in_softmax_is_trained_on_its_logits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "script_nets.py").write_text(
        "import keras\n"
        "def logits(config, shape, classes, last=None):\n"
        "    layers = [keras.Input(shape), keras.layers.Flatten(), keras.layers.Dense(classes, last)]\n"
        "    return keras.Sequential(layers)\n"
        "def softmax(config, shape, classes):\n"
        "    return logits(config, shape, classes, 'softmax')\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    run = ran(Case("script_nets:softmax", WHOLE), tmp_path, monkeypatch)
    trainer = trained(Case("script_nets:logits", WHOLE))
    np.testing.assert_allclose(curve(run), curve_of(trainer, run), atol=2e-4)
    np.testing.assert_allclose(np.asarray(run.saved(PIXELS.x_validation)), trainer.predictions.probabilities, atol=2e-4)


def test_dropout_of_unfrozen_layers_and_augmentation_act_in_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = PIXELS.x_validation.astype(np.float32)
    dropping = ran(DROPPING, tmp_path, monkeypatch)
    augmented = ran(AUGMENTED, tmp_path, monkeypatch)
    for run in (dropping, augmented):
        model = run.globals["model"]
        first, second = (np.asarray(model(x, training=True)) for _ in range(2))
        assert np.abs(first - second).max() > 0.01
        np.testing.assert_array_equal(*(np.asarray(model(x, training=False)) for _ in range(2)))
        assert not any("random" in layer.name for layer in run.saved.layers)
    assert "What differs" not in dropping.text
    assert "random_crop 0.2 has no layer in Keras" in head_of(augmented.text)
    rates = {"Rotation": 0.05, "Translation": 0.06, "Zoom": 0.07, "Shear": 0.08, "Brightness": 0.09, "Contrast": 0.1}
    for kind, rate in {"Flip": '"horizontal_and_vertical"', **rates}.items():
        assert f"layers.Random{kind}({rate}" in augmented.text
    network = augmented.globals["model"].layers[-1]
    assert [layer.rate for layer in network.layers if isinstance(layer, keras.layers.Dropout)] == [0.2, 0.3]
    assert network.layers[-1].compute_dtype == "bfloat16"


def test_pictures_that_are_mixed_are_compared_with_the_targets_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    coloured = [np.concatenate([x, x[..., :1]], axis=-1) for x in (PIXELS.x_train, PIXELS.x_validation)]
    pixels = type(PIXELS)(coloured[0], PIXELS.y_train, coloured[1], PIXELS.y_validation, PIXELS.names)
    run = ran(COLOURED, tmp_path, monkeypatch, pixels)
    model, x, y = run.globals["model"], pixels.x_train[:9].astype(np.float32), pixels.y_train[:9]
    mix = model.get_layer("mix")
    assert np.abs(np.asarray(model(x, training=True)) - np.asarray(model(x, training=False))).max() > 0.01
    drawn = np.asarray(mix.shares)
    assert ((drawn >= 0.5) & (drawn <= 1)).all()
    assert len(np.unique(drawn)) > 1
    np.testing.assert_array_equal(np.asarray(mix(x, training=False)), x)
    rng = np.random.default_rng(0)
    mix.shares = tf.constant(rng.uniform(0.5, 1, 9), tf.float32)
    weights = rng.uniform(0.5, 2, 9).astype(np.float32)
    logits = tf.constant(rng.normal(size=(9, tiny.CLASSES)), tf.float32)
    found = model.compute_loss(x, tf.constant(y), logits, tf.constant(weights), training=True)
    head = TASKS["classification"].head(Outputs(tiny.CLASSES), {})
    compared = head.mixed(tf.constant(y), tf.roll(y, 1, 0), mix.shares)
    of_weights = (weights, np.roll(weights, 1))
    losses = [share * w * head.losses(logits, each, {}) for (each, share), w in zip(compared, of_weights, strict=True)]
    expected = np.mean(np.sum([np.asarray(loss) for loss in losses], axis=0)) + float(sum(model.losses))
    np.testing.assert_allclose(float(found), expected, rtol=1e-5)
    assert not any(layer.name == "mix" for layer in run.saved.layers)


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
@pytest.mark.parametrize("alpha", [1e-3, 0.05, 1.0])
def test_shares_of_the_script_are_those_of_the_trial(kind: str, alpha: float) -> None:
    x, seed = tf.zeros((4000, 30, 30, 1)), tf.constant((3, 4))
    given = {"mixup": 0.0, "cutmix": 0.0, kind: alpha}
    mix = defined()["Mix"](**given)
    mix(x, training=True)
    ours, theirs = (np.sort(each) for each in (Mixing(frozenset([kind]), {kind: alpha}, False)(x, seed)[1], mix.shares))
    places = np.linspace(0.5, 1, 101)
    below = [np.searchsorted(each, places, "right") / len(each) for each in (ours, theirs)]
    assert np.abs(below[0] - below[1]).max() < 0.045  # passed once in a thousand times


def test_random_layers_of_a_script_draw_other_numbers() -> None:
    scope = defined()
    keras.utils.set_random_seed(1)
    made = scope["Noise"](0.1, 0, 1), scope["Erasing"](0.3), scope["Mix"](0.4, 1.0)
    assert len({int(np.asarray(layer.seeds.state)[0]) for layer in made}) == 3


def defined() -> dict[str, Any]:
    """The random layers that scripts define."""
    scope: dict[str, Any] = {"keras": keras, "layers": keras.layers, "np": np}
    exec("\n".join([BOX, NOISE, ERASING, MIX, BETWEEN]), scope)
    return scope


@pytest.mark.parametrize("weighted", [False, True])
def test_numbers_of_pictures_that_are_mixed_lie_between(weighted: bool) -> None:
    scope = defined()
    pictures = keras.Input((4, 4, 1))
    flat = keras.layers.Flatten()(scope["Mix"](0.4, 0.0, name="mix")(pictures))
    model = scope["Mixed"](pictures, keras.layers.Dense(2)(flat))
    model.compile(loss="mse")
    rng = np.random.default_rng(0)
    y, outputs = rng.normal(size=(2, 5, 2))
    shares, weights = rng.uniform(0.5, 1, 5), rng.uniform(0.5, 2, 5)
    model.get_layer("mix").shares = tf.constant(shares, tf.float32)
    given = tf.constant(weights, tf.float32) if weighted else None
    found = model.compute_loss(None, tf.constant(y, tf.float32), tf.constant(outputs, tf.float32), given, training=True)
    between = shares[:, None] * y + (1 - shares[:, None]) * np.roll(y, 1, axis=0)
    counts = shares * weights + (1 - shares) * np.roll(weights, 1) if weighted else 1.0
    np.testing.assert_allclose(float(found), np.mean(counts * np.square(outputs - between).mean(axis=1)), rtol=1e-5)


@pytest.mark.parametrize(
    "name", ["logistic regression", pytest.param("a support-vector machine on a random network", marks=EXHAUSTIVE)]
)
def test_script_fits_the_head_that_the_trial_fitted(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = PIXELS
    if FITTED[name].config.get("weights") == "none":
        x = [np.pad(of[..., :1], ((0, 0), (13, 13), (13, 13), (0, 0))) for of in (PIXELS.x_train, PIXELS.x_validation)]
        pixels = type(PIXELS)(x[0], PIXELS.y_train, x[1], PIXELS.y_validation, PIXELS.names)
    pixels = replace(pixels, w_train=np.random.default_rng(5).uniform(0, 3, len(pixels.y_train)))
    run, trainer = ran(FITTED[name], tmp_path, monkeypatch, pixels), trained(FITTED[name], pixels)
    probabilities = np.asarray(run.saved(pixels.x_validation.astype(np.float32)))
    np.testing.assert_allclose(probabilities, trainer.predictions.probabilities, atol=2e-3)


def test_every_parameter_is_in_some_script() -> None:
    """A parameter that is added to the catalog is one that scripts must write, or tell."""
    cases = [*EXACT.values(), AUGMENTED, COLOURED, DROPPING, *FITTED.values()]
    shared = {name for case in cases for name in case.config}
    for family, spec in ((name, FAMILIES[name].spec) for name in tiny.OF_VECTORS):
        written = {name for case in cases if case.family == family for name in case.config}
        assert set(spec.parameters) <= written
        assert set(searchable(spec, CLASSIFICATION)) - shared == {"image_size"}, (
            "that of the arrays which a script is given"
        )
    for name in ("learning_rate_schedule", "class_weights"):
        used = {case.config.get(name) for case in cases}
        known = {**TRAINING, **CLASSIFICATION.parameters}[name]
        assert set(known.options) - used <= {known.default}
