"""Commands and webhooks that are told of the end, and what happens where they fail."""

from __future__ import annotations

import contextlib
import http.server
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from synthetic import write_study

from cnnsearch.errors import SweepError
from cnnsearch.experiment.outlets import Notify
from cnnsearch.sweep.outlets.notification import notify, notifying


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps what is posted to it; answers with ``status``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 200
        self.posted: list[tuple[str, str | None, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.path, self.headers["Content-Type"], json.loads(content)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@contextlib.contextmanager
def answering(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """URL of a server that reads one request, and then answers as it likes."""

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            request = b""
            while not request.endswith(b"}"):  # its body: to close with some of it unread resets the connection
                request += connection.recv(100_000)
            answer(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        thread.join(20)


def wait_until_gone(pid: int) -> bool:
    """Whether a process has ended, or does within seconds."""
    for _ in range(200):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def writing(target: Path) -> tuple[str, ...]:
    """A command that copies its standard input to a file."""
    return (sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())", str(target))


class TestNotify:
    def test_the_command_gets_the_message_on_its_standard_input(self, tmp_path: Path) -> None:
        assert notify(Notify(command=writing(tmp_path / "told")), {"text": "dönе"}) == []
        assert json.loads((tmp_path / "told").read_text(encoding="utf-8")) == {"text": "dönе"}

    def test_no_shell_looks_at_the_arguments(self, tmp_path: Path) -> None:
        name = f"$(touch {tmp_path}/evil); `touch {tmp_path}/evil`"
        command = (sys.executable, "-c", "import sys; open(sys.argv[1], 'w').write(sys.argv[2])")
        assert notify(Notify(command=(*command, str(tmp_path / "told"), name)), {}) == []
        assert (tmp_path / "told").read_text(encoding="utf-8") == name
        assert not (tmp_path / "evil").exists()

    def test_the_webhook_gets_the_message_as_json(self, receiver: Receiver) -> None:
        assert notify(Notify(webhook=receiver.url), {"text": "done"}) == []
        assert receiver.posted == [("/hook", "application/json", {"text": "done"})]

    def test_the_url_may_come_from_the_environment(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOOK", receiver.url)
        assert notify(Notify(webhook="env:HOOK"), {}) == []
        assert len(receiver.posted) == 1

    @pytest.mark.parametrize("value", [None, "file:///etc/passwd"])
    def test_an_environment_without_a_url_is_told(self, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
        if value:
            monkeypatch.setenv("HOOK", value)
        (problem,) = notify(Notify(webhook="env:HOOK"), {})
        assert problem == "notify.webhook failed: the environment variable HOOK holds no http or https URL"

    def test_what_goes_wrong_is_told_and_the_other_one_runs(self, receiver: Receiver) -> None:
        receiver.status = 503
        failing = (sys.executable, "-c", "import sys; sys.exit('out of ink')")
        command, webhook = notify(Notify(command=failing, webhook=receiver.url), {})
        assert command == f"notify.command failed: {sys.executable} ended with exit code 1: out of ink"
        assert webhook == "notify.webhook failed: the server answered 503 Service Unavailable"
        assert len(receiver.posted) == 1

    def test_a_command_that_is_not_there_is_told(self) -> None:
        (problem,) = notify(Notify(command=("no-such-program",)), {})
        assert "notify.command failed: FileNotFoundError" in problem
        assert "no-such-program" in problem

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (b"garbage\r\n\r\n", "the server's answer is no HTTP (BadStatusLine)"),
            (b"", "the server broke off without an answer"),
            (b"HTTP/1.1 200 " + b"x" * 70_000, "the server's answer is no HTTP (LineTooLong)"),
            (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 200, "the server's answer is no HTTP (HTTPException)"),
            (b"HTTP/1.1 500 \x1b[31mred\r\n\r\n", r"the server answered 500 \x1b[31mred"),
            (
                b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
                "the server answered 302 Found, and what is posted is not sent on to another address",
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nx", None),
        ],
    )
    def test_whatever_a_server_answers_is_told(self, answer: bytes, told: str | None) -> None:
        with answering(lambda connection: connection.sendall(answer)) as url:
            expected = [] if told is None else [f"notify.webhook failed: {told}"]
            assert notify(Notify(webhook=url), {}) == expected

    @pytest.mark.parametrize("piece", [b"HTTP/1.1 100 Continue\r\n\r\n", b"H"], ids=["continue", "byte by byte"])
    def test_a_server_that_dribbles_is_waited_for_no_longer_than_the_timeout_in_all(self, piece: bytes) -> None:
        def dribble(connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                while not ended.wait(0.02):
                    connection.sendall(piece)

        ended, began = threading.Event(), time.monotonic()
        with answering(dribble) as url:
            problems = notify(Notify(webhook=url, timeout=0.3), {})
            took = time.monotonic() - began
            ended.set()
        assert problems == ["notify.webhook failed: it took longer than 0.3 s"]
        assert took < 3

    def test_an_address_that_is_no_url_is_not_told(self) -> None:
        problems = notify(Notify(webhook="http://me:secret@localhost/hook"), {})
        assert problems == ["notify.webhook failed: its address is no URL that can be asked"]

    def test_a_name_that_is_no_utf8_arrives(self, receiver: Receiver) -> None:
        assert notify(Notify(webhook=receiver.url), {"study": "caf\udce9"}) == []
        assert receiver.posted[0][2] == {"study": "caf\udce9"}

    def test_a_server_that_is_not_there_is_told(self) -> None:
        unused = Receiver()
        unused.server_close()
        (problem,) = notify(Notify(webhook=unused.url), {})
        assert "notify.webhook failed: no answer" in problem

    def test_a_command_that_hangs_is_ended(self) -> None:
        hanging = (sys.executable, "-c", "import threading; threading.Event().wait()")
        (problem,) = notify(Notify(command=hanging, timeout=0.2), {})
        assert problem.endswith("took longer than 0.2 s, and was ended")

    @pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs groups of processes")
    def test_what_it_has_started_is_ended_with_it(self, tmp_path: Path) -> None:
        started = f"sleep 60 & echo $! > {tmp_path}/child; wait"
        (problem,) = notify(Notify(command=("sh", "-c", started), timeout=0.5), {})
        assert problem == "notify.command failed: sh took longer than 0.5 s, and was ended"
        child = int((tmp_path / "child").read_text())
        assert wait_until_gone(child)

    @pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs groups of processes")
    def test_one_that_leaves_a_child_behind_is_not_waited_for(self, tmp_path: Path) -> None:
        began = time.monotonic()
        leaving = f"sleep 60 & echo $! > {tmp_path}/child"
        assert notify(Notify(command=("sh", "-c", leaving), timeout=20), {}) == []
        assert time.monotonic() - began < 10
        os.kill(int((tmp_path / "child").read_text()), 9)

    def test_both_are_told_at_the_same_time(self) -> None:
        ended, began = threading.Event(), time.monotonic()
        hanging = (sys.executable, "-c", "import threading; threading.Event().wait()")
        with answering(lambda _: ended.wait(20)) as url:
            problems = notify(Notify(command=hanging, webhook=url, timeout=1.0), {})
            took = time.monotonic() - began
            ended.set()
        assert len(problems) == 2
        assert took < 1.9


class TestNotifying:
    def test_the_end_of_a_sweep(self, receiver: Receiver, tmp_path: Path) -> None:
        study = write_study(tmp_path / "one")
        with notifying(Notify(webhook=receiver.url)) as end:
            end.location, end.study = study.path, study
        message = receiver.posted[0][2]
        assert study.best is not None
        assert message["state"] == "done"
        assert message["value"] == study.best.value
        assert message["text"].startswith("cnnsearch: digits cnn done: ")
        assert {key: message[key] for key in study.summary()} == study.summary()

    def test_an_interrupted_one(self, receiver: Receiver, tmp_path: Path) -> None:
        study = write_study(tmp_path / "one")
        study.interrupted = True
        with notifying(Notify(webhook=receiver.url)) as end:
            end.location, end.study = study.path, study
        assert receiver.posted[0][2]["state"] == "interrupted"

    def test_a_failed_one_is_raised_all_the_same(self, receiver: Receiver, tmp_path: Path) -> None:
        study = write_study(tmp_path / "one", trials=3)

        def fail() -> None:
            with notifying(Notify(webhook=receiver.url)) as end:
                end.location = study.path
                raise SweepError("the disk is full")

        with pytest.raises(SweepError, match="disk is full"):
            fail()
        message = receiver.posted[0][2]
        assert (message["state"], message["error"]) == ("failed", "the disk is full")
        assert message["trials"] == study.counts

    def test_of_a_study_that_cannot_be_read_the_end_is_told_too(self, receiver: Receiver, tmp_path: Path) -> None:
        with notifying(Notify(webhook=receiver.url)) as end:
            end.location = tmp_path / "gone"
        assert receiver.posted[0][2]["text"] == f"cnnsearch: {tmp_path / 'gone'} done"

    def test_bad_input_is_told_by_the_command_line_alone(self, receiver: Receiver) -> None:
        with pytest.raises(SweepError), notifying(Notify(webhook=receiver.url)):
            raise SweepError("before there was a study")
        assert receiver.posted == []

    def test_a_message_that_cannot_be_made_is_a_warning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(*_: object) -> None:
            raise RuntimeError("can't start new thread")

        monkeypatch.setattr("cnnsearch.sweep.outlets.notification.notify", fail)
        study = write_study(tmp_path / "one", trials=3)
        with notifying(Notify(command=("true",))) as end:
            end.location, end.study = study.path, study
        assert [record.message for record in caplog.records] == [
            "notify failed: RuntimeError: can't start new thread (the sweep itself is not affected)"
        ]

    def test_a_failure_to_notify_is_a_warning(
        self, receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        receiver.status = 404
        study = write_study(tmp_path / "one", trials=3)
        with notifying(Notify(webhook=receiver.url)) as end:
            end.location, end.study = study.path, study
        assert [record.message for record in caplog.records] == [
            "notify.webhook failed: the server answered 404 Not Found (the sweep itself is not affected)"
        ]
