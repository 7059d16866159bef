"""The validation pictures on which the best model was most surely wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NotRequired

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Number, Open, Share, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Mistake", "MistakesInfo", "mistakes_info"]


class _Piece(Open):
    piece: Text
    loss: NotRequired[Number]


class _Listed(Listed):
    words: NotRequired[list[_Piece]]
    true: Text
    predicted: Text
    probability: Share
    true_probability: Share


_ENTRY: TypeAdapter[Any] = TypeAdapter(_Listed)


@dataclass(frozen=True)
class Mistake:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file; empty where it is a text.
        picture: its file, or which one of the data set it is.
        true, predicted: names of classes.
        probability, true_probability: that the model gave to the predicted and to the true class.
        text: the text itself, or empty.
        looked: where the network looked, as such an address, to be laid over the picture; or empty.
        words: the text in pieces, each with how much the answer rests on it: 1 is the most, below 0 it speaks against
            it, 0 it is no token; empty where nobody looked.
    """

    source: str
    picture: str
    true: str
    predicted: str
    probability: float
    true_probability: float
    text: str = ""
    looked: str = ""
    words: tuple[tuple[str, float], ...] = ()


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
    found = kept_mistakes(study, _ENTRY)
    mistakes = tuple(
        Mistake(
            source=source,
            picture=said["picture"],
            true=said["true"],
            predicted=said["predicted"],
            probability=said["probability"],
            true_probability=said["true_probability"],
            text=said.get("text", ""),
            looked=looked,
            words=_words(said.get("words", [])),
        )
        for (source, said), looked in zip(found.pictures, found.looked, strict=True)
    )
    return MistakesInfo(found.trial, mistakes, found.wrong, found.missing)


_LEAST = 0.02
"""Of a probability: an answer that no word takes as much from rests on none of them."""


def _words(pieces: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, float], ...]:
    """By the most that any of them takes from the answer."""
    most = max((abs(each["loss"]) for each in pieces if "loss" in each), default=0.0)
    return tuple((each["piece"], round(each.get("loss", 0.0) / max(most, _LEAST), 2)) for each in pieces)
