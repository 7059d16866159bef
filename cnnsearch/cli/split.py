"""``cnnsearch split``: the splits of a study as arrays in one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.studies import Moved, Output, StudyName, load_study
from cnnsearch.cli.terminal.console import out
from cnnsearch.report.numbers import size
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT

__all__ = ["split"]


def split(
    study: StudyName,
    file: Annotated[Path, typer.Option("-o", "--file", help="The file, .npz.")] = Path("split.npz"),
    trial: Annotated[
        int | None, typer.Option(min=0, metavar="TRIAL", help="Whose size the pictures have; left out, the best one's.")
    ] = None,
    fold: Annotated[int, typer.Option(min=0, help="Of a study with folds: which one is the validation split.")] = 0,
    data: Moved = None,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Write the pictures and targets of a study's splits into one file, which its trials as code read."""
    found = load_study(study, output)

    from cnnsearch.sweep.split_file import split as write_split

    written = write_split(found, file, trial=trial, fold=fold, dataset=data)
    out.print(f"{written}: {size(written.stat().st_size)}", markup=False, soft_wrap=True)
