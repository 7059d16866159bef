"""Requests: what a user asks of a running sweep from outside, each a small file in the study until it is answered."""

from __future__ import annotations

import logging
import platform
import re
import time
import uuid
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, assert_never

from pydantic import TypeAdapter

from cnnsearch.errors import InputError, Problem
from cnnsearch.space import Config
from cnnsearch.space.values import freeze_config
from cnnsearch.study.record.documents import read_document
from cnnsearch.study.record.lines import RequestLine
from cnnsearch.study.record.schema import FORMAT, Count, Format, Index, Moment, Open, Rule, Setting, Text
from cnnsearch.study.store import Store

__all__ = [
    "FOLDER",
    "Extend",
    "Queue",
    "Request",
    "Stop",
    "StopTrial",
    "Wish",
    "put",
    "remove",
    "unanswered",
    "waiting",
]

_LOG = logging.getLogger("cnnsearch")

FOLDER = "control"
"""Where requests lie that no driver has answered."""

_NAME = re.compile(rf"{FOLDER}/(?P<id>\d{{20}}-\d{{4}}-[0-9a-f]{{8}})\.json", re.ASCII)


@dataclass(frozen=True)
class Queue:
    """Run this config next, before what the sampler proposes."""

    config: Config


@dataclass(frozen=True)
class StopTrial:
    """Stop this trial."""

    trial: int


@dataclass(frozen=True)
class Stop:
    """End the sweep, as one Ctrl-C does."""


@dataclass(frozen=True)
class Extend:
    """Let the budget have so many trials in all."""

    trials: int


Wish = Queue | StopTrial | Stop | Extend


@dataclass(frozen=True)
class Request:
    """A wish, and whose it is.

    Attributes:
        id: by which the answer is found; ids follow each other as the requests do, by the clocks of who asks.
        wish: what is asked for.
        host: machine of whoever asks.
        asked: Unix time, by the clock there.
    """

    id: str
    wish: Wish
    host: str
    asked: float

    @classmethod
    def of(cls, wish: Wish, number: int = 0) -> Request:
        """One of this process, now; of several that are asked together ``number`` tells the order."""
        now = time.time_ns()
        return cls(f"{now:020d}-{number:04d}-{uuid.uuid4().hex[:8]}", wish, platform.node(), now / 1e9)

    @property
    def file(self) -> str:
        """Its name in the study."""
        return f"{FOLDER}/{self.id}.json"

    def answered(self, trial: int, time: float, refused: str | None) -> RequestLine:
        """As the record tells of it.

        Args:
            trial: the next one to be proposed.
            time: of the answer.
            refused: why nothing is done; ``None``: it was taken.
        """
        told = {"trial": trial, **_told(self.wish)}
        return RequestLine(request=self.id, host=self.host, asked=self.asked, time=time, refused=refused, **told)


class _Content(Open):
    format: Format
    what: Annotated[Literal["queue", "stop-trial", "stop", "extend"], Rule("must be queue, stop-trial, stop or extend")]
    config: NotRequired[dict[Text, Setting]]
    trial: NotRequired[Index]
    trials: NotRequired[Count]
    host: Text
    asked: Moment


_CONTENT: TypeAdapter[Any] = TypeAdapter(_Content)


def put(store: Store, request: Request) -> None:
    """Lay it into the study, in one step.

    Raises:
        StorageError: that cannot be written.
    """
    told = {**_told(request.wish), "host": request.host, "asked": request.asked}
    store.write_json(request.file, {"format": FORMAT, **told})


def waiting(store: Store, but: Container[str] = ()) -> list[Request]:
    """Those that lie in the study, in the order in which they were asked. What is no request is told and removed.

    Args:
        store: of the study.
        but: ids that are known already.

    Raises:
        StorageError: the storage does not answer.
    """
    found = []
    for name in sorted(store.entries(FOLDER)):
        named = _NAME.fullmatch(name)  # else it is being written, under a name of its own
        if named is None or named["id"] in but:
            continue
        try:
            found.append(_read(store, name, named["id"]))
        except FileNotFoundError:
            continue  # it has been answered meanwhile
        except InputError as error:
            _LOG.warning("%s; it is no request that can be answered, and was removed", error)
            store.delete(name)
    return found


def unanswered(store: Store) -> frozenset[str]:
    """Ids of those that lie in the study: of a driver that has just taken hold of it, what was asked of an earlier one.

    Raises:
        StorageError: as of :func:`waiting`.
    """
    return frozenset(request.id for request in waiting(store))


def remove(store: Store, request: Request) -> None:
    """It is answered."""
    store.delete(request.file)


def _read(store: Store, name: str, identity: str) -> Request:
    content = read_document(store, name, _CONTENT, "ask again")
    try:
        return Request(identity, _wish(content), content["host"], content["asked"])
    except KeyError as error:
        raise InputError(Problem(f"{name}: {error.args[0]}", "is missing"), store.location) from None


def _wish(content: Mapping[str, Any]) -> Wish:
    match content["what"]:
        case "queue":
            return Queue(freeze_config(content["config"]))
        case "stop-trial":
            return StopTrial(content["trial"])
        case "extend":
            return Extend(content["trials"])
        case _:
            return Stop()


def _told(wish: Wish) -> dict[str, Any]:
    match wish:
        case Queue():
            return {"what": "queue", "config": dict(wish.config)}
        case StopTrial():
            return {"what": "stop-trial", "trial": wish.trial}
        case Extend():
            return {"what": "extend", "trials": wish.trials}
        case Stop():
            return {"what": "stop"}
        case _:
            assert_never(wish)
