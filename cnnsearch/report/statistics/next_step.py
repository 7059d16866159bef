"""The one thing to do next with a study that has come to something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnsearch.data.checks.recorded import recorded_findings
from cnnsearch.escaping import shell_line
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import compact, plural
from cnnsearch.report.statistics.cautions import FEW_TRIALS, is_few
from cnnsearch.report.statistics.edges import edges
from cnnsearch.report.task import doubts
from cnnsearch.study.endings import minutes_are_over
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.search_limits import limit_reached
from cnnsearch.study.progress.shortening import shortened_in_words, with_all_epochs
from cnnsearch.study.record.sessions import exhausted_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["NextStep", "next_step", "unread_test"]

_TOP, _SEEDS, _TEST = 3, 5, 0.2

_LOOKS = ("dark", "grayscale", "odd_aspect_ratio", "odd_size")
"""Checks of how single pictures look: worth a look, and no reason to search again."""


@dataclass(frozen=True)
class NextStep:
    """What is recommended.

    Attributes:
        what: in words, without an end.
        arguments: of the command that does it, after the name of the study; empty where no command does.
        verb: of that command.
    """

    what: str
    verb: str = ""
    arguments: tuple[str, ...] = ()

    def text(self, study: str) -> str:
        """A sentence, with the command for that study, which is given by its name or its place."""
        command = self.command(study)
        return f"{self.what}: {command}" if command else f"{self.what}."

    def command(self, study: str) -> str:
        """That which does it; empty where none does."""
        if not self.verb:
            return ""
        return f"{shell_line(['cnnsearch', self.verb, study])}{''.join(f' {one}' for one in self.arguments)}"


def next_step(study: Study) -> NextStep:
    """The first that applies: what was begun is ended, then what is known is made sure, then more is tried."""
    found = next(_steps(study))
    inputs = "texts" if study.experiment.family.reads_texts else "pictures"
    return replace(found, what=said_of(inputs, found.what))


def unread_test(study: Study) -> NextStep | None:
    """How the test split is read, where no sweep does that, as nothing followed the search; ``None``: nothing is due.

    What is still to follow reads it by itself.
    """
    pictures, headline = pictures_of(study, "test"), study.headline
    if not pictures or headline is None or headline.test is not None or study.experiment.is_followed:
        return None
    if (study.in_flight and not minutes_are_over(study)) or study.experiment.outer_searches:
        return None
    unread = f"The {pictures:,} test pictures were not read; when nothing is to be chosen any more, this reads them"
    inputs = "texts" if study.experiment.family.reads_texts else "pictures"
    return NextStep(said_of(inputs, unread), "evaluate", ("--test",))


def _steps(study: Study) -> Iterator[NextStep]:
    experiment, in_flight = study.experiment, len(study.in_flight)
    if in_flight and not minutes_are_over(study):
        yield NextStep(f"Go on with what was cut short ({plural(in_flight, 'trial')})", "resume")
    if study.best is None:
        yield _without_best(study)
        return
    if experiment.finalists is not None and study.best.run is None and (not study.finals or study.finals.remaining):
        yield NextStep("Train the finalists, which name the winner", "resume")
    if any(one.doubtful and one.check not in _LOOKS for one in recorded_findings(study.environment.get("dataset", {}))):
        yield NextStep("Mend what was found in the data, see below, and search again")
    if experiment.outer_fold:
        yield NextStep("Look at the study that this search is a part of, whose model has seen all pictures")
        return
    if any(doubt.grave for doubt in doubts(study)):
        yield NextStep(
            "Search again with more epochs, other learning rates, pretrained weights or more pictures: nothing was "
            "learned yet"
        )
    if shortened_in_words(with_all_epochs(study.environment)) and not experiment.outer_searches:
        late = "Give it more minutes: there was too little time for all that was to follow the search"
        yield NextStep(late, "resume", ("--minutes", "N"))
    if experiment.finalists is None:
        wanted = f"finalists: {{top: {_TOP}, seeds: {_SEEDS}}}"
        yield _changed(
            study, f"Train the best trials again on fresh seeds, to tell luck from skill: add `{wanted}` to", ()
        )
    more, limit = _more(study), (limit_reached(experiment, study.records, study.pauses) or "").partition(":")[0]
    beyond = [f"{edge.parameter} beyond {compact(edge.bound)}" for edge in edges(study) if edge.winner]
    if beyond:
        yield _changed(study, f"Search {' and '.join(beyond)}{f' with another {limit}' if limit else ''}, in", more)
    if is_few(study) and exhausted_of(study.environment) is None:  # else there are no others
        few = f"Search on, {len(study.records)} trial{'s are' if len(study.records) > 1 else ' is'} few"
        if limit or experiment.outer_searches:
            yield _changed(study, f"{few}, with another {limit or 'budget'} in", more)
        else:
            yield NextStep(few, "resume", more)
    if not pictures_of(study, "test") and not (study.headline and study.headline.outer):
        yield NextStep(f"Search again with a test split (dataset.test: {_TEST}), which says what to expect")
    yield NextStep("Use it on new pictures", "predict", ("FILE...",))


def _without_best(study: Study) -> NextStep:
    if not study.proposals and not minutes_are_over(study):
        return NextStep("Go on with it: nothing was proposed yet", "resume")
    if study.broken_limits:
        return NextStep("Search again with wider limits, or in a space of smaller models")
    if not study.records and (study.in_flight or not study.proposals):  # the minutes are over
        return NextStep("Give it more minutes: no trial had ended in those that it had", "resume", ("--minutes", "N"))
    return NextStep("Read what a trial printed before it ended", "logs", ("TRIAL",))


def _changed(study: Study, what: str, more: tuple[str, ...]) -> NextStep:
    """Something to be done by a changed copy of the experiment; nested cross-validation cannot go on with that."""
    copy = f"{what} a copy of its experiment.yaml"
    if study.experiment.outer_searches:
        return NextStep(f"{copy}, and run that: searches of nested cross-validation must all be alike")
    return NextStep(copy, "resume", ("--file", "COPY", *more))


def _more(study: Study) -> tuple[str, ...]:
    """Options by which a search goes on whose trials, or minutes, are used up."""
    budget, number = study.experiment.budget, len(study.records)
    late = minutes_are_over(study)
    by_trials = budget.trials is not None or not late
    most = max(2 * FEW_TRIALS, number + FEW_TRIALS, budget.trials or 0)
    trials = ("--trials", str(most)) if by_trials else ()
    return (*trials, *(("--minutes", "N") if late else ()))
