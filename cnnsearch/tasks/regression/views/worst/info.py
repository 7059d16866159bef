"""The validation pictures on which the best model was farthest from the truth."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.errors import StorageError
from cnnsearch.study.documents import read_document
from cnnsearch.study.schema import Index, Number, Open, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.store import Store

__all__ = ["FarNumber", "FarPicture", "WorstInfo", "worst_info"]

_MOST_BYTES = 100_000
"""Of one picture file; they are of at most 128 x 128 pixels."""

_MOST_NUMBERS = 4
"""Below one picture."""


class _Listed(Open):
    file: Text
    picture: Text
    true: dict[Text, Number]
    predicted: dict[Text, Number]
    error: dict[Text, Number]


class _Document(Open):
    trial: Index
    wrong: Index
    mistakes: list[_Listed]


_DOCUMENT: TypeAdapter[Any] = TypeAdapter(_Document)
"""Of ``best/mistakes/mistakes.json``."""


@dataclass(frozen=True)
class FarNumber:
    """One number of a picture; an error is above 0 where too much was told."""

    name: str
    true: float
    predicted: float
    error: float


@dataclass(frozen=True)
class FarPicture:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file.
        picture: its file, or which one of the data set it is.
        numbers: of many the first few.
        left_out: how many more there are.
    """

    source: str
    picture: str
    numbers: tuple[FarNumber, ...]
    left_out: int = 0


@dataclass(frozen=True)
class WorstInfo:
    """The worst pictures.

    Attributes:
        trial: whose they are.
        pictures: the worst first.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    pictures: tuple[FarPicture, ...] = ()
    missing: str | None = None


def worst_info(study: Study) -> WorstInfo:
    try:
        listed = read_document(study.store, "best/mistakes/mistakes.json", _DOCUMENT)
        pictures = tuple(_far(study.store, entry) for entry in listed["mistakes"])
        trial, run = listed["trial"], listed.get("run")
    except FileNotFoundError:
        return WorstInfo(None, missing="the sweep kept no pictures of large errors")
    except (StorageError, ValueError, KeyError) as error:
        return WorstInfo(None, missing=f"the pictures of large errors cannot be read ({type(error).__name__})")
    if study.best is not None and (trial, run) != (study.best.trial, study.best.run):
        return WorstInfo(None, missing=f"the pictures of large errors are of another model, one of trial {trial}")
    if not pictures:
        return WorstInfo(trial, missing=f"trial {trial} is without an error on every validation picture")
    return WorstInfo(trial, pictures)


def _far(store: Store, entry: dict[str, Any]) -> FarPicture:
    content = store.read(f"best/mistakes/{str(entry['file']).replace('/', '')}")
    if not content.startswith(b"\x89PNG") or len(content) > _MOST_BYTES:
        raise ValueError("not a small PNG file")
    names = list(entry["true"])
    return FarPicture(
        "data:image/png;base64," + base64.b64encode(content).decode(),
        entry["picture"],
        tuple(
            FarNumber(name, *(entry[key][name] for key in ("true", "predicted", "error")))
            for name in names[:_MOST_NUMBERS]
        ),
        max(0, len(names) - _MOST_NUMBERS),
    )
