"""``cnnsearch up`` and ``cnnsearch down``: a Ray that stays between commands, so that the next sweep starts sooner."""

from __future__ import annotations

from typing import Annotated

import typer

from cnnsearch.cli.terminal.console import out, status

__all__ = ["down", "up"]


def up(
    workers: Annotated[
        int | None,
        typer.Option(help="Workers that wait for the next run. Left out, one for each CPU. Fewer take less memory."),
    ] = None,
) -> None:
    """Start a Ray on this machine that stays: `run` and `resume` use it until `cnnsearch down`, and start faster."""
    from cnnsearch.sweep.cluster.keeper.commands import bring_up
    from cnnsearch.sweep.cluster.keeper.workers import workers_in_words

    status.print("starting Ray ...")
    keeper, is_new = bring_up(workers)
    told = "Ray is kept from now on" if is_new else "Ray is kept already"
    out.print(f"{told} ({keeper}; {keeper.cpus} CPUs; {workers_in_words(keeper)}).", markup=False, soft_wrap=True)
    out.print("`cnnsearch run` and `resume` use it. To end it: cnnsearch down", markup=False, soft_wrap=True)


def down(
    force: Annotated[bool, typer.Option("--force", help="Also while a sweep uses it, which is interrupted.")] = False,
) -> None:
    """End the Ray that `cnnsearch up` has started."""
    from cnnsearch.sweep.cluster.keeper.commands import bring_down

    keeper = bring_down(force)
    if keeper is None:
        out.print("No Ray is kept on this machine.")
    else:
        out.print(f"The Ray that was kept has ended ({keeper}).", markup=False, soft_wrap=True)
