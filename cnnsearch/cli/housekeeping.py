"""``cnnsearch rm``, ``pack`` and ``export``: studies put away, and the best model taken out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.listing import BEGUN
from cnnsearch.cli.studies import Output, StudyName, load_study, tell_model
from cnnsearch.cli.terminal.console import out, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.errors import InputError, Problem
from cnnsearch.report.numbers import size
from cnnsearch.study import Study
from cnnsearch.study.folder import packed
from cnnsearch.study.folder.completion import cut_short
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT, find_study
from cnnsearch.study.folder.packed import is_packed
from cnnsearch.study.hold import hold_study, is_beginning, life_of
from cnnsearch.study.store import Store, open_store
from cnnsearch.study.winner.best import CHECKPOINTS
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.kept_models import of_one_fold

__all__ = ["export", "pack", "remove"]


def remove(
    studies: Annotated[list[str], typer.Argument(metavar="STUDY...", help="Study folders, or names of studies.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Delete studies with everything in their folders; asks first."""
    found = {place: _removable(place) for place in (find_study(name, output) for name in studies)}
    for place, (what, store) in found.items():
        out.print(f"{place}: {what}, {size(store.size())}", markup=False, soft_wrap=True)
    if not yes:
        typer.confirm(f"Delete {'this study' if len(found) == 1 else f'these {len(found)} studies'}?", abort=True)
    for _, store in found.values():
        with hold_study(store):
            store.delete("")


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
    if cut := cut_short(found):
        held = find_best(found)
        if held is not None and held.file is not None and held.file.startswith(f"{CHECKPOINTS}/"):
            raise InputError(Problem("STUDY", f"cannot be packed with its best model: {cut}", found.source))
        status.print(f"caution: {cut}", markup=False, soft_wrap=True)
    for stranger in found.store.strangers():
        status.print(f"left out: {stranger}, which is no file of the study", markup=False, soft_wrap=True)
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
    trial: Annotated[
        int | None,
        typer.Option(min=0, metavar="TRIAL", help="Of the front of several objectives; left out, the best one."),
    ] = None,
    compressed: Annotated[
        str | None, typer.Option(metavar="NAME", help="A model that compress made of the best one, as int8.")
    ] = None,
    trust: Trust = False,
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Copy the best model out of a study, or that of a trial of the front.

    Beside it go the names of its classes, and the values of its pictures.
    """
    if compressed is not None and trial is not None:
        raise InputError(Problem("--compressed", "is of the best model: leave --trial out", compressed))
    found = load_study(study, output)

    from cnnsearch.serving.exported import export_best

    for written in export_best(found, file, asking(trust), trial, compressed):
        out.print(str(written), markup=False, soft_wrap=True)
    if trial is None or (found.best is not None and found.best.trial == trial):
        tell_model(found)
        return
    status.print(f"model: trial {trial} in the search")
    if told := of_one_fold(found, trial):
        status.print(f"note: {told}", soft_wrap=True)


def _removable(place: str) -> tuple[str, Store]:
    """What is to be deleted, in words, and where it is kept.

    An experiment.yaml alone is no study: somebody's own folder may hold one.
    """
    if is_packed(place):
        raise InputError(Problem("STUDY", "is one packed file: delete it as any other file", place))
    store = open_store(place)
    what = BEGUN if is_beginning(store) else _content(store)
    _check_at_rest(store)
    return what, store


def _content(store: Store) -> str:
    """Of a study, in words; one that cannot be read can be deleted all the same."""
    missing = [name for name in ("experiment.yaml", "environment.json") if not store.exists(name)]
    if missing:
        rule = f"is not a folder that a sweep made: it has no {missing[0]}; delete it yourself"
        raise InputError(Problem("STUDY", rule, store.location))
    try:
        return f"{sum(Study.load(store).counts.values())} trials"
    except InputError as error:
        return f"a study that cannot be read ({error.problems[0]})"


def _check_at_rest(store: Store) -> None:
    life = life_of(store)
    if life.may_run:
        what = "end that first" if life.state == "running" else "look there, and delete it there"
        raise InputError(Problem("STUDY", f"{life.text}; {what}", store.location))
