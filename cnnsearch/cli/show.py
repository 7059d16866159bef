"""``cnnsearch show``: one study in the terminal, or as JSON."""

from __future__ import annotations

import statistics
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from cnnsearch.cli.data import data_as_json, tell_counts, tell_remarks
from cnnsearch.cli.models.compressed import compressed_as_json, print_compressed
from cnnsearch.cli.search import tell_search
from cnnsearch.cli.studies import (
    AsJson,
    Output,
    StudyName,
    load_study,
    print_headline,
    print_next,
    print_verdict,
    unanswered,
)
from cnnsearch.cli.terminal.console import out, plain, print_json, print_text, status
from cnnsearch.experiment.costs import cost_in_units
from cnnsearch.experiment.start import StartConfig
from cnnsearch.numbers import duration, score, setting, significant
from cnnsearch.report.views.timeline.info import TimelineInfo, timeline_info
from cnnsearch.study import Study
from cnnsearch.study.endings import budget_seconds, cut_off_in_words, not_stopped_in_words
from cnnsearch.study.folder.completion import cut_short
from cnnsearch.study.folder.folder import DEFAULT_OUTPUT
from cnnsearch.study.guidance import guidance_in_words
from cnnsearch.study.hold import life_of
from cnnsearch.study.outer import judged_in_words
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.adjustment import adjustment_in_words, lasting_in_words
from cnnsearch.study.progress.shortening import shortened_in_words
from cnnsearch.study.progress.so_far import so_far_in_words
from cnnsearch.study.record.lines import TrialLine
from cnnsearch.study.refused import refused_in_words
from cnnsearch.study.vocabulary import vocabulary_in_words
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.compressed import not_compressed_of

__all__ = ["show"]

_MOST_WORKERS = 16


def show(
    study: StudyName,
    output: Output = DEFAULT_OUTPUT,
    top: Annotated[int, typer.Option(min=1, help="Trials to show, best first.")] = 10,
    as_json: AsJson = False,
    code: Annotated[
        int | None, typer.Option(min=0, metavar="TRIAL", help="Print the plain Keras script of this trial instead.")
    ] = None,
) -> None:
    """Show a study: its winner and what that came to, and its trials, the best of the search first."""
    found = load_study(study, output)
    if code is not None:
        print_text(found.code(code))
        return
    workers = timeline_info(found)
    if as_json:
        print_json(_as_json(found, workers))
        return
    _print_head(found)
    _print_trials(found, top)
    print_compressed(found)
    _print_search(found, workers)
    _print_remarkable(found)
    if not life_of(found.store).may_run:
        print_next(found)


def _as_json(found: Study, workers: TimelineInfo) -> dict[str, Any]:
    told = {**found.summary(every_trial=True), "cut_short": cut_short(found), "origins": found.origins}
    data = data_as_json(found.environment.get("dataset", {}))
    return {
        **told,
        **_utilisation(workers),
        "data": data,
        "compressed": compressed_as_json(found),
        "not_compressed": not_compressed_of(found),
        **life_of(found.store).to_dict(),
    }


def _print_head(found: Study) -> None:
    """What it is, whether it runs, its winner, and what must be said of that."""
    counts = ", ".join(f"{count} {state.lower()}" for state, count in found.counts.items() if count)
    out.print(plain(found.name), style="bold")
    out.print(
        f"{counts or 'no trials'}; {duration(budget_seconds(found))}; {found.source}", markup=False, soft_wrap=True
    )
    life = life_of(found.store)
    if life.text:
        out.print(life.text, markup=False, soft_wrap=True)
    if found.ended_by is not None:
        out.print(f"the search was ended by {found.ended_by}", markup=False, soft_wrap=True)
    for text in (so_far_in_words(found), judged_in_words(found)):
        if text:
            out.print(text, markup=False, soft_wrap=True)
    print_headline(found)
    if unknown := vocabulary_in_words(found):
        out.print(unknown, highlight=False, soft_wrap=True)
    if found.best is not None:
        print_verdict(found)
    held = find_best(found)
    if held is not None and held.problem is not None:
        status.print(f"caution: {held.problem}", markup=False, soft_wrap=True)
    if cut := cut_short(found):
        status.print(f"caution: {cut}", markup=False, soft_wrap=True)


def _print_trials(found: Study, top: int) -> None:
    """The best trials of the search, and what their table leaves unsaid."""
    metric, means = found.experiment.objective.metric, _means(found)
    pictures = pictures_of(found, "validation")
    table = Table("trial", "state", box=None, pad_edge=False)
    table.add_column("search" if means else metric, no_wrap=True)
    beside = found.experiment.objective.beside
    for column in (*(["fresh seeds"] if means else []), *beside, "epochs"):
        table.add_column(column, no_wrap=column == "fresh seeds")
    table.add_column("config", overflow="fold")
    ranked = {record.trial for record in found.ranked}
    others = [record for record in found.records if record.trial not in ranked]
    for record in [*found.ranked, *others][:top]:
        trial, state, value, *rest = _cells(record, found.experiment.space.searched, pictures)
        mean = [means.get(record.trial, "-")] if means else []
        costs = [cost_in_units(name, record.cost) for name in beside]
        table.add_row(
            trial, state, value, *mean, *("-" if cost is None else significant(cost) for cost in costs), *rest
        )
    out.print(table)
    evaluation, repeats = found.experiment.cross_validation, found.experiment.repeats
    if evaluation is not None or repeats > 1:
        over = str(evaluation) if evaluation is not None else f"{repeats} seeds"
        out.print(f"values are means over {over} of each trial, ± their standard deviation", soft_wrap=True)


def _print_search(found: Study, workers: TimelineInfo) -> None:
    """Its data, sampler and scheduler, its workers, and what was asked of it."""
    described = found.environment.get("dataset", {})
    tell_counts(described, out)
    tell_remarks(described, found.experiment.dataset.test, out)
    tell_search(found.experiment, out)
    _print_workers(workers)
    adjusted, shortened = adjustment_in_words(found.environment), shortened_in_words(found.environment)
    lasting = lasting_in_words(found.environment, found.name)
    told = [text for text in (adjusted and f"budget.minutes: {adjusted}", lasting, shortened) if text]
    for text in [*told, *guidance_in_words(found), *_begun_with(found), *found.asked, *unanswered(found)]:
        out.print(text, markup=False, highlight=False, soft_wrap=True)


def _print_remarkable(found: Study) -> None:
    """Trials that ended otherwise than by their epochs, or that are no candidates."""
    for record in found.records:
        if record.end_reason == "user":
            out.print(f"trial {record.trial} was stopped by the user after {record.epochs} epochs")
        if cut := cut_off_in_words(found, record):
            out.print(f"trial {record.trial} ended {cut}", soft_wrap=True)
        if went_on := not_stopped_in_words(record):
            out.print(f"trial {record.trial} was {went_on}", soft_wrap=True)
        if record.reason:
            what = "failed" if record.state == "FAILED" else "ended early"
            out.print(f"trial {record.trial} {what}: {record.reason}", markup=False, soft_wrap=True)
    if found.refused:
        out.print(refused_in_words(found), markup=False, soft_wrap=True)
    for number, broken in found.broken_limits.items():
        rule = f"trial {number} is no candidate, as its model breaks {' and '.join(broken)}"
        out.print(rule, markup=False, soft_wrap=True)


def _means(study: Study) -> dict[int, str]:
    """Of each finalist its mean over fresh seeds, and which of them won."""
    if study.finals is None:
        return {}
    decided = study.finals.decided
    return {
        one.trial: ("-" if one.mean is None else score(one.mean, pictures_of(study, "validation")))
        + (" (winner)" if one.trial == decided.winner else "")
        for one in decided.standings
    }


def _begun_with(study: Study) -> list[str]:
    """The trials that ran before anything was proposed, and how they differ from what they come from."""
    changed = {start.origin: start.changed for start in study.experiment.start if isinstance(start, StartConfig)}
    return [
        f"trial {trial} began the search: {origin}" + (f" ({'; '.join(changed[origin])})" if changed[origin] else "")
        for trial, origin in study.origins.items()
        if origin in changed
    ]


def _cells(record: TrialLine, searched: tuple[str, ...], pictures: int) -> list[str | Text]:
    value = "-" if record.value is None else f"{score(record.value, pictures)}{_spread(record)}"
    config = {name: value for name, value in record.config.items() if name in searched}
    described = ", ".join(f"{name}={setting(value)}" for name, value in config.items())
    return [
        str(record.trial),
        record.state,
        value,
        str(record.epochs),
        plain(described),
    ]


def _spread(record: TrialLine) -> str:
    """Of the values on several seeds, or folds, by whose mean the trial is judged."""
    known = [value for value in record.runs or record.folds if value is not None]
    return f" ± {significant(statistics.stdev(known), 2)}" if len(known) > 1 else ""


def _utilisation(found: TimelineInfo) -> dict[str, Any]:
    """Of each worker, and of all, the share of the time from the first proposal to the last end that went into trials.

    A process that replaced another counts as a worker of its own, and idle while it was not there.
    """
    workers = [
        {
            "node": worker.node,
            "pid": worker.pid,
            "trials": len({span.trial for span in worker.spans}),
            "busy_seconds": worker.busy_seconds,
            "startup_seconds": worker.startup_seconds,
            "idle_seconds": worker.idle_seconds,
        }
        for worker in found.workers
    ]
    return {"workers": workers, "utilisation": found.busy}


def _print_workers(found: TimelineInfo) -> None:
    for worker in found.workers[:_MOST_WORKERS]:
        trials = len({span.trial for span in worker.spans})
        share = worker.busy_seconds / found.seconds if found.seconds else 0.0
        start = f", {worker.startup_seconds:.1f} s to start" if worker.startup_seconds else ""
        line = f"worker {worker.node}/{worker.pid}: {trials} trials, busy {share:.0%} of the time{start}"
        out.print(line, markup=False, soft_wrap=True)
    if len(found.workers) > _MOST_WORKERS:
        out.print(f"and {len(found.workers) - _MOST_WORKERS} more workers, all together busy {found.busy or 0:.0%}")
