"""The validation pictures on which the best model was most surely wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Share, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Mistake", "MistakesInfo", "mistakes_info"]


class _Listed(Listed):
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
    """

    source: str
    picture: str
    true: str
    predicted: str
    probability: float
    true_probability: float
    text: str = ""
    looked: str = ""


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
        )
        for (source, said), looked in zip(found.pictures, found.looked, strict=True)
    )
    return MistakesInfo(found.trial, mistakes, found.wrong, found.missing)
