"""Telling somebody that a sweep has ended: a command, a webhook, or both.

What goes wrong here is told and changes nothing else: the study is written, and the exit code is that of the sweep.
"""

from __future__ import annotations

import contextlib
import logging
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from cnnsearch.escaping import chat_text, json_text
from cnnsearch.experiment.outlets import Notify
from cnnsearch.redaction import hidden_in
from cnnsearch.study import Study
from cnnsearch.study.so_far import so_far_in_words
from cnnsearch.sweep.addresses import check_kept, find_address

__all__ = ["End", "notifying", "notify"]

_LOG = logging.getLogger("cnnsearch")

State = Literal["done", "interrupted", "failed"]


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
    problems = []
    for name, tell in (("command", _run), ("webhook", _post)):
        if getattr(to, name) is not None:
            try:
                tell(to, content)
            except Exception as error:  # noqa: BLE001 - servers break off in many ways, and none is the sweep's end
                problems.append(f"notify.{name} failed: {hidden_in(_in_words(error), _secrets(to))}")
    return problems


def _tell(to: Notify | None, end: End, state: State, error: BaseException | None = None) -> None:
    if to is None or end.location is None:
        return
    try:
        study = end.study or Study.load(end.location)
        message = _message(study, state, error)
    except Exception as unread:  # noqa: BLE001 - where nothing can be told of the study, its end can be
        text = chat_text(f"cnnsearch: {end.location} {state}")
        message = {"text": text, "state": state, "error": f"{error or unread}"}
    for problem in notify(to, message):
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
    subprocess.run(
        list(to.command or ()),
        input=content,
        stdout=subprocess.DEVNULL,  # standard output holds the result of `run --json` and nothing else
        stderr=subprocess.PIPE,
        timeout=to.timeout,
        check=True,
    )


def _post(to: Notify, content: bytes) -> None:
    url = find_address(to.webhook or "", ("http://", "https://"))
    request = urllib.request.Request(
        url, content, {"Content-Type": "application/json", "User-Agent": "cnnsearch"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=to.timeout):
        return


def _in_words(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"{error.cmd[0]} ended with exit code {error.returncode}" + (f": {said[-1]}" if said else "")
    if isinstance(error, subprocess.TimeoutExpired):
        return f"{error.cmd[0]} took longer than {error.timeout:g} s, and was ended"
    if isinstance(error, urllib.error.HTTPError):
        with error:
            return f"the server answered {error.code} {error.reason}"
    if isinstance(error, urllib.error.URLError):
        return f"no answer: {error.reason}"
    return f"{type(error).__name__}: {error}" if not isinstance(error, ValueError) else str(error)
