"""What a sweep came to, as ``run`` and ``resume`` tell it, and the exit code that says so."""

from __future__ import annotations

import typer

from cnnsearch.cli.studies import print_headline, print_next, print_verdict
from cnnsearch.cli.terminal.console import out, status
from cnnsearch.escaping import shell_line
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import duration, setting
from cnnsearch.study import Study
from cnnsearch.study.endings import budget_seconds, minutes_are_over
from cnnsearch.study.guidance import guidance_in_words
from cnnsearch.study.lineage import lineage_in_words
from cnnsearch.study.outer import judged_in_words
from cnnsearch.study.progress.so_far import so_far_in_words
from cnnsearch.study.progress.startup import startup_in_words
from cnnsearch.study.refused import refused_in_words
from cnnsearch.study.reporter import REPORT
from cnnsearch.study.vocabulary import vocabulary_in_words
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.sweep.signals import was_asked

__all__ = ["leave", "resume_command", "tell"]


def leave(study: Study) -> None:
    """End the command with another exit code than 0.

    Where somebody ended the sweep, no trial ended with a value, or something after it failed, which has been logged.
    """
    if was_asked() and not (study.interrupted or study.in_flight or study.unfinished):
        status.print("the signal came when all trials had ended: nothing was cut short")
    if study.interrupted:
        raise typer.Exit(130)
    if study.best is None or study.unfinished:
        raise typer.Exit(1)


def tell(study: Study) -> None:
    """Print what a sweep came to."""
    from cnnsearch.report.statistics.grid import grid_info

    counts = ", ".join(f"{count} {state.lower()}" for state, count in study.counts.items() if count)
    is_cut = bool(study.in_flight) or (not study.records and minutes_are_over(study))
    what = "Interrupted" if study.interrupted else "The minutes are over" if is_cut else "Done"
    out.print(f"{what}: {counts or 'no trials'}, {duration(budget_seconds(study))}")
    if study.ended_by is not None:
        out.print(f"The search was ended by {study.ended_by}", markup=False, soft_wrap=True)
    for text in guidance_in_words(study):
        out.print(f"Guidance: {text}", markup=False, soft_wrap=True, highlight=False)
    for text in (so_far_in_words(study), judged_in_words(study)):
        if text:
            out.print(text, markup=False, soft_wrap=True)
    grid = grid_info(study)
    if grid is not None:
        out.print(f"Grid: {grid.text}", soft_wrap=True)
    best = study.best
    if best is not None:
        print_headline(study)
        if unknown := vocabulary_in_words(study):
            out.print(f"  {unknown}", highlight=False, soft_wrap=True)
        if best.reason is not None:
            out.print(f"  {best.reason}", markup=False, soft_wrap=True)
        config = ", ".join(f"{key}={setting(value)}" for key, value in best.config.items())
        out.print(f"  {config}", markup=False, soft_wrap=True)
        if went := lineage_in_words(study, best.trial):
            words = (
                f"It took over weights and optimizer of others ({went}), and has had this config since the last time"
            )
            out.print(f"  {words}", markup=False, soft_wrap=True)
    for trial, broken in study.broken_limits.items():
        status.print(f"note: trial {trial} is no candidate, as it breaks {' and '.join(broken)}", soft_wrap=True)
    if study.refused:
        status.print(f"note: {refused_in_words(study)}", soft_wrap=True)
    held = find_best(study)
    if held is not None and held.problem is not None:
        status.print(f"caution: {held.problem}", markup=False, soft_wrap=True)
    for note, trials in study.notes.items():
        status.print(f"note: {note} ({len(trials)} of {len(study.records)} trials)", markup=False, soft_wrap=True)
    if study.startup:
        status.print(f"note: {startup_in_words(study.startup)}", soft_wrap=True)
    _tell_verdict(study)
    _tell_compressed(study)
    out.print(f"{'Study:':<9}{study.source}", soft_wrap=True, markup=False)
    if study.store.exists(REPORT):
        out.print(f"{'Report:':<9}{study.report_path}", soft_wrap=True, markup=False)
    late = study.experiment.budget.minutes is not None and not study.interrupted
    if study.interrupted or (is_cut and not (late and study.experiment.is_nested)):
        out.print(f"To go on: {resume_command(study)}{' --minutes N' if late else ''}", soft_wrap=True, markup=False)
    elif best is not None:
        print_next(study)


def _tell_verdict(study: Study) -> None:
    """Whatever is wrong with it, the study is there, and the lines below it say where."""
    from cnnsearch.sweep.ending import spared

    if study.best is not None:
        with spared(study.unfinished, "the verdict could not be told"):
            print_verdict(study)


def _tell_compressed(study: Study) -> None:
    """What each way of making the best model smaller came to; ``show`` has the whole table."""
    from cnnsearch.report.views.compressed.info import compressed_info
    from cnnsearch.sweep.ending import spared

    with spared(study.unfinished, "what was compressed could not be told"):
        info = compressed_info(study)
        for sentence in (*info.sentences, *info.failures):
            out.print(f"{'Smaller:':<9}{sentence}", markup=False, highlight=False, soft_wrap=True)
        inputs = "texts" if study.experiment.family.reads_texts else "pictures"
        for caution in info.cautions:
            out.print(f"{'':<9}{said_of(inputs, caution)}", markup=False, highlight=False, soft_wrap=True)


def resume_command(study: Study) -> str:
    """What to type to go on with a study, from anywhere."""
    return shell_line(["cnnsearch", "resume", study.store.location])
