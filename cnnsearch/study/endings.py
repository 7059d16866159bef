"""What is said of trials that neither failed nor came to their ends by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.escaping import shell_line
from cnnsearch.experiment.extent import most_configs
from cnnsearch.numbers import score
from cnnsearch.study.fronts import dominates
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.progress.after_search import report_seconds
from cnnsearch.study.progress.search_limits import limit_reached
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.sessions import WorkClock, begins_of, ends_of, exhausted_of

if TYPE_CHECKING:
    from cnnsearch.study.record.lines import TrialLine
    from cnnsearch.study.study import Study

__all__ = [
    "better_stopped",
    "better_stopped_in_words",
    "budget_seconds",
    "cut_off",
    "cut_off_in_words",
    "ended_by",
    "minutes_are_over",
    "not_stopped_in_words",
]


_MINUTES = "budget.minutes"

_ALL = 0.98
"""Of the minutes: the record begins with the first proposal, a little after the clock of the budget."""


def cut_off(study: Study) -> list[TrialLine]:
    """Those that completed only because the minutes were over, and count with the epochs that they had."""
    return [line for line in study.records if line.end_reason == "budget"]


def cut_off_in_words(study: Study, line: TrialLine) -> str:
    """``after 3 of 20 epochs, as the minutes were over``; empty where something else ended the trial."""
    if line.end_reason != "budget":
        return ""
    return f"after {line.epochs} of {study.experiment.epochs} epochs, as the minutes were over"


def not_stopped_in_words(line: TrialLine) -> str:
    """Of one that its scheduler would have stopped, and that went on; empty of any other."""
    if line.audited is None:
        return ""
    return f"not stopped all the same: the scheduler would have done so after epoch {line.audited}"


def ended_by(study: Study) -> str | None:
    """The limit that ended the search, in words; ``None`` where it has not ended, or nobody says what ended it."""
    found = _limit_reached(study) or _ended_by_minutes(study) or _all_tried(study)
    if found is None and minutes_are_over(study) and not study.is_live:
        return f"{_MINUTES}: they were over"
    return found


def _limit_reached(study: Study) -> str | None:
    return limit_reached(study.experiment, study.records, study.pauses)


def _all_tried(study: Study) -> str | None:
    """That all trials of the budget, or of the space, have ended, in words; ``None`` where they have not."""
    budget, ended = study.experiment.budget, len(study.records)
    if budget.trials is not None and ended >= budget.trials:
        return f"budget.trials: all {budget.trials:,} trials ended"
    most = most_configs(study.experiment, [line.config for line in study.proposals])
    last = None if study.in_flight else exhausted_of(study.environment)
    refused = study.refused + (last or 0)
    but = f", but for {refused:,} that {'was' if refused == 1 else 'were'} refused" if refused else ""
    if most is not None and ended + refused >= most:
        return f"its space: all {most:,} configs were tried{but}"
    if last is None:
        return None
    if study.experiment.sampler["name"] == "grid":
        return f"its grid: all of its configs were tried{but}"
    if last:
        return f"limits: {last:,} configs in a row would have broken them, and none was found that keeps them"
    return "its space: no config was found that was not tried"


def _ended_by_minutes(study: Study) -> str | None:
    """That the minutes ended the search, in words; ``None`` where the trial that ended last was no such one."""
    last = max(study.records, key=lambda line: line.ended, default=None)
    if last is None or last.end_reason != "budget" or any(line.time > last.ended for line in study.proposals):
        return None
    number = len(cut_off(study))
    those = (
        "a trial ended with the epochs that it" if number == 1 else f"{number} trials ended with the epochs that they"
    )
    return f"{_MINUTES}: they were over, and {those} had"


def minutes_are_over(study: Study) -> bool:
    """Whether all of its minutes were used, so that what has not ended was not interrupted by anybody."""
    minutes, report = study.experiment.budget.minutes, report_seconds(study.experiment, len(study.records))
    if minutes is None or study.interrupted:
        return False
    return budget_seconds(study) >= _ALL * 60 * minutes - report or _made_room(study)


def _made_room(study: Study) -> bool:
    """Whether a search ended for what follows it, of whose minutes, forecast with care, some may be left."""
    if not study.experiment.budget.all:
        return False
    followed = max((line.ended for line in (*study.finalist_lines, *study.refits)), default=0.0)
    is_last = all(line.time < followed for line in study.proposals)
    is_early = is_last and _limit_reached(study) is None and _all_tried(study) is None
    return is_early or _ended_by_minutes(study) is not None


def budget_seconds(study: Study) -> float:
    """Of the minutes of its budget that are over: with ``all`` its start-up counts too, before the first proposal."""
    began = begins_of(study.environment)
    if not began or not study.experiment.budget.all:
        return study.seconds
    first = [min(line.time for line in study.proposals)] if study.proposals else []
    before = WorkClock(began, [*ends_of(study.environment), *first])
    return study.seconds + (before.at(first[0]) if first else before.seconds)


def better_stopped(study: Study) -> list[TrialLine]:
    """Stopped trials that had a better value than every completed one, the best first; empty where none completed.

    Of several objectives those that no completed one is as good as in all.
    """
    ranking = Ranking.of(study.experiment)
    best = study.front if ranking.has_several else study.ranked[:1]
    bars = [vector for line in best if line.state == "COMPLETED" and (vector := ranking.vector_of(line)) is not None]
    found = [
        (line, vector)
        for line in study.records
        if line.state == "STOPPED"
        and (vector := ranking.vector_of(line)) is not None
        and not any(bar == vector or dominates(bar, vector) for bar in bars)
    ]
    return [line for line, _ in sorted(found, key=lambda one: one[1], reverse=True)] if bars else []


def better_stopped_in_words(study: Study) -> str:
    """Which of them was the best, why it is not taken, and how to have its model; empty where there is none."""
    found = better_stopped(study)
    if not found:
        return ""
    first, *others = found
    metric, whom = study.experiment.objective.metric, "the user" if first.end_reason == "user" else "the scheduler"
    value = score(first.best_value, pictures_of(study, "validation"))
    had = f"Trial {first.trial} had {metric} {value} at epoch {first.best_epoch}"
    several = bool(study.experiment.objective.beside)
    than = "no completed trial is as good in all objectives" if several else "better than every completed trial"
    more = "" if not others else " So had another one." if len(others) == 1 else f" So had {len(others)} others."
    again = shell_line(["cnnsearch", "rerun", study.name, str(first.trial), "--export", "MODEL.keras"])
    return (
        f"{had}, {than}, but {whom} stopped it after epoch {first.epochs} of {study.experiment.epochs}.{more} A "
        "stopped trial is not taken: what it would have come to is not known, and its model is not kept: "
        f"{again} trains it again."
    )
