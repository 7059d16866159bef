"""``cnnsearch run``: start a sweep, show its progress, say where the report lies."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from cnnsearch.cli.console import out, print_json, status
from cnnsearch.cli.options import Epochs, Minutes, Name, Seed, Set, Trials, Workers, keys
from cnnsearch.cli.overrides import read_experiment
from cnnsearch.cli.progress import ProgressDisplay, duration
from cnnsearch.cli.resume import resume_command
from cnnsearch.cli.studies import print_headline
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.folder import output_of
from cnnsearch.study.startup import startup_in_words

__all__ = ["run", "tell"]


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
    experiment = read_experiment(file, set_, keys(trials, epochs, workers, minutes, seed, name))
    if dry_run:
        _dry_run(experiment, output, as_json)
        return

    from cnnsearch.sweep.runner import run as run_sweep

    # Ray tells of a dead worker on standard output, which holds the result and nothing else.
    with (
        contextlib.redirect_stdout(sys.stderr),
        ProgressDisplay(experiment.objective.metric, experiment.epochs, quiet) as display,
    ):
        study = run_sweep(experiment, output, address, display)
    if as_json:
        print_json(study.summary())
    else:
        tell(study)
    if study.interrupted:
        raise typer.Exit(130)


def tell(study: Study) -> None:
    """Print what a sweep came to."""
    counts = ", ".join(f"{count} {state.lower()}" for state, count in study.counts.items() if count)
    out.print(f"{'Interrupted' if study.interrupted else 'Done'}: {counts or 'no trials'}, {duration(study.seconds)}")
    best = study.best
    if best is not None:
        print_headline(study)
        for key, value in best.config.items():
            out.print(f"  {key}: {value:.4g}" if isinstance(value, float) else f"  {key}: {value}", markup=False)
    if best is not None:
        from cnnsearch.report.info.verdict import verdict_info

        out.print(f"Verdict: {verdict_info(study).text}", soft_wrap=True, markup=False, highlight=False)
    if study.startup:
        out.print(f"Start-up: {startup_in_words(study.startup)}", soft_wrap=True)
    for note, trials in study.notes.items():
        status.print(f"note: {note} ({len(trials)} of {len(study.records)} trials)", markup=False, soft_wrap=True)
    for problem in study.environment["dataset"]["unreadable"]:
        status.print(f"skipped: {problem}", markup=False, soft_wrap=True)
    out.print(f"Study:  {study.source}", soft_wrap=True, markup=False)
    out.print(f"Report: {study.report_path}", soft_wrap=True, markup=False)
    if study.interrupted:
        out.print(f"To go on: {resume_command(study)}", soft_wrap=True, markup=False)


def _dry_run(experiment: Experiment, output: str | None, as_json: bool) -> None:
    from cnnsearch.sweep.estimate import estimate

    found = estimate(experiment, output_of(experiment, output))
    if as_json:
        print_json(found.to_dict())
        return
    table = Table(show_header=False, box=None)
    for label, text in found.rows():
        table.add_row(label, text)
    out.print(table)
