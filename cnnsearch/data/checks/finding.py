"""Finding: what a check found, in a sentence, with pictures to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.inputs.words import said_of

if TYPE_CHECKING:
    from cnnsearch.data.dataset import Dataset
    from cnnsearch.inputs.pictures.pictures import Pictures

__all__ = ["SHOWN", "Finding", "RecordedFinding", "Seen", "are_of", "by_class", "seen"]

SHOWN = 8
"""Examples that are kept of each finding."""


@dataclass(frozen=True)
class Seen:
    """A picture that is shown.

    Attributes:
        name: what the user knows it by.
        label: what is to be predicted of it, in words.
        file: below the study, once it is kept.
    """

    name: str
    label: str
    file: str = ""


@dataclass(frozen=True)
class RecordedFinding:
    """What a check found, as ``environment.json`` says it.

    Attributes:
        check: its name in the table.
        text: a sentence that tells how many, and an example.
        count: of pictures, classes or groups.
        doubtful: it may make a result worth less.
        examples: pictures that show it, those that belong together in one.
    """

    check: str
    text: str
    count: int
    doubtful: bool = True
    examples: tuple[tuple[Seen, ...], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types."""
        examples = [
            [{"picture": one.name, "label": one.label, "file": one.file} for one in example]
            for example in self.examples
        ]
        told = {"check": self.check, "text": self.text, "count": self.count, "doubtful": self.doubtful}
        return {**told, "examples": examples}

    @classmethod
    def from_dict(cls, line: Mapping[str, Any]) -> RecordedFinding:
        examples = tuple(
            tuple(Seen(one["picture"], one["label"], one["file"]) for one in example) for example in line["examples"]
        )
        return cls(line["check"], line["text"], line["count"], line["doubtful"], examples)


@dataclass(frozen=True, eq=False)
class Finding:
    """The same with the pictures themselves.

    Attributes:
        check, text, count, doubtful: as of :class:`RecordedFinding`.
        dataset: that it was found in.
        examples: indices of pictures that show it, those that belong together in one.
        refused: it is an error even where the check keeps pictures together.
        kind: of several findings of one check, for the names of files.
    """

    check: str
    text: str
    count: int
    dataset: Dataset = field(repr=False)
    examples: tuple[tuple[int, ...], ...] = ()
    doubtful: bool = True
    refused: bool = False
    kind: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", said_of(self.dataset.inputs, self.text))

    @property
    def recorded(self) -> RecordedFinding:
        """Its files lie in the study where :meth:`pictures` say."""
        examples = tuple(
            tuple(
                seen(self.dataset, index, "" if self.dataset.inputs == "texts" else self._file(row, place))
                for place, index in enumerate(example[:2])
            )
            for row, example in enumerate(self.examples[:SHOWN])
        )
        return RecordedFinding(self.check, self.text, self.count, self.doubtful, examples)

    def pictures(self) -> dict[str, tuple[Pictures, int]]:
        """File below the study -> the picture that is to be kept there. Texts stand in the names."""
        if self.dataset.inputs == "texts":
            return {}
        return {
            self._file(row, place): (self.dataset.pictures, index)
            for row, example in enumerate(self.examples[:SHOWN])
            for place, index in enumerate(example[:2])
        }

    def _file(self, row: int, place: int) -> str:
        kind = f"-{self.kind}" if self.kind else ""
        return f"checks/{self.check}{kind}-{row + 1}{'ab'[place]}.png"


def seen(dataset: Dataset, index: int, file: str = "") -> Seen:
    """One picture of a data set."""
    pictures = dataset.pictures
    name = (
        f"{pictures.name(index)}: {pictures.shortened(index)}" if isinstance(pictures, Texts) else pictures.name(index)
    )
    return Seen(name, dataset.targets.told(index), file)


def are_of(count: int, total: int, kind: str = "") -> str:
    """As '1 of 700 pictures is', '5 of 700 test pictures are'."""
    return f"{count:,} of {total:,} {f'{kind} ' if kind else ''}pictures {'is' if count == 1 else 'are'}"


def by_class(dataset: Dataset, indices: Sequence[int]) -> str:
    """How many of them are of each class, in brackets; nothing where there are no classes, or one picture only."""
    strata = dataset.targets.strata
    if strata.noun != "class" or len(indices) < 2:
        return ""
    counts = np.bincount(strata.members[np.asarray(indices)], minlength=len(strata.names))
    order = np.argsort(-counts, kind="stable")
    told = [f"{strata.names[number]}: {counts[number]:,}" for number in order[:3] if counts[number]]
    more = int((counts > 0).sum()) - len(told)
    return f" ({', '.join(told)}{f' and {more:,} more classes' if more else ''})"
