"""Why a cluster cannot be reached, each told by itself and within seconds."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cnnsearch.errors import InputError
from cnnsearch.sweep.cluster import connection, kept
from cnnsearch.sweep.cluster.connection import connected, find_cluster, find_dashboard

REACH = """
import sys
from cnnsearch.errors import InputError
from cnnsearch.sweep.cluster.connection import find_cluster
try:
    print(find_cluster(sys.argv[1]))
except InputError as error:
    print(error)
"""


def complaint(address: str) -> str:
    with pytest.raises(InputError) as caught:
        find_cluster(address)
    return str(caught.value)


@pytest.fixture
def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def web_port() -> Iterator[int]:
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.RequestHandlerClass.log_message = lambda *_: None  # type: ignore[assignment, method-assign]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("address", ["head", "head:", ":6379", "head:port", "head:0", "head:70000", "http://head:8265"])
def test_an_address_that_is_none(address: str) -> None:
    assert complaint(address) == f"--address: must be auto or HOST:PORT, as 10.0.0.5:6379 (got '{address}')"


def test_a_client_address_is_refused_with_what_to_do() -> None:
    assert "from outside: cnnsearch submit FILE --address http://HEAD:8265" in complaint("ray://head:10001")


def test_nothing_answers(free_port: int) -> None:
    address = f"127.0.0.1:{free_port}"
    assert f"--address: no cluster answers at {address} (Connection refused)" in complaint(address)


def test_a_web_server_answers(web_port: int) -> None:
    address = f"127.0.0.1:{web_port}"
    assert f"a web server answers at {address}: the head's own port is another one" in complaint(address)


def test_auto_where_ray_address_names_one_that_is_gone(free_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{free_port}")
    assert f"no cluster answers at 127.0.0.1:{free_port}" in complaint("auto")


def test_ray_that_does_not_start_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import ray

    def init(**_: object) -> None:
        raise Exception("The current node timed out during startup.\nThis could happen because ...")  # as Ray does

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(InputError) as caught, connected(None):
        raise AssertionError("it goes on without Ray")
    assert str(caught.value) == "Ray does not start on this machine: The current node timed out during startup."


@pytest.mark.slow
def test_a_missing_and_a_wrong_token_are_told_apart(ray_session: None, tmp_path: Path) -> None:  # noqa: ARG001
    import ray

    address = ray.get_runtime_context().gcs_address
    (tmp_path / "token").write_text("0123456789abcdef" * 4)
    bare = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    bare["HOME"] = str(tmp_path)  # where there is no ~/.ray/auth_token
    told = {}
    for what, environment in {
        "no token": {},
        "mode without token": {"RAY_AUTH_MODE": "token"},
        "wrong token": {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "token")},
        "mode off": {"RAY_AUTH_TOKEN_PATH": str(tmp_path / "token"), "RAY_AUTH_MODE": "disabled"},
    }.items():
        process = subprocess.run(
            [sys.executable, "-c", REACH, address],
            env={**bare, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        told[what] = process.stdout.strip()
    assert f"the cluster at {address} takes nobody without its token" in told["no token"]
    assert "RAY_AUTH_MODE is token, and no token is here" in told["mode without token"]
    assert f"({tmp_path / 'token'}) is not that of the cluster at {address}" in told["wrong token"]
    assert "RAY_AUTH_MODE is 'disabled': set it to token" in told["mode off"]


@pytest.mark.slow
@pytest.mark.usefixtures("ray_session")
def test_the_dashboard_is_linked_where_one_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_dashboard() is None  # the tests' Ray has none
    monkeypatch.setenv("RAY_OVERRIDE_DASHBOARD_URL", "http://head:8265")
    assert find_dashboard() == "http://head:8265"


def test_a_working_directory_that_ray_cannot_take_is_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / os.fsdecode(b"w\xe9rk")
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr("ray.is_initialized", lambda: False)
    with pytest.raises(InputError, match="Ray needs a working directory whose path is UTF-8"), connected(None):
        pass


@pytest.mark.parametrize(("address", "keep"), [(None, True), (None, False), ("head:6379", False)])
def test_idle_processes_stay_on_a_ray_of_our_own(
    monkeypatch: pytest.MonkeyPatch, address: str | None, keep: bool
) -> None:
    """What a refit or the next run would wait for; a cluster is its owner's."""
    limit = "RAY_num_workers_soft_limit"
    seen: list[str | None] = []

    def join(start: object, seconds: float) -> Callable[[], None]:  # noqa: ARG001 - nothing is started
        seen.append({**os.environ}.get(limit))
        return lambda: None

    monkeypatch.setattr("ray.is_initialized", lambda: False)
    monkeypatch.setattr(connection, "join_ray", join)
    monkeypatch.setattr(connection, "leave_ray", lambda: None)
    monkeypatch.setattr(kept, "keep", lambda _, let_go, __: let_go())
    monkeypatch.setattr(connection, "find_cluster", lambda given: given)
    with connected(address, None, keep):
        pass
    assert seen == [str((os.cpu_count() or 1) + 4) if address is None else None]
    assert limit not in os.environ
