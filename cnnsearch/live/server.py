"""A small server for one reader: on the loopback, read-only, behind an address that nobody can guess."""

from __future__ import annotations

import importlib.util
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.live.watching import Watching

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["served"]

_HOST = "127.0.0.1"

_LAST = 5.0
"""Seconds for answers that are on their way when it ends."""

_NEEDED = ("starlette", "uvicorn")

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    # The page brings its own style and scripts, asks this server alone, and stands in no page of others.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}

_ELSEWHERE = "There is nothing here. The whole address stands where `cnnsearch watch --web` was started."


@contextmanager
def served(watching: Watching, port: int) -> Iterator[str]:
    """Serve the page; its address.

    Args:
        watching: what is shown.
        port: 0 takes one that is free.

    Raises:
        InputError: the port is taken, or what serves is not installed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(Problem("--web", f"needs {' and '.join(missing)}: pip install 'cnnsearch[live]'"))
    import uvicorn

    token = secrets.token_urlsafe(24)
    with _listening(port) as listening:
        settings = uvicorn.Config(_application(watching, token), log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(settings)
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        serving.start()
        try:
            yield f"http://{_HOST}:{listening.getsockname()[1]}/{token}/"
        finally:
            server.should_exit = True
            serving.join(_LAST)


def _application(watching: Watching, token: str) -> Starlette:
    """What answers: ``/TOKEN/`` is the page, ``/TOKEN/now?seen=N`` what has changed since; all else is not there."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse
    from starlette.routing import Route

    def behind_token(answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answered(request: Request) -> Response:
            if not secrets.compare_digest(request.path_params["token"].encode(), token.encode()):
                return nothing(request, None)
            response = answer(request)
            response.headers.update(_HEADERS)
            return response

        return answered

    def nothing(_: Request, __: Any) -> Response:
        return PlainTextResponse(_ELSEWHERE, status_code=404, headers=_HEADERS)

    def page(_: Request) -> Response:
        return HTMLResponse(watching.page())

    def now(request: Request) -> Response:
        seen = request.query_params.get("seen", "")
        return JSONResponse(watching.now(int(seen) if seen.isdecimal() else 0))

    return Starlette(
        routes=[Route("/{token}/", behind_token(page)), Route("/{token}/now", behind_token(now))],
        # A page of another site, whose name leads here, has that name in its requests.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[_HOST, "localhost"])],
        exception_handlers={404: nothing},
    )


def _listening(port: int) -> socket.socket:
    """Raises:
    InputError: the port is taken.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((_HOST, port))
        made.listen()  # whoever asks before the server runs waits
    except OSError as error:
        made.close()
        raise InputError(Problem("--port", f"cannot be taken: {error.strerror or error}", port)) from None
    return made
