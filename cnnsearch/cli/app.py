"""The command-line application: its commands, and how errors become exit codes."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from cnnsearch import __version__
from cnnsearch.cli import cache, catalog, doctor, housekeeping, listing, logs, show, split, studies
from cnnsearch.cli.models import compression, export, prediction, serve
from cnnsearch.cli.reading import reading
from cnnsearch.cli.sweeps import control, keeping, preview, rerun, resume, run, submit, watch
from cnnsearch.cli.terminal import dashboard
from cnnsearch.cli.terminal.console import complain, never_fail_to_print
from cnnsearch.errors import InputError, RayLostError, SweepError, is_full
from cnnsearch.sweep.cluster.joining import end_process
from cnnsearch.sweep.signals import has_study

__all__ = ["FAILED", "INTERRUPTED", "app", "main"]

FAILED = 1
BAD_INPUT = 2
INTERRUPTED = 130

app = typer.Typer(
    name="cnnsearch",
    help="Hyperparameter search for convolutional networks, distributed by Ray.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

app.command("run")(run.run)
app.command("preview")(preview.preview)
app.command("resume")(resume.resume)
app.command("submit")(submit.submit)
app.command("up")(keeping.up)
app.command("down")(keeping.down)
app.command("queue")(reading(control.queue))
app.command("stop-trial")(reading(control.stop_trial))
app.command("stop")(reading(control.stop))
app.command("extend")(reading(control.extend))
app.command("list")(reading(listing.list_studies))
app.command("show")(reading(show.show))
app.command("watch")(reading(watch.watch))
app.command("logs")(reading(logs.logs))
app.command("report")(reading(studies.report))
app.command("rm")(reading(housekeeping.remove))
app.command("pack")(reading(housekeeping.pack))
app.command("export")(reading(export.export))
app.command("check")(export.check)
app.command("compress")(reading(compression.compress))
app.command("split")(reading(split.split))
app.command("rerun")(reading(rerun.rerun))
app.command("predict")(reading(prediction.predict))
app.command("serve")(reading(serve.serve))
app.command("evaluate")(reading(prediction.evaluate))
app.command("dashboard")(reading(dashboard.dashboard))
app.command("spaces")(catalog.spaces)
app.command("schema")(catalog.schema)
app.command("cache")(cache.cache)
app.command("doctor")(doctor.doctor)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Hyperparameter search for convolutional networks, distributed by Ray.

    Exit codes: 0 fine, 1 the sweep failed, gave no value, or its report could not be written, or a disk is full,
    2 bad input, before anything was done, 130 interrupted.
    """


def main() -> None:
    """Entry point of ``cnnsearch``; see the exit codes in ``cnnsearch --help``."""
    never_fail_to_print()
    try:
        app()
    except InputError as error:
        complain(str(error))
        sys.exit(FAILED if has_study() else BAD_INPUT)
    except RayLostError as error:
        complain(str(error))
        end_process(FAILED)
    except SweepError as error:
        complain(str(error))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has gone, as with `| head`
        sys.exit(FAILED)
    except OSError as error:
        if not is_full(error):
            raise
        complain(f"cannot write{f' {error.filename}' if error.filename else ''}: {error.strerror}")
        sys.exit(FAILED)
