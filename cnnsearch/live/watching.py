"""What the page tells of a sweep, read from the record as that grows."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnsearch.live.page import Shown, head_of, page_of, sections_of
from cnnsearch.study import Study
from cnnsearch.study.hold import life_of
from cnnsearch.study.progress.progress import Follower, SweepTime, silence
from cnnsearch.study.store import Store

__all__ = ["Watching"]

_REST = 4.0
"""Times as long as drawing took does the next drawing wait, so that a large study costs a fifth of a core at most."""


@dataclass
class _Drawn:
    """The sections as they were drawn last.

    Attributes:
        mark: what of the record they show: the time of its last line, and whether the sweep was over.
        version: counts the drawings.
        next: monotonic time before which nothing is drawn again.
    """

    mark: tuple[float, bool] | None = None
    version: int = 0
    next: float = 0.0
    sections: Mapping[str, str] = field(default_factory=dict)


class Watching:
    """Of one sweep, for any number of readers.

    Args:
        store: of its study, on this machine or elsewhere.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._study = Study.load(store)
        self._follower = Follower(self._study)
        self._time = SweepTime()
        self._drawn = _Drawn()
        self._lock = threading.Lock()

    def page(self) -> str:
        """The whole page, as things stand."""
        with self._lock:
            shown = self._look()
            return page_of(shown, self._drawn.version, self._drawn.sections)

    def now(self, seen: int) -> dict[str, Any]:
        """What has changed for who has ``seen`` a version: of JSON types only.

        Returns:
            ``head``, HTML; ``version``; ``over``, whether the sweep has ended; and ``sections``, id -> HTML of all of
            them in their order, where ``seen`` is not the last version.
        """
        with self._lock:
            shown = self._look()
            told: dict[str, Any] = {"head": head_of(shown), "version": self._drawn.version, "over": shown.over}
            if seen != self._drawn.version:
                told["sections"] = self._drawn.sections
            return told

    def _look(self) -> Shown:
        life = life_of(self._store)  # before the record is read, so that nothing of it is missed
        over = not life.may_run
        self._follower.read()
        now = self._time.of(self._follower.last)
        progress = self._follower.read(None if over else now)
        mark = (self._follower.last, over)
        if mark != self._drawn.mark and (over or time.monotonic() >= self._drawn.next):
            began = time.monotonic()
            self._study = Study.load(self._store)
            self._study.is_live = not over
            sections = sections_of(self._study, progress, over)
            took = time.monotonic() - began
            self._drawn = _Drawn(mark, self._drawn.version + 1, time.monotonic() + _REST * took, sections)
        return Shown(self._study, progress, life, over, silence(self._follower.last, now) if not over else 0.0)
