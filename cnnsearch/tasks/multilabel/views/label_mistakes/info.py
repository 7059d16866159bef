"""The validation pictures of which the best model told a label that is furthest from the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Share, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["LabelMistake", "LabelMistakesInfo", "label_mistakes_info"]


class _Listed(Listed):
    true: list[Text]
    told: list[Text]
    label: Text
    probability: Share
    threshold: Share


_ENTRY: TypeAdapter[Any] = TypeAdapter(_Listed)


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
    found = kept_mistakes(study, _ENTRY)
    mistakes = tuple(
        LabelMistake(
            source=source,
            picture=said["picture"],
            true=tuple(said["true"]),
            told=tuple(said["told"]),
            label=said["label"],
            probability=said["probability"],
            threshold=said["threshold"],
        )
        for source, said in found.pictures
    )
    return LabelMistakesInfo(found.trial, mistakes, found.wrong, found.missing)
