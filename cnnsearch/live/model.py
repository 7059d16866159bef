"""The server of a model that answers: a page, and an endpoint for programs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from cnnsearch.errors import InputError
from cnnsearch.escaping import json_text
from cnnsearch.live.answering import Answering
from cnnsearch.live.loopback import LOOPBACK, application, serving
from cnnsearch.report.page import embedded_script
from cnnsearch.report.templates import environment, style
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.replacement import refit_in_words

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from cnnsearch.study import Study

__all__ = ["answered"]

_FOLDER = Path(__file__).parent

_ELSEWHERE = "There is nothing here. The whole address stands where `cnnsearch serve` was started."

_LONGEST_NAME = 200


@contextmanager
def answered(study: Study, answering: Answering, port: int, most_bytes: int, host: str = LOOPBACK) -> Iterator[str]:
    """Serve a study's best model; the address of its page.

    Args:
        study: that the model is of.
        answering: what answers.
        port: 0 takes one that is free.
        most_bytes: that are read of one picture, or text.
        host: address of this machine on which it listens.

    Raises:
        InputError: the port is taken, or what serves is not installed.
    """
    page = _page(study, answering.reads_texts, most_bytes)
    with serving(lambda token: _application(answering, page, most_bytes, token, host), port, "serve", host) as address:
        yield address


def _page(study: Study, reads_texts: bool, most_bytes: int) -> str:
    held = find_best(study, thorough=False)
    template = environment().get_template(str(_FOLDER / "model.html.jinja"))
    return template.render(
        title=study.name,
        whose="" if held is None else held.whose,
        note=refit_in_words(study) or "",
        texts=reads_texts,
        most=most_bytes,
        most_mb=most_bytes / 1e6,
        style=style() + Markup((_FOLDER / "model.css").read_text(encoding="utf-8")),
        script=embedded_script((_FOLDER / "model.js").read_text(encoding="utf-8")),
    )


def _application(answering: Answering, page: str, most_bytes: int, token: str, host: str) -> Starlette:
    """What answers: ``/TOKEN/`` is the page, ``POST /TOKEN/predict?name=NAME`` takes the bytes of a file."""
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import ClientDisconnect
    from starlette.responses import HTMLResponse, Response
    from starlette.routing import Route

    def shown(_: Request) -> Response:
        return HTMLResponse(page)

    async def predict(request: Request) -> Response:
        try:
            content = await _body(request, most_bytes)
        except ClientDisconnect:
            content = b""  # and nobody hears the answer
        if content is None:
            return _refused(f"is larger than {most_bytes / 1e6:g} MB, and no more is read", 413)
        if not content:
            return _refused("is empty: send the bytes of a file", 400)
        name = request.query_params.get("name", "")[:_LONGEST_NAME] or "what was sent"
        try:
            return _json(await run_in_threadpool(answering.answer, content, name))
        except InputError as error:
            return _refused(error.problems[0].rule, 422)

    def _refused(rule: str, code: int) -> Response:
        return _json({"error": rule}, code)

    def _json(told: dict[str, Any], code: int = 200) -> Response:
        # Names of classes may hold bytes that are no UTF-8.
        return Response(json_text(told), status_code=code, media_type="application/json")

    routes: list[Any] = [Route(f"/{token}/", shown), Route(f"/{token}/predict", predict, methods=["POST"])]
    return application(routes, token, _ELSEWHERE, host)


async def _body(request: Request, most: int) -> bytes | None:
    """What was sent; ``None``: it is more. What would be too much is not read to its end."""
    parts, count = [], 0
    async for part in request.stream():
        count += len(part)
        if count > most:
            return None
        parts.append(part)
    return b"".join(parts)
