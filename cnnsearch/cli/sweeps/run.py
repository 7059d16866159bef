"""``cnnsearch run``: start a sweep, show its progress, say where the report lies."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cnnsearch.cli.cache import CacheFolder
from cnnsearch.cli.data import data_as_json, tell_counts, tell_remarks, teller
from cnnsearch.cli.search import planned_in_words, tell_search
from cnnsearch.cli.sweeps.options import Address, Epochs, Minutes, Name, Seed, Set, Trials, Workers, keys
from cnnsearch.cli.sweeps.outcome import leave, tell
from cnnsearch.cli.sweeps.overrides import naming, read_experiment
from cnnsearch.cli.terminal.console import out, print_json, show_notes
from cnnsearch.cli.terminal.progress import ProgressDisplay
from cnnsearch.data.counted import counted
from cnnsearch.experiment import Experiment
from cnnsearch.study.folder.folder import output_of
from cnnsearch.sweep.signals import say

__all__ = ["run"]


def run(
    file: Annotated[Path, typer.Argument(help="Experiment file (YAML).", metavar="FILE")],
    trials: Trials = None,
    epochs: Epochs = None,
    workers: Workers = None,
    minutes: Minutes = None,
    seed: Seed = None,
    output: Annotated[
        str | None,
        typer.Option(help="Path or URI of the folder for studies; over storage.  [default: results]"),
    ] = None,
    name: Name = None,
    set_: Set = None,
    address: Address = None,
    cache: CacheFolder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell size, memory and time to expect; start nothing.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
) -> None:
    """Run the sweep that FILE describes, into a new study folder with a report.

    Ctrl-C ends it cleanly, with the report of what has ended; a second Ctrl-C ends it at once.
    """
    say("interrupted before there was a study: nothing is left of it")
    given = keys(trials, epochs, workers, minutes, seed, name)
    experiment = read_experiment(file, set_, {**given, "resources.cache": cache})
    if dry_run:
        with naming(file):
            _dry_run(experiment, output, as_json)
        return

    show_notes(quiet)
    # Ray tells of a dead worker on standard output, which holds the result and nothing else.
    with (
        naming(file),
        contextlib.redirect_stdout(sys.stderr),
        ProgressDisplay(experiment.objective.metric, experiment.epochs, quiet) as display,
    ):
        from cnnsearch.sweep.run import run as run_sweep  # takes seconds, in which the bar moves

        study = run_sweep(experiment, output, address, display, display.telling(teller(quiet)), keep=False)
    if as_json:
        print_json({**study.summary(), "data": data_as_json(study.environment["dataset"])})
    else:
        tell(study)
    leave(study)


def _dry_run(experiment: Experiment, output: str | None, as_json: bool) -> None:
    from cnnsearch.sweep.estimates.estimate import estimate

    found = estimate(experiment, output_of(experiment, output))
    if as_json:
        print_json({**found.to_dict(), "data": data_as_json(found.data)})
        return
    table = Table(show_header=False, box=None)
    for label, text in found.rows():
        table.add_row(label, text)
    out.print(table)
    planned = found.experiment or experiment
    out.print(f"data: {counted(found.data).text}", soft_wrap=True)
    out.print(f"to do: {planned_in_words(planned)}", soft_wrap=True)
    tell_counts(found.data, out)
    tell_remarks(found.data, experiment.dataset.test, out)
    tell_search(planned, out)
