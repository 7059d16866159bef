"""Pictures whose labels are probably wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from cnnsearch.report.statistics.kept_mistakes import Listed, kept_mistakes
from cnnsearch.study.record.schema import Share, Text

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Suspicious", "SuspiciousInfo", "suspicious_info"]


class _Listed(Listed):
    label: Text
    probable: Text
    label_probability: Share
    probable_probability: Share


_ENTRY: TypeAdapter[Any] = TypeAdapter(_Listed)


@dataclass(frozen=True)
class Suspicious:
    """One picture.

    Attributes:
        source: the picture itself, as a ``data:`` address of a PNG file; empty where it is a text.
        picture: its file, or which one of the data set it is.
        label, probable: names of the class that it has, and of the one that it probably is of.
        label_probability, probable_probability: that the model gave to these.
        text: the text itself, or empty.
    """

    source: str
    picture: str
    label: str
    probable: str
    label_probability: float
    probable_probability: float
    text: str = ""


@dataclass(frozen=True)
class SuspiciousInfo:
    """The surest of them.

    Attributes:
        trial: whose model says so.
        pictures: the surest first.
        count: of all that there are.
    """

    trial: int | None
    pictures: tuple[Suspicious, ...] = ()
    count: int = 0


def suspicious_info(study: Study) -> SuspiciousInfo:
    found = kept_mistakes(study, _ENTRY, "suspicious labels", "suspicious")
    pictures = tuple(
        Suspicious(
            source=source,
            picture=said["picture"],
            label=said["label"],
            probable=said["probable"],
            label_probability=said["label_probability"],
            probable_probability=said["probable_probability"],
            text=said.get("text", ""),
        )
        for source, said in found.pictures
    )
    return SuspiciousInfo(found.trial, pictures, found.wrong)
