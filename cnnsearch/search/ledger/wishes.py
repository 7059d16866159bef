"""Wishes of users about a running search that are not fulfilled yet: configs that wait, trials that are to stop."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from cnnsearch.space import Config, config_key
from cnnsearch.study.control.origins import trials_of
from cnnsearch.study.record.lines import Proposal, RequestLine

__all__ = ["Wishes"]


@dataclass
class Wishes:
    """What has been taken of a user.

    Attributes:
        queued: request -> config to run, in the order in which they were taken.
        unwanted: trials that stop at their next report.
    """

    queued: dict[str, Config] = field(default_factory=dict)
    unwanted: set[int] = field(default_factory=set)

    def recover(
        self,
        lines: Iterable[RequestLine],
        proposals: Iterable[Proposal],
        in_flight: Iterable[int],
    ) -> None:
        """Be where the record ends.

        Args:
            lines: the last one of each request, configs as the search has them now.
            proposals: of the record.
            in_flight: trials that have not ended.
        """
        taken = [line for line in lines if line.refused is None]
        proposed, running = trials_of(proposals), set(in_flight)
        self.queued |= {
            line.request: line.config for line in taken if line.config is not None and line.request not in proposed
        }
        self.unwanted |= {line.trial for line in taken if line.what == "stop-trial" and line.trial in running}

    def has_queued(self, config: Config) -> bool:
        """Whether this config waits already."""
        return config_key(config) in map(config_key, self.queued.values())

    def next(self) -> tuple[str, Config] | None:
        """The request and config whose turn it is; it waits no longer."""
        request = next(iter(self.queued), None)
        return None if request is None else (request, self.queued.pop(request))
