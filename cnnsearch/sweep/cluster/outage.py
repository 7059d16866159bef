"""The death of Ray itself on this machine: seen within a second, and left before Ray ends this process without a word.

Where its raylet or its head (the GCS) is gone, Ray ends every process that is connected to it, this one too: seconds
later for the raylet, a minute later for the head. Calls to the head block until then.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from cnnsearch.errors import RayLostError
from cnnsearch.sweep.cluster.joining import leave_ray
from cnnsearch.sweep.ray_private import head
from cnnsearch.sweep.ray_private.starting import not_by_itself

__all__ = ["Outage", "beside_ray", "watch_lent"]

_LOOKED = 0.5
"""Seconds between two looks."""

_AWAY = 30.0
"""Seconds that a cluster's head may be away: it may be started anew, and Ray itself waits for a minute."""

_LEAVING = 10.0
"""Seconds that Ray may take to let go of this process."""

_VITAL = {"gcs_server": "its head", "raylet": "its raylet"}
"""Without any of these processes nothing runs."""

_T = TypeVar("_T")


class Outage:
    """Tells whether the Ray that this process is connected to has died.

    Args:
        ended: names of processes of a Ray that this process started which have ended.
        answers: whether the cluster's head takes connections.
        now: the time in seconds, of a clock that is never set.
    """

    def __init__(
        self,
        ended: Callable[[], list[str]],
        answers: Callable[[], bool],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ended = ended
        self._answers = answers
        self._now = now
        self._heard = now()

    @classmethod
    def of_this_process(cls) -> Outage:
        """Of the Ray that is connected to now."""
        ended = head.deaths_told_by() or _lent
        if ended is not None:
            return cls(ended, lambda: True)
        host, _, port = head.head_address().rpartition(":")
        return cls(list, lambda: _takes_connections(host.strip("[]"), int(port)))

    def what(self) -> str | None:
        """What has died, in words; ``None``: nothing that is needed."""
        dead = [words for name, words in _VITAL.items() if name in self._ended()]
        if dead:
            return f"Ray has died on this machine ({' and '.join(dead)} ended; most often for want of memory)"
        if self._answers():
            self._heard = self._now()
        elif self._now() - self._heard >= _AWAY:
            return f"the Ray cluster has died (its head has not answered for {_AWAY:.0f} s)"
        return None


_lent: Callable[[], list[str]] | None = None


def watch_lent(ended: Callable[[], list[str]] | None) -> None:
    """From now on this process is connected to a Ray that another one keeps here, whose record tells of its deaths.

    Args:
        ended: as of :class:`Outage`; ``None``: it is left.
    """
    global _lent
    _lent = ended


def beside_ray(act: Callable[[], _T], abandon: Callable[[], None], outage: Outage) -> _T:
    """Do what calls Ray in a thread of its own, as no such call is sure to return where Ray has died.

    Args:
        act: what is done.
        abandon: called where it is not waited for any more, because Ray has died, or an error came meanwhile: from
            then on it must change nothing, and should call Ray no more, which is left next. Ray's C++ takes itself
            apart then, and a call that is still in there ends this process by a signal.
        outage: asked twice a second.

    Raises:
        RayLostError: Ray has died; this process has let go of it.
    """
    given: list[_T] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            given.append(act())
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that waits
            raised.append(error)

    thread = threading.Thread(target=run, name="sweep", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_LOOKED)
            died = outage.what()
            if died is not None:
                raise RayLostError(died)
    except BaseException as error:
        not_by_itself()  # what hangs in a call now may come out of it once Ray is left, and call another one
        abandon()
        if isinstance(error, RayLostError):
            leave_ray(_LEAVING)
        raise
    if raised:
        raise raised[0]
    return given[0]


def _takes_connections(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=_LOOKED):
        return True
    return False
