"""What a user asked of a sweep, and the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from pydantic_core import PydanticCustomError

from cnnsearch.study.record.lines.part import Line
from cnnsearch.study.record.lines.values import SPARSE, AnyCount, AnyText, Checked, ConfigValues
from cnnsearch.study.record.schema import Moment, Rule, Text

__all__ = ["RequestLine", "whole"]


@dataclass(frozen=True, kw_only=True)
class RequestLine(Line):
    """What a user asked of a sweep from outside, and the answer; of one request the last line counts.

    Attributes:
        trial: which is to be stopped; of all else the next one to be proposed when the answer was given.
        request: its id.
        what: was asked.
        config: that is queued.
        trials: of the budget from then on.
        configs: that the search has in all, where these are fewer than ``trials``.
        host: machine of whoever asked.
        asked: Unix time, by the clock there.
        time: of the answer.
        refused: why nothing was done; ``None``: it was taken.
    """

    request: Text
    what: Annotated[Literal["queue", "stop-trial", "stop", "extend"], Rule("must be queue, stop-trial, stop or extend")]
    config: Annotated[dict[str, Any] | None, Checked(ConfigValues | None)] = field(default=None, metadata=SPARSE)
    trials: AnyCount = field(default=None, metadata=SPARSE)
    configs: AnyCount = field(default=None, metadata=SPARSE)
    host: Text
    asked: Moment
    time: Moment
    refused: AnyText = field(default=None, metadata=SPARSE)

    def refused_now(self, why: str, trial: int, time: float) -> RequestLine:
        """That what was taken is not done after all; ``trial`` is the next one to be proposed."""
        return replace(self, refused=why, trial=trial, time=time)


def whole(line: RequestLine) -> RequestLine:
    """A request tells what it asks for."""
    for what, key in (("queue", "config"), ("extend", "trials")):
        if line.what == what and getattr(line, key) is None:
            raise PydanticCustomError("rule", "{key}: must be told of what: {what}", {"key": key, "what": what})
    return line
