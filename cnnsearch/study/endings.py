"""How trials ended that neither failed nor came to their ends by themselves, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study.record.lines import TrialLine
    from cnnsearch.study.study import Study

__all__ = ["cut_off", "cut_off_in_words", "ended_by_minutes", "not_stopped_in_words"]


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


def ended_by_minutes(study: Study) -> str | None:
    """That the minutes ended the search, in words; ``None`` where the trial that ended last was no such one."""
    last = max(study.records, key=lambda line: line.ended, default=None)
    if last is None or last.end_reason != "budget" or any(line.time > last.ended for line in study.proposals):
        return None
    number = len(cut_off(study))
    those = (
        "a trial ended with the epochs that it" if number == 1 else f"{number} trials ended with the epochs that they"
    )
    return f"budget.minutes: they were over, and {those} had"
