"""Sweeps as Ray jobs, with a job server that says what a test wants; benchmarks and docs tell of a real one."""

from __future__ import annotations

import http.server
import os
import shlex
import signal
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cnnsearch.errors import InputError, SweepError
from cnnsearch.sweep.cluster import submission
from cnnsearch.sweep.cluster.submission import Job, connect, entrypoint


def complaint(address: str) -> str:
    with pytest.raises(InputError) as caught:
        connect(address)
    return str(caught.value)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that answers everything with one HTTP status."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(request.param)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"version": "4", "ray_version": "2.60.0", "ray_commit": "x"}')

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{made.server_address[1]}"
        made.shutdown()
        thread.join()


def test_the_command_keeps_hostile_names_whole_and_no_shell_between() -> None:
    command = entrypoint("/shared/my results; rm", ["--quiet"])
    assert command.startswith("exec python -m cnnsearch run experiment.yaml --address auto")
    assert shlex.split(command)[-3:] == ["--output", "/shared/my results; rm", "--quiet"]


@pytest.mark.parametrize("address", ["auto", "head:8265", "ray://head:10001"])
def test_an_address_that_is_no_url(address: str) -> None:
    assert complaint(address) == (f"--address: must be the cluster's job server, as http://HEAD:8265 (got '{address}')")


def test_nothing_answers() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert f"no cluster answers at {url}: " in complaint(url)


@pytest.mark.parametrize("server", [404], indirect=True)
def test_some_other_server_answers(server: str) -> None:
    assert f"what answers at {server} is no Ray job server (HTTP 404)" in complaint(server)


@pytest.mark.parametrize("server", [401], indirect=True)
def test_the_token_is_missing(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsearch.sweep.ray_private.tokens.has_token", lambda: False)
    assert f"the cluster at {server} takes nobody without its token" in complaint(server)


@pytest.mark.parametrize("server", [403], indirect=True)
def test_the_token_is_wrong(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submission, "offer_token", lambda _: None)
    assert f"the token of this machine is not that of the cluster at {server}" in complaint(server)


@pytest.mark.parametrize("server", [200], indirect=True)
def test_a_job_server_answers_whatever_ray_address_says(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "http://127.0.0.1:1")
    assert connect(server).get_address() == server


def test_the_extra_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "aiohttp", None)
    assert "(aiohttp is missing): pip install 'cnnsearch[cluster]'" in complaint("http://127.0.0.1:1")


class Client:
    """Stands for Ray's client; the job tells ``texts`` and then ends as ``status``, or when it is stopped."""

    def __init__(self, *texts: str, status: str = "SUCCEEDED", code: int | None = 0) -> None:
        self.texts = texts
        self.status = "RUNNING"
        self.end = status, code
        self.given: dict[str, Any] = {}
        self.stopped = threading.Event()
        self.waits = False

    def submit_job(self, **keys: Any) -> str:
        self.given = keys
        return "job-1"

    def stop_job(self, name: str) -> None:
        assert name == "job-1"
        self.stopped.set()

    def get_job_status(self, name: str) -> Any:  # noqa: ARG002
        return SimpleNamespace(value=self.status)

    def get_job_info(self, name: str) -> Any:  # noqa: ARG002
        status, code = self.end
        return SimpleNamespace(status=SimpleNamespace(value=status), driver_exit_code=code, message="no room")

    async def tail_job_logs(self, name: str) -> AsyncIterator[str]:  # noqa: ARG002
        for text in self.texts:
            yield text
        if self.waits:
            assert self.stopped.wait(30)
            yield "Interrupted"
        self.status = self.end[0]


def test_the_sweep_gets_time_for_its_clean_end(tmp_path: Path) -> None:
    client = Client()
    assert Job.start(client, tmp_path, "exec x").name == "job-1"
    assert client.given["entrypoint"] == "exec x"
    assert client.given["runtime_env"]["working_dir"] == str(tmp_path)
    assert int(client.given["runtime_env"]["env_vars"]["RAY_JOB_STOP_WAIT_TIME_S"]) >= 60


@pytest.mark.parametrize(
    ("status", "code", "exit_code"), [("SUCCEEDED", 0, 0), ("FAILED", 2, 2), ("STOPPED", None, 130)]
)
def test_it_is_followed_to_its_end(status: str, code: int | None, exit_code: int) -> None:
    seen: list[str] = []
    assert Job(Client("a\n", "b\n", status=status, code=code), "job-1").follow(seen.append) == exit_code
    assert seen == ["a\n", "b\n"]


def test_the_first_interrupt_stops_the_job_and_it_is_followed_on() -> None:
    client = Client("a\n", status="STOPPED", code=None)
    client.waits = True
    seen: list[str] = []

    def show(text: str) -> None:
        seen.append(text)
        if text == "a\n":
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    assert Job(client, "job-1").follow(show) == 130
    assert seen == ["a\n", "Interrupted"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_job_that_did_not_start() -> None:
    with pytest.raises(SweepError, match="job job-1 did not start: no room"):
        Job(Client(status="FAILED", code=None), "job-1").follow(lambda _: None)


def test_the_cluster_goes_away() -> None:
    client = Client()
    client.get_job_status = lambda _: 1 / 0  # type: ignore[method-assign, assignment, return-value]
    with pytest.raises(SweepError, match="lost sight of job job-1, which goes on: division by zero"):
        Job(client, "job-1").follow(lambda _: None)
