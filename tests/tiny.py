"""Small problems for the trial engine: a few noisy pictures of six by six pixels, and networks of a few weights."""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.families import FAMILIES
from cnnsearch.training.feeds.feed import Feed
from cnnsearch.training.feeds.feeds import Feeds
from cnnsearch.training.programs.fitted_head import FittedHead
from cnnsearch.training.programs.program import Program
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.trainer import Trainer

CLASSES = 5
COUNT = 150
"""Training pictures: two batches of 64 and a smaller one."""

NETWORK = Path(tempfile.mkdtemp(prefix="tiny-")) / "network.keras"
"""What transfer networks start from; see :func:`save_network`."""
atexit.register(shutil.rmtree, NETWORK.parent, ignore_errors=True)

SMALL: dict[str, dict[str, Any]] = {
    "cnn": {"filters": 3, "conv_blocks": 1, "units": 7},
    "vit": {"patch_size": 3, "depth": 1, "width": 8, "heads": 2},
    "unet": {"filters": 3, "depth": 1},
    "detector": {"filters": 3, "finest_stride": 2, "map_levels": 1, "convs_per_block": 1, "head_filters": 4},
    "transfer": {"backbone": "saved", "weights": str(NETWORK), "unfrozen_layers": "block2"},
}
"""Of each family, a config that trains in no time."""


OF_VECTORS = tuple(
    name for name, family in FAMILIES.items() if "vector" in family.spec.gives and not family.spec.reads_texts
)
"""Families whose networks tell a class of a whole picture."""


def pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright patch whose place tells the class; the classes are not of one size."""
    rng = np.random.default_rng(seed)
    y = rng.choice(CLASSES, count, p=[0.4, 0.2, 0.2, 0.1, 0.1]).astype(np.int32)
    x = rng.integers(0, 200, (count, 6, 6, 2), dtype=np.uint8)
    x[np.arange(count), y, :, 0] += 40
    return x, y


PIXELS = Pixels(*pictures(COUNT, 0), *pictures(70, 1), tuple("abcde"))
MASKED = replace(
    PIXELS,
    y_train=(PIXELS.x_train[..., 0] // 50).astype(np.uint8),
    y_validation=(PIXELS.x_validation[..., 0] // 50).astype(np.uint8),
)
"""The same with masks: the brightness of each pixel tells its class."""


def boxes(y: np.ndarray) -> np.ndarray:
    """``(n, 2, 6)``: around the patch, in every third picture another one, in every seventh none."""
    found = np.full((len(y), 2, 6), -1.0, np.float32)
    found[..., 5] = 1.0
    found[:, 0, :5] = np.stack([y - 1, 0 * y, y + 2, 0 * y + 4, y], -1)
    found[::3, 1, :5] = np.stack([0 * y, 0 * y + 3, 0 * y + 2, 0 * y + 6, 4 - y], -1)[::3]
    found[::7, :, :5] = -1.0
    return found


BOXED = replace(PIXELS, y_train=boxes(PIXELS.y_train), y_validation=boxes(PIXELS.y_validation))
"""The same with boxes."""
SCALING = Scaling(np.float32([1 / 255, 1 / 200]), np.float32([-0.2, 0.1]), 0.0, 255.0)


@functools.cache
def save_network() -> None:
    """A residual network with dropout, and with statistics and offsets of batch normalisation that do something.

    The addition is no layer, and dropout lies in one of the two branches that it adds.
    """
    import keras
    from keras import layers

    def convolved(x: Any, name: str, seed: int, **options: Any) -> Any:
        kernel = keras.initializers.GlorotUniform(seed)
        return layers.Conv2D(4, 3, padding="same", kernel_initializer=kernel, name=name, **options)(x)

    def normalised(x: Any, name: str, seed: int, **options: Any) -> Any:
        return layers.BatchNormalization(name=f"{name}_norm")(convolved(x, f"{name}_conv", seed, **options))

    pictures = keras.Input((6, 6, 2))
    x = layers.Rescaling(1 / 64, -2.0, name="stem_scaling")(pictures)
    x = layers.ReLU(name="stem_relu")(normalised(x, "stem", 1))
    branch = convolved(layers.Dropout(0.3, seed=1, name="block1_dropout")(x), "block1_first", 2, activation="relu")
    x = layers.ReLU(name="block1_relu")(x + normalised(branch, "block1", 3))
    x = layers.ReLU(name="block2_relu")(normalised(x, "block2", 4, strides=2))
    logits = layers.Dense(3, kernel_initializer=keras.initializers.GlorotUniform(5), name="logits")
    model = keras.Model(pictures, logits(layers.GlobalAveragePooling2D(name="pooled")(x)))
    rng = np.random.default_rng(0)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([rng.uniform(0.5, 1.5, weight.shape) for weight in layer.weights])
    save(model, NETWORK)


def save(model: Any, path: Path) -> None:
    """Save a Keras model, or where the name says so its weights, which NumPy finds fault with."""
    with quiet():
        model.save_weights(path) if path.name.endswith(".weights.h5") else model.save(path)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keras hands its variables to NumPy in a way that is no longer liked."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        yield


def experiment(space: Mapping[str, Any], model: str = "cnn", **keys: Any) -> Experiment:
    """A search of ``space`` with a small network of ``model``."""
    if model == "transfer":
        save_network()
    base = {"learning_rate": 0.01, **SMALL.get(model, {})}
    unread = {*(["learning_rate"] if "head" in space else []), *(["units"] if space.get("dense_layers") == 0 else [])}
    if model == "detector" and space.get("encoder", "scratch") != "scratch":  # which has layers of its own
        unread = {*unread, "filters", "convs_per_block"}
    given = {**{name: value for name, value in base.items() if name not in unread}, **space}
    return Experiment(**{"name": "tiny", "model": model, "space": given, "epochs": 3, **keys})


def filled(searched: Experiment, config: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Every parameter with its value: of ``config``, the only one of the space, or the default."""
    constants = {
        name: next(iter(parameter.values())) for name, parameter in searched.space.items() if parameter.size == 1
    }
    return searched.filled({**constants, **(config or {})})


def structure(searched: Experiment, config: Mapping[str, Any] | None = None) -> Structure:
    """Of a trial on the small pictures."""
    return Structure.of(searched, filled(searched, config), PIXELS, SCALING)


def program(searched: Experiment, config: Mapping[str, Any] | None = None, seed: int = 7) -> Program:
    """A new program, set to ``config``; class weights are all 1."""
    values = filled(searched, config)
    made = Program(structure(searched, config), seed)
    made.set_values({name: np.ones(CLASSES) if name == "class_weights" else values[name] for name in made.values})
    return made


def one_piece(x: np.ndarray, y: np.ndarray, order: np.ndarray | None = None) -> list[Any]:
    """Pictures and labels as a program trains on them."""
    import tensorflow as tf

    return [(tf.constant(x), tf.constant(y), np.arange(len(y)) if order is None else order)]


def beside_fit(structure: Structure, config: Mapping[str, Any], pixels: Pixels) -> tuple[Program, Any, list[Any]]:
    """A program, and Keras's model of the same weights, trained for two epochs on the same batches.

    For tasks whose head has no loss of Keras. Returns both, and of each epoch the loss of the program and that of
    ``fit``.
    """
    import keras
    import tensorflow as tf

    program = Program(structure, 7)
    program.set_values({name: config[name] for name in program.values})
    model = structure.build(config)
    model.set_weights(program.model.get_weights())
    head, rate, size = structure.head, config["learning_rate"], config["batch_size"]
    losses = tf.function(lambda y, outputs: head.losses(outputs, y, program.values), autograph=False)
    # Step by step as it is written: to trace all of it would take longer.
    model.compile(keras.optimizers.Adam(rate), losses, run_eagerly=True)
    count, told = len(pixels.x_train), []
    steps = -(-count // size)
    for epoch in range(2):
        order = np.random.default_rng(epoch).permutation(count)
        x, y = pixels.x_train[order].astype(np.float32), pixels.y_train[order]
        history = model.fit(x, y, batch_size=size, shuffle=False, verbose=0)
        rates = np.full(steps, rate, np.float32)
        found = program.train_epoch(one_piece(pixels.x_train, pixels.y_train, order), rates, 0, epoch * steps)
        told.append((found[0], history.history["loss"][0]))
    return program, model, told


def answers(model: Any, x: np.ndarray) -> np.ndarray:
    """What a Keras model gives of pictures as they lie. To trace it, as ``predict`` does, would take half a second."""
    return np.asarray(model(x, training=False))


def whole(x: np.ndarray, y: np.ndarray) -> list[Any]:
    """Pictures and labels as a program evaluates them."""
    import tensorflow as tf

    return [(tf.constant(x), tf.constant(y))]


@dataclass(frozen=True)
class Outcome:
    """What a trial came to; equal where every bit is.

    Attributes:
        epochs: loss, accuracy, validation loss, accuracy and F1 of each.
        state: digest of the model's and the optimizer's variables at the end.
        probabilities: digest of those of the best epoch.
    """

    epochs: tuple[tuple[float, ...], ...]
    state: str
    probabilities: str


def trained(
    searched: Experiment,
    config: Mapping[str, Any] | None = None,
    seed: int = 1,
    programs: Programs | None = None,
    feed: Feed | None = None,
) -> Outcome:
    """Train ``config`` to its end."""
    feeds = Feeds()
    if feed is not None:
        feeds.pictures = lambda _: feed  # type: ignore[method-assign]
    trainer = Trainer(searched, filled(searched, config), PIXELS, SCALING, seed, programs, feeds)
    while trainer.end_reason is None:
        trainer.run_epoch()
    epochs = tuple(tuple(e.values.values()) for e in trainer.epochs)
    return Outcome(epochs, _digest(state(trainer._program)), _digest([trainer.predictions.probabilities]))


def evaluated(of: Program | FittedHead, pieces: Any) -> tuple[float, np.ndarray, np.ndarray]:
    """Loss, probabilities and confusion matrix."""
    loss, judged = of.evaluate(pieces)
    assert list(judged) == ["probabilities", "confusion"]
    return loss, judged["probabilities"], judged["confusion"]


def state(of: Program | FittedHead) -> list[np.ndarray]:
    """All that training changes; of a fitted head the weights."""
    if isinstance(of, FittedHead):
        return list(of.model.get_weights())
    return [np.asarray(variable) for variable in of.variables]


def _digest(arrays: list[np.ndarray]) -> str:
    found = hashlib.sha256()
    for array in arrays:
        found.update(np.ascontiguousarray(array).tobytes())
    return found.hexdigest()
