"""``cnnsearch dashboard``: optuna-dashboard on a study, while its sweep runs or later."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnsearch.cli.studies import Output, StudyName, load_study
from cnnsearch.cli.terminal.console import out
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT

__all__ = ["dashboard"]


def dashboard(
    study: StudyName,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0: any that is free.")] = 8080,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Show a study in optuna-dashboard, for browsers on this machine, until Ctrl-C (extra: dashboard)."""
    found = load_study(study, output)

    from cnnsearch.search.samplers.optuna.dashboard import HOST, make_dashboard

    journal = found.path / "optuna.journal"
    found.store.exists(journal.name)  # refused where it is a link: Optuna opens it by its path
    with make_dashboard(journal, port) as server:
        out.print(f"http://{HOST}:{server.server_port}/  (Ctrl-C ends it)", soft_wrap=True)
        server.serve_forever()
