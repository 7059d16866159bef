"""``cnnsearch export`` and ``check``: the best model taken out of a study, and whether what was taken out works."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnsearch.cli.studies import AsJson, Output, StudyName, load_study, tell_model
from cnnsearch.cli.terminal.console import out, print_json, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.errors import InputError, Problem
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT
from cnnsearch.study.winner.kept_models import of_one_fold

if TYPE_CHECKING:
    from cnnsearch.serving.checked import Check

__all__ = ["check", "export"]


def export(
    study: StudyName,
    file: Annotated[
        Path,
        typer.Option(
            "-o", "--file", help="model.keras, model.onnx, model.tflite, or a new folder: TensorFlow's SavedModel."
        ),
    ],
    trial: Annotated[
        int | None,
        typer.Option(min=0, metavar="TRIAL", help="Of the front of several objectives; left out, the best one."),
    ] = None,
    compressed: Annotated[
        str | None, typer.Option(metavar="NAME", help="A model that compress made of the best one, as int8.")
    ] = None,
    check_it: Annotated[
        bool, typer.Option("--check", help="Run what was written by its own runtime alone, as the command check does.")
    ] = False,
    trust: Trust = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Copy the best model out of a study, or that of a trial of the front.

    Beside it go the names of its classes, the values of its pictures, and its contract: what it takes and tells, with a
    sample of both, which has up to 16 pictures or texts of the study.
    """
    if compressed is not None and trial is not None:
        raise InputError(Problem("--compressed", "is of the best model: leave --trial out", compressed))
    found = load_study(study, output)

    from cnnsearch.serving.checked import check_file, runtime_problem
    from cnnsearch.serving.exported import FORMATS, export_best

    if check_it and file.suffix in FORMATS and (problem := runtime_problem(file.suffix)):
        raise InputError(Problem("--check", problem))
    for written in export_best(found, file, asking(trust), trial, compressed):
        out.print(str(written), markup=False, soft_wrap=True)
    _tell(found, trial)
    if check_it:
        _say(file, check_file(file))


def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="What export wrote: .keras, .onnx, .tflite, or a folder.")
    ],
    as_json: AsJson = False,
) -> None:
    """Run an exported model by its own runtime alone, and compare with what was recorded when it was exported.

    Its contract and sample must lie beside it. The exit code is 1 where an answer differs.
    """
    from cnnsearch.serving.checked import check_file

    found = check_file(file)
    if as_json:
        print_json(found.to_dict())
    _say(file, found, quiet=as_json)


def _tell(study: Study, trial: int | None) -> None:
    """Whose model it is."""
    if trial is None or (study.best is not None and study.best.trial == trial):
        tell_model(study)
        return
    status.print(f"model: trial {trial} in the search")
    if told := of_one_fold(study, trial):
        status.print(f"note: {told}", soft_wrap=True)


def _say(file: Path, found: Check, quiet: bool = False) -> None:
    if not quiet:
        out.print(f"{file}: {found.in_words()}", markup=False, highlight=False, soft_wrap=True)
    if found.changed:
        status.print("note: the file is not the one that was exported: its digest is another", soft_wrap=True)
    if found.differ:
        raise typer.Exit(1)
