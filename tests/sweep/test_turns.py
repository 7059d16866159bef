"""Turns, one after the other: the search, then its finalists, and any other. Without Ray."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from recorded import report

from cnnsearch.experiment import Demand, Experiment
from cnnsearch.search.deaths import DIED, MEMORY
from cnnsearch.search.jobs import FinalistRun, Job
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.search.turns.turns import Turn, Turns
from cnnsearch.study import Study
from cnnsearch.study.record.lines import Report
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
CLASSES = ["a", "b"]


class Searches:
    """A search of two trials with turns, on a clock that the test turns."""

    def __init__(self, folder: Path, experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "experiment.yaml").write_text(experiment.to_yaml())
        self.ledger = Ledger(LocalStore(folder), experiment, CLASSES, 2)
        self.made: list[str] = []
        self.turns = Turns(self.ledger, *([self._make] if experiment.finalists else []))
        self.folder = folder
        monkeypatch.setattr(Ledger, "is_late", property(lambda _: self.late))
        self.late = False

    def _make(self) -> Any:
        self.made.append("finals")
        return Finals(LocalStore(self.folder), self.ledger._experiment, CLASSES, 2)

    def report(self, trial: int, value: float) -> None:
        left = self.folder / "checkpoints" / str(trial) / "1"
        left.mkdir(parents=True, exist_ok=True)
        (left / "model.keras").touch()
        self.turns.report(trial, report(trial, {1: value}))


@pytest.fixture
def searches(tmp_path: Path, small: Small, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Searches]:
    return lambda **keys: Searches(tmp_path, small(**{"budget": {"trials": 2}, **keys}), monkeypatch)


def test_without_finalists_the_search_is_all(searches: Callable[..., Searches]) -> None:
    made = searches()
    assert made.turns.propose() is not None
    made.report(0, 0.5)
    made.turns.end(0, True)
    made.late = True
    assert made.turns.is_late
    assert not made.turns.cuts(1)
    assert not made.turns.is_over


def test_finalists_begin_when_every_trial_has_ended(searches: Callable[..., Searches]) -> None:
    made = searches(finalists={"top": 1, "seeds": 2})
    first, second = made.turns.propose(), made.turns.propose()
    assert first is not None
    assert second is not None
    for trial, value in ((0, 0.5), (1, 0.6)):
        assert made.turns.propose() is None
        assert made.made == []
        made.report(trial, value)
        made.turns.end(trial, True)
    given = made.turns.propose()
    assert made.made == ["finals"]
    assert isinstance(given, FinalistRun)
    assert given.config == second.config
    assert not made.turns.is_over


def test_the_minutes_end_the_search_and_not_its_finalists(searches: Callable[..., Searches]) -> None:
    made = searches(finalists={"top": 3, "seeds": 2}, budget={"trials": 5})
    for _ in range(2):
        made.turns.propose()
    assert not made.turns.cuts(0)
    made.report(0, 0.5)
    made.turns.end(0, True)
    made.turns.propose()
    made.turns.lose(2)
    made.late = True
    assert not made.turns.is_late
    assert made.turns.propose() is None, "a trial whose worker died is not given to another one any more"
    assert made.turns.cuts(1)
    made.report(1, 0.9)
    made.turns.end(1, False)
    given = made.turns.propose()
    assert isinstance(given, FinalistRun)
    assert not made.turns.cuts(given.number)
    study = Study.load(made.folder)
    assert study.counts == {"COMPLETED": 1, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 2}


def test_where_the_minutes_are_those_of_all_a_trial_counts_with_the_epochs_that_it_had(
    searches: Callable[..., Searches],
) -> None:
    budget = {"trials": 5, "minutes": 9, "all": True}
    made = searches(finalists={"top": 1, "seeds": 2}, budget=budget)
    for _ in range(2):
        made.turns.propose()
    made.late = True
    assert made.turns.cuts(0)
    made.report(0, 0.9)
    made.turns.end(0, False)
    assert made.turns.cuts(1)
    made.turns.end(1, False)  # it had told of no epoch
    study = Study.load(made.folder)
    assert study.counts == {"COMPLETED": 1, "STOPPED": 0, "FAILED": 0, "INTERRUPTED": 1}
    assert [(line.end_reason, line.value, line.epochs) for line in study.records] == [("budget", 0.9, 1)]
    assert study.best is not None
    assert (made.folder / "best" / "model.keras").is_file()


def test_a_trial_that_ends_as_the_minutes_do_has_ended(searches: Callable[..., Searches]) -> None:
    made = searches(finalists={"top": 1, "seeds": 2})
    made.turns.propose()
    made.late = True
    assert made.turns.cuts(0)
    made.report(0, 0.5)
    made.turns.end(0, True)
    assert Study.load(made.folder).counts["COMPLETED"] == 1


def test_an_audited_trial_says_so_in_its_line(searches: Callable[..., Searches]) -> None:
    made = searches()
    made.turns.propose()
    made.ledger.audit(0, 3)
    made.report(0, 0.5)
    made.turns.end(0, True)
    assert Study.load(made.folder).records[0].audited == 3


class Errands:
    """A turn of its own kind: a few jobs that are only noted."""

    def __init__(self, *numbers: int) -> None:
        self.waiting = deque(numbers)
        self.running: set[int] = set()
        self.heard: list[tuple[Any, ...]] = []
        self.is_late = self.is_cut_short = False

    @property
    def is_over(self) -> bool:
        return not self.waiting and not self.running

    def propose(self) -> Job | None:
        if not self.waiting:
            return None
        number = self.waiting.popleft()
        self.running.add(number)
        return Job(number=number, lane=0, holds=Demand(), config={})

    def cut_short(self) -> None:
        self.is_cut_short = True
        self.waiting.clear()

    def log(self, number: int, text: str) -> None:
        self.heard.append(("log", number, text))

    def report(self, number: int, result: Report, asked: bool = True) -> None:
        self.heard.append(("report", number, result, asked))

    def end(self, number: int, finished: bool) -> None:
        self.running.remove(number)
        self.heard.append(("end", number, finished))

    def cut(self, number: int) -> None:
        self.running.remove(number)
        self.heard.append(("cut", number))

    def give_back(self, number: int) -> None:
        self.heard.append(("give back", number))

    def lose(self, number: int, why: str = DIED) -> None:
        self.heard.append(("lose", number, why))


def test_any_turn_may_follow_any_other() -> None:
    first, nothing, last = Errands(1, 2), Errands(), Errands(3)
    made: list[Turn] = []

    def making(turn: Errands) -> Callable[[], Turn]:
        return lambda: made.append(turn) or turn  # type: ignore[func-returns-value]

    turns = Turns(first, making(nothing), making(last))
    given = [turns.propose(), turns.propose(), turns.propose()]
    assert [job and job.number for job in given] == [1, 2, None]
    turns.log(1, "x")
    reported = report(1, {1: 0.5})
    turns.report(1, reported, False)
    turns.lose(2, MEMORY)
    turns.give_back(2)
    turns.end(1, True)
    turns.end(2, True)
    told = [("log", 1, "x"), ("report", 1, reported, False), ("lose", 2, MEMORY), ("give back", 2)]
    assert first.heard == [*told, ("end", 1, True), ("end", 2, True)]
    assert made == []
    assert not turns.is_over
    assert turns.propose() == Job(number=3, lane=0, holds=Demand(), config={})
    assert made == [nothing, last], "each is made when the one before it is over"
    turns.end(3, True)
    assert turns.propose() is None
    assert turns.is_over
    assert (nothing.heard, last.heard) == ([], [("end", 3, True)])


def test_a_turn_that_is_late_is_cut_short_and_the_last_one_ends_the_sweep() -> None:
    first, last = Errands(1, 2), Errands(3, 4)
    turns = Turns(first, lambda: last)
    turns.propose()
    first.is_late = True
    assert not turns.is_late
    assert turns.cuts(1)
    assert turns.propose() is None
    assert first.is_cut_short, "so that it stays late for what reports later"
    turns.end(1, False)
    assert first.heard == [("cut", 1)]
    assert turns.propose() is not None
    last.is_late = True
    assert turns.is_late
    assert not turns.cuts(3), "Tune ends everything"
