"""Weights of backbones: ImageNet's, of a file, of another study, or random ones."""

from __future__ import annotations

import contextlib
import functools
import random
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from filelock import FileLock

from cnnsearch.errors import TrialError, first_line
from cnnsearch.families.transfer.backbone_specs import (
    BACKBONES,
    IMAGENET_DEVIATION,
    BackboneSpec,
    imagenet_folder,
    weights_file,
)
from cnnsearch.networks.archive import archive_problem
from cnnsearch.networks.keras_private import layers_of

__all__ = ["age", "architecture", "finish", "random_architecture", "read_network", "read_weights"]

_KEPT = 4
"""Backbones whose weights a process keeps."""

Shape = tuple[int, int, int]


def architecture(name: str, alpha: float, shape: Shape | None, weights: str | None = None) -> keras.Model:
    """A backbone of ``keras.applications``, from pictures as it was trained on them to its last feature map.

    Args:
        name: in the table of backbones.
        alpha: width; 1 where it has but one.
        shape: of a picture, three channels; ``None`` for the size that the network was made for.
        weights: ``imagenet`` or ``None`` for random ones, which draw from Python's generator.
    """
    spec = BACKBONES[name]
    width = {"alpha": alpha} if spec.alphas else {}
    build = getattr(keras.applications, spec.application)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that the weights were trained on another size
        model: keras.Model = build(include_top=False, weights=weights, input_shape=shape, **width)
    return model


def random_architecture(name: str, alpha: float, shape: Shape | None) -> keras.Model:
    """A backbone with random weights, the same ones whenever and wherever it is called, and for every ``shape``."""
    with _own_draws():
        return architecture(name, alpha, shape)


def age(weights: str) -> int:
    """When the file was written, so that another one of the same name is read again; 0 where there is no file."""
    path = weights_file(weights)
    return path.stat().st_mtime_ns if path is not None and path.is_file() else 0


def read_weights(name: str, alpha: float, weights: str) -> tuple[np.ndarray, ...]:
    """The weights of a backbone, ``imagenet`` or those of a file, in the order of its architecture.

    Raises:
        TrialError: they cannot be had, or they are of another network.
    """
    return _read(name, alpha, weights, age(weights))


@functools.lru_cache(_KEPT)
def _read(name: str, alpha: float, weights: str, _: int) -> tuple[np.ndarray, ...]:
    spec = BACKBONES[name]
    path = weights_file(weights)
    if path is None:
        return _imagenet(spec, alpha)
    model = random_architecture(name, alpha, None)
    if path.suffix == ".keras":
        return _matching(model, read_network(str(path)), name, path)
    _load(model, name, path)
    if path.name == spec.imagenet_file_of(alpha):
        _divide_twice(spec, model)
    return tuple(model.get_weights())


def read_network(path: str) -> keras.Model:
    """A ``.keras`` file.

    Raises:
        TrialError: it is not there, or cannot be read.
    """
    return _network(path, age(path))


@functools.lru_cache(_KEPT)
def _network(path: str, _: int) -> keras.Model:
    if not Path(path).is_file():
        raise TrialError(f"there are no weights at {path}: no such file")
    problem = archive_problem(Path(path))
    if problem is not None:
        raise TrialError(f"the network in {path} cannot be read: {problem}")
    try:
        with _own_draws():
            model: keras.Model = keras.models.load_model(path, compile=False)
    except Exception as error:  # Keras raises whatever the file's content makes it raise
        raise TrialError(f"the network in {path} cannot be read: {first_line(error)}") from error
    return model


def finish(layers: Iterable[Any]) -> None:
    """After weights were set: Keras's Normalization keeps numbers of its own of them."""
    for layer in layers:
        if hasattr(layer, "finalize_state"):
            layer.finalize_state()


def _imagenet(spec: BackboneSpec, alpha: float) -> tuple[np.ndarray, ...]:
    folder = imagenet_folder()
    name = spec.imagenet_file_of(alpha)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with _own_draws(), FileLock(folder / f"{name}.lock"):  # workers of one machine start together
            model = architecture(spec.name, alpha, None, "imagenet")
        _divide_twice(spec, model)
        return tuple(model.get_weights())
    except ValueError as error:
        raise TrialError(f"backbone '{spec.name}' has no such ImageNet weights: {first_line(error)}") from error
    except Exception as error:
        raise TrialError(
            f"the ImageNet weights of backbone '{spec.name}' cannot be downloaded ({first_line(error)}): put Keras's "
            f"file {name} into {folder} yourself, or name a file you have under 'weights'"
        ) from error


def _divide_twice(spec: BackboneSpec, model: keras.Model) -> None:
    """With ImageNet's weights only, Keras's EfficientNet (the first version) has a layer more.

    It divides by the square roots of ImageNet's standard deviations once more. Here that goes into the variance by
    which the layer before it divides, so that the weights suit the architecture without it.
    """
    if not spec.name.startswith("efficientnet_b"):
        return
    layer = next(layer for layer in model.layers if isinstance(layer, keras.layers.Normalization))
    layer.adapt_variance.assign(layer.adapt_variance * np.array(IMAGENET_DEVIATION, np.float32))


def _load(model: keras.Model, name: str, path: Path) -> None:
    if not path.is_file():
        raise TrialError(f"there are no weights at {path}: no such file")
    try:
        model.load_weights(path)
    except Exception as error:
        raise TrialError(f"{path} does not hold weights of backbone '{name}': {first_line(error)}") from error


def _matching(model: keras.Model, holder: keras.Model, name: str, path: Path) -> tuple[np.ndarray, ...]:
    """The weights of ``model`` out of a network that has its layers, by their names."""
    held = {layer.name: layer for layer in layers_of(holder)}
    for layer in model.layers:
        shapes = [tuple(weight.shape) for weight in layer.weights]
        other = held.get(layer.name)
        if shapes and (other is None or [tuple(weight.shape) for weight in other.weights] != shapes):
            raise TrialError(
                f"{path} does not hold the layers of backbone '{name}': '{layer.name}' is missing or differs"
            )
        if shapes:
            layer.set_weights(held[layer.name].get_weights())
    return tuple(model.get_weights())


@contextlib.contextmanager
def _own_draws(seed: int = 0) -> Iterator[None]:
    """While it lasts, Python's generator starts from ``seed``; afterwards it goes on as if nothing had been drawn."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
