"""Imbalance: weights of losses, and how often pictures are drawn, from how many there are of each kind. NumPy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cnnsearch.errors import TrialError
from cnnsearch.space import Float, shown
from cnnsearch.space.specs import ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = [
    "FOCAL_GAMMA",
    "OVERSAMPLING",
    "WEIGHTS",
    "beta",
    "class_weights",
    "draws",
    "positive_weights",
    "shifting",
    "times_drawn",
]

WEIGHTS = ("none", "balanced", "square_root", "effective")
"""How the weight of a class follows from the number of its pictures; ``square_root`` is half-way to ``balanced``."""

FOCAL_GAMMA = ParameterSpec(
    "focal_gamma",
    "float",
    0.0,
    "focal loss: each loss times (1 - probability of the truth) to this power, in training only (0 for none)",
    structural=False,
    low=0.0,
    high=10.0,
    sensible=choices(0.0, 1.0, 2.0),
)
"""Of Lin et al. 2017."""

OVERSAMPLING = ParameterSpec(
    "oversampling",
    "float",
    0.0,
    "how much more often rare pictures are drawn: 0 each once an epoch, 1 each class as often as any other",
    structural=False,
    in_graph=False,
    low=0.0,
    high=1.0,
    sensible=Float(0.0, 1.0),
)
"""Shares of classes to the power of 1 minus this; a half is square-root sampling (Kang et al. 2020). An epoch stays as
long as it was, so common pictures are left out in turn."""


def beta(of: str) -> ParameterSpec:
    """The parameter of the effective number, for what reads it."""
    return ParameterSpec(
        f"{of}_beta",
        "float",
        0.999,
        "of the effective number: n pictures count as (1 - beta^n) / (1 - beta); 0: all alike",
        structural=False,
        in_graph=False,
        low=0.0,
        high=0.9999999,
        sensible=choices(0.9, 0.99, 0.999, 0.9999),
        read_where=(Switch(of, on=("effective",)),),
    )


def class_weights(kind: str | Sequence[float], counts: np.ndarray, beta: float) -> np.ndarray:
    """Weights of losses by class, with a mean of 1 over the pictures: the learning rate means what it did.

    Args:
        kind: the weights themselves, or one of :data:`WEIGHTS`; ``effective`` is the effective number of Cui et al.
            2019, whose weights these are but for a factor.
        counts: pictures of each class, as they are drawn, ``(classes,)``; one without any is taken for one with one.
        beta: of ``effective``.

    Raises:
        TrialError: there are not as many weights as classes.
    """
    if not isinstance(kind, str):
        return _given(kind, len(counts))
    if kind == "none":
        return np.ones(len(counts))
    seen = np.maximum(counts, 1)
    sizes = _sizes(kind, seen, beta)
    return np.asarray(counts.sum() / ((seen / sizes).sum() * sizes))


def positive_weights(kind: str | Sequence[float], positives: np.ndarray, pictures: int, beta: float) -> np.ndarray:
    """Weights of the losses of labels that are there, over those of labels that are not, by label.

    Args:
        kind, beta: as of :func:`class_weights`.
        positives: pictures that have each label, as they are drawn, ``(labels,)``; with none the weight is 1.
        pictures: of all.

    Raises:
        TrialError: as of :func:`class_weights`.
    """
    if not isinstance(kind, str):
        return _given(kind, len(positives))
    ratio = _sizes(kind, pictures - positives, beta) / _sizes(kind, np.maximum(positives, 1), beta)
    return np.asarray(np.where(positives > 0, ratio, 1.0))


def draws(config: Mapping[str, Any], alike: np.ndarray) -> np.ndarray | None:
    """How often each training picture is drawn, relative to the others; ``None``: each once an epoch.

    Args:
        config: filled.
        alike: of each picture, how many there are of its kind, ``(n,)``.
    """
    share = config["oversampling"]
    return None if share == 0 else np.asarray(np.maximum(alike, 1) ** -float(share))


def times_drawn(weights: np.ndarray | None) -> np.ndarray | None:
    """How many times an epoch draws each picture in the mean; ``None``: each once.

    What weighs classes by their pictures counts these, as else both would make up for the same imbalance.

    Args:
        weights: as :func:`draws` gives them, ``(n,)``.
    """
    return None if weights is None else weights * (len(weights) / weights.sum())


def shifting(config: Mapping[str, Any]) -> tuple[str, ...]:
    """What of a config moves probabilities away from the shares of the classes in the data: names with values."""
    names = ("class_weights", "positive_weights", "oversampling", "focal_gamma")
    acting = {name: config[name] for name in names if config.get(name, "none") not in ("none", 0)}
    return tuple(f"{name} {shown(value)}" for name, value in acting.items())


def _given(weights: Sequence[float], outputs: int) -> np.ndarray:
    if len(weights) != outputs:
        raise TrialError(f"{len(weights)} weights were given for {outputs} classes or labels: give one for each")
    return np.array(weights, float)


def _sizes(kind: str, counts: np.ndarray, beta: float) -> np.ndarray:
    """As how many pictures the classes count."""
    if kind == "none":
        return np.ones(len(counts))
    if kind == "square_root":
        return np.asarray(np.sqrt(counts))
    if kind == "effective" and beta > 0:
        return np.asarray(-np.expm1(counts * np.log(beta)) / (1.0 - beta))
    return np.ones(len(counts)) if kind == "effective" else counts
