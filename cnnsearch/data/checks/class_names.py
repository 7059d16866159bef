"""Names of classes that are probably one class, or none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

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


_LATIN = str.maketrans(
    # Cyrillic, then Greek: those of the letters in Unicode's confusables (UTS 39) that look the same in any typeface.
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
    "\u03bf\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7",
    "aeopcyxijsABEKMHOPCTXIJSoABEZHIKMNOPTYX",
)
"""Letters of other alphabets -> the Latin ones that they look like."""


_WRITINGS = {False: "case, blanks or Unicode form", True: "the writing of a number"}
"""Whether names are numbers -> in what they differ that mean the same."""


class ClassNameCheck:
    """Names that differ in writing only or look alike, that read as a missing value, or are no UTF-8."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        if examined.dataset.targets.strata.noun == "class":
            yield from _alike(examined.dataset)
            yield from _looking_alike(examined.dataset)
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
        are_numbers = {bool(_number(strata.names[number])) for number, *_ in several}
        how = " or ".join(words for kind, words in _WRITINGS.items() if kind in are_numbers)
        text = f"{count:,} classes differ in {how} only, as {names}: are they one?"
        examples = tuple(tuple(_first(strata.members, number) for number in numbers) for numbers in several)
        yield Finding("class_names", text, count, dataset, examples, kind="alike")


def _looking_alike(dataset: Dataset) -> Iterator[Finding]:
    """Names that nobody can tell apart by looking: with letters of other alphabets, or characters that show nothing."""
    strata = dataset.targets.strata
    alike: dict[str, dict[str, int]] = {}
    for number, name in enumerate(strata.names):
        alike.setdefault(_shape(name), {}).setdefault(_folded(name), number)
    several = [tuple(numbers.values()) for numbers in alike.values() if len(numbers) > 1]
    if several:
        names = " and ".join(ascii(strata.names[number]) for number in several[0])
        count = sum(map(len, several))
        text = f"{count:,} classes have names that look the same and are not, as {names}: are they one?"
        examples = tuple(tuple(_first(strata.members, number) for number in numbers) for numbers in several)
        yield Finding("class_names", text, count, dataset, examples, kind="look")


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
    return _number(name) or " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def _number(name: str) -> str:
    """A number in one writing, as ``1`` for ``01`` and ``1.0``; empty for what is none.

    All digits count, as names may be long numbers of things. With an ``e`` it is one in no writing: the beginnings of
    hashes, as ``0e12`` and ``0e34``, are not all zero.
    """
    try:
        value = Decimal(name)
    except InvalidOperation:
        return ""
    if not value.is_finite() or {*name.lower()} & {"e", "_"}:
        return ""
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def _shape(name: str) -> str:
    """What a name looks like."""
    seen = (letter for letter in unicodedata.normalize("NFKC", name) if unicodedata.category(letter) != "Cf")
    return _folded("".join(seen).translate(_LATIN))


def _first(members: np.ndarray, number: int) -> int:
    return int(np.flatnonzero(members == number)[0])


CHECK = ClassNameCheck()
