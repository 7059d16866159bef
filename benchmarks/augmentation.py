"""Augmentation against Keras's preprocessing layers, on the same batch and threads, both in a compiled function.

    python -m benchmarks.augmentation [--threads 2] [--fill-mode nearest] [--repetitions 9]

All eight parts at once, then each alone: a batch of 64 pictures of 96 x 96 x 3 float32, strength 0.2, flips left to
right. Of Keras, RandomCrop takes a window of 80% and Resizing brings it back: one window of one size for the whole
batch, where ours draws a size and a place for each picture. A last row gives Keras the same work, picture by picture.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

__all__ = ["Row", "as_markdown", "run"]

BATCH, SIDE, CHANNELS = 64, 96, 3
STRENGTH = 0.2
VALUE_RANGE = (0.0, 255.0)
CALLS = 10
"""Calls that are timed together: one takes a millisecond."""


@dataclass(frozen=True)
class Row:
    """Milliseconds a batch, one for each repetition, of the same parts on both sides.

    Attributes:
        parts: what is enabled.
        target: how many times as fast as Keras we want to be; ``None`` where that is not asked.
    """

    parts: str
    target: float | None
    ours: tuple[float, ...]
    keras: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Keras's median time over ours."""
        return statistics.median(self.keras) / statistics.median(self.ours)


def run(threads: int = 1, fill_mode: str = "reflect", repetitions: int = 9) -> list[Row]:
    """Measure every row, repetitions of both sides in turn.

    Args:
        threads: of one operation; operations run one after the other.
        fill_mode: of both sides.
        repetitions: of :data:`CALLS` calls each.

    Raises:
        RuntimeError: TensorFlow was imported before with other threads.
    """
    _pin(threads)
    import tensorflow as tf

    x = tf.constant(np.random.default_rng(0).uniform(*VALUE_RANGE, (BATCH, SIDE, SIDE, CHANNELS)).astype(np.float32))
    layers = _layers(fill_mode)
    crop = layers["random_crop"]
    cases = [
        ("all eight", 3.5, list(layers), _chain([layer for part in layers.values() for layer in part])),
        *((name, 1.0, [name], _chain(part)) for name, part in layers.items()),
        ("random_crop, a window a picture", None, ["random_crop"], lambda x: tf.map_fn(_chain(crop), x)),
    ]
    rows = []
    for parts, target, names, keras in cases:
        sides = tf.function(_ours(names, fill_mode)), tf.function(keras)
        for side in sides:
            _time(side, x)  # traces and compiles
        seconds = [[_time(side, x) for side in sides] for _ in range(repetitions)]
        ours, theirs = zip(*seconds, strict=True)
        rows.append(Row(parts, target, ours, theirs))
    return rows


def as_markdown(rows: Sequence[Row]) -> str:
    """A table: medians and ranges in milliseconds a batch, and how many times as fast ours is."""
    lines = ["| enabled | ours, ms | Keras, ms | times as fast | target |", "|---|---|---|---|---|"]
    for row in rows:
        met = "" if row.target is None else f"{row.target:g}: {'met' if row.ratio >= row.target else '**missed**'}"
        lines.append(f"| {row.parts} | {_shown(row.ours)} | {_shown(row.keras)} | {row.ratio:.2f} | {met} |")
    return "\n".join(lines)


def _shown(milliseconds: Sequence[float]) -> str:
    return f"{statistics.median(milliseconds):.2f} ({min(milliseconds):.2f} to {max(milliseconds):.2f})"


def _pin(threads: int) -> None:
    wanted = {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": "1",
        "OMP_NUM_THREADS": str(threads),
        "CUDA_VISIBLE_DEVICES": "-1",
    }
    if "tensorflow" in sys.modules and any(os.environ.get(name) != value for name, value in wanted.items()):
        raise RuntimeError("TensorFlow has been imported with other threads: measure in a process of its own")
    os.environ.update(wanted)
    from cnnsearch.training.devices import import_quietly

    import_quietly()


def _layers(fill_mode: str) -> dict[str, list[Any]]:
    """Keras's layers for each of our parameters, in our order."""
    from keras import layers

    window = round(SIDE * (1 - STRENGTH))
    return {
        "random_flip": [layers.RandomFlip("horizontal")],
        "random_rotation": [layers.RandomRotation(STRENGTH, fill_mode=fill_mode)],
        "random_translation": [layers.RandomTranslation(STRENGTH, STRENGTH, fill_mode=fill_mode)],
        "random_zoom": [layers.RandomZoom(STRENGTH, fill_mode=fill_mode)],
        "random_shear": [layers.RandomShear(STRENGTH, STRENGTH, fill_mode=fill_mode)],
        "random_crop": [layers.RandomCrop(window, window), layers.Resizing(SIDE, SIDE)],
        "random_brightness": [layers.RandomBrightness(STRENGTH, VALUE_RANGE)],
        "random_contrast": [layers.RandomContrast(STRENGTH, VALUE_RANGE)],
    }


def _chain(layers: Sequence[Any]) -> Callable[[Any], Any]:
    def call(x: Any) -> Any:
        for layer in layers:
            x = layer(x, training=True)
        return x

    return call


def _ours(names: Sequence[str], fill_mode: str) -> Callable[[Any], Any]:
    import tensorflow as tf

    from cnnsearch.inputs.pictures.augmentation import Augmentation

    strengths = {name: tf.Variable(STRENGTH) for name in names if name != "random_flip"}
    settings = {"random_flip": "horizontal", "fill_mode": fill_mode}
    augmentation = Augmentation(frozenset(names), settings, strengths, VALUE_RANGE)
    # A seed that changes, as Keras's generator does.
    step = tf.Variable(0)

    def call(x: Any) -> Any:
        return augmentation(x, tf.stack([0, step.assign_add(1)]))

    return call


def _time(function: Callable[[Any], Any], x: Any) -> float:
    """Milliseconds a call."""
    started = time.perf_counter()
    for _ in range(CALLS):
        function(x).numpy()
    return (time.perf_counter() - started) / CALLS * 1000


def main() -> None:
    from importlib.metadata import version

    parser = argparse.ArgumentParser(prog="python -m benchmarks.augmentation", description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="threads of one operation")
    parser.add_argument("--fill-mode", choices=("nearest", "reflect", "wrap", "constant"), default="reflect")
    parser.add_argument("--repetitions", type=int, default=9, help=f"of {CALLS} calls each, both sides in turn")
    given = parser.parse_args()
    print(as_markdown(run(given.threads, given.fill_mode, given.repetitions)))
    versions = ", ".join(f"{name} {version(name)}" for name in ("tensorflow", "keras", "numpy"))
    command = f"python -m benchmarks.augmentation --threads {given.threads} --fill-mode {given.fill_mode}"
    print(f"\n{datetime.now(UTC):%Y-%m-%d}, {versions}, {os.cpu_count()} CPUs; median (range) of ", end="")
    print(f"{given.repetitions} repetitions of {CALLS} calls: `{command} --repetitions {given.repetitions}`")


if __name__ == "__main__":
    main()
