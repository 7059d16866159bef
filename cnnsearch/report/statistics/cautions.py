"""What the reader of a study must know before trusting its verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from cnnsearch.data.remarks import Remark, about_files, about_findings, about_reading, about_test
from cnnsearch.experiment.extent import size_of_search
from cnnsearch.inputs.words import said_of
from cnnsearch.report.numbers import compact, score
from cnnsearch.report.statistics.clusters import BY_GROUPS, clusters_of
from cnnsearch.report.statistics.edges import Edge, edges
from cnnsearch.report.statistics.grid import grid_info
from cnnsearch.report.task import doubts, is_share
from cnnsearch.study.endings import cut_off, minutes_are_over
from cnnsearch.study.folder.completion import cut_short
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.adjustment import adjustment_in_words, lasting_in_words
from cnnsearch.study.progress.shortening import shortened_in_words
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.winner.best import MODEL
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.report.statistics.finalists import FinalistsInfo
    from cnnsearch.study import Study

__all__ = ["FEW_TRIALS", "Caution", "cautions", "is_few"]

FEW_TRIALS = 20
"""So many random trials meet the best twentieth of all configs in 64 of 100 searches (Bergstra and Bengio 2012)."""


_ERRORS = 1.96
"""Standard errors within which 95% of what chance does lies."""


@dataclass(frozen=True)
class Caution:
    """Something that the reader must know before trusting the verdict.

    Attributes:
        text: a sentence or two.
        details: the particulars, one a line.
        kind: ``grave`` without which the verdict cannot be read, said in red; ``note``: what is as it was asked for, as
            what the end of a budget leaves undone; else a ``caution``.
    """

    text: str
    details: tuple[str, ...] = ()
    kind: Literal["grave", "caution", "note"] = "caution"


def cautions(study: Study, finalists: FinalistsInfo) -> tuple[Caution, ...]:
    """All that there are, the gravest first, and the notes last."""
    inputs = "texts" if study.experiment.family.reads_texts else "pictures"
    found = tuple(replace(one, text=said_of(inputs, one.text)) for one in _all(study, finalists))
    return tuple(one for kind in ("grave", "caution", "note") for one in found if one.kind == kind)


def _all(study: Study, finalists: FinalistsInfo) -> Iterator[Caution]:
    return (
        caution
        for found in (
            _no_test(study),
            _lower_on_test(study),
            _unfinished(study),
            _cut_off(study),
            _findings_of_data(study),
            _best_model(study),
            _cut_short(study),
            _repeats(study),
            _folds(study),
            _takeovers(study),
            _test_reads(study),
            _adjusted(study),
            _shortened(study),
            _finalists(study, finalists),
            _edges(study),
            _grid(study),
            _few(study),
            _groups(study),
            _targets(study),
            _failures(study),
            _limits(study),
            _diverged(study),
            _notes(study),
            _files(study),
        )
        for caution in found
    )


def _unfinished(study: Study) -> Iterator[Caution]:
    if study.best is not None and study.ranked[0].state == "STOPPED":
        line = next(record for record in study.records if record.trial == study.best.trial)
        whom = "the user" if line.end_reason == "user" else "the scheduler"
        none = "No trial completed" if not study.counts["COMPLETED"] else "No trial that completed is a candidate"
        yield Caution(f"{none}: the best trial was stopped early by {whom}.")
    number = study.counts["INTERRUPTED"]
    if number:
        if minutes_are_over(study):
            yield Caution(f"The minutes were over before {number} trial{_s(number)} had ended.", kind="note")
        else:
            yield Caution(
                f"{number} trial{_s(number)} had not ended: interrupted, or still running when this was written."
            )


def _cut_off(study: Study) -> Iterator[Caution]:
    """Trials that completed only because the minutes were over."""
    found = cut_off(study)
    if found:
        number, best = len(found), study.best
        which = ", the best one too" if best is not None and best.trial in {line.trial for line in found} else ""
        count = "counts with the epochs that it had" if number == 1 else "count with the epochs that they had"
        yield Caution(
            f"{number} trial{_s(number)} ended as the minutes were over{which}, and {count}: more might have come of "
            f"{'it' if number == 1 else 'them'}.",
            tuple(f"trial {line.trial}: {line.epochs} of {study.experiment.epochs} epochs" for line in found),
            kind="caution" if which else "note",
        )


def _takeovers(study: Study) -> Iterator[Caution]:
    """Of population based training."""
    number, all_trials = len(study.takeovers), len(study.proposals)
    if not number:
        return
    ran = "a trial" if number == 1 else f"{number} trials"
    since = "Config and value of such a trial are those since the last time"
    anew = "training that config from the beginning would give another model"
    yield Caution(f"Of {all_trials} trials {ran} went on with weights of others. {since}; {anew}.")


def _best_model(study: Study) -> Iterator[Caution]:
    """A study without ``best/``, as a copy of the record alone, has no model that could be taken for another one."""
    held = find_best(study)
    if held is not None and held.problem is not None and (held.file or study.store.exists(MODEL)):
        yield Caution(f"The model in best/ is not to be relied on: {held.problem}.")


def _cut_short(study: Study) -> Iterator[Caution]:
    if cut := cut_short(study, but_report=True):
        yield Caution(f"{cut[0].upper()}{cut[1:]}.")


def _repeats(study: Study) -> Iterator[Caution]:
    if study.experiment.repeats > 1:
        yield Caution(
            f"Values of the search are means over {study.experiment.repeats} seeds of each trial. Predictions, other "
            "metrics and the model are those of the run with the median value: intervals over pictures are of that run."
        )


def _folds(study: Study) -> Iterator[Caution]:
    evaluation = study.experiment.cross_validation
    if evaluation is not None:
        yield Caution(
            f"Values of the search are means over {evaluation} of each trial. Predictions are of all these pictures, "
            "each by the training that did not see it; intervals over pictures are of these. The trainings share most "
            "of their pictures: how much a value would vary from one data set to another the folds cannot say, as no "
            "estimate of it is without bias (Bengio and Grandvalet 2004)."
        )


def _test_reads(study: Study) -> Iterator[Caution]:
    reads = study.test_reads
    if len(reads) > 1:
        yield Caution(
            f"The test split was read {len(reads)} times: whoever chose between models by what it gave has turned it "
            "into a second validation split, and its values are then too good.",
            tuple(f"trial {line.trial}, by {line.by}" for line in reads),
        )
    failed = study.failed_test_read
    if failed is not None:
        yield Caution(f"The test split could not be evaluated: {failed.reason}. cnnsearch resume does it again.")


def _adjusted(study: Study) -> Iterator[Caution]:
    if told := adjustment_in_words(study.environment):
        lasting = lasting_in_words(study.environment, study.name)
        yield Caution(f"Trials were made to fit the minutes: {told}.{f' {lasting}.' if lasting else ''}")


def _shortened(study: Study) -> Iterator[Caution]:
    if told := shortened_in_words(study.environment):
        yield Caution(f"There was too little time for all that was to follow the search: {told}.", kind="note")


def _finalists(study: Study, finalists: FinalistsInfo) -> Iterator[Caution]:
    if finalists.remaining:
        number = finalists.remaining
        but = "so no winner is named from them" if finalists.winner is None else "the winner is the one named before"
        yield Caution(
            f"{number} run{_s(number)} of the finalists had not ended, {but}.",
            kind="note" if minutes_are_over(study) else "caution",
        )
    for row in finalists.rows:
        if row.failed:
            yield Caution(f"{row.failed} of the {finalists.seeds} runs of finalist {row.trial} failed.")


def _edges(study: Study) -> Iterator[Caution]:
    found = [edge for edge in edges(study) if edge.winner]
    if found:
        yield Caution(
            "The best value lies at the edge of its range: better ones may lie beyond.",
            tuple(_edge(edge) for edge in found),
        )


def _edge(edge: Edge) -> str:
    return (
        f"{edge.parameter} {compact(edge.value or 0.0)}, {edge.side} end {compact(edge.bound)}; "
        f"{edge.top} of the best {edge.top_all} trials lie there"
    )


def _grid(study: Study) -> Iterator[Caution]:
    """Whoever asks for a grid asks for all of it."""
    grid = grid_info(study)
    if grid is not None and grid.why:
        yield Caution(f"{grid.text} The best config may be among the others.")


def is_few(study: Study) -> bool:
    """Whether its trials with a value are too few to have met a good config, and its space has more."""
    number, size = len(study.ranked), size_of_search(study.experiment)
    return 0 < number < min(FEW_TRIALS, size if size is not None else FEW_TRIALS)


def _few(study: Study) -> Iterator[Caution]:
    number = len(study.ranked)
    if is_few(study):
        chance = 1 - 0.95**number
        yield Caution(
            f"{number} trial{_s(number)} with a value {'are' if number > 1 else 'is'} few: "
            f"{'of so many drawn at random one' if number > 1 else 'one drawn at random'} is among the best 5% of all "
            f"configs with a chance of only {100 * chance:.0f}%."
        )


def _targets(study: Study) -> Iterator[Caution]:
    return (Caution(doubt.text, kind="grave" if doubt.grave else "caution") for doubt in doubts(study))


def _groups(study: Study) -> Iterator[Caution]:
    """By what intervals and tests count, where pictures belong together."""
    source, recorded = study.experiment.dataset, _described(study)
    pictures = {split: pictures_of(study, split) for split in ("validation", "test")}
    groups = {split: clusters_of(study, split, number).told for split, number in pictures.items()}
    told = [f"{pictures[split]:,} {split} pictures in {number:,} groups" for split, number in groups.items() if number]
    if told:
        yield Caution(f"{BY_GROUPS} There are {' and '.join(told)}.", kind="note")
    elif "group_of" not in recorded and (getattr(source, "group", None) or getattr(source, "group_column", None)):
        yield Caution(
            "Intervals and tests take each picture as one by itself, although the data has groups: the study is of an "
            "earlier version, which did not record them. Pictures of a group are alike, so intervals are too narrow."
        )


def _failures(study: Study) -> Iterator[Caution]:
    reasons: dict[str, list[int]] = {}
    for record in study.records:
        if record.state == "FAILED":
            reasons.setdefault(record.reason or "no reason recorded", []).append(record.trial)
    if reasons:
        number = study.counts["FAILED"]
        details = tuple(f"{_trials(trials)}: {reason}" for reason, trials in reasons.items())
        yield Caution(f"{number} trial{_s(number)} failed.", details)


def _limits(study: Study) -> Iterator[Caution]:
    """Trials that have a value and are no candidates; and a winner that kept limits, and did not as a finalist."""
    best = study.best
    broken = () if best is None or best.run is None else Ranking.of(study.experiment).broken(best.cost)
    if best is not None and broken:
        yield Caution(
            f"Trial {best.trial} kept the limits in the search, and breaks one in its run {best.run}.", broken
        )
    found = study.broken_limits
    if found:
        number = len(found)
        which = "so none could be named the best" if study.best is None else "and so cannot be the best"
        yield Caution(
            f"The model{_s(number)} of {number} trial{_s(number)} broke limits, {which}.",
            tuple(f"trial {trial}: {' and '.join(broken)}" for trial, broken in found.items()),
        )


def _diverged(study: Study) -> Iterator[Caution]:
    """Trials that count with the epochs before their training diverged."""
    found = {record.trial: record.reason for record in study.records if record.end_reason == "diverged"}
    if found:
        number, best = len(found), study.best
        which = ", the best one too" if best is not None and best.trial in found else ""
        yield Caution(
            f"The training of {number} trial{_s(number)} diverged after good epochs{which}: "
            "the best epoch before counts.",
            tuple(f"trial {trial}: {reason}" for trial, reason in found.items()),
        )


def _notes(study: Study) -> Iterator[Caution]:
    for note, trials in study.notes.items():
        yield Caution(f"{_trials(trials).capitalize()}: {note}.")


def _findings_of_data(study: Study) -> Iterator[Caution]:
    yield from _of(about_findings(_described(study)))


def _no_test(study: Study) -> Iterator[Caution]:
    """Also where nobody asked for one: without it nothing says what to expect of the model."""
    if study.headline is None or not pictures_of(study, "validation") or pictures_of(study, "test"):
        return
    if study.headline.outer:  # each outer fold is a test split
        return
    found = [one.text for one in about_test(_described(study), study.experiment.dataset.test)]
    none = "There is no test split: all numbers are of pictures by which models were chosen, and are rather too good."
    yield Caution(found[0] if found else none, kind="grave")


def _lower_on_test(study: Study) -> Iterator[Caution]:
    """A headline that the test split does not bear out, by more than chance in the pictures of both."""
    headline = study.headline
    read = headline.test if headline is not None else None
    pictures = pictures_of(study, "validation")
    if headline is None or headline.outer or read is None or not pictures or not is_share(study, headline.metric):
        return
    name, tested = metric_of(headline.metric), read["count"]
    value = read.get(name)
    if value is None:
        return
    joined = (headline.value * pictures + value * tested) / (pictures + tested)
    each = 1.0 / _worth(study, "validation", pictures) + 1.0 / _worth(study, "test", tested)
    error = math.sqrt(joined * (1.0 - joined) * each)
    if headline.value - value > _ERRORS * error:
        yield Caution(
            f"The test pictures give less than the validation pictures, by more than chance: {name} "
            f"{score(value, tested)} beside {score(headline.value, pictures)}. Models were chosen by the validation "
            "pictures: expect what the test pictures gave."
        )


def _worth(study: Study, split: str, pictures: int) -> float:
    """As how many by themselves the pictures of a split count, at the least."""
    clusters = clusters_of(study, split, pictures_of(study, split))
    return pictures if clusters.are_single else clusters.fewest


def _files(study: Study) -> Iterator[Caution]:
    described = _described(study)
    yield from _of((*about_reading(described), *about_files(described)))


def _of(remarks: Iterable[Remark]) -> Iterator[Caution]:
    return (Caution(remark.text, remark.details) for remark in remarks)


def _described(study: Study) -> Mapping[str, Any]:
    """What the study says of its data."""
    found: Mapping[str, Any] = study.environment.get("dataset", {})
    return found


def _trials(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:10]))
    return f"trial{_s(len(numbers))} {shown}" + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")


def _s(number: int) -> str:
    return "" if number == 1 else "s"
