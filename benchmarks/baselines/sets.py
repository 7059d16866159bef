"""The sets of pictures, each with the experiment file that a user would take for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.clip_art import CLIP_ART, clip_art_folder
from benchmarks.fashion import fashion_file

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["SETS", "PictureSet", "sets_of"]

_FILES = Path("search_spaces")

_MADE = Path("build/baselines")
"""Of the files of pictures that are drawn."""


@dataclass(frozen=True)
class PictureSet:
    """Pictures with one label each, and a file of ``search_spaces/``.

    Attributes:
        name: in the tables.
        file: of the experiment, used as it is but for ``keys``.
        keys: which pictures, and of which size.
        drawn: of Fashion-MNIST so many are drawn by the seed, to train and validate with, and Keras's whole test split
            is the test; ``None``: the pictures are those of the file.
        is_clip_art: the pictures are the clip art of a package of Debian's.
    """

    name: str
    file: str
    keys: Mapping[str, Any] = field(default_factory=dict)
    drawn: int | None = None
    is_clip_art: bool = False

    def settings(self, seed: int, data: Path | None) -> dict[str, Any]:
        """Keys over those of the file; ``seed`` is that of the split too.

        Args:
            seed: of split, search and weights.
            data: folder of the photographs and the weights, for the sets that have any.
        """
        placed = {key: value.format(data=data) if isinstance(value, str) else value for key, value in self.keys.items()}
        if self.is_clip_art:
            placed["dataset.path"] = str(clip_art_folder(_MADE / "clip_art"))
        if self.drawn is not None:
            path = fashion_file(self.drawn, _MADE, seed)
            placed["dataset"] = {"source": "npz", "path": str(path), "validation": 0.2}
        return {**placed, "seed": seed}

    def experiment(self, seed: int, data: Path | None) -> Experiment:
        """The file with these keys."""
        from cnnsearch.experiment import Experiment

        return Experiment.from_yaml(self.path).updated(self.settings(seed, data))

    @property
    def path(self) -> Path:
        return _FILES / self.file

    @property
    def needs_data(self) -> bool:
        """Whether something of it comes with no package."""
        return any("{data}" in str(value) for value in self.keys.values())

    def can_be_read(self, data: Path | None) -> bool:
        """Whether all of it is there; Keras downloads what is its own."""
        return (data is not None or not self.needs_data) and (not self.is_clip_art or CLIP_ART.is_dir())


_PHOTOGRAPHS = {"dataset.path": "{data}/cats_dogs"}
_WEIGHTS = "{data}/weights/mobilenet_0.25_imagenet_no_top.h5"

SETS = (
    PictureSet("digits", "digits_cnn.yaml"),
    PictureSet("Fashion-MNIST, 2,400", "fashion_mnist_cnn.yaml", {"dataset.limit": 2400}),
    PictureSet("Fashion-MNIST, 12,000", "fashion_mnist_cnn.yaml", {"dataset.limit": 12000}),
    PictureSet("cats and dogs, CNN at 64", "image_folder_cnn.yaml", _PHOTOGRAPHS),
    PictureSet("cats and dogs, CNN at 96", "image_folder_cnn.yaml", {**_PHOTOGRAPHS, "dataset.image_size": 96}),
    PictureSet("cats and dogs, MobileNet", "transfer_mobilenet.yaml", {**_PHOTOGRAPHS, "space.weights": _WEIGHTS}),
    PictureSet("digits, half to test", "digits_cnn.yaml", {"dataset.test": 0.5}),
    PictureSet("Fashion-MNIST, 2,400, 10,000 to test", "fashion_mnist_cnn.yaml", drawn=2400),
    PictureSet("clip art, CNN at 64", "image_folder_cnn.yaml", is_clip_art=True),
    PictureSet("clip art, MobileNet", "transfer_mobilenet.yaml", {"space.weights": _WEIGHTS}, is_clip_art=True),
)
"""In the order in which they are measured."""


def sets_of(data: Path | None) -> tuple[PictureSet, ...]:
    """Those whose pictures and weights are there."""
    return tuple(each for each in SETS if each.can_be_read(data))
