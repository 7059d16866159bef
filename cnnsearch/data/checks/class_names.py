"""Names of classes that are probably one class, or none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.dataset import Dataset
from cnnsearch.data.readings import is_foreign, readings
from cnnsearch.data.split import Split

__all__ = ["CHECK"]

_TOLD = 5
"""Names that are told of those that are no UTF-8."""

_MISSING = frozenset({"na", "n/a", "nan", "null", "none", "nil", "missing", "?", "-", "<na>", "#n/a"})
"""What stands in tables where a value is missing, in small letters."""


class ClassNameCheck:
    """Names that differ in case, blanks or Unicode form only, that read as a missing value, or are no UTF-8."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        if examined.dataset.targets.strata.noun == "class":
            yield from _alike(examined.dataset)
            yield from _reading_as_missing(examined.dataset)
            yield from _of_bytes(examined.dataset)


def _alike(dataset: Dataset) -> Iterator[Finding]:
    strata = dataset.targets.strata
    alike: dict[str, list[int]] = {}
    for number, name in enumerate(strata.names):
        alike.setdefault(_folded(name), []).append(number)
    several = [numbers for numbers in alike.values() if len(numbers) > 1]
    if several:
        names = " and ".join(f"'{strata.names[number]}'" for number in several[0])
        count = sum(map(len, several))
        text = f"{count:,} classes differ in case, blanks or Unicode form only, as {names}: are they one?"
        examples = tuple(tuple(_first(strata.members, number) for number in numbers) for numbers in several)
        yield Finding("class_names", text, count, dataset, examples, kind="alike")


def _reading_as_missing(dataset: Dataset) -> Iterator[Finding]:
    strata = dataset.targets.strata
    for number, name in enumerate(strata.names):
        if _folded(name) in _MISSING:
            count = int((strata.members == number).sum())
            text = f"{count:,} pictures are of the class '{name}', which reads as a missing value."
            examples = ((_first(strata.members, number),),)
            yield Finding("class_names", text, count, dataset, examples, kind=f"missing-{number}")


def _of_bytes(dataset: Dataset) -> Iterator[Finding]:
    strata = dataset.targets.strata
    foreign = [number for number, name in enumerate(strata.names) if is_foreign(name)]
    if foreign:
        are = "1 class has a name that is" if len(foreign) == 1 else f"{len(foreign):,} classes have names that are"
        told = "; ".join(_read(strata.names[number]) for number in foreign[:_TOLD])
        more = "; ..." if len(foreign) > _TOLD else ""
        text = f"{are} no UTF-8, shown by bytes, which do not tell the encoding: {told}{more}."
        examples = tuple((_first(strata.members, number),) for number in foreign)
        yield Finding("class_names", text, len(foreign), dataset, examples, doubtful=False, kind="bytes")


def _read(name: str) -> str:
    """A name that is no UTF-8, with its readings."""
    read = ", ".join(f"{encoding}: {text}" for encoding, text in readings(name).items())
    return f"'{name}'{f' ({read})' if read else ''}"


def _folded(name: str) -> str:
    # Bytes that are no UTF-8 are lone surrogates, which stay as they are.
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def _first(members: np.ndarray, number: int) -> int:
    return int(np.flatnonzero(members == number)[0])


CHECK = ClassNameCheck()
