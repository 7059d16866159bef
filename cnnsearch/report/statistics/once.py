"""Infos that others build on are computed once a study."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["once"]

Result = TypeVar("Result")


def once(compute: Callable[[Study], Result]) -> Callable[[Study], Result]:
    """``compute``, whose result of a study is kept for as long as the study lives."""
    known: weakref.WeakKeyDictionary[Study, Result] = weakref.WeakKeyDictionary()

    @functools.wraps(compute)
    def kept(study: Study) -> Result:
        if study not in known:
            known[study] = compute(study)
        return known[study]

    return kept
