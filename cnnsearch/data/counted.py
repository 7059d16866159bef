"""How many pictures each split has of each stratum, from what ``environment.json`` says of the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cnnsearch.experiment.evaluation import folds_in_words

__all__ = ["Counted", "counted"]


@dataclass(frozen=True)
class Counted:
    """Pictures by stratum and split.

    Attributes:
        splits: their names.
        rows: stratum -> its pictures in each of them.
        noun, plural: what a stratum is.
        groups: of pictures that belong together, of each split; empty where each picture is by itself.
    """

    splits: tuple[str, ...]
    rows: Mapping[str, tuple[int, ...]]
    noun: str = "class"
    plural: str = "classes"
    groups: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """``1,797 pictures of 10 classes: 1,079 train, 359 validation, 359 test``; empty where nobody tells."""
        number = sum(self.totals)
        if not number:
            return ""
        of = f" of {len(self.rows):,} {self.plural}" if self.plural == "classes" else ""
        named = zip(self.splits, self.totals, strict=True)
        return f"{number:,} pictures{of}: {', '.join(f'{count:,} {name}' for name, count in named if count)}"

    @property
    def totals(self) -> tuple[int, ...]:
        """Pictures of each split."""
        return tuple(map(sum, zip(*self.rows.values(), strict=True))) if self.rows else (0,) * len(self.splits)


def counted(described: Mapping[str, Any]) -> Counted:
    """Of the section ``dataset``; of a study of before there were tasks the strata are its classes."""
    counts = described.get("counts", {})
    groups = described.get("groups", {})
    numbers = tuple(int(groups.get(name, 0)) for name in counts if name != "validation" or not described.get("folds"))
    if folds := described.get("folds"):  # in which the pictures of training and validation are the same ones
        words = f"in {folds_in_words(folds['folds'], folds['repeats'])}"
        counts = {words if name == "train" else name: of for name, of in counts.items() if name != "validation"}
    names = dict.fromkeys(str(name) for of in counts.values() for name in of)
    rows = {name: tuple(int(of.get(name, 0)) for of in counts.values()) for name in names}
    noun, plural = described.get("strata") or ("class", "classes")
    return Counted(tuple(counts), rows, str(noun), str(plural), numbers if groups else ())
