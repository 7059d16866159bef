"""A Ray on this machine for one sweep: of its processes those that run trials, and none that watch them for others.

Ray starts a dashboard, whose modules are switched off, an agent of it, an autoscaler and a reader of logs, each a
Python that imports Ray; its workers are not started before the first two can answer.
"""

from __future__ import annotations

import contextlib
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

__all__ = ["bare"]

_SCRIPTS = Path(__file__).parent / "scripts"

_AGENT = "--dashboard_agent_command="


@contextlib.contextmanager
def bare() -> Iterator[None]:
    """While it lasts, ``ray.init`` starts head, raylet and the agent that sets up processes, and nothing else."""
    from ray._private import node, parameter, services

    less = functools.partial(
        parameter.RayParams,
        no_monitor=True,
        include_log_monitor=False,
        setup_worker_path=str(_SCRIPTS / "setup_worker.py"),
    )
    with (
        patch.object(parameter, "RayParams", less),
        patch.object(node.Node, "start_api_server", _no_dashboard),
        patch.object(services, "start_ray_process", functools.partial(_without_agent, services.start_ray_process)),
    ):
        yield


def _no_dashboard(started: Any, **_: Any) -> None:
    started._webui_url = ""  # as Ray has it where no dashboard serves


def _without_agent(start: Any, command: list[str], kind: str, *arguments: Any, **options: Any) -> Any:
    """Start a process; a raylet with an agent that does nothing, and that has been told where that one listens."""
    if kind == "raylet":
        _tell_no_ports(dict(each.split("=", 1) for each in command if each.startswith("--") and "=" in each))
        agent = subprocess.list2cmdline([sys.executable, "-I", "-S", str(_SCRIPTS / "idle_agent.py")])
        command = [f"{_AGENT}{agent}" if each.startswith(_AGENT) else each for each in command]
    return start(command, kind, *arguments, **options)


def _tell_no_ports(given: dict[str, str]) -> None:
    """The raylet waits for the ports on which its agent listens: -1 says that there is none."""
    from ray import _raylet

    raylet: Any = _raylet
    for name in (
        raylet.METRICS_AGENT_PORT_NAME,
        raylet.METRICS_EXPORT_PORT_NAME,
        raylet.DASHBOARD_AGENT_LISTEN_PORT_NAME,
    ):
        raylet.persist_port(given["--session_dir"], given["--node_id"], name, -1)
