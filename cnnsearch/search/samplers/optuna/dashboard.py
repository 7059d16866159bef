"""optuna-dashboard on the journal of a study, for this machine only and without its buttons that change things."""

from __future__ import annotations

import importlib.util
import socketserver
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from cnnsearch.errors import InputError, Problem

__all__ = ["HOST", "make_dashboard", "read_only"]

HOST = "127.0.0.1"

_Start = Callable[..., Any]
_Application = Callable[[dict[str, Any], _Start], Iterable[bytes]]


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """Answers several requests at once: the page asks for many things."""

    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


def make_dashboard(journal: Path, port: int) -> WSGIServer:
    """A server on the loopback address that shows ``journal`` as it grows; ``serve_forever`` runs it.

    Args:
        journal: ``optuna.journal`` of a study.
        port: 0 takes any that is free.

    Raises:
        InputError: optuna-dashboard is not installed, there is no journal that can be read, or the port is taken.
    """
    if importlib.util.find_spec("optuna_dashboard") is None:
        raise InputError(Problem("", "needs optuna-dashboard: pip install 'cnnsearch[dashboard]'"))
    if not journal.is_file():
        raise InputError(Problem("STUDY", "has no ended trials yet, so there is nothing to show", str(journal.parent)))
    import optuna
    import optuna_dashboard

    try:
        storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(journal)))
    except Exception:  # noqa: BLE001 - Optuna says in many ways that it does not understand a line
        rule = "cannot be read by Optuna; it is made again from the record: cnnsearch resume STUDY"
        raise InputError(Problem(journal.name, rule, str(journal))) from None
    application = read_only(optuna_dashboard.wsgi(storage))
    try:
        return make_server(HOST, port, application, server_class=_Server, handler_class=_Quiet)
    except OSError as error:
        raise InputError(Problem("--port", f"cannot listen there: {error.strerror}", port)) from None


def read_only(application: _Application) -> _Application:
    """``application`` for browsers of this machine, without what writes: the sweep appends to what it would change.

    A page from elsewhere that gets a name of its own to point here (DNS rebinding) is refused by the name.
    """

    def answer(environ: dict[str, Any], start: _Start) -> Iterable[bytes]:
        host = str(environ.get("HTTP_HOST", "")).partition(":")[0]
        if host not in (HOST, "localhost"):
            return _refuse(start, "403 Forbidden", "this dashboard is for the machine that it runs on")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _refuse(start, "405 Method Not Allowed", "this dashboard only shows the study")
        return application(environ, start)

    return answer


def _refuse(start: _Start, status: str, reason: str) -> Iterable[bytes]:
    start(status, [("Content-Type", "application/json")])
    return [b'{"reason": "%s"}' % reason.encode()]
