"""Shortening: that fewer finalists were trained than were asked for, as the budget left no time for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.study.duration import duration

if TYPE_CHECKING:
    from cnnsearch.experiment.sections import Finalists
    from cnnsearch.study.store import Store

__all__ = ["Shortening", "shortened_in_words"]

_KEY = "shortened"
"""In ``environment.json``."""


@dataclass(frozen=True)
class Shortening:
    """What was asked for, what there was time for (``None``: nothing), and how many seconds were left."""

    asked: Finalists
    given: Finalists | None
    left: float

    @property
    def text(self) -> str:
        """In words."""
        return _in_words(self._told)

    def write(self, store: Store) -> None:
        """Into what the study says of itself."""
        store.write_json("environment.json", {**store.read_json("environment.json"), _KEY: self._told})

    @property
    def _told(self) -> dict[str, Any]:
        given = None if self.given is None else self.given.model_dump()
        return {"asked": self.asked.model_dump(), "given": given, "seconds_left": round(self.left, 1)}


def shortened_in_words(environment: Mapping[str, Any]) -> str | None:
    """What a study's ``environment.json`` tells of it; ``None`` where all finalists that were asked for had time."""
    told = environment.get(_KEY)
    try:
        return None if told is None else _in_words(told)
    except (KeyError, TypeError, ValueError):
        return None


def _in_words(told: Mapping[str, Any]) -> str:
    given, asked = told["given"], told["asked"]
    what = "no finalists"
    if given is not None:
        what = f"{given['top']} finalist{'' if given['top'] == 1 else 's'} on {given['seeds']} fresh seeds"
    wanted = f"{asked['top']} on {asked['seeds']}"
    return f"budget.minutes left {duration(told['seconds_left'])}, enough for {what}, where {wanted} were asked for"
