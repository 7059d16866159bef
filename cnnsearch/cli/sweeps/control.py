"""``cnnsearch queue``, ``stop-trial``, ``stop`` and ``extend``: ask a sweep for something while it runs."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from cnnsearch.cli.studies import Output, StudyName
from cnnsearch.cli.terminal.console import out
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.files.bounded_yaml import read_yaml
from cnnsearch.experiment.files.file import line_of, reading_error
from cnnsearch.study.control import asking
from cnnsearch.study.control.asking import Answer, WrittenConfig
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT, find_study
from cnnsearch.sweep.signals import say

__all__ = ["extend", "queue", "stop", "stop_trial"]

_LEFT = "not waited for its answer: what was asked stays in the study"


def queue(
    study: StudyName,
    files: Annotated[
        list[Path],
        typer.Argument(metavar="CONFIG.yaml...", help="Parameter: value of a config, or a list of several."),
    ],
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Let a sweep run these configs next, before what its sampler proposes.

    They count as trials of the budget. Where no sweep runs, they are kept until the study is resumed.
    """
    configs = [config for file in files for config in _configs(file)]
    say(_LEFT)
    _tell(asking.queue_written(find_study(study, output), configs))


def stop_trial(
    study: StudyName,
    trial: Annotated[int, typer.Argument(metavar="TRIAL", min=0, help="Number of the trial.")],
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Stop one trial of a running sweep, at its next report: after the epoch that it trains now."""
    say(_LEFT)
    _tell([asking.stop_trial(find_study(study, output), trial)])


def stop(study: StudyName, output: Output = DEFAULT_OUTPUT) -> None:
    """End a running sweep from elsewhere, as one Ctrl-C does: its report is written, and it can be resumed."""
    say(_LEFT)
    _tell([asking.stop(find_study(study, output))])


def extend(
    study: StudyName,
    trials: Annotated[int, typer.Option(min=1, help="Trials of the whole study; over budget.trials.")],
    output: Output = DEFAULT_OUTPUT,
) -> None:
    """Let the budget of a running sweep have more trials. One that has ended: cnnsearch resume STUDY --trials N."""
    say(_LEFT)
    _tell([asking.extend(find_study(study, output), trials)])


def _configs(file: Path) -> list[WrittenConfig]:
    """The configs of a file."""
    try:
        parsed = read_yaml(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Problem("", f"cannot read the config: {reading_error(error)}"), str(file)) from None
    except InputError as error:
        raise InputError(error.problems, str(file)) from None
    if not isinstance(parsed.value, list):
        return [WrittenConfig(parsed.value, str(file), functools.partial(_where, file, parsed.lines))]
    return [
        WrittenConfig(
            config,
            f"{file}: {_line_of(str(place), parsed.lines)}config {place + 1}",
            functools.partial(_where, file, parsed.lines, place=place),
        )
        for place, config in enumerate(parsed.value)
    ]


def _where(file: Path, lines: Mapping[str, int], key: str, place: int | None = None) -> str:
    """As ``a.yaml: line 3: config 2: filters``; without a number where the file is one config."""
    path = key if place is None else f"{place}.{key}"
    config = "" if place is None else f"config {place + 1}"
    return f"{file}: {_line_of(path, lines)}{': '.join(filter(None, [config, key]))}".removesuffix(": ")


def _line_of(path: str, lines: Mapping[str, int]) -> str:
    line = line_of(path, lines)
    return f"line {line}: " if line else ""


def _tell(answers: Iterable[Answer]) -> None:
    states = set()
    for answer in answers:
        out.print(answer.text, markup=False, highlight=False, soft_wrap=True)
        states.add(answer.state)
    if states & {"open", "late"}:
        raise typer.Exit(1)
