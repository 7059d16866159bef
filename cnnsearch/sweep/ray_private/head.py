"""The head of a Ray: where it is, whether it lets this process in, and which processes of it have ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = [
    "address_here",
    "ask_head",
    "connection",
    "dashboard_address",
    "deaths_told_by",
    "head_address",
    "most_bytes_of_a_package",
    "processes_here",
    "was_started_here",
]


def address_here(but: str | None = None) -> str | None:
    """``HOST:PORT`` of the head that was started on this machine, not that at ``but``; ``None`` where there is none."""
    from ray._private import services

    found = services.find_bootstrap_address(None) or next(
        (each for each in services.find_gcs_addresses() if each != but), None
    )
    return None if found is None else str(found)


def ask_head(address: str, seconds: float) -> None:
    """Ask the head at ``address`` for its nodes, to see whether it answers.

    Raises:
        ray.exceptions.AuthenticationError: it does not take this process's token, or wants one.
        ray.exceptions.RpcError: what is there is no head.
    """
    from ray import _raylet

    raylet: Any = _raylet
    raylet.GcsClient(address=address).get_all_node_info(timeout=seconds)


def connection() -> object:
    """The Ray that this process is connected to: the same object as long as it is, and another one of another Ray."""
    return _node()


def dashboard_address() -> str | None:
    """``HOST:PORT``, or a URL, of the dashboard of the Ray that is connected to; ``None`` where none runs."""
    from ray._private.worker import get_dashboard_url

    found = get_dashboard_url()
    return str(found) if found else None


def deaths_told_by() -> Callable[[], list[str]] | None:
    """What gives the names of the processes that have ended, as ``raylet``, of the Ray that is connected to.

    ``None`` where this process did not start it.
    """
    node = _node()
    return (lambda: [name for name, _ in node.dead_processes()]) if was_started_here() else None


def was_started_here() -> bool:
    """Whether this process has started the Ray that it is connected to."""
    node = _node()
    return node is not None and bool(node.all_processes)


def processes_here() -> dict[str, int]:
    """Name -> number of each process without which nothing runs, of a Ray that this process has started."""
    started = _node().all_processes
    return {name: int(started[name][0].process.pid) for name in ("gcs_server", "raylet")}


def head_address() -> str:
    """``HOST:PORT`` of the head of the Ray that is connected to."""
    return str(_node().gcs_address)


def _node() -> Any:
    from ray._private import worker

    return worker._global_node


def most_bytes_of_a_package() -> int:
    """The largest working directory that the head keeps for a job."""
    from ray._private.runtime_env.packaging import GCS_STORAGE_MAX_SIZE

    return int(GCS_STORAGE_MAX_SIZE)
