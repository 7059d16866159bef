"""Pictures of a page: some of each class as they are read, and numbers of pixels as images within HTML."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.tasks.contract.overlays import Overlay

__all__ = ["Group", "Shown", "groups", "shown"]

MOST_GROUPS = 12
MOST_EACH = 4

_LARGEST = 192
"""Pixels of the longer side on the page."""

_SHARP = 64
"""Up to this side pixels are shown as they are; larger pictures are kept as JPEG."""


@dataclass(frozen=True)
class Shown:
    """One picture on the page.

    Attributes:
        source: of the image, with the image itself.
        text: what it is.
        is_small: it is enlarged, and its pixels are to be seen.
        overlay: where its targets lie; ``None``: they have no places.
    """

    source: str
    text: str
    is_small: bool
    overlay: Overlay | None = None


@dataclass(frozen=True)
class Group:
    """Some training pictures of one stratum, as a class.

    Attributes:
        name: of the stratum.
        count: training pictures that it has.
        members: some of them, indices into the data set.
    """

    name: str
    count: int
    members: tuple[int, ...]


def groups(dataset: Dataset, split: Split, seed: int) -> tuple[list[Group], int]:
    """The first strata with training pictures, each with some drawn at random; and how many more strata there are."""
    strata = dataset.targets.strata
    rng = np.random.default_rng(seed)
    found = []
    for number, name in enumerate(strata.names):
        members = split.train[strata.members[split.train] == number]
        if len(members):
            some = rng.permutation(members)[:MOST_EACH]
            found.append(Group(name, len(members), tuple(map(int, some))))
    return found[:MOST_GROUPS], max(0, len(found) - MOST_GROUPS)


def shown(
    x: np.ndarray, texts: list[str], value_range: tuple[float, float], overlays: Sequence[Overlay | None] | None = None
) -> Iterator[Shown]:
    """Pictures ``(n, height, width, channels)``, black and white at the ends of the range, each with its text.

    ``overlays`` are those of each, where their targets have places.
    """
    low, high = value_range
    values = np.clip((x.astype(np.float64) - low) / ((high - low) or 1.0), 0, 1)
    over = overlays or [None] * len(texts)
    for picture, text, overlay in zip(np.round(255 * values).astype(np.uint8), texts, over, strict=True):
        # Of other than red, green and blue the first channel, as the pictures of a study's mistakes.
        image = Image.fromarray(picture if picture.shape[2] == 3 else picture[:, :, 0])
        is_small = max(image.size) <= _SHARP
        if not is_small:
            image.thumbnail((_LARGEST, _LARGEST))
        yield Shown(_source(image, "png" if is_small else "jpeg"), text, is_small, overlay)


def _source(image: Image.Image, form: str) -> str:
    stream = io.BytesIO()
    image.save(stream, form, **({"quality": 88} if form == "jpeg" else {}))
    return f"data:image/{form};base64,{base64.b64encode(stream.getvalue()).decode()}"
