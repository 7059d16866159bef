"""Options that `run` and `submit` have in common: each says something over the experiment file."""

from __future__ import annotations

from typing import Annotated, Any

import typer

__all__ = ["Address", "Epochs", "Minutes", "Name", "Seed", "Set", "Trials", "Workers", "keys"]

Address = Annotated[
    str | None,
    typer.Option(
        help="Ray cluster: auto or HOST:PORT; local: a Ray for this sweep alone. Left out: that of `cnnsearch up`, if "
        "one is kept, else one for this sweep."
    ),
]
Trials = Annotated[int | None, typer.Option(help="Trials to run; over budget.trials.")]
Epochs = Annotated[int | None, typer.Option(help="Epochs of a full trial; over epochs.")]
Workers = Annotated[int | None, typer.Option(help="Highest number of trials at once; over resources.max_concurrent.")]
Minutes = Annotated[float | None, typer.Option(help="Minutes after which the sweep ends.")]
Seed = Annotated[int | None, typer.Option(help="Seed; over seed.")]
Name = Annotated[str | None, typer.Option(help="Name of the study; over name.")]
Set = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Override any key: --set space.filters='{choice: [8, 16]}'."),
]


def keys(
    trials: int | None,
    epochs: int | None,
    workers: int | None,
    minutes: float | None,
    seed: int | None,
    name: str | None,
) -> dict[str, Any]:
    """Dotted key of the experiment -> what its option says, ``None`` where the command line does not have it."""
    return {
        "budget.trials": trials,
        "epochs": epochs,
        "resources.max_concurrent": workers,
        "budget.minutes": minutes,
        "seed": seed,
        "name": name,
    }
