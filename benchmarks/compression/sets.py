"""The sets of pictures, each with the one trial whose model is compressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["SETS", "CompressedSet"]

WEIGHTS = "{data}/weights/mobilenet_0.25_imagenet_no_top.h5"


@dataclass(frozen=True)
class CompressedSet:
    """Pictures, and a network for them.

    Attributes:
        name: in the tables, and of the study.
        title: what it is, in words.
        keys: of the experiment; ``{data}`` stands for the folder that ``--data`` names.
        trained: options of ways that train.
        groups: of ways that are measured; empty: all.
        student: of a quarter of its weights, as ``--distill`` takes it; empty: none is taught.
    """

    name: str
    title: str
    keys: Mapping[str, Any]
    trained: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    student: str = ""

    def experiment(self, data: Path | None) -> dict[str, Any]:
        """Of one trial, with all pictures for training and validation."""
        common = {"name": self.name, "budget": {"trials": 1}, "seed": 0}
        return {**common, **_placed(self.keys, str(data))}

    @property
    def needs_data(self) -> bool:
        """Whether something of it comes with no package."""
        return "{data}" in str(self.keys)


def _placed(value: Any, data: str) -> Any:
    if isinstance(value, Mapping):
        return {key: _placed(each, data) for key, each in value.items()}
    return value.replace("{data}", data) if isinstance(value, str) else value


def _cnn(dataset: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    space = {"filters": 16, "conv_blocks": 2, "learning_rate": {"choice": [3e-3]}}
    return {"dataset": {**dataset, "test": 0.0}, "model": "cnn", "epochs": epochs, "space": space}


_PHOTOGRAPHS = {"source": "directory", "path": "{data}/cats_dogs", "image_size": 224, "color": "rgb"}
_DIGITS_AT_32 = {"source": "digits", "limit": 500, "image_size": 32, "test": 0.0}


def _transfer(dataset: Mapping[str, Any], space: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    chosen = {**space, "unfrozen_layers": 0, "head_layers": 0, "learning_rate": {"choice": [1e-2]}}
    return {"dataset": dataset, "model": "transfer", "epochs": epochs, "space": chosen}


SETS = (
    CompressedSet(
        "digits",
        "A CNN on 1,797 digits of 8x8 pixels",
        _cnn({"source": "digits", "validation": 0.3}, 30),
        ("--epochs", "30"),
        student="filters=8,units=64",
    ),
    CompressedSet(
        "fashion",
        "A CNN on 12,000 pictures of Fashion-MNIST, 28x28",
        _cnn({"source": "fashion_mnist", "limit": 12000, "validation": 0.2}, 8),
        ("--epochs", "8"),
        student="filters=8,units=64",
    ),
    CompressedSet(
        "cats-dogs",
        "`transfer` with MobileNet-0.25 of ImageNet on 700 photographs of cats and dogs, 224x224",
        _transfer(
            {**_PHOTOGRAPHS, "validation": 0.4, "test": 0.0},
            {"backbone": "mobilenet", "backbone_alpha": 0.25, "weights": WEIGHTS},
            10,
        ),
        ("--epochs", "10"),
    ),
    CompressedSet(
        "vgg16",
        "`transfer` with VGG16 of random weights on 500 digits at 32x32: what pruning does to it, and no accuracy",
        _transfer({**_DIGITS_AT_32, "validation": 0.3}, {"backbone": "vgg16", "weights": "none"}, 2),
        ("--epochs", "1"),
        ("quantized", "pruned"),
    ),
)
"""In the order in which they are measured."""
