"""``cnnsearch logs``: what a trial printed in its worker, and why it failed."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnsearch.cli.studies import Output, StudyName, load_study
from cnnsearch.cli.terminal.console import out, status
from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import without_colours
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT

__all__ = ["logs"]


def logs(
    study: StudyName,
    trial: Annotated[int, typer.Argument(min=0, metavar="TRIAL", help="Number of a trial.")],
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Show what a trial printed: output of its code, warnings, tracebacks; also while it runs."""
    found = load_study(study, output)
    if all(proposal.trial != trial for proposal in found.proposals):
        raise InputError(Problem("TRIAL", f"must be a trial of this study; it has {len(found.proposals)}", trial))
    record = next((record for record in found.records if record.trial == trial), None)
    printed = without_colours(found.log(trial))
    out.print(printed, end="", markup=False, soft_wrap=True)
    if record is not None and record.state == "FAILED":
        out.print(f"trial {trial} failed: {record.reason}", markup=False, soft_wrap=True)
        if record.traceback:
            out.print(record.traceback, end="", markup=False, soft_wrap=True)
    elif not printed:
        status.print(f"trial {trial} printed nothing")
    if record is not None and (process := record.worker.process):
        status.print(f"(on {process[0]}, process {process[1]})", markup=False)
