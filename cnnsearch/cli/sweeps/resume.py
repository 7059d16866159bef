"""``cnnsearch resume``: go on with a study whose sweep was interrupted, killed, or is to be extended."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.cache import CacheFolder
from cnnsearch.cli.data import data_as_json, teller
from cnnsearch.cli.studies import AsJson, Moved, Output, StudyName, unanswered
from cnnsearch.cli.sweeps.options import Address
from cnnsearch.cli.sweeps.outcome import leave, resume_command, tell
from cnnsearch.cli.sweeps.overrides import naming
from cnnsearch.cli.terminal.console import out, print_json, show_notes
from cnnsearch.cli.terminal.progress import ProgressDisplay
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.extent import size_of_search
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT, find_study
from cnnsearch.study.progress.search_limits import limit_reached
from cnnsearch.sweep.signals import say

__all__ = ["resume"]


def resume(
    study: StudyName,
    output: Output = DEFAULT_OUTPUT,
    file: Annotated[
        Path | None,
        typer.Option(help="Experiment file to go on with: a wider space, another budget. Left out: the study's own."),
    ] = None,
    data: Moved = None,
    trials: Annotated[int | None, typer.Option(help="Trials of the whole study; over budget.trials.")] = None,
    minutes: Annotated[float | None, typer.Option(help="Minutes from now; over what is left of the budget's.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Highest number of trials at once; over resources.max_concurrent.")
    ] = None,
    address: Address = None,
    cache: CacheFolder = None,
    trust: Trust = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: AsJson = False,
) -> None:
    """Go on with a study: after Ctrl-C, after its driver or machine died, or beyond its budget (--trials 200).

    Nothing that ended is run again; trials in flight go on from their checkpoints.
    """
    from cnnsearch.sweep.resumption import Resumption

    say("interrupted before the sweep went on: the study is as it was")
    experiment = Experiment.from_yaml(file) if file is not None else None
    with naming(file):
        found = Resumption.of(find_study(study, output), experiment, data).within(trials, minutes, workers, cache)
    if found.is_done:
        result = found.study
        if not as_json:
            ended, budget = len(result.records), found.experiment.budget.trials
            more = ""
            if (reached := limit_reached(found.experiment, result.records, result.pauses)) is not None:
                out.print(f"Nothing is left to do: the search was ended by {reached}.", markup=False, soft_wrap=True)
                more = "--file EXPERIMENT.yaml, with another budget or stop"
            elif budget is None or ended < budget:
                out.print(f"Nothing is left to do: all {size_of_search(found.experiment)} configs have been tried.")
            else:
                out.print(f"Nothing is left to do: all {budget} trials of the budget have ended.")
                more = "--trials N"
            if more and not found.experiment.is_nested:
                out.print(f"To go on beyond it: {resume_command(result)} {more}", soft_wrap=True, markup=False)
            for text in unanswered(result):
                out.print(text, soft_wrap=True, markup=False)
    else:
        show_notes(quiet)
        found.ensure_trusted(asking(trust or file is not None))
        # Ray tells of a dead worker on standard output, which holds the result and nothing else.
        with (
            naming(file),
            contextlib.redirect_stdout(sys.stderr),
            ProgressDisplay(
                found.experiment.objective.metric, found.experiment.epochs, quiet or not found.trains
            ) as display,
        ):
            result = found.carry_out(address, display, display.telling(teller(quiet)))
    if as_json:
        print_json({**result.summary(), "data": data_as_json(result.environment.get("dataset", {}))})
    else:
        tell(result)
    leave(result)
