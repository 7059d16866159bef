"""The n-grams of texts at which the filters of the best model are strongest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study import Study
    from cnnsearch.study.filter_ngrams import FilterNgrams

__all__ = ["NgramFilter", "NgramsInfo", "ngrams_info"]


@dataclass(frozen=True)
class NgramFilter:
    """One filter.

    Attributes:
        width: tokens that it sees at once.
        share: of what all filters have to do with the answers.
        speaks_for: name of the class whose answers rest on it most.
        ngrams: the strongest first, each with the number of texts in which the filter is strongest there.
    """

    width: int
    share: float
    speaks_for: str
    ngrams: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class NgramsInfo:
    """The filters that have most to do with the answers.

    Attributes:
        trial: whose they are.
        filters: the most used one first.
    """

    trial: int | None
    filters: tuple[NgramFilter, ...] = ()


def ngrams_info(study: Study) -> NgramsInfo:
    best = study.best
    found = None if best is None else study.filter_ngrams(best.trial, best.run)
    if best is None or found is None:
        return NgramsInfo(None)
    return NgramsInfo(best.trial, tuple(_filter(found, row, study.names) for row in range(len(found.widths))))


def _filter(found: FilterNgrams, row: int, names: Sequence[str]) -> NgramFilter:
    number = int(found.classes[row])
    pairs = zip(found.ngrams[row].tolist(), found.texts[row].tolist(), strict=True)
    return NgramFilter(
        width=int(found.widths[row]),
        share=float(found.shares[row]),
        speaks_for=names[number] if 0 <= number < len(names) else f"class {number}",
        ngrams=tuple((ngram, count) for ngram, count in pairs if count),
    )
