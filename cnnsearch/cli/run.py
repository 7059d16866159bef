"""``cnnsearch run``: start a sweep, show its progress, say where the report lies."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cnnsearch.cli.console import out, print_json, status
from cnnsearch.cli.data import data_as_json, tell_counts, tell_remarks, teller
from cnnsearch.cli.options import Epochs, Minutes, Name, Seed, Set, Trials, Workers, keys
from cnnsearch.cli.overrides import read_experiment
from cnnsearch.cli.progress import ProgressDisplay
from cnnsearch.cli.resume import resume_command
from cnnsearch.cli.studies import print_headline
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.best_model import find_best
from cnnsearch.study.duration import duration
from cnnsearch.study.folder import output_of
from cnnsearch.study.so_far import so_far_in_words
from cnnsearch.study.startup import startup_in_words
from cnnsearch.study.study import REPORT
from cnnsearch.sweep.signals import say, was_asked

__all__ = ["leave", "run", "tell"]


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
    address: Annotated[str | None, typer.Option(help="Ray cluster: auto or HOST:PORT. Left out: this machine.")] = None,
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
    experiment = read_experiment(file, set_, keys(trials, epochs, workers, minutes, seed, name))
    if dry_run:
        _dry_run(experiment, output, as_json)
        return

    from cnnsearch.sweep.run import run as run_sweep

    # Ray tells of a dead worker on standard output, which holds the result and nothing else.
    with (
        contextlib.redirect_stdout(sys.stderr),
        ProgressDisplay(experiment.objective.metric, experiment.epochs, quiet) as display,
    ):
        study = run_sweep(experiment, output, address, display, teller(quiet))
    if as_json:
        print_json({**study.summary(), "data": data_as_json(study.environment["dataset"])})
    else:
        tell(study)
    leave(study)


def leave(study: Study) -> None:
    """End the command with another exit code than 0.

    Where somebody ended the sweep, no trial ended with a value, or something after it failed, which has been logged.
    """
    if was_asked() and not (study.interrupted or study.in_flight or study.unfinished):
        status.print("the signal came when all trials had ended: nothing was cut short")
    if study.interrupted:
        raise typer.Exit(130)
    if study.best is None or study.unfinished:
        raise typer.Exit(1)


def tell(study: Study) -> None:
    """Print what a sweep came to."""
    from cnnsearch.report.statistics.grid import grid_info

    counts = ", ".join(f"{count} {state.lower()}" for state, count in study.counts.items() if count)
    what = "Interrupted" if study.interrupted else "The minutes are over" if study.in_flight else "Done"
    out.print(f"{what}: {counts or 'no trials'}, {duration(study.seconds)}")
    if so_far := so_far_in_words(study):
        out.print(so_far, markup=False, soft_wrap=True)
    grid = grid_info(study)
    if grid is not None:
        out.print(f"Grid: {grid.text}", soft_wrap=True)
    best = study.best
    if best is not None:
        print_headline(study)
        if best.reason is not None:
            out.print(f"  {best.reason}", markup=False, soft_wrap=True)
        for key, value in best.config.items():
            out.print(f"  {key}: {value:.4g}" if isinstance(value, float) else f"  {key}: {value}", markup=False)
    if best is not None:
        from cnnsearch.report.views.verdict.info import verdict_info
        from cnnsearch.sweep.ending import spared

        with spared(study.unfinished, "the verdict could not be told"):
            out.print(f"Verdict: {verdict_info(study).text}", soft_wrap=True, markup=False, highlight=False)
    held = find_best(study)
    if held is not None and held.problem is not None:
        status.print(f"caution: {held.problem}", markup=False, soft_wrap=True)
    if study.startup:
        out.print(f"Start-up: {startup_in_words(study.startup)}", soft_wrap=True)
    for note, trials in study.notes.items():
        status.print(f"note: {note} ({len(trials)} of {len(study.records)} trials)", markup=False, soft_wrap=True)
    out.print(f"Study:  {study.source}", soft_wrap=True, markup=False)
    if study.store.exists(REPORT):
        out.print(f"Report: {study.report_path}", soft_wrap=True, markup=False)
    if study.interrupted or study.in_flight:
        late = study.experiment.budget.minutes is not None and not study.interrupted
        out.print(f"To go on: {resume_command(study)}{' --minutes N' if late else ''}", soft_wrap=True, markup=False)


def _dry_run(experiment: Experiment, output: str | None, as_json: bool) -> None:
    from cnnsearch.sweep.estimate import estimate

    found = estimate(experiment, output_of(experiment, output))
    if as_json:
        print_json({**found.to_dict(), "data": data_as_json(found.data)})
        return
    table = Table(show_header=False, box=None)
    for label, text in found.rows():
        table.add_row(label, text)
    out.print(table)
    tell_counts(found.data, out)
    tell_remarks(found.data, experiment.dataset.test, out)
