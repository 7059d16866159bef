"""``cnnsearch submit``: run a sweep on a cluster from a machine outside of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.sweeps.options import Epochs, Minutes, Name, Seed, Set, Trials, Workers, keys
from cnnsearch.cli.sweeps.overrides import naming, read_experiment
from cnnsearch.cli.terminal.console import out, status
from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import shell_line, without_colours
from cnnsearch.experiment import Experiment
from cnnsearch.study.store import is_uri
from cnnsearch.study.store.location import checked
from cnnsearch.study.store.temporary import temporary_folder

__all__ = ["submit"]


def submit(
    file: Annotated[Path, typer.Argument(help="Experiment file (YAML).", metavar="FILE")],
    address: Annotated[str, typer.Option(help="The cluster's job server: http://HEAD:8265.")],
    output: Annotated[
        str | None,
        typer.Option(help="Folder for studies, as every node of the cluster sees it: a path or URI; over storage."),
    ] = None,
    shared: Annotated[
        list[Path] | None,
        typer.Option(help="Folder that the cluster sees under the same path: what lies in it is not packed."),
    ] = None,
    trials: Trials = None,
    epochs: Epochs = None,
    workers: Workers = None,
    minutes: Minutes = None,
    seed: Seed = None,
    name: Name = None,
    set_: Set = None,
    results: Annotated[Path, typer.Option(help="Folder of the studies here, for study:NAME.")] = Path("results"),
    detach: Annotated[bool, typer.Option("--detach", help="Start it and return; it is not followed.")] = False,
) -> None:
    """Send the sweep that FILE describes to a Ray cluster, with code and data, and follow it.

    Ctrl-C ends the sweep cleanly, with the report of what has ended; a second Ctrl-C stops following it.
    """
    experiment = read_experiment(file, set_, keys(trials, epochs, workers, minutes, seed, name))
    place = _place(experiment, output)

    from cnnsearch.search.starts import resolved, studies_in
    from cnnsearch.sweep.cluster.packing import pack
    from cnnsearch.sweep.cluster.submission import Job, connect, entrypoint, most_bytes

    with naming(file):
        experiment = resolved(experiment, studies_in(str(results)))  # the studies that it names are here
    client = connect(address)
    with temporary_folder("submit") as folder:
        with naming(file):
            packed = pack(experiment, folder, shared or [], results, most_bytes())
        total = f"{packed.count:,} files, {packed.bytes / 2**20:.1f} MB"
        status.print(f"sending {', '.join(packed.files)} ({total})", markup=False, soft_wrap=True)
        for left in packed.left_out:
            status.print(f"not sent, {left}", markup=False, soft_wrap=True)
        job = Job.start(client, folder, entrypoint(place))
    out.print(f"Job: {job.name}", markup=False)
    out.print(f"Studies: {place}, on the cluster", markup=False, soft_wrap=True)
    log = shell_line(["ray", "job", "logs", "--follow", "--address", address, job.name])
    out.print(f"Log: {log}", markup=False, soft_wrap=True)
    if detach:
        return
    try:
        code = job.follow(_show)
    except KeyboardInterrupt:
        status.print(f"job {job.name} goes on to its end by itself", markup=False)
        raise
    if code:
        raise typer.Exit(code)


def _place(experiment: Experiment, output: str | None) -> str:
    """Where the studies go, which must mean the same on the cluster as here."""
    given = output or experiment.storage
    where = "--output" if output or given is None else "storage"
    if given is None or not (is_uri(given) or Path(given).is_absolute()):
        rule = "must say where studies go, as every node sees it: an absolute path, or a URI as s3://bucket/studies"
        raise InputError(Problem(where, rule, given))
    checked(given, where)  # it stands on the job's command line, which the cluster shows
    return given


def _show(text: str) -> None:
    out.print(without_colours(text), end="", soft_wrap=True)
