"""Submission: a sweep as a Ray job on a cluster that this machine is no part of."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import logging
import os
import shlex
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cnnsearch.errors import InputError, Problem, SweepError, first_line
from cnnsearch.sweep.cluster.connection import offer_token
from cnnsearch.sweep.cluster.packing import EXPERIMENT
from cnnsearch.sweep.ray_private import tokens
from cnnsearch.sweep.ray_private.head import most_bytes_of_a_package
from cnnsearch.sweep.signals import heeded

__all__ = ["Job", "connect", "entrypoint", "most_bytes"]

_ANSWERS = 10.0
"""Seconds for the cluster's job server to answer."""

_CLEAN_END = 300
"""Seconds that Ray gives the sweep between SIGTERM and SIGKILL, to write its study and report; 3 by default."""

_ENDED = ("SUCCEEDED", "FAILED", "STOPPED")


def entrypoint(output: str, arguments: Sequence[str] = ()) -> str:
    """The command of the job.

    Args:
        output: folder of the studies, as the cluster's nodes see it.
        arguments: more options of ``cnnsearch run``.
    """
    # Without `exec`, the shell would take the signal that is meant for the sweep.
    words = ["python", "-m", "cnnsearch", "run", EXPERIMENT, "--address", "auto", "--output", output, *arguments]
    return "exec " + shlex.join(words)


def most_bytes() -> int:
    """The largest package that Ray's job server takes."""
    return most_bytes_of_a_package()


def connect(address: str) -> Any:
    """A client of the job server at ``address``, as ``http://HEAD:8265``.

    Raises:
        InputError: the extra ``cluster`` is not installed, nothing answers, or the token is missing or wrong.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    if not address.startswith(("http://", "https://")):
        raise InputError(Problem("--address", "must be the cluster's job server, as http://HEAD:8265", address))
    try:
        import aiohttp  # noqa: F401
        import requests  # noqa: F401
        from ray.job_submission import JobSubmissionClient
    except ImportError as error:
        rule = f"submit needs Ray's job client ({error.name} is missing): pip install 'cnnsearch[cluster]'"
        raise InputError(Problem("", rule)) from None
    url = address.rstrip("/")
    refused = _refusal(url)
    if refused is not None:
        raise InputError(Problem("--address", refused, address))
    for name in ("dashboard.modules.dashboard_sdk", "dashboard.modules.job.sdk", "_private.runtime_env.packaging"):
        logging.getLogger(f"ray.{name}").setLevel(logging.ERROR)
    try:
        with patch.dict(os.environ):
            for name in ("RAY_API_SERVER_ADDRESS", "RAY_ADDRESS"):  # Ray would take them for the address
                os.environ.pop(name, None)
            return JobSubmissionClient(url)
    except (RuntimeError, ConnectionError, ValueError) as error:
        raise InputError(Problem("--address", f"no job server answers: {first_line(error)}", address)) from None


class Job:
    """A sweep that runs on the cluster.

    Args:
        client: from :func:`connect`.
        name: that the job has there.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self.name = name

    @classmethod
    def start(cls, client: Any, folder: Path, command: str) -> Job:
        """Send a packed folder and start its sweep.

        Raises:
            SweepError: the cluster does not take it.
        """
        settings = {"RAY_JOB_STOP_WAIT_TIME_S": str(_CLEAN_END), "PYTHONUNBUFFERED": "1"}
        try:
            name = client.submit_job(entrypoint=command, runtime_env={"working_dir": str(folder), "env_vars": settings})
        except (RuntimeError, ConnectionError, ValueError) as error:
            raise SweepError(f"the cluster does not take the job: {first_line(error)}") from error
        return cls(client, name)

    @property
    def status(self) -> str:
        """``PENDING``, ``RUNNING``, ``SUCCEEDED``, ``FAILED`` or ``STOPPED``."""
        return str(self._client.get_job_status(self.name).value)

    def stop(self) -> None:
        """Ask for the clean end; the job goes on until its study and report are written."""
        self._client.stop_job(self.name)

    def follow(self, show: Callable[[str], None]) -> int:
        """Show what the sweep tells until it has ended; Ctrl-C asks for its clean end, and it is followed to that.

        Args:
            show: called with each piece of text.

        Returns:
            The exit code of the sweep: 130 where it was stopped.

        Raises:
            KeyboardInterrupt: the second Ctrl-C; the job goes on by itself.
            SweepError: the cluster cannot be reached any more, or the job did not start.
        """
        failures: list[Exception] = []
        thread = threading.Thread(target=self._tail, args=(show, failures), daemon=True)
        with heeded() as stop, stop.calling(self.stop, again=_leave):
            thread.start()
            while thread.is_alive():
                thread.join(0.5)
        if failures:
            raise SweepError(f"lost sight of job {self.name}, which goes on: {first_line(failures[0])}")
        return self._exit_code()

    def _exit_code(self) -> int:
        info = self._client.get_job_info(self.name)
        status = str(info.status.value)
        if status == "STOPPED":
            return 130
        if status == "FAILED" and info.driver_exit_code is None:
            raise SweepError(f"job {self.name} did not start: {info.message}")
        return int(info.driver_exit_code or 0)

    def _tail(self, show: Callable[[str], None], failures: list[Exception]) -> None:
        async def tail() -> None:
            while True:  # the connection ends with the log, and sometimes before
                async for text in self._client.tail_job_logs(self.name):
                    show(text)
                if self.status in _ENDED:
                    return
                await asyncio.sleep(0.5)

        try:
            asyncio.run(tail())
        except Exception as error:  # noqa: BLE001 - told by the thread that waits
            failures.append(error)


def _leave() -> None:
    raise KeyboardInterrupt


def _refusal(url: str) -> str | None:
    """Why the job server does not take this machine, if it does not."""
    code = _answer(url, tokens.headers())
    if isinstance(code, str):
        return f"no cluster answers at {url}: {code}"
    if code in (401, 403):
        hint = offer_token(url)
        if hint is not None:
            return hint
        code = _answer(url, tokens.headers())
        if code in (401, 403):
            return f"the token of this machine is not that of the cluster at {url}"
    return None if code == 200 else f"what answers at {url} is no Ray job server (HTTP {code})"


def _answer(url: str, headers: dict[str, str]) -> int | str:
    """HTTP status of the job server's version page, or why there is none."""
    request = urllib.request.Request(f"{url}/api/version", headers=headers)
    try:
        with contextlib.closing(urllib.request.urlopen(request, timeout=_ANSWERS)) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return str(getattr(error, "reason", None) or type(error).__name__)
