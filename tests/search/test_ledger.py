"""The ledger and the record that it keeps, without Ray."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import InputError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search import places
from cnnsearch.search.deaths import DIED, MEMORY, died_of
from cnnsearch.search.ledger.ledger import SPENT, Ledger
from cnnsearch.search.places import Nodes, Places
from cnnsearch.search.rebuilding import Past
from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Follower, Progress
from cnnsearch.study.record.lines import (
    ATTEMPTS,
    CURVES,
    PROPOSALS,
    TRIALS,
    AnyLine,
    Ended,
    EpochLine,
    LineFile,
    Report,
    Worker,
)
from cnnsearch.study.record.record import read_lines
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import KEPT_PREDICTIONS, Bars
from cnnsearch.study.winner.best_model import find_best

Small = Callable[..., Experiment]
CLASSES = ["a", "b"]


def lines(folder: Path, name: LineFile[AnyLine]) -> list[AnyLine]:
    return read_lines(LocalStore(folder), name)


class Desk:
    """A ledger with its folder, and workers that say what a test wants them to."""

    def __init__(self, folder: Path, experiment: Experiment, lanes: Places | int = 30) -> None:
        self.folder = folder
        self.seen: list[Progress] = []
        (folder / "experiment.yaml").write_text(experiment.to_yaml())
        self.ledger = Ledger(LocalStore(folder), experiment, CLASSES, lanes, self.seen.append)
        self.metric = experiment.objective.metric

    def report(self, trial: int, values: list[float], first: int = 1, failed: str | None = None, **line: Any) -> None:
        """Epochs with these objectives; files of a candidate lie where a worker leaves them."""
        numbered = enumerate(values, first)
        epochs = tuple(EpochLine(trial=trial, epoch=number, values={self.metric: value}) for number, value in numbered)
        attempt = 1 + sum(line.trial == trial for line in lines(self.folder, ATTEMPTS))
        candidate = self.folder / "checkpoints" / str(trial) / str(attempt)
        candidate.mkdir(parents=True, exist_ok=True)
        (candidate / "model.keras").write_text(f"weights of {trial}")
        (candidate / "predictions.npz").write_text(f"predictions of {trial}")
        told = {
            "state": "FAILED" if failed else "COMPLETED",
            "end_reason": "error" if failed else "epochs",
            "reason": failed,
            "value": None if failed else max(values),
            "best_epoch": None if failed else 1,
            "epochs": first + len(values) - 1,
            "worker": Worker(node="n", pid=7),
            "started": 1.0,
            "ended": time.time(),
        }
        self.ledger.report(trial, Report(epochs, Ended(**{"trial": trial, "seed": 0, **told, **line})))

    def end(self, trial: int, value: float, finished: bool = True, **line: Any) -> None:
        self.report(trial, [value], **line)
        self.ledger.end(trial, finished)


@pytest.fixture
def desk(tmp_path: Path, small: Small) -> Callable[..., Desk]:
    return lambda lanes=30, **keys: Desk(tmp_path, small(**{"budget": {"trials": 30}, **keys}), lanes)


def test_a_proposal_is_written_before_anything_else(desk: Callable[..., Desk]) -> None:
    made = desk()
    given = made.ledger.propose()
    assert given is not None
    (line,) = lines(made.folder, PROPOSALS)
    assert line.config == given.config
    assert (line.trial, line.seed, line.told) == (0, given.seed, 0)
    assert given.bars == Bars(None, None)
    assert lines(made.folder, CURVES) == lines(made.folder, TRIALS) == []


def test_curves_then_trials_in_the_order_in_which_they_ended(desk: Callable[..., Desk]) -> None:
    made = desk()
    for _ in range(3):
        made.ledger.propose()
    made.report(1, [0.1, 0.2])
    made.report(0, [0.3])
    made.report(1, [0.4], first=3)
    assert [(line.trial, line.epoch) for line in lines(made.folder, CURVES)] == [(1, 1), (1, 2), (0, 1), (1, 3)]
    assert lines(made.folder, TRIALS) == []
    made.ledger.end(1, True)
    made.end(2, 0.9)
    made.ledger.end(0, True)
    assert [line.trial for line in lines(made.folder, TRIALS)] == [1, 2, 0]
    proposals = {line.trial: line for line in lines(made.folder, PROPOSALS)}
    for line in lines(made.folder, TRIALS):
        assert line.config == proposals[line.trial].config
        assert line.seed == proposals[line.trial].seed
    assert made.ledger.propose()
    assert lines(made.folder, PROPOSALS)[-1].told == 3


def test_seeds_differ_between_trials_and_follow_the_experiments(tmp_path: Path, small: Small) -> None:
    found = []
    for seed in (1, 1, 2):
        folder = tmp_path / str(len(found))
        folder.mkdir()
        ledger = Ledger(LocalStore(folder), small(seed=seed), CLASSES, lanes=4)
        found.append([ledger.propose().seed for _ in range(4)])  # type: ignore[union-attr]
    assert found[0] == found[1]
    assert len({*found[0], *found[2]}) == 8


def test_the_budget_of_trials_counts_proposals(desk: Callable[..., Desk]) -> None:
    made = desk(budget={"trials": 3})
    assert [given and given.number for given in (made.ledger.propose() for _ in range(5))] == [0, 1, 2, None, None]
    assert len(lines(made.folder, PROPOSALS)) == 3


def test_an_exhausted_space_ends_the_proposals(desk: Callable[..., Desk]) -> None:
    made = desk(space={"filters": {"choice": [4, 8]}})
    assert [made.ledger.propose() is not None for _ in range(3)] == [True, True, False]
    assert len(lines(made.folder, PROPOSALS)) == 2


@pytest.mark.parametrize("jump", [-7200.0, 0.0, 7200.0])
def test_the_minutes_of_the_budget(
    jump: float, desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, passed: Callable[[float], None]
) -> None:
    made = desk(budget={"minutes": 2})
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + jump)  # somebody sets the clock
    assert not made.ledger.is_late
    passed(119)
    assert not made.ledger.is_late
    made.ledger.propose()
    assert made.seen[-1].elapsed == pytest.approx(119, abs=1)
    passed(121)
    assert made.ledger.is_late


def test_a_search_that_was_cut_short_stays_so(desk: Callable[..., Desk]) -> None:
    """Else a trial that reports when a refit has no time any more would train on until the minutes are over."""
    made = desk(budget={"minutes": 2})
    made.ledger.propose()
    made.ledger.cut_short()
    assert made.ledger.is_late


def test_a_clock_that_is_set_moves_nothing_in_the_record(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, passed: Callable[[float], None]
) -> None:
    made = desk(budget={"trials": 2})
    began = time.time()
    made.ledger.propose()
    monkeypatch.setattr(time, "time", lambda: began - 7200)
    passed(10)
    made.ledger.propose()
    passed(20)
    made.end(0, 0.5)
    first, second = [line.time - began for line in lines(made.folder, PROPOSALS)]
    assert (first, second) == (pytest.approx(0, abs=1), pytest.approx(10, abs=1))
    assert lines(made.folder, TRIALS)[0].ended - began == pytest.approx(20, abs=1)


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets so many seconds pass since the test began."""
    began = time.monotonic()
    return lambda seconds: monkeypatch.setattr(time, "monotonic", lambda: began + seconds)


def test_stopped_and_finished(desk: Callable[..., Desk]) -> None:
    made = desk()
    for _ in range(3):
        made.ledger.propose()
    made.end(0, 0.5, finished=False)
    made.end(1, 0.4, end_reason="patience")
    made.end(2, 0.3, failed="it broke")
    found = [(line.state, line.end_reason, line.value) for line in lines(made.folder, TRIALS)]
    assert found == [("STOPPED", "scheduler", 0.5), ("COMPLETED", "patience", 0.4), ("FAILED", "error", None)]
    assert made.ledger.ended == {"STOPPED": 1, "COMPLETED": 1, "FAILED": 1}
    assert made.ledger.last_reason == "it broke"


def test_a_completed_trial_is_better_than_any_stopped_one(desk: Callable[..., Desk]) -> None:
    made = desk()
    for _ in range(3):
        made.ledger.propose()
    made.end(0, 0.9, finished=False)
    assert made.seen[-1].best_trial == 0
    made.end(1, 0.2)
    made.end(2, 0.95, finished=False)
    assert (made.seen[-1].best_trial, made.seen[-1].best_value) == (1, 0.2)
    assert (made.folder / "best" / "model.keras").read_text() == "weights of 1"
    assert Study.load(made.folder).best.trial == 1  # type: ignore[union-attr]


def test_losses_are_better_when_smaller(desk: Callable[..., Desk]) -> None:
    made = desk(objective="val_loss")
    for _ in range(2):
        made.ledger.propose()
    made.end(0, 0.5)
    assert made.ledger.propose().bars.best == (1, -0.5, 0.0)  # type: ignore[union-attr]
    made.end(1, 0.7)
    assert made.seen[-1].best_trial == 0


def test_of_a_study_of_before_the_first_of_equal_trials_to_arrive_is_kept(desk: Callable[..., Desk]) -> None:
    """Workers' clocks may tell another order than that in which the results arrived."""
    made = desk(ties="end")
    for _ in range(3):
        made.ledger.propose()
    now = time.time()
    for trial, ended in ((2, now + 3600), (0, now - 5), (1, now)):
        made.end(trial, 0.8, ended=ended)
    best = Study.load(made.folder).best
    assert best is not None
    assert best.trial == 2
    assert json.loads((made.folder / "best" / "metrics.json").read_text())["trial"] == best.trial
    assert (made.folder / "best" / "model.keras").read_text() == f"weights of {best.trial}"
    assert made.seen[-1].best_trial == best.trial


def test_a_trial_whose_worker_died_is_proposed_again_as_it_was(desk: Callable[..., Desk]) -> None:
    made = desk(budget={"trials": 2})
    first, second = made.ledger.propose(), made.ledger.propose()
    assert first is not None
    assert second is not None
    made.end(1, 0.9)
    made.report(0, [0.5, 0.6])
    for attempt in (2, 3, 4):
        made.ledger.lose(0)
        assert not made.ledger.is_over
        again = made.ledger.propose()
        assert again is not None
        bars = Bars((1, 0.9, -1.0), None)
        assert again == replace(first, bars=bars, lane=again.lane, attempt=attempt, known=2)
        assert made.ledger.propose() is None
    assert len(lines(made.folder, PROPOSALS)) == 2
    made.report(0, [0.5])
    made.ledger.end(0, True)
    told = [(line.trial, line.attempt, line.why) for line in lines(made.folder, ATTEMPTS)]
    assert told == [(0, 2, DIED), (0, 3, DIED), (0, 4, DIED)]
    assert [line.attempts for line in lines(made.folder, TRIALS)] == [1, 4]
    assert made.ledger.is_over
    assert made.ledger.ended == {"COMPLETED": 2}


def test_a_trial_whose_workers_keep_dying_fails(desk: Callable[..., Desk]) -> None:
    made = desk()
    for _ in range(2):
        made.ledger.propose()
    made.report(0, [0.5, 0.6])
    for _ in range(3):
        made.ledger.lose(0)
        made.ledger.propose()
    made.ledger.lose(0)
    (line,) = lines(made.folder, TRIALS)
    assert (line.state, line.reason, line.epochs) == ("FAILED", "worker died 4 times", 2)
    assert (line.value, line.worker) == (None, Worker(node="n", pid=7))
    assert not (made.folder / "best").exists()
    made.end(1, 0.5)
    assert made.ledger.ended == {"FAILED": 1, "COMPLETED": 1}


def test_what_a_worker_raised_is_told_and_counts_as_a_death(desk: Callable[..., Desk]) -> None:
    made = desk(resources={"max_failures": 1})
    for _ in range(2):
        assert made.ledger.propose() is not None
        made.ledger.lose(0, died_of("AttributeError: it has no epochs"))
    assert [line.reason for line in lines(made.folder, TRIALS)] == [
        "worker died 2 times: AttributeError: it has no epochs"
    ]


def test_how_many_deaths_a_trial_survives_is_the_experiments(desk: Callable[..., Desk]) -> None:
    made = desk(resources={"max_failures": 0})
    made.ledger.propose()
    made.ledger.lose(0)
    assert [line.reason for line in lines(made.folder, TRIALS)] == ["worker died once"]


def test_what_the_memory_monitor_ended_is_tried_once_more(desk: Callable[..., Desk]) -> None:
    made = desk()
    made.ledger.propose()
    made.ledger.lose(0)
    made.ledger.propose()
    made.ledger.lose(0, MEMORY)
    assert made.ledger.propose() is not None
    made.ledger.lose(0, MEMORY)
    (line,) = lines(made.folder, TRIALS)
    assert line.reason.startswith("worker died 3 times: Ray's memory monitor ended it")


def test_each_trial_has_a_lane_of_its_own_until_it_ends(desk: Callable[..., Desk]) -> None:
    made = desk(lanes=2)
    first, second = made.ledger.propose(), made.ledger.propose()
    assert first is not None
    assert second is not None
    assert {first.lane, second.lane} == {0, 1}
    assert made.ledger.propose() is None
    assert not made.ledger.is_over
    made.end(second.number, 0.5)
    third = made.ledger.propose()
    assert third is not None
    assert (third.number, third.lane) == (2, second.lane)
    made.ledger.lose(first.number)
    assert made.ledger.propose().lane == first.lane  # type: ignore[union-attr]


def test_a_trial_that_a_worker_gives_back_is_proposed_again_and_no_death_counts(desk: Callable[..., Desk]) -> None:
    made = desk(lanes=1)
    given = made.ledger.propose()
    assert given is not None
    for attempt in range(2, 7):
        made.ledger.give_back(0)
        assert made.ledger.propose() == replace(given, attempt=attempt)
    assert {line.why for line in lines(made.folder, ATTEMPTS)} == {SPENT}
    made.end(0, 0.5)
    assert made.ledger.ended == {"COMPLETED": 1}
    assert len(lines(made.folder, PROPOSALS)) == 1


def test_epochs_told_again_after_a_recovery_replace_the_earlier(desk: Callable[..., Desk]) -> None:
    made = desk()
    made.ledger.propose()
    made.report(0, [0.1, 0.2, 0.3])
    assert made.seen[-1].running == {0: 3}
    made.report(0, [0.1, 0.4])
    made.ledger.end(0, True)
    curves = Study.load(made.folder).curves
    assert list(curves["val_accuracy"]) == [0.1, 0.4, 0.3]


def test_what_arrives_after_the_end_is_not_recorded(desk: Callable[..., Desk]) -> None:
    made = desk()
    made.ledger.propose()
    made.end(0, 0.5)
    made.report(0, [0.9], first=2)
    assert len(lines(made.folder, CURVES)) == 1


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_equal_trials_the_lowest_number_is_the_best_whichever_ends_first(
    desk: Callable[..., Desk], order: tuple[int, ...]
) -> None:
    made = desk()
    for _ in order:
        made.ledger.propose()
    for trial in order:
        made.end(trial, 0.5)
    study = Study.load(made.folder)
    found = find_best(study)
    assert found is not None
    assert (found.best.trial, found.problem, made.seen[-1].best_trial) == (0, None, 0)
    assert (made.folder / "best" / "model.keras").read_text() == "weights of 0"


def test_bars_rise_and_predictions_are_kept_of_the_best_few(desk: Callable[..., Desk]) -> None:
    made = desk(space={"filters": {"int": [1, 100]}})
    values = [0.30 + 0.01 * (trial * 7 % 20) for trial in range(20)]
    for trial, value in enumerate(values):
        bars = made.ledger.propose().bars  # type: ignore[union-attr]
        before = sorted(values[:trial], reverse=True)
        assert bars.best == ((1, before[0], -values.index(before[0])) if before else None)
        full = before[KEPT_PREDICTIONS - 1] if trial >= KEPT_PREDICTIONS else None
        assert bars.predictions == (None if full is None else (1, full, -values.index(full)))
        made.end(trial, value)
    kept = {int(path.stem) for path in (made.folder / "predictions").iterdir()}
    assert kept == set(sorted(range(20), key=lambda trial: -values[trial])[:KEPT_PREDICTIONS])
    assert list((made.folder / "checkpoints").iterdir()) == []


def test_progress(desk: Callable[..., Desk]) -> None:
    made = desk(budget={"trials": 7, "minutes": 3})
    given = made.ledger.propose()
    made.ledger.propose()
    made.end(0, 0.5)
    last = made.seen[-1]
    assert given is not None
    assert (last.best_value, last.best_trial, last.best_config) == (0.5, 0, given.config)
    assert (last.ended, last.running, last.trials, last.seconds) == ({"COMPLETED": 1}, {1: 0}, 7, 180)
    assert last.elapsed >= 0
    assert not last.of_front


def test_progress_says_what_the_best_trial_is_of_several_objectives(desk: Callable[..., Desk]) -> None:
    """What the sweep tells as it runs, and what is read of its record."""
    choose = {"within": 0.1, "of": "val_accuracy", "then": "parameters"}
    made = desk(objective=["val_accuracy", "parameters"], choose=choose, budget={"trials": 2})
    for trial, (value, parameters) in enumerate([(0.5, 10.0), (0.55, 20.0)]):
        made.ledger.propose()
        made.end(trial, value, cost={"parameters": parameters})
    for told in (made.seen[-1], Follower(Study.load(made.folder)).read()):
        assert (told.best_value, told.best_trial, told.of_front) == (0.5, 0, True)


def test_the_journal_follows(desk: Callable[..., Desk]) -> None:
    import optuna

    made = desk()
    for _ in range(3):
        made.ledger.propose()
    made.end(1, 0.5, finished=False)
    made.end(0, 0.7)
    made.end(2, 0.1, failed="it broke")
    backend = optuna.storages.journal.JournalFileBackend(str(made.folder / "optuna.journal"))
    study = optuna.load_study(study_name=made.folder.name, storage=optuna.storages.JournalStorage(backend))
    assert [trial.state.name for trial in study.trials] == ["PRUNED", "COMPLETE", "FAIL"]
    assert study.best_value == 0.7


def test_a_folder_that_cannot_be_written_ends_the_sweep(desk: Callable[..., Desk]) -> None:
    made = desk()
    (made.folder / "proposals.jsonl").mkdir()
    with pytest.raises(SweepError, match=r"cannot write .*proposals"):
        made.ledger.propose()


def test_weights_that_did_not_arrive_end_the_sweep(desk: Callable[..., Desk]) -> None:
    made = desk()
    made.ledger.propose()
    made.report(0, [0.5])
    (made.folder / "checkpoints" / "0" / "1" / "model.keras").unlink()
    with pytest.raises(SweepError, match="must be kept where all nodes see it"):
        made.ledger.end(0, True)
    assert lines(made.folder, TRIALS) == [], "a trial has not ended before its model is kept"


def again(made: Desk, **keys: Any) -> Desk:
    """Another driver that goes on with the study of one that died."""
    experiment = Experiment.from_yaml(made.folder / "experiment.yaml").updated(keys)
    other = Desk.__new__(Desk)
    other.folder, other.metric, other.seen = made.folder, made.metric, []
    other.ledger = Ledger(
        LocalStore(made.folder), experiment, CLASSES, 30, other.seen.append, past=Past.read(LocalStore(made.folder))
    )
    return other


def test_a_ledger_made_again_from_the_record_goes_on_where_it_was(desk: Callable[..., Desk]) -> None:
    made = desk(sampler={"name": "tpe", "startup_trials": 2})
    for _ in range(5):
        made.ledger.propose()
    made.report(3, [0.1, 0.2])
    made.end(1, 0.6)
    made.end(0, 0.9, finished=False)
    made.end(4, 0.3, failed="it broke")
    bars = made.ledger.propose().bars  # type: ignore[union-attr]

    other = again(made)
    assert other.ledger.ended == made.ledger.ended == {"COMPLETED": 1, "STOPPED": 1, "FAILED": 1}
    assert other.ledger.last_reason == "it broke"
    given = [other.ledger.propose() for _ in range(4)]
    assert [each.number for each in given if each] == [2, 3, 5, 6]
    proposals = {line.trial: line for line in lines(made.folder, PROPOSALS)}
    for each in given[:3]:
        assert each is not None
        assert (each.config, each.seed) == (proposals[each.number].config, proposals[each.number].seed)
        assert (each.attempt, each.bars) == (2, bars)
        assert each.known == (2 if each.number == 3 else 0)
    assert given[3] == replace(made.ledger.propose(), lane=given[3].lane)  # type: ignore[type-var, union-attr]
    assert other.seen[-1].best_trial == made.seen[-1].best_trial == 1

    events = [line.event for name in (CURVES, TRIALS) for line in lines(made.folder, name)]
    other.end(2, 0.95)
    assert lines(made.folder, TRIALS)[-1].event == max(events) + 2
    assert other.seen[-1].best_trial == 2
    assert (made.folder / "best" / "model.keras").read_text() == "weights of 2"


def test_deaths_count_over_the_death_of_the_driver(desk: Callable[..., Desk]) -> None:
    made = desk()
    made.ledger.propose()
    for _ in range(3):
        made.ledger.lose(0)
        made.ledger.propose()
    other = again(made)
    other.ledger.propose()
    other.ledger.lose(0)
    assert [line.reason for line in lines(made.folder, TRIALS)] == ["worker died 4 times"]


@pytest.mark.parametrize("journal", ["behind", "torn", "locked"])
def test_the_journal_catches_up(desk: Callable[..., Desk], journal: str) -> None:
    import optuna

    made = desk()
    for _ in range(3):
        made.ledger.propose()
    made.end(1, 0.5)
    path = made.folder / "optuna.journal"
    before = path.read_bytes()
    made.end(0, 0.7)
    after = path.read_bytes()
    if journal == "locked":
        path.with_name("optuna.journal.lock").symlink_to(path)
    else:
        path.write_bytes(before if journal == "behind" else after[:-20] + b"\n" + after[-20:])
    again(made).end(2, 0.1)
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    study = optuna.load_study(study_name=made.folder.name, storage=optuna.storages.JournalStorage(backend))
    assert [trial.value for trial in study.trials] == [0.5, 0.7, 0.1]


def test_a_record_that_does_not_tell_the_order_is_refused(desk: Callable[..., Desk]) -> None:
    made = desk()
    made.ledger.propose()
    made.end(0, 0.5)
    old = (made.folder / "trials.jsonl").read_text().replace('"event"', '"other"')
    (made.folder / "trials.jsonl").write_text(old)
    with pytest.raises(InputError, match="in which order"):
        Past.read(LocalStore(made.folder))


def test_a_sweep_without_nodes_ends_with_words_and_keeps_what_had_ended(
    desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "_LOOKED", -1.0)
    monkeypatch.setattr(places, "_GONE", 0.0)
    nodes = [Nodes(({"CPU": 1.0},))]
    made = desk(lanes=Places(lambda: nodes[0]))
    assert made.ledger.propose() is not None
    nodes[0] = Nodes(())
    assert made.ledger.propose() is None  # one runs, as far as is known
    made.end(0, 0.5)
    with pytest.raises(SweepError, match="which needs 1 CPU; there is: no node"):
        made.ledger.propose()
    assert made.ledger.ended == {"COMPLETED": 1}
