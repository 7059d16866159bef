"""``cnnsearch serve``: a page, and an endpoint for programs, where the best model answers."""

from __future__ import annotations

import contextlib
import threading
from typing import Annotated

import typer

from cnnsearch.cli.studies import Output, StudyName, load_study, tell_model
from cnnsearch.cli.terminal.console import out, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT

__all__ = ["serve"]


def serve(
    study: StudyName,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes one that is free.")] = 0,
    host: Annotated[
        str, typer.Option(help="Address on which it listens; the default is reached from this machine alone.")
    ] = "127.0.0.1",
    most_mb: Annotated[
        int, typer.Option(min=1, max=10_000, help="Megabytes that are read of one picture, or text.")
    ] = 20,
    trust: Trust = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Serve a page where one gives a picture, or a text, to a study's best model, until Ctrl-C (extra: live).

    It shows what the model tells, and where a network of pictures looked. Programs get JSON: POST the bytes of a file
    to ADDRESS/predict.
    """
    found = load_study(study, output)

    from cnnsearch.live.loopback import check_installed, is_loopback

    check_installed("serve")
    reach = "from this machine alone" if is_loopback(host) else "over the network, without encryption"

    from cnnsearch.live.answering import Answering
    from cnnsearch.live.model import answered
    from cnnsearch.serving.prediction import Predictor

    answering = Answering(found, Predictor(found, asking(trust)))
    tell_model(found)
    with answered(found, answering, port, most_mb * 1_000_000, host) as address:
        out.print(address, markup=False, highlight=False, soft_wrap=True)
        status.print(f"Whoever knows this address can ask the model, {reach}. Ctrl-C ends it.", soft_wrap=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
