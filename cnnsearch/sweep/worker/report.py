"""What a worker tells after one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Report"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What has become of a job since the last report.

    Attributes:
        line: what the record will say of the job, if it ends now.
        finished: whether it has ended.
        epochs: lines of the epochs that are told of now.
        epoch: the last one that has been told of; ``None``: the job has no epochs.
        objective: after that epoch; ``None`` where the job failed, or has none.
    """

    line: Mapping[str, Any]
    finished: bool
    epochs: Sequence[Mapping[str, Any]] = ()
    epoch: int | None = None
    objective: float | None = None
