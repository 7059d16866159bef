"""A small server of this machine, behind an address that nobody can guess."""

from __future__ import annotations

import importlib.util
import ipaddress
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

__all__ = ["LOOPBACK", "application", "check_installed", "is_loopback", "serving"]

LOOPBACK = "127.0.0.1"

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


@contextmanager
def serving(make: Callable[[str], Starlette], port: int, option: str, host: str = LOOPBACK) -> Iterator[str]:
    """Serve an application; its address.

    Args:
        make: makes it, given the token that its paths begin with.
        port: 0 takes one that is free.
        option: of the command that serves, for messages.
        host: address of this machine on which it listens.

    Raises:
        InputError: port or address cannot be taken, or what serves is not installed.
    """
    check_installed(option)
    import uvicorn

    token = secrets.token_urlsafe(24)
    with _listening(host, port) as listening:
        settings = uvicorn.Config(make(token), log_config=None, access_log=False, lifespan="off")
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        try:
            yield f"http://{host}:{listening.getsockname()[1]}/{token}/"
        finally:
            server.should_exit = True
            thread.join(_LAST)


def check_installed(option: str) -> None:
    """Raises:
    InputError: what serves is not there.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(Problem(option, f"needs {' and '.join(missing)}: pip install 'cnnsearch[live]'"))


def application(routes: Sequence[Route], token: str, elsewhere: str, host: str = LOOPBACK) -> Starlette:
    """What answers on its routes, whose paths begin with ``/{token}``, and says of all else that nothing is there.

    Args:
        routes: whose endpoints may be functions, or coroutines.
        token: that a path must begin with.
        elsewhere: what is said to whoever does not know it.
        host: on which it listens.
    """
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import PlainTextResponse

    def nothing(_: Request, __: Any) -> Response:
        return PlainTextResponse(elsewhere, status_code=404, headers=_HEADERS)

    async def behind_token(request: Request, answer: Callable[[Request], Any]) -> Response:
        begin = str(request.scope["path"]).removeprefix("/").partition("/")[0]
        if not secrets.compare_digest(begin.encode("utf-8", "replace"), token.encode()):
            return nothing(request, None)
        response: Response = await answer(request)
        response.headers.update(_HEADERS)
        return response

    # A page of another site, whose name leads here, has that name in its requests.
    allowed = [host, "localhost"] if is_loopback(host) else ["*"]
    return Starlette(
        routes=list(routes),
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed),
            Middleware(BaseHTTPMiddleware, dispatch=behind_token),
        ],
        exception_handlers={404: nothing},
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address.

    Raises:
        InputError: it is none.
    """
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        raise InputError(Problem("--host", "must be an IPv4 address of this machine, as 127.0.0.1", host)) from None


def _listening(host: str, port: int) -> socket.socket:
    """Raises:
    InputError: the port is taken, or the address is none of this machine.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen()  # whoever asks before the server runs waits
    except OSError as error:
        made.close()
        raise InputError(Problem("--port", f"cannot be taken on {host}: {error.strerror or error}", port)) from None
    return made
