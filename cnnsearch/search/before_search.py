"""What users ask of a study whose own search has not begun, as those on its outer folds come first. Without Ray."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import assert_never

from cnnsearch.study.clock import Time
from cnnsearch.study.control.requests import Extend, Queue, Request, Stop, StopTrial, remove, waiting
from cnnsearch.study.control.words import NESTED_BUDGET
from cnnsearch.study.record.lines import REQUESTS
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import Store

__all__ = ["ENDED", "BeforeSearch"]

ENDED = "the sweep that it was asked of had ended"
"""Why a driver does not do what was asked of an earlier one."""


class BeforeSearch:
    """Does what is asked, or refuses it, and records that; configs wait for the search.

    Args:
        store: of the study.
        clock: of the sweep.
        earlier: as of :class:`~cnnsearch.search.control.Control`.

    Attributes:
        is_stop_asked: whether somebody wants the sweep to end.
    """

    def __init__(self, store: Store, clock: Time, earlier: Container[str]) -> None:
        self.is_stop_asked = False
        self._earlier = earlier
        self._store = store
        self._clock = clock
        self._record = Record(store)
        self._answered = {line.request for line in read_lines(store, REQUESTS)}

    def begin(self) -> None:
        """Refuse what was asked of an earlier driver, which did not live to answer; a config stays where it is."""
        found = waiting(self._store)
        self.answer(request for request in found if request.id not in self._earlier)
        for request in found:
            if request.id in self._earlier and not isinstance(request.wish, Queue):
                self._answer(request, ENDED)

    def answer(self, requests: Iterable[Request]) -> None:
        """Those that came; a config stays where it is."""
        for request in requests:
            if not isinstance(request.wish, Queue):
                self._answer(request, None if request.id in self._answered else self._refused(request.wish))

    def _answer(self, request: Request, refused: str | None) -> None:
        if request.id not in self._answered:
            self._answered.add(request.id)
            self._record.answer(request.answered(0, self._clock.now(), refused))
        remove(self._store, request)

    def _refused(self, wish: Stop | Extend | StopTrial) -> str | None:
        match wish:
            case Stop():
                self.is_stop_asked = True
                return None
            case Extend():
                return NESTED_BUDGET
            case StopTrial():
                return "none of its own trials runs yet: outer folds are searched first, and are studies of their own"
            case _:
                assert_never(wish)
