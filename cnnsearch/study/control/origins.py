"""Where a proposal comes from that the sampler did not make: the request of a user."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsearch.study.record.lines import Proposal

__all__ = ["is_queued", "origin_of", "trials_of"]

_QUEUED = "queue:"


def origin_of(request: str) -> str:
    """Of the proposal that a request queued."""
    return f"{_QUEUED}{request}"


def is_queued(line: Proposal) -> bool:
    """Whether a user queued it."""
    return line.origin is not None and line.origin.startswith(_QUEUED)


def trials_of(proposals: Iterable[Proposal]) -> dict[str, int]:
    """Request -> the trial that its config has become."""
    return {str(line.origin).removeprefix(_QUEUED): line.trial for line in proposals if is_queued(line)}
