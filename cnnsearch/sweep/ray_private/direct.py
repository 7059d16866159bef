"""Workers that ask Ray themselves for what they hold, so that somebody may hand them from one sweep to the next.

Tune puts each worker into a placement group, with which it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ray.air.execution import AcquiredResources, ResourceManager, ResourceRequest

__all__ = ["DirectResources", "Lender"]


class Lender(Protocol):
    """Whoever has the workers."""

    def lend(self, actor_class: Any, holds: Mapping[str, float], given: Mapping[str, Any]) -> Any:
        """The handle of a worker that holds these resources; ``given`` is what Tune makes it with."""

    def take_back(self, worker: Any, holds: Mapping[str, float]) -> None:
        """Tune is through with a worker: it was stopped, has died, or was killed."""


@dataclass
class _Held(AcquiredResources):  # type: ignore[misc]
    """What one worker holds."""

    lender: Lender
    worker: Any = None

    @property
    def holds(self) -> Mapping[str, float]:
        (bundle,) = self.resource_request.bundles
        return dict(bundle)

    def annotate_remote_entities(self, entities: list[Any]) -> list[Any]:
        """What Tune takes for the worker's class."""
        return [_Borrowing(self, entity) for entity in entities]


@dataclass(frozen=True)
class _Borrowing:
    """Stands in for the class of an actor."""

    held: _Held
    actor_class: Any

    def remote(self, **given: Any) -> Any:
        self.held.worker = self.held.lender.lend(self.actor_class, self.held.holds, given)
        return self.held.worker


class DirectResources(ResourceManager):  # type: ignore[misc]
    """Grants whatever Tune asks for: the search proposes no more than there is room for, and Ray lets the rest wait.

    Args:
        lender: gives the workers, and gets them back.
    """

    def __init__(self, lender: Lender) -> None:
        self._lender = lender

    def request_resources(self, resource_request: ResourceRequest) -> None:
        """See the class."""

    def cancel_resource_request(self, resource_request: ResourceRequest) -> None:
        """Nothing was asked of Ray yet."""

    def has_resources_ready(self, resource_request: ResourceRequest) -> bool:  # noqa: ARG002 - whatever it is
        return True

    def acquire_resources(self, resource_request: ResourceRequest) -> AcquiredResources:
        return _Held(resource_request, self._lender)

    def free_resources(self, acquired_resource: AcquiredResources) -> None:
        if acquired_resource.worker is not None:
            self._lender.take_back(acquired_resource.worker, acquired_resource.holds)

    def clear(self) -> None:
        """Nothing is held but by the workers."""
