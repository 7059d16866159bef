"""Names of classes that are probably one class, or none."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import numpy as np

from cnnsearch.data.checks.examined import Examined, Sets
from cnnsearch.data.checks.finding import Finding
from cnnsearch.data.split import Split

__all__ = ["CHECK"]

_MISSING = frozenset({"na", "n/a", "nan", "null", "none", "nil", "missing", "?", "-", "<na>", "#n/a"})
"""What stands in tables where a value is missing, in small letters."""


class ClassNameCheck:
    """Names that differ in case, blanks or Unicode form only, and such that read as a missing value."""

    def sets(self, examined: Examined) -> Sets:  # noqa: ARG002 - a Check
        return []

    def surplus(self, examined: Examined, found: Sets) -> Sets:  # noqa: ARG002
        return []

    def findings(self, examined: Examined, split: Split, found: Sets) -> Iterator[Finding]:  # noqa: ARG002
        strata = examined.dataset.targets.strata
        if strata.noun != "class":
            return
        alike: dict[str, list[int]] = {}
        for number, name in enumerate(strata.names):
            alike.setdefault(_folded(name), []).append(number)
        several = [numbers for numbers in alike.values() if len(numbers) > 1]
        if several:
            names = " and ".join(f"'{strata.names[number]}'" for number in several[0])
            count = sum(map(len, several))
            text = f"{count:,} classes differ in case, blanks or Unicode form only, as {names}: are they one?"
            examples = tuple(tuple(_first(strata.members, number) for number in numbers) for numbers in several)
            yield Finding("class_names", text, count, examined.dataset, examples, kind="alike")
        for number, name in enumerate(strata.names):
            if _folded(name) in _MISSING:
                count = int((strata.members == number).sum())
                text = f"{count:,} pictures are of the class '{name}', which reads as a missing value."
                examples = ((_first(strata.members, number),),)
                yield Finding("class_names", text, count, examined.dataset, examples, kind=f"missing-{number}")


def _folded(name: str) -> str:
    # Bytes that are no UTF-8 are lone surrogates, which stay as they are.
    return " ".join(unicodedata.normalize("NFKC", name).casefold().replace("_", " ").split())


def _first(members: np.ndarray, number: int) -> int:
    return int(np.flatnonzero(members == number)[0])


CHECK = ClassNameCheck()
