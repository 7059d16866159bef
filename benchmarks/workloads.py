"""The works that are compared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from benchmarks.work import Work, draw_work

__all__ = ["FASHION_SEARCH", "RUNTIME", "digits_few", "digits_many", "fashion", "fashion_search", "transfer"]

WORKERS = 2
PHOTOGRAPHS = Path(os.environ.get("CNNSEARCH_PHOTOGRAPHS", "../shared/data"))
"""Folder with ``cats_dogs/`` (a folder a class) and ``weights/`` (MobileNet 0.25, ImageNet, without its top)."""

DIGITS = "digits"
FASHION = "fashion_mnist:12000"

RUNTIME: dict[str, Any] = {
    "learning_rate": {"float": [1e-4, 1e-2], "log": True},
    "dropout": {"float": [0.0, 0.5]},
    "l2": {"float": [1e-6, 1e-2], "log": True},
}
"""Parameters that need no compilation of their own."""

FASHION_SEARCH: dict[str, Any] = {
    "conv_blocks": {"int": [1, 3]},
    "convs_per_block": {"int": [1, 2]},
    "filters": {"choice": [8, 16, 32]},
    "batch_normalization": {"choice": [False, True]},
    "units": {"int": [32, 128], "log": True},
    "learning_rate": {"float": [3e-4, 3e-2], "log": True},
    "dropout": {"float": [0.0, 0.5]},
    "batch_size": {"choice": [32, 64, 128]},
}
"""Without conditions, so that both sides of a search can say exactly the same space."""


def digits_few(trials: int, seed: int = 0, epochs: int = 5) -> Work:
    """12 structures, everything else a runtime parameter."""
    space = {
        "filters": {"choice": [8, 16, 32]},
        "kernel_size": {"choice": [3, 5]},
        "conv_blocks": {"choice": [1, 2]},
        **RUNTIME,
        "batch_size": 64,
    }
    return draw_work("digits-few", DIGITS, space, trials, epochs, seed, WORKERS)


def digits_many(trials: int, seed: int = 0, epochs: int = 5) -> Work:
    """The space of the demo, where hardly two trials share a structure."""
    from cnnsearch.experiment import Experiment

    space = Experiment.from_yaml(Path("search_spaces/digits_cnn.yaml")).space.to_dict()
    return draw_work("digits-many", DIGITS, space, trials, epochs, seed, WORKERS)


def fashion(trials: int, seed: int = 0, epochs: int = 5, workers: int = WORKERS) -> Work:
    """Networks of 80,000 to 115,000 parameters in 4 structures."""
    space = {
        "conv_blocks": 2,
        "filters": 16,
        "kernel_size": {"choice": [3, 5]},
        "units": {"choice": [48, 64]},
        **RUNTIME,
        "batch_size": 64,
    }
    return draw_work("fashion", FASHION, space, trials, epochs, seed, workers)


def transfer(trials: int, unfrozen: bool = False, seed: int = 0) -> Work:
    """The space of the transfer example on photographs at 160x160; with 0 unfrozen layers, or with 0 to 12."""
    from cnnsearch.experiment import Experiment

    space = Experiment.from_yaml(Path("search_spaces/transfer_mobilenet.yaml")).space.to_dict()
    space["weights"] = str((PHOTOGRAPHS / "weights" / "mobilenet_0.25_imagenet_no_top.h5").resolve())
    if unfrozen:
        space["unfrozen_layers"] = {"int": [0, 12]}
    name = "transfer-unfrozen" if unfrozen else "transfer"
    keys = {"model": "transfer"}
    folder = (PHOTOGRAPHS / "cats_dogs").resolve()
    return draw_work(name, f"directory:{folder}", space, trials, 10, seed, WORKERS, keys)


def fashion_search(seed: int, minutes: float, epochs: int = 9) -> Work:
    """A search of its own for each side."""
    return Work("fashion-search", FASHION, FASHION_SEARCH, (), epochs, WORKERS, seed, minutes)
