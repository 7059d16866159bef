"""``cnnsearch predict`` and ``evaluate``: the best model on new pictures."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from cnnsearch.cli.studies import AsJson, Moved, Output, StudyName, load_study, tell_model
from cnnsearch.cli.terminal.console import out, plain, print_json, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.errors import InputError, Problem, TrialError, unwritten
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import plural, score
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.tasks.contract.answers import Pictured
from cnnsearch.tasks.contract.metrics import is_function

__all__ = ["evaluate", "predict"]

if TYPE_CHECKING:
    from cnnsearch.report.statistics.intervals import MetricInterval
    from cnnsearch.serving.prediction import Evaluation, Prediction
    from cnnsearch.study import Study
    from cnnsearch.study.folder.trust import Ask


def predict(
    study: StudyName,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Picture files.")],
    output: Output = DEFAULT_OUTPUT,
    top: Annotated[int, typer.Option(min=1, help="Classes to show for each picture.")] = 3,
    masks: Annotated[
        Path | None, typer.Option(help="Of segmentation: a folder for the masks, PNG files of indices of classes.")
    ] = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Label pictures, or text files, with a study's best model; what cannot be read is named; the exit code is 1."""
    found = load_study(study, output)
    targets = {} if masks is None else _targets(masks, images, found)

    from cnnsearch.serving.prediction import Predictor

    told = Predictor(found, asking(trust)).predict_all(images)
    tell_model(found)
    bad = [each for each in told if isinstance(each, Problem)]
    if len(bad) == len(told):
        raise InputError(bad)
    if masks is not None:
        _save(masks, targets, told)
    for problem in bad:
        status.print(f"not labelled: {problem}", markup=False, soft_wrap=True)
    kind = "text" if found.experiment.family.reads_texts else "picture"
    for each in told:
        if not isinstance(each, Problem) and each.doubt:
            status.print(f"{each.path}: {each.doubt}", markup=False, soft_wrap=True)
    if as_json:
        print_json([_entry(each, kind) for each in told])
    else:
        columns = found.answers.columns
        out.print(_table(kind, [each for each in told if not isinstance(each, Problem)], columns, top))
    if bad:
        raise typer.Exit(1)


def _targets(folder: Path, images: Sequence[Path], study: Study) -> dict[str, Path]:
    """Picture -> the file of its mask, called as it is.

    Raises:
        InputError: the study tells no masks, two pictures have one name, or something is there already.
    """
    if study.experiment.predicted.reads != "masks":
        rule = f"is for masks, and task '{study.experiment.task}' tells none"
        raise InputError(Problem("--masks", rule, str(folder)))
    found: dict[str, Path] = {}
    for image in images:
        target = folder / f"{image.stem}.png"
        if target in found.values():
            raise InputError(Problem("--masks", "two of the pictures have one name", target.name))
        if target.exists():
            raise InputError(
                Problem("--masks", "is there already, and nothing is overwritten; name another folder", str(target))
            )
        found[str(image)] = target
    return found


def _save(folder: Path, targets: Mapping[str, Path], told: Sequence[Prediction | Problem]) -> None:
    """Write the masks of the pictures that could be read, each at the size of its picture."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in told:
            if not isinstance(each, Problem) and isinstance(each.answer, Pictured):
                targets[each.path].write_bytes(each.answer.picture(each.size))
    except OSError as error:
        problem = Problem("--masks", f"cannot be written: {error.strerror or error}", str(folder))
        raise unwritten(problem, error) from None


def _entry(told: Prediction | Problem, kind: str) -> dict[str, Any]:
    """Of a picture or text, labelled or not, as JSON."""
    return {kind: told.where, "error": told.rule} if isinstance(told, Problem) else told.to_dict()


def _table(kind: str, predictions: Sequence[Prediction], columns: Sequence[str], top: int) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in (kind, *columns):
        table.add_column(column, overflow="fold")
    for prediction in predictions:
        table.add_row(plain(prediction.path), *map(plain, prediction.answer.cells(top)))
    return table


def evaluate(
    study: StudyName,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="DATA",
            help="Labelled data: class folders or their archive, .npz, .csv, .parquet; texts: .jsonl; boxes: .json.",
        ),
    ] = None,
    output: Output = DEFAULT_OUTPUT,
    test: Annotated[
        bool, typer.Option("--test", help="On the study's own test split; the reading is recorded in the study.")
    ] = False,
    moved: Moved = None,
    trust: Trust = False,
    as_json: AsJson = False,
) -> None:
    """Metrics of a study's best model on new labelled data, or on its own test split.

    The finalists' step of a sweep reads the test split once. Whoever reads it again and chooses by it has turned it
    into a second validation split: each reading is recorded, and the report says so.
    """
    if (data is None) is not test:
        raise InputError(Problem("DATA", "needs labelled data, or --test for the study's own test split", data))
    if moved is not None and not test:
        raise InputError(Problem("--data", "is where the study's own data lies, for --test", str(moved)))
    found = load_study(study, output)

    from cnnsearch.serving.prediction import Predictor

    unfinished: list[str] = []
    ask = asking(trust)
    result = Predictor(found, ask).evaluate(data) if data is not None else _read_test(found, moved, unfinished, ask)
    tell_model(found)
    _show(result, found, as_json)
    if unfinished:
        raise typer.Exit(1)


def _show(result: Evaluation, found: Study, as_json: bool) -> None:
    said = functools.partial(said_of, _inputs(found))
    intervals = tuple(replace(one, why=one.why and said(one.why)) for one in _intervals(result, found))
    if as_json:
        held = find_best(found)
        model = {"model": held.to_dict()} if held is not None else {}
        print_json({**model, **result.to_dict(), "metrics": {one.name: one.to_dict() for one in intervals}})
        return
    for problem in result.unreadable:
        status.print(f"skipped: {problem}", markup=False, soft_wrap=True)
    told = found.answers.told(result.predictions)
    for line in told.lines:
        out.print(said(line), markup=False)
    table = Table(*map(said, told.columns), box=None, pad_edge=False)
    for row in told.rows:
        table.add_row(*map(plain, row))
    out.print(table)
    out.print(_table_of_metrics(intervals, result.count))
    if result.groups:
        pictures = f"{result.count:,} pictures in {plural(result.groups, 'group')}"
        out.print(said(f"Intervals are by groups: {pictures}, and those of one are alike."), markup=False)


def _inputs(study: Study) -> str:
    """What a study's words are of; of texts those of pictures stay where something has a name that would change."""
    from cnnsearch.report.of_texts import are_of_texts

    return "texts" if are_of_texts(study) else "pictures"


def _intervals(result: Evaluation, study: Study) -> tuple[MetricInterval, ...]:
    """Of every metric. What each picture contributes to a function of the user's own takes it some hundred calls."""
    from cnnsearch.report.statistics.intervals import metric_intervals, metrics_of

    metrics, items = metrics_of(study), {}
    for name in filter(is_function, metrics):
        with contextlib.suppress(TrialError):  # without some of the pictures the function may fail
            items[name] = result.predictions.per_item(name)
    known = {name: value for name, value in result.scores.items() if value is not None}
    found = metric_intervals(result.predictions, metrics.values(), known, items, result.group_of)
    return found


def _table_of_metrics(intervals: Sequence[MetricInterval], pictures: int) -> Table:
    table = Table("metric", "value", "95% interval", box=None, pad_edge=False)
    for one in intervals:
        value = "-" if one.value is None else score(one.value, pictures)
        ends = one.why or "" if one.low is None else f"{score(one.low, pictures)} to {score(one.high, pictures)}"
        table.add_row(*map(plain, (one.name, value, ends)))
    return table


def _read_test(study: Study, data: Path | None, unfinished: list[str], ask: Ask) -> Evaluation:
    """Once the reading is recorded nothing may cost it: a report that cannot be written is added to ``unfinished``."""
    study.store.check_writable()  # before the data is read

    from cnnsearch.serving.held_out import read_test
    from cnnsearch.study.folder.completion import is_completed
    from cnnsearch.sweep.data import load_data, placed
    from cnnsearch.sweep.ending import report_again

    was_completed = is_completed(study)
    result = read_test(study, *load_data(placed(study.experiment, data)), by="cnnsearch evaluate --test", ask=ask)
    report_again(study, was_completed, unfinished)
    return result
