"""The server of the page of a sweep: read-only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cnnsearch.live.loopback import application, serving
from cnnsearch.live.watching import Watching

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["served"]

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
    with serving(lambda token: _application(watching, token), port, "--web") as address:
        yield address


def _application(watching: Watching, token: str) -> Starlette:
    """What answers: ``/TOKEN/`` is the page, ``/TOKEN/now?seen=N`` what has changed since; all else is not there."""
    from starlette.responses import HTMLResponse, JSONResponse
    from starlette.routing import Route

    def page(_: Request) -> Response:
        return HTMLResponse(watching.page())

    def now(request: Request) -> Response:
        seen = request.query_params.get("seen", "")
        return JSONResponse(watching.now(int(seen) if seen.isdecimal() else 0))

    return application([Route(f"/{token}/", page), Route(f"/{token}/now", now)], token, _ELSEWHERE)
