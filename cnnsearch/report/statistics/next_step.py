"""The one thing to do next with a study that has come to something."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.data.remarks import about_findings
from cnnsearch.escaping import shell_line
from cnnsearch.numbers import compact
from cnnsearch.report.statistics.cautions import FEW_TRIALS, is_few
from cnnsearch.report.statistics.edges import edges
from cnnsearch.study.endings import minutes_are_over
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["NextStep", "next_step"]

_TOP, _SEEDS, _TEST = 3, 5, 0.2


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

    def text(self, study: str = "STUDY") -> str:
        """A sentence, with the command for that study, which may be given by its place."""
        if not self.verb:
            return f"{self.what}."
        return (
            f"{self.what}: {shell_line(['cnnsearch', self.verb, study])}{''.join(f' {one}' for one in self.arguments)}"
        )


def next_step(study: Study) -> NextStep:
    """The first that applies: what was begun is ended, then what is known is made sure, then more is tried."""
    return next(_steps(study))


def _steps(study: Study) -> Iterator[NextStep]:
    experiment, in_flight = study.experiment, len(study.in_flight)
    if in_flight and not minutes_are_over(study):
        yield NextStep(f"Go on with what was cut short ({in_flight} trial{'' if in_flight == 1 else 's'})", "resume")
    if study.best is None:
        yield NextStep("Read what a trial printed before it ended", "logs", ("TRIAL",))
        return
    if experiment.finalists is not None and study.best.run is None:
        yield NextStep("Train the finalists, which name the winner", "resume")
    if any(about_findings(study.environment.get("dataset", {}))):
        yield NextStep("Mend what was found in the data, see below, and search again")
    if experiment.outer_fold:
        yield NextStep("Look at the study that this search is a part of, whose model has seen all pictures")
        return
    if experiment.finalists is None:
        wanted = f"finalists: {{top: {_TOP}, seeds: {_SEEDS}}}"
        yield _by_copy(
            study,
            f"Train the best trials again on fresh seeds, to tell luck from skill: add `{wanted}` to a copy of its "
            "experiment.yaml",
        )
    beyond = [f"{edge.parameter} beyond {compact(edge.bound)}" for edge in edges(study) if edge.winner]
    if beyond:
        yield _by_copy(study, f"Search {' and '.join(beyond)}, in a copy of its experiment.yaml")
    if is_few(study) and experiment.outer_searches:
        yield _by_copy(study, f"Let a copy of its experiment.yaml have more trials, as {len(study.records)} are few")
    elif is_few(study):
        yield NextStep(f"Search on, {len(study.records)} trials are few", "resume", ("--trials", str(2 * FEW_TRIALS)))
    if not pictures_of(study, "test") and not (study.headline and study.headline.outer):
        yield NextStep(f"Search again with a test split (dataset.test: {_TEST}), which says what to expect")
    yield NextStep("Use it on new pictures", "predict", ("PICTURE...",))


def _by_copy(study: Study, what: str) -> NextStep:
    """What needs another experiment file: the study goes on with it, where all of its searches need not be alike."""
    if study.experiment.outer_searches:
        return NextStep(f"{what}, and run that: a study of nested cross-validation goes on as it began")
    return NextStep(what, "resume", ("--file", "COPY"))
