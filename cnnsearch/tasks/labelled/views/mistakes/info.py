"""The validation pictures on which the best model was most surely wrong."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import StorageError
from cnnsearch.study.documents import MISTAKES, read_document

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.store import Store

__all__ = ["Mistake", "MistakesInfo", "mistakes_info"]

MOST_BYTES = 100_000
"""Of one picture file; they are of at most 128 x 128 pixels."""


@dataclass(frozen=True)
class Mistake:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file.
        picture: its file, or which one of the data set it is.
        true, predicted: names of classes.
        probability, true_probability: that the model gave to the predicted and to the true class.
    """

    source: str
    picture: str
    true: str
    predicted: str
    probability: float
    true_probability: float


@dataclass(frozen=True)
class MistakesInfo:
    """The worst mistakes.

    Attributes:
        trial: whose they are.
        mistakes: the surest first.
        wrong: number of all validation pictures that it got wrong.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    mistakes: tuple[Mistake, ...] = ()
    wrong: int = 0
    missing: str | None = None


def mistakes_info(study: Study) -> MistakesInfo:
    try:
        listed = read_document(study.store, "best/mistakes/mistakes.json", MISTAKES)
        mistakes = tuple(_mistake(study.store, entry) for entry in listed["mistakes"])
        trial, wrong = listed["trial"], listed["wrong"]
        run = listed.get("run", study.best.run if study.best else None)  # older ones do not tell
    except FileNotFoundError:
        return MistakesInfo(None, missing="the sweep kept no pictures of mistakes")
    except (StorageError, ValueError) as error:
        return MistakesInfo(None, missing=f"the pictures of mistakes cannot be read ({type(error).__name__})")
    if study.best is not None and (trial, run) != (study.best.trial, study.best.run):
        return MistakesInfo(None, missing=f"the pictures of mistakes are of another model, one of trial {trial}")
    if not mistakes:
        return MistakesInfo(trial, missing=f"trial {trial} is right on every validation picture")
    return MistakesInfo(trial, mistakes, wrong)


def _mistake(store: Store, entry: dict[str, Any]) -> Mistake:
    content = store.read(f"best/mistakes/{str(entry['file']).replace('/', '')}")
    if not content.startswith(b"\x89PNG") or len(content) > MOST_BYTES:
        raise ValueError("not a small PNG file")
    return Mistake(
        source="data:image/png;base64," + base64.b64encode(content).decode(),
        picture=entry["picture"],
        true=entry["true"],
        predicted=entry["predicted"],
        probability=entry["probability"],
        true_probability=entry["true_probability"],
    )
