"""``cnnsearch rm``, ``pack`` and ``export``: studies put away, and the best model taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.console import out
from cnnsearch.cli.studies import Output, StudyName, load_study
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.errors import InputError, Problem
from cnnsearch.report.numbers import size
from cnnsearch.study import Study, packed
from cnnsearch.study.folder import DEFAULT_OUTPUT
from cnnsearch.study.hold import driver_of, hold_study

__all__ = ["export", "pack", "remove"]


def remove(
    studies: Annotated[list[str], typer.Argument(metavar="STUDY...", help="Study folders, or names of studies.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Delete studies with everything in their folders; asks first."""
    found = {study.source: study for study in (load_study(name, output) for name in studies)}
    for study in found.values():
        _check_removable(study)
        trials = sum(study.counts.values())
        out.print(f"{study.source}: {trials} trials, {size(study.store.size())}", markup=False, soft_wrap=True)
    if not yes:
        typer.confirm(f"Delete {'this study' if len(found) == 1 else f'these {len(found)} studies'}?", abort=True)
    for study in found.values():
        with hold_study(study.store):
            study.store.delete("")


def pack(
    study: StudyName,
    file: Annotated[
        Path | None, typer.Option("-o", "--file", help="Zip file; left out: NAME.zip in the working directory.")
    ] = None,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Pack a study into one file, which show, report, predict and the other reading commands take as it is."""
    found = load_study(study, output)
    if found.is_packed:
        raise InputError(Problem("STUDY", "is packed already", study))
    written = packed.pack(found.store, file or Path(f"{found.store.name}.zip"))
    out.print(f"{written}: {size(written.stat().st_size)}", markup=False, soft_wrap=True)


def export(
    study: StudyName,
    file: Annotated[
        Path,
        typer.Option(
            "-o", "--file", help="model.keras, model.onnx, model.tflite, or a new folder: TensorFlow's SavedModel."
        ),
    ],
    trust: Trust = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Copy the best model out of a study; beside it the names of its classes, and the values of its pictures."""
    found = load_study(study, output)

    from cnnsearch.training.exported import export_best

    for written in export_best(found, file, asking(trust)):
        out.print(str(written), markup=False, soft_wrap=True)


def _check_removable(study: Study) -> None:
    """An experiment.yaml alone is no study: somebody's own folder may hold one."""
    if study.is_packed:
        raise InputError(Problem("STUDY", "is one packed file: delete it as any other file", study.source))
    if not study.store.exists("environment.json"):
        rule = "is not a folder that a sweep made: it has no environment.json; delete it yourself"
        raise InputError(Problem("STUDY", rule, study.source))
    driver = driver_of(study.store)
    if driver is not None:
        raise InputError(Problem("STUDY", f"its sweep runs: {driver}; end that first", study.source))
