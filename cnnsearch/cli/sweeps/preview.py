"""``cnnsearch preview``: what trials will see of the pictures, before any is started."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cnnsearch.cli.cache import CacheFolder
from cnnsearch.cli.data import tell_remarks
from cnnsearch.cli.sweeps.options import Seed, Set
from cnnsearch.cli.sweeps.overrides import naming, read_experiment
from cnnsearch.cli.terminal.console import out, status
from cnnsearch.previews import DEFAULT_FILE
from cnnsearch.previews import preview as write_preview

__all__ = ["preview"]


def preview(
    file: Annotated[Path, typer.Argument(help="Experiment file (YAML).", metavar="FILE")],
    to: Annotated[Path, typer.Option("-o", "--file", help="The page.")] = Path(DEFAULT_FILE),
    seed: Seed = None,
    set_: Set = None,
    cache: CacheFolder = None,
) -> None:
    """Write a page with training pictures as FILE has them read, and as its augmentation changes them.

    No trial is started.
    """
    os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # for a few pictures: a GPU may be busy with a sweep
    experiment = read_experiment(file, set_, {"seed": seed, "resources.cache": cache})

    def tell(described: Mapping[str, Any]) -> None:
        tell_remarks(described, experiment.dataset.test, status)

    with naming(file):
        page = write_preview(experiment, to, tell)
    out.print(str(page), markup=False, soft_wrap=True)
