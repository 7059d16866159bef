"""The validation pictures of which the best model told a label that is furthest from the truth."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.errors import StorageError
from cnnsearch.study.documents import read_document
from cnnsearch.study.schema import Index, MaybeIndex, Open, Share, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.store import Store

__all__ = ["LabelMistake", "LabelMistakesInfo", "label_mistakes_info"]

MOST_BYTES = 100_000
"""Of one picture file; they are of at most 128 x 128 pixels."""


class _Listed(Open):
    file: Text
    picture: Text
    true: list[Text]
    told: list[Text]
    label: Text
    probability: Share
    threshold: Share


class _Whose(Open, total=False):
    run: MaybeIndex


class _Document(_Whose):
    trial: Index
    wrong: Index
    mistakes: list[_Listed]


_DOCUMENT: TypeAdapter[Any] = TypeAdapter(_Document)
"""Of ``best/mistakes/mistakes.json``."""


@dataclass(frozen=True)
class LabelMistake:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file.
        picture: its file, or which one of the data set it is.
        true, told: labels that it has, and that the model told of.
        label: of those in which the two differ, the one that is furthest from the truth.
        probability: that the model gave to it.
        threshold: from which it is told.
    """

    source: str
    picture: str
    true: tuple[str, ...]
    told: tuple[str, ...]
    label: str
    probability: float
    threshold: float


@dataclass(frozen=True)
class LabelMistakesInfo:
    """The worst mistakes.

    Attributes:
        trial: whose they are.
        mistakes: the worst first.
        wrong: number of all validation pictures with a wrong label.
        missing: why there are none; ``None`` where there are.
    """

    trial: int | None
    mistakes: tuple[LabelMistake, ...] = ()
    wrong: int = 0
    missing: str | None = None


def label_mistakes_info(study: Study) -> LabelMistakesInfo:
    try:
        listed = read_document(study.store, "best/mistakes/mistakes.json", _DOCUMENT)
        mistakes = tuple(_mistake(study.store, entry) for entry in listed["mistakes"])
    except FileNotFoundError:
        return LabelMistakesInfo(None, missing="the sweep kept no pictures of mistakes")
    except (StorageError, ValueError, KeyError) as error:
        return LabelMistakesInfo(None, missing=f"the pictures of mistakes cannot be read ({type(error).__name__})")
    trial, run = listed["trial"], listed.get("run")
    if study.best is not None and (trial, run) != (study.best.trial, study.best.run):
        return LabelMistakesInfo(None, missing=f"the pictures of mistakes are of another model, one of trial {trial}")
    if not mistakes:
        return LabelMistakesInfo(trial, missing=f"trial {trial} is right on every label of every validation picture")
    return LabelMistakesInfo(trial, mistakes, listed["wrong"])


def _mistake(store: Store, entry: dict[str, Any]) -> LabelMistake:
    content = store.read(f"best/mistakes/{str(entry['file']).replace('/', '')}")
    if not content.startswith(b"\x89PNG") or len(content) > MOST_BYTES:
        raise ValueError("not a small PNG file")
    return LabelMistake(
        source="data:image/png;base64," + base64.b64encode(content).decode(),
        picture=entry["picture"],
        true=tuple(entry["true"]),
        told=tuple(entry["told"]),
        label=entry["label"],
        probability=entry["probability"],
        threshold=entry["threshold"],
    )
