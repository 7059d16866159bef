"""``cnnsearch rerun``: train a recorded trial again, and tell whether it comes to the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnsearch.cli.studies import AsJson, Moved, Output, StudyName, load_study
from cnnsearch.cli.terminal.console import out, print_json, status
from cnnsearch.cli.trust import Trust, asking
from cnnsearch.errors import InputError, Problem, first_line, unwritten
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import score
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.winner.best_model import find_best

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cnnsearch.study import Study
    from cnnsearch.sweep.rerun import Rerun

__all__ = ["rerun"]


def rerun(
    study: StudyName,
    trial: Annotated[int, typer.Argument(min=0, metavar="TRIAL", help="Number of a trial that ended.")],
    seed: Annotated[int | None, typer.Option(min=0, help="Train with this seed; left out, the recorded one.")] = None,
    export: Annotated[Path | None, typer.Option("--export", help="Write its model to this .keras file.")] = None,
    data: Moved = None,
    trust: Trust = False,
    output: Output = DEFAULT_OUTPUT,
    as_json: AsJson = False,
) -> None:
    """Train one trial of a study again, in this process, and compare it with its record."""
    found = load_study(study, output)
    if export is not None:
        _check(export)

    from cnnsearch.sweep.rerun import rerun as run_again

    metric, pictures = found.experiment.objective.metric, pictures_of(found, "validation")

    def show(epoch: Any) -> None:
        value, loss = score(epoch.values[metric], pictures), score(epoch.values["loss"], 0)
        status.print(f"epoch {epoch.epoch}: {metric} {value}, loss {loss}", markup=False)

    def save(model: Any) -> None:
        try:
            model.save(export)
        except OSError as error:
            problem = Problem("--export", f"cannot write the model: {error.strerror or error}", str(export))
            raise unwritten(problem, error) from None
        except Exception as error:  # Keras raises whatever the user's get_config makes it raise
            rule = f"Keras cannot write the model: {first_line(error)}"
            problem = Problem("--export", rule, found.experiment.model)
            raise InputError(problem) from error

    told = run_again(found, trial, seed, show, None if export is None else save, data, asking(trust))
    if as_json:
        print_json(told.to_dict())
    else:
        for line in in_words(told, metric, pictures):
            out.print(line, markup=False, soft_wrap=True)
        inputs = "texts" if found.experiment.family.reads_texts else "pictures"
        for note in _of_best(found, told):
            out.print(f"note: {said_of(inputs, note)}", markup=False, soft_wrap=True)
        if export is not None and told.result.state != "FAILED":
            out.print(f"Model: {export}", markup=False, soft_wrap=True)
    if told.result.state == "FAILED" and told.recorded.state != "FAILED":
        raise typer.Exit(1)


def in_words(told: Rerun, metric: str, pictures: int = 0) -> list[str]:
    """What came of it, and how it compares.

    Args:
        told: what came of it.
        metric: name of the objective.
        pictures: of the validation split; 0 where that is not known.
    """
    now, then = told.result, told.recorded
    lines = [f"Recorded: {_ended(then.state, then.value, then.epochs, then.reason, metric, pictures)}"]
    lines += [f"Now:      {_ended(now.state, now.value, len(now.epochs), now.reason, metric, pictures)}"]
    if told.is_equal:
        lines.append("Equal: every number of every epoch is the same.")
    else:
        largest = ", ".join(f"{name} {value:.3g}" for name, value in told.differences.items() if value)
        since = f" from epoch {told.first_difference}" if told.first_difference else ""
        lines.append(f"Different{since}" + (f"; largest difference: {largest}" if largest else ""))
    if told.seed != told.recorded_seed:
        lines.append(f"note: trained with seed {told.seed}, recorded with {told.recorded_seed}")
    return [*lines, *(f"note: {changed}" for changed in told.changed)]


def _of_best(study: Study, told: Rerun) -> Iterator[str]:
    """What ``best/`` has to do with the trial: the model there may be of another seed, or of another trial."""
    best, held = study.best, find_best(study)
    run = study.finals.chosen if study.finals and best is not None and best.run is not None else None
    if best is not None and run is not None and best.trial == told.trial and told.seed != run.seed:
        yield f"best/ holds run {best.run} of this trial as a finalist, with another seed: --seed {run.seed}"
    if best is not None and best.refit is not None and best.trial == told.trial:
        yield (
            "best/ holds an ensemble, whose first member has the config of this trial"
            if best.refit.members
            else "best/ holds the refit of this trial, on training and validation pictures together"
        )
    if held is not None and held.problem is not None and best is not None and best.trial == told.trial:
        yield held.problem


def _ended(state: str, value: float | None, epochs: int, reason: str | None, metric: str, pictures: int) -> str:
    what = ", ".join(text for text in (None if value is None else f"{metric} {score(value, pictures)}", reason) if text)
    return f"{state}, {what}, {epochs} epochs"


def _check(target: Path) -> None:
    if target.suffix != ".keras":
        raise InputError(Problem("--export", "must end in .keras", str(target)))
    if target.exists():
        raise InputError(
            Problem("--export", "is there already, and nothing is overwritten; name another file", str(target))
        )
    if not target.parent.is_dir():
        raise InputError(Problem("--export", "must lie in a folder that is there", str(target)))
