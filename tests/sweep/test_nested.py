"""Nested cross-validation: a search without each outer fold, then one on all pictures; each goes on where it was."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from recorded import START, ended, epoch, metrics, proposed

from cnnsearch.errors import RayLostError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.control.requests import Request, put
from cnnsearch.study.control.requests import Stop as StopWish
from cnnsearch.study.environment import describe_environment
from cnnsearch.study.hold import life_of
from cnnsearch.study.progress.adjustment import KEY as ADJUSTED
from cnnsearch.study.progress.progress import Progress
from cnnsearch.study.record.lines import ReadingLine
from cnnsearch.study.record.record import Record
from cnnsearch.study.record.sessions import begins_of
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep import nested as module
from cnnsearch.sweep.continuation import begin_study, spent_seconds
from cnnsearch.sweep.data import divided_for
from cnnsearch.sweep.findings import Findings, Material
from cnnsearch.sweep.inbox import Inbox
from cnnsearch.sweep.nested import train_nested
from cnnsearch.sweep.resumption import Resumption
from cnnsearch.sweep.session import Conclusion, Session
from cnnsearch.sweep.signals import Stop
from cnnsearch.training import TrialData

WHOLE = "study"
OVER = Conclusion(None, True, {}, None, [])
INTERRUPTED = Conclusion("interrupted", False, {}, None, [])

Train = Callable[[Session, Callable[[], bool]], Conclusion]


def searched(session: Session, reads: bool = True) -> None:
    """One trial, and the reading of the outer fold by its model."""
    record, config = Record(session.store), {"filters": 4, "units": 16, "learning_rate": 0.005}
    record.propose(proposed(0, config=config))
    record.epochs([epoch(0, 1, event=0)])
    record.end(ended(0, 0.5, config=config, event=1))
    if reads and session.whole is not None:
        count = len(session.material.split.test)
        record.read_test(ReadingLine(trial=0, by="refit", time=START, count=count, metrics=metrics(0.5)))


class Sweep:
    """A study with two outer folds, whose searches train nothing.

    Attributes:
        train: what is done in the place of a search.
        sessions: those that were trained.
        ended_again: studies of which only the end was made up for.
    """

    def __init__(self, folder: Path, experiment: Experiment, digits: TrialData, patch: pytest.MonkeyPatch) -> None:
        split = divided_for(experiment, digits.dataset)
        material = Material(experiment, digits.dataset, split, None, 0.0, 0.0)
        places: Any = SimpleNamespace()
        findings = Findings(material, places, describe_environment(digits.dataset.describe(split)))
        self.session = Session(findings, LocalStore(folder), Clock.started())
        self.sessions: list[Session] = []
        self.ended_again: list[str] = []
        self.seen: list[Progress] = []
        self.train: Train = lambda session, _: searched(session) or OVER
        folder.mkdir()
        begin_study(findings, self.session.store)
        patch.setattr(module, "train", self._train)
        patch.setattr(module, "end", self._end)
        patch.setattr(module, "end_again", lambda store, *_: self.ended_again.append(store.name))
        patch.setattr(module, "Inbox", lambda store: Inbox(store, 0.01))
        patch.setattr("cnnsearch.sweep.cluster.nodes.find_places", lambda _: places)
        patch.setattr(module.Outage, "of_this_process", lambda: module.Outage(list, lambda: True))  # there is no Ray

    def run(self, stop: Stop | None = None) -> Conclusion:
        self.sessions.clear()
        return train_nested(self.session, stop or Stop(), self.seen.append)

    @property
    def trained(self) -> list[str]:
        return [session.store.name for session in self.sessions]

    def _train(self, session: Session, _: Stop, observe: Any, is_unwanted: Any = lambda: False) -> Conclusion:
        self.sessions.append(session)
        observe(Progress({}, {}, None, None, None, False, 0.0, 1, None))
        return self.train(session, is_unwanted)

    def _end(self, session: Session, conclusion: Conclusion) -> Study:
        found = Study.load(session.store)
        found.interrupted = conclusion.why == "interrupted"
        return found


@pytest.fixture
def sweep(tmp_path: Path, digits: TrialData, small: Callable[..., Experiment], monkeypatch: Any) -> Sweep:
    experiment = small(evaluation={"outer": 2}, budget={"trials": 1})
    return Sweep(tmp_path / WHOLE, experiment, digits, monkeypatch)


def test_a_search_without_each_outer_fold_then_one_on_all(sweep: Sweep) -> None:
    assert sweep.run() == OVER
    assert sweep.trained == ["1", "2", WHOLE]
    *inner, last = sweep.sessions
    held = [session.material.split.test for session in inner]
    pictures = len(sweep.session.material.dataset.pictures)
    assert np.sort(np.concatenate(held)).tolist() == list(range(pictures))
    assert last.findings is sweep.session.findings
    assert 0 < last.elsewhere <= last.clock.seconds, "the outer folds had minutes of their own"
    assert begins_of(Study.load(last.store).environment) > begins_of(Study.load(inner[-1].store).environment)
    for fold, session in enumerate(inner, 1):
        study = Study.load(session.store)
        assert study.experiment == session.experiment
        assert study.experiment.name == f"small, outer fold {fold} of 2"
        assert sum(study.environment["dataset"]["counts"]["test"].values()) == len(held[fold - 1])
        assert session.resumed == sweep.session.store, "whoever goes on does so with the whole"
        assert life_of(session.store).state == "none", "nobody holds it any more"
    assert [progress.search for progress in sweep.seen] == ["outer fold 1 of 2", "outer fold 2 of 2", ""]
    assert [fold.value for fold in Study.load(sweep.session.store).outer_folds] == [0.5, 0.5]


def test_it_goes_on_where_it_was(sweep: Sweep) -> None:
    def killed(session: Session, _: Any) -> Conclusion:
        if session.store.name == "2":
            Record(session.store).propose(proposed(0, config={"filters": 4, "units": 16, "learning_rate": 0.005}))
            return INTERRUPTED
        searched(session)
        return OVER

    sweep.train = killed
    assert sweep.run() == INTERRUPTED
    assert sweep.trained == ["1", "2"]
    assert sweep.session.past is None
    sweep.train = lambda session, _: searched(session) or OVER
    assert sweep.run() == OVER
    assert sweep.trained == ["2", WHOLE]
    past = sweep.sessions[0].past
    assert past is not None
    assert [line.trial for line in past.in_flight] == [0] if past.in_flight else past.proposals
    assert sweep.ended_again == ["1"], "its report was not written"
    study = Study.load(sweep.session.store)
    assert spent_seconds(study, past) == study.seconds, "the time of the outer folds is none of its budget's"


def test_a_study_of_an_outer_fold_that_is_gone_is_made_again(
    tmp_path: Path, digits: TrialData, small: Callable[..., Experiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = small(evaluation={"outer": 2}, budget={"trials": 1}, final="keep")
    sweep = Sweep(tmp_path / WHOLE, experiment, digits, monkeypatch)
    assert sweep.run() == OVER
    store = sweep.session.store
    environment = store.read_json("environment.json")
    store.write_json("environment.json", {**environment, ADJUSTED: {"epochs": [9, 3]}})
    assert not Resumption.of(Study.load(store)).trains, "all has ended"
    shutil.rmtree(sweep.sessions[1].store.folder or "")
    whole = Resumption.of(Study.load(store))
    assert whole.trains
    assert not whole.is_done
    assert sweep.run() == OVER
    assert sweep.trained == ["2"], "its own search is over"
    assert Study.load(sweep.sessions[0].store).environment[ADJUSTED], "what the first driver found is told of it too"
    assert not Resumption.of(Study.load(store)).trains


def test_who_wants_it_to_end_ends_all_of_it(sweep: Sweep) -> None:
    stop = Stop()
    stop.asked = True
    assert sweep.run(stop) == INTERRUPTED
    assert sweep.trained == []


def test_who_asks_the_whole_is_heard(sweep: Sweep) -> None:
    def asked(_: Session, is_unwanted: Callable[[], bool]) -> Conclusion:
        put(sweep.session.store, Request.of(StopWish(), 0))
        until = time.monotonic() + 30
        while not is_unwanted() and time.monotonic() < until:
            time.sleep(0.005)
        return INTERRUPTED

    sweep.train = asked
    assert sweep.run() == INTERRUPTED
    assert sweep.trained == ["1"]
    (line,) = Study.load(sweep.session.store).requests
    assert (line.what, line.refused) == ("stop", None)


def test_who_asks_when_the_last_outer_fold_ends_is_heard(sweep: Sweep) -> None:
    def asked(session: Session, _: Any) -> Conclusion:
        searched(session)
        if session.store.name == "2":
            put(sweep.session.store, Request.of(StopWish(), 0))
        return OVER

    sweep.train = asked
    assert sweep.run() == INTERRUPTED
    assert sweep.trained == ["1", "2"]
    (line,) = Study.load(sweep.session.store).requests
    assert (line.what, line.refused) == ("stop", None)


@pytest.mark.parametrize(
    ("writes", "told"),
    [(False, "its minutes were over before a trial gave a value"), (True, "its winner could not be judged")],
)
def test_a_search_without_a_judgement_is_an_error(sweep: Sweep, writes: bool, told: str) -> None:
    sweep.train = lambda session, _: (searched(session, reads=False) if writes else None) or OVER
    with pytest.raises(SweepError, match=f"outer fold 1 of 2: {told}"):
        sweep.run()
    assert sweep.trained == ["1"]


def test_where_ray_dies_the_whole_is_written(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any) -> Conclusion:
        raise RayLostError("Ray has died")

    made: list[str] = []
    monkeypatch.setattr(module, "make_whole", lambda session: made.append(session.store.name))
    sweep.train = lost
    with pytest.raises(RayLostError, match="Ray has died"):
        sweep.run()
    assert made == [WHOLE]


def test_without_outer_folds_it_is_one_search(
    tmp_path: Path, digits: TrialData, small: Callable[..., Experiment], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Sweep(tmp_path / WHOLE, small(budget={"trials": 1}), digits, monkeypatch)
    assert one.run() == OVER
    assert one.trained == [WHOLE]
    assert not (tmp_path / WHOLE / "outer").exists()
