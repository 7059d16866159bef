"""A session: what one driver does of a sweep. Whoever goes on with a study begins another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cnnsearch.experiment import Experiment
from cnnsearch.search.rebuilding import Past
from cnnsearch.study.clock import Clock
from cnnsearch.study.store import Store
from cnnsearch.sweep.findings import Findings, Material

__all__ = ["Conclusion", "Session"]


@dataclass(frozen=True)
class Session:
    """All that is known when its trials begin.

    Attributes:
        findings: what the driver found.
        store: of the study, which this process holds.
        clock: of the sweep.
        past: the record so far; ``None``: the sweep begins.
        spent: seconds of the budget's minutes that were over when it began.
        whole: of the study whose outer fold this is, with which it goes on; ``None``: it stands for itself.
        elsewhere: seconds of the clock that searches on outer folds took, each of which has minutes of its own.
        earlier: ids of what users asked of an earlier driver: what lay in the study when this one took hold of it.
    """

    findings: Findings
    store: Store
    clock: Clock
    past: Past | None = None
    spent: float = 0.0
    whole: Store | None = None
    elsewhere: float = 0.0
    earlier: frozenset[str] = frozenset()

    @property
    def resumed(self) -> Store:
        """Of the study that whoever goes on resumes."""
        return self.whole or self.store

    @property
    def material(self) -> Material:
        """What trials are made of."""
        return self.findings.material

    @property
    def spent_before_trials(self) -> float:
        """Seconds of the budget's minutes that are over now: those of all count from the reading of the data on."""
        return self.spent + (self.clock.seconds - self.elsewhere if self.experiment.budget.all else 0.0)

    @property
    def experiment(self) -> Experiment:
        """What is run."""
        return self.findings.material.experiment


@dataclass(frozen=True)
class Conclusion:
    """What is known when its last trial has ended.

    Attributes:
        why: it ended before its trials were over, ``interrupted`` or ``minutes``; ``None``: they are over.
        is_over: whether nothing is left to be proposed, whatever it ended by.
        ended: trials of the study by state.
        last_reason: why the last trial that failed did.
        unfinished: what could not be recorded, in words.
    """

    why: str | None
    is_over: bool
    ended: Mapping[str, int]
    last_reason: str | None
    unfinished: list[str]
