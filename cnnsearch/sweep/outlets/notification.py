"""Telling somebody that a sweep has ended: a command, a webhook, or both.

What goes wrong here is told and changes nothing else: the study is written, and the exit code is that of the sweep.
Both are told at the same time, and neither is waited for longer than ``timeout`` in all, whatever it does meanwhile: a
server may dribble, a command may leave children behind.
"""

from __future__ import annotations

import contextlib
import http.client
import logging
import os
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cnnsearch.escaping import chat_text, json_text, printable
from cnnsearch.experiment.outlets import Notify
from cnnsearch.redaction import hidden_in
from cnnsearch.study import Study
from cnnsearch.study.progress.so_far import so_far_in_words
from cnnsearch.sweep.outlets.addresses import check_kept, find_address

__all__ = ["End", "notifying", "notify"]

_LOG = logging.getLogger("cnnsearch")

State = Literal["done", "interrupted", "failed"]

_GRACE = 2.0
"""Seconds for a command that has been killed to be gone."""

_MOST_SAID = 10_000
"""Bytes of a failed command's standard error that are looked at, from its end."""


@dataclass
class End:
    """What is known of a sweep when it ends.

    Attributes:
        location: of its study; ``None`` before there is one.
        study: once it has been read at the end.
    """

    location: Any = None
    study: Study | None = None


@contextlib.contextmanager
def notifying(to: Notify | None) -> Iterator[End]:
    """At the end of the block, by an error too, ``to`` is notified, if there is a study by then."""
    end = End()
    try:
        yield end
    except BaseException as error:
        _tell(to, end, "interrupted" if isinstance(error, KeyboardInterrupt) else "failed", error)
        raise
    _tell(to, end, "interrupted" if end.study is not None and end.study.interrupted else "done")


def notify(to: Notify, message: dict[str, Any]) -> list[str]:
    """Run the command and post to the webhook.

    Returns:
        What went wrong, in words.
    """
    content = json_text(message).encode()
    ways = {"command": _run, "webhook": _post}
    started = [_Attempt(name, tell, to, content) for name, tell in ways.items() if getattr(to, name) is not None]
    deadline = time.monotonic() + to.timeout
    told = [attempt.problem(deadline) for attempt in started]
    return [problem for problem in told if problem is not None]


class _Attempt:
    """One way to tell, tried in a thread of its own, which is left to itself where it does not end in time."""

    def __init__(self, name: str, tell: Callable[[Notify, bytes], None], to: Notify, content: bytes) -> None:
        self._name = name
        self._tell = tell
        self._to = to
        self._content = content
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._work, name=f"notify.{name}", daemon=True)
        self._thread.start()

    def problem(self, deadline: float) -> str | None:
        """What went wrong until the moment ``deadline`` of the monotonic clock, in words."""
        self._thread.join(max(0.0, deadline - time.monotonic()) + (_GRACE if self._tell is _run else 0.0))
        if self._thread.is_alive():
            return f"notify.{self._name} failed: it took longer than {self._to.timeout:g} s"
        if self._error is None:
            return None
        return printable(f"notify.{self._name} failed: {hidden_in(_in_words(self._error), _secrets(self._to))}")

    def _work(self) -> None:
        try:
            self._tell(self._to, self._content)
        except Exception as error:  # noqa: BLE001 - servers break off in many ways, and none is the sweep's end
            self._error = error


def _tell(to: Notify | None, end: End, state: State, error: BaseException | None = None) -> None:
    if to is None or end.location is None:
        return
    try:
        study = end.study or Study.load(end.location)
        message = _message(study, state, error)
    except Exception as unread:  # noqa: BLE001 - where nothing can be told of the study, its end can be
        text = chat_text(f"cnnsearch: {end.location} {state}")
        message = {"text": text, "state": state, "error": f"{error or unread}"}
    try:
        problems = notify(to, message)
    except Exception as untold:  # noqa: BLE001 - as above
        problems = [printable(f"notify failed: {type(untold).__name__}: {untold}")]
    for problem in problems:
        _LOG.warning("%s (the sweep itself is not affected)", problem)


def _message(study: Study, state: State, error: BaseException | None) -> dict[str, Any]:
    summary = study.summary()
    counts = ", ".join(f"{count} {name.lower()}" for name, count in study.counts.items() if count) or "no trials"
    best = study.headline
    metric = study.experiment.objective.metric
    words = [f"cnnsearch: {study.name} {state}: {counts}"]
    words += [best.text] if best else []
    words += [so_far_in_words(study)] if so_far_in_words(study) else []
    words += [str(error)] if error else study.unfinished
    return {
        "text": chat_text("; ".join(words)),  # what Slack and Mattermost show
        "name": study.name,
        "state": state,
        "error": str(error) if error else None,
        "objective": metric,
        "value": best.value if best else None,
        **summary,
    }


def _secrets(to: Notify) -> list[str]:
    """What no message must name."""
    with contextlib.suppress(ValueError):
        return [find_address(to.webhook or "")]
    return []


def _run(to: Notify, content: bytes) -> None:
    for word in to.command or ():
        check_kept(word)
    command = list(to.command or ())
    # Files in place of pipes: a pipe is open as long as any child of the command has it.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
        given.write(content)
        given.seek(0)
        # Standard output holds the result of `run --json` and nothing else.
        process = subprocess.Popen(command, stdin=given, stdout=subprocess.DEVNULL, stderr=said, start_new_session=True)
        try:
            code = process.wait(to.timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise
        if code:
            said.seek(max(0, said.seek(0, os.SEEK_END) - _MOST_SAID))
            raise subprocess.CalledProcessError(code, command, stderr=said.read())


def _kill(process: subprocess.Popen[bytes]) -> None:
    """With all that it has started, unless that has gone its own way."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_GRACE / 2)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """What is posted would be lost: the new address is asked by GET."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _post(to: Notify, content: bytes) -> None:
    url = find_address(to.webhook or "", ("http://", "https://"))
    request = urllib.request.Request(
        url, content, {"Content-Type": "application/json", "User-Agent": "cnnsearch"}, method="POST"
    )
    with urllib.request.build_opener(_NoRedirect).open(request, timeout=to.timeout):
        return


def _in_words(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"{error.cmd[0]} ended with exit code {error.returncode}" + (f": {said[-1]}" if said else "")
    if isinstance(error, subprocess.TimeoutExpired):
        return f"{error.cmd[0]} took longer than {error.timeout:g} s, and was ended"
    if isinstance(error, urllib.error.HTTPError):
        with error:
            moved = ", and what is posted is not sent on to another address" if 300 <= error.code < 400 else ""
            return f"the server answered {error.code} {error.reason}{moved}"
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, (ConnectionResetError, BrokenPipeError)):  # RemoteDisconnected too: it is a matter of moments
        return "the server broke off without an answer"
    if isinstance(error, urllib.error.URLError):
        return f"no answer: {error.reason}"
    if isinstance(error, http.client.InvalidURL):  # whose text tells the address, which may be secret
        return "its address is no URL that can be asked"
    if isinstance(error, http.client.HTTPException):
        return f"the server's answer is no HTTP ({type(error).__name__})"
    return f"{type(error).__name__}: {error}" if not isinstance(error, ValueError) else str(error)
