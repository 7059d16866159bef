"""Every sampler with every scheduler, driven through whole searches in one process."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnsearch.errors import TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.replay import replay
from cnnsearch.search.samplers import SAMPLERS, Outcome, Untried
from cnnsearch.search.schedulers import SCHEDULERS, milestones
from cnnsearch.search.simulation import Simulation
from cnnsearch.space import Config, config_key
from cnnsearch.study import Study
from cnnsearch.study.record.lines import ReleaseLine, TrialLine
from cnnsearch.study.store import LocalStore

EPOCHS = 9
TRIALS = 20
WORKERS = 3
SAMPLER_OPTIONS: dict[str, dict[str, Any]] = {
    "tpe": {"startup_trials": 5},
    "grid": {"points": 3},
    "nsga2": {"population": 4},
    "nsga3": {"population": 4},
}
SCHEDULER_OPTIONS: dict[str, dict[str, Any]] = {
    "asha": {"grace_epochs": 1, "reduction": 2, "audit": 0.5},
    "pasha": {"grace_epochs": 1, "reduction": 2, "audit": 0.5},
    "hyperband": {"grace_epochs": 1, "reduction": 2, "brackets": 2, "audit": 0.5},
    "median": {"grace_epochs": 2, "min_trials": 2, "audit": 0.5},
    "pbt": {"population": 6, "interval": 2},
}
SPACE = {
    "filters": {"choice": [4, 8, 16]},
    "optimizer": {"choice": ["adam", "sgd"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "dropout": {"float": [0.0, 0.5], "step": 0.1},
}


def digest(config: Config) -> np.random.Generator:
    """Draws that depend on the config alone."""
    return np.random.default_rng(list(config_key(config).encode()))


def curve(config: Config) -> Iterator[float]:
    """Rises to a top of the config's own; some trials fail in their second epoch, some end by themselves after six."""
    rng = digest(config)
    top, speed, kind = rng.uniform(0.3, 1.0), rng.uniform(0.1, 1.0), rng.integers(4)
    for epoch in itertools.count(1):
        if kind == 0 and epoch == 2:
            raise TrialError("it broke")
        if kind == 1 and epoch == 7:
            return
        yield float(top * (1 - np.exp(-speed * epoch)))


def seconds(config: Config) -> float:
    return float(digest(config).uniform(1, 3))


def experiment_of(sampler: str, scheduler: str, metric: str = "val_accuracy", **keys: Any) -> Experiment:
    defaults: dict[str, Any] = {"space": SPACE, "epochs": EPOCHS, "budget": {"trials": TRIALS}, "seed": 3}
    return Experiment(
        name="simulated",
        objective=metric,
        sampler={"name": sampler, **SAMPLER_OPTIONS.get(sampler, {})},
        scheduler={"name": scheduler, **SCHEDULER_OPTIONS.get(scheduler, {})},
        **{**defaults, **keys},
    )


def simulated(folder: Path, experiment: Experiment) -> Past:
    folder.mkdir()
    Simulation(LocalStore(folder), experiment, curve, WORKERS, seconds).run()
    return Past.read(LocalStore(folder))


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, Outcome]]:
    """What samplers hear of the ends of trials."""
    heard: list[tuple[int, Outcome]] = []
    tell = Untried.tell

    def listening(self: Untried, trial: int, outcome: Outcome) -> None:
        heard.append((trial, outcome))
        tell(self, trial, outcome)

    monkeypatch.setattr(Untried, "tell", listening)
    return heard


OF_EVERY_SPACE = [name for name in SAMPLERS if name not in ("gp", "cma-es", "optunahub")]
"""Without packages of their own."""

every_sampler = pytest.mark.parametrize("sampler", OF_EVERY_SPACE)


@pytest.mark.parametrize(
    ("sampler", "scheduler"),
    [
        # nsga3 with asha: below, killed at three moments; with several objectives: test_several_objectives.py.
        pytest.param(sampler, scheduler, marks=[pytest.mark.exhaustive] if sampler == "nsga3" else [])
        for scheduler in SCHEDULERS
        for sampler in OF_EVERY_SPACE
    ],
)
def test_a_search(tmp_path: Path, told: list[tuple[int, Outcome]], sampler: str, scheduler: str) -> None:
    metric = "val_loss" if sampler == "tpe" else "val_accuracy"
    experiment = experiment_of(sampler, scheduler, metric)
    past = simulated(tmp_path / "study", experiment)
    configs = [line.config for line in past.proposals]
    assert [line.trial for line in past.proposals] == list(range(TRIALS))
    assert past.in_flight == ()
    for config in configs:
        assert set(config) == {name for name in experiment.space if experiment.space.is_active(name, config)}
        assert all(experiment.space[name].contains(value) for name, value in config.items())
    assert len(set(map(config_key, configs))) == TRIALS
    curves, outcomes = past.curves(metric), dict(told)
    assert len(outcomes) == len(told) == TRIALS
    decides = milestones(scheduler, experiment.scheduler, EPOCHS)
    for line in past.ends:
        values = tuple(sorted(curves.get(line.trial, {}).items()))
        if (taken := past.takeovers(line.trial)) != []:
            check_lineage(past, line, values, taken, outcomes[line.trial], min if metric == "val_loss" else max)
            continue
        whole = so_far(line.config)
        assert [value for _, value in values] == whole[: len(values)]
        assert outcomes[line.trial] == Outcome(line.state, line.value, () if line.state == "FAILED" else values)
        assert len(values) in decides if line.state == "STOPPED" else len(values) == len(whole)
        assert (line.state == "STOPPED") == (line.end_reason == "scheduler")
    states = {line.state for line in past.ends}
    stops = scheduler not in ("none", "pbt")
    assert states == {"COMPLETED", "FAILED", *(["STOPPED"] if stops else [])}
    assert any(line.audited is not None for line in past.ends) == stops
    assert all(each.agrees for each in replay(Study.load(tmp_path / "study")))


def check_lineage(
    past: Past,
    line: TrialLine,
    values: tuple[tuple[int, float], ...],
    taken: list[ReleaseLine],
    told: Outcome,
    best: Callable[[Iterable[float]], float],
) -> None:
    """Of a trial that took over from others: each epoch is of the config that it had then, the end of the last one."""
    configs = {0: past.proposals[line.trial].config, **{each.epoch: each.config for each in taken}}
    for epoch, value in values:
        whole = so_far(configs[max(since for since in configs if since < epoch)])
        assert value == (whole[epoch - 1] if epoch <= len(whole) else whole[-1])
    assert line.config == taken[-1].config
    since = taken[-1].epoch
    if line.state == "COMPLETED":
        assert line.value == best(value for epoch, value in values if epoch > since)
        assert line.best_epoch > since
    own = tuple((epoch, value) for epoch, value in values if epoch <= taken[0].epoch)
    assert told == Outcome("STOPPED", best(value for _, value in own), own), "the sampler hears of what it proposed"


def so_far(config: Config) -> list[float]:
    """The curve, as far as it goes."""
    values: list[float] = []
    with contextlib.suppress(TrialError):
        for value in itertools.islice(curve(config), EPOCHS):
            values.append(value)
    return values


def record(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*.jsonl")}


@every_sampler
def test_the_same_seed_gives_the_same_record_and_another_one_other_proposals(tmp_path: Path, sampler: str) -> None:
    experiment = experiment_of(sampler, "asha", budget={"trials": 12})
    first, other = simulated(tmp_path / "first", experiment), experiment.updated({"seed": 4})
    simulated(tmp_path / "again", experiment)
    assert record(tmp_path / "first") == record(tmp_path / "again") != {}
    configs = [line.config for line in first.proposals]
    assert [line.config for line in simulated(tmp_path / "other", other).proposals] != configs


@pytest.mark.parametrize("sampler", [*OF_EVERY_SPACE, "cma-es"])
def test_a_search_whose_driver_dies_now_and_then(tmp_path: Path, sampler: str) -> None:
    numbers = {"dropout": {"float": [0.0, 0.5]}, "learning_rate": {"float": [1e-4, 1e-1], "log": True}}
    if sampler == "cma-es":
        pytest.importorskip("cmaes")
    experiment = experiment_of(sampler, "asha", **({"space": numbers} if sampler == "cma-es" else {}))
    store = LocalStore(tmp_path)
    for _ in range(3):
        simulation = Simulation(store, experiment, curve, WORKERS, seconds)
        for _ in range(9):
            simulation.step()
            assert len(simulation.running) <= WORKERS
    Simulation(store, experiment, curve, WORKERS, seconds).run()
    past = Past.read(store)
    assert past.in_flight == ()
    assert [line.trial for line in past.proposals] == list(range(TRIALS))
    assert len({config_key(line.config) for line in past.proposals}) == TRIALS
    assert past.attempts != ()
    assert all(each.agrees for each in replay(Study.load(tmp_path)))


NEEDED = {"cma-es": "cmaes", "gp": "torch"}
NUMBERS = {"dropout": {"float": [0.0, 0.5]}, "learning_rate": {"float": [1e-4, 1e-1], "log": True}}
KILLED = [*((name, "asha") for name in SAMPLERS if name != "optunahub"), *(("bohb", name) for name in SCHEDULERS)]


def proposed_and_decided(folder: Path) -> list[Any]:
    past = Past.read(LocalStore(folder))
    return [
        [(line.trial, line.config, line.seed, line.told, line.repeats) for line in past.proposals],
        [(line.trial, line.state, line.epochs, line.value, line.config, line.audited) for line in past.ends],
        [(line.trial, line.epoch, line.asked) for line in past.epochs],
        [(line.trial, line.epoch, line.source, line.config) for line in past.releases],
    ]


@pytest.mark.parametrize(("sampler", "scheduler"), list(dict.fromkeys(KILLED)))
def test_a_search_that_is_killed_at_three_moments_is_the_same(tmp_path: Path, sampler: str, scheduler: str) -> None:
    """With one worker, as another order of arrival may give another search."""
    if sampler in NEEDED:
        pytest.importorskip(NEEDED[sampler])
    experiment = experiment_of(sampler, scheduler, **({"space": NUMBERS} if sampler in NEEDED else {}))
    for name, kills in (("whole", ()), ("killed", (5, 6, 7))):
        (folder := tmp_path / name).mkdir()
        for steps in kills:
            simulation = Simulation(LocalStore(folder), experiment, curve, 1, seconds)
            assert all(simulation.step() for _ in range(steps))
        Simulation(LocalStore(folder), experiment, curve, 1, seconds).run()
    assert proposed_and_decided(tmp_path / "killed") == proposed_and_decided(tmp_path / "whole")
    assert len(Past.read(LocalStore(tmp_path / "whole")).ends) == TRIALS


class DiedError(Exception):
    """The driver is no more."""


@pytest.mark.parametrize("scheduler", [name for name in SCHEDULERS if name not in ("none", "pbt")])
@pytest.mark.parametrize("stops", [pytest.param(1, marks=pytest.mark.exhaustive), 3])
def test_a_trial_that_was_stopped_when_its_driver_died_ends_where_it_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheduler: str, stops: int
) -> None:
    """What it would come to if it went on is another value, which sampler and scheduler must not hear of."""
    experiment = experiment_of("tpe", scheduler)
    (tmp_path / "whole").mkdir()
    Simulation(LocalStore(tmp_path / "whole"), experiment, curve, 1, seconds).run()
    (cut := tmp_path / "cut").mkdir()
    stopped, end = [], Ledger.end

    def die(self: Ledger, trial: int, finished: bool) -> None:
        if not finished and not self.decisions.waits(trial):
            stopped.append(trial)
            if len(stopped) == stops:
                raise DiedError
        end(self, trial, finished)

    with monkeypatch.context() as patch, contextlib.suppress(DiedError):
        patch.setattr(Ledger, "end", die)
        Simulation(LocalStore(cut), experiment, curve, 1, seconds).run()
        raise AssertionError("nothing was stopped")
    assert stopped[-1] in {line.trial for line in Past.read(LocalStore(cut)).in_flight}
    Simulation(LocalStore(cut), experiment, curve, 1, seconds).run()
    assert proposed_and_decided(cut) == proposed_and_decided(tmp_path / "whole")
    assert Study.load(cut).records[stopped[-1]].state == "STOPPED"


@every_sampler
def test_limits_hold_over_a_drivers_death(tmp_path: Path, told: list[tuple[int, Outcome]], sampler: str) -> None:
    """What breaks one is told to the sampler as that, is no best trial, and is so again when the record is read."""
    experiment = experiment_of(sampler, "asha", limits={"latency_ms": 10}, budget={"trials": 14})
    store = LocalStore(tmp_path)
    for steps in (8, 1000):
        simulation = Simulation(store, experiment, curve, WORKERS, seconds, cost=cost)
        for _ in range(steps):
            simulation.step()
    study = Study.load(tmp_path)
    slow = {
        line.trial for line in study.records if line.state != "FAILED" and cost(line.config)["latency_seconds"] > 0.01
    }
    assert set(study.broken_limits) == slow
    assert {line.trial for line in study.ranked} == {line.trial for line in study.records if line.value} - slow
    assert 0 < len(slow) < len([line for line in study.records if line.value])
    assert study.best is not None
    excess = {trial: outcome.excess for trial, outcome in told if outcome.state != "FAILED"}
    assert {trial for trial, value in excess.items() if value} == slow
    assert None not in excess.values()
    assert all(each.agrees for each in replay(study))


def cost(config: Config) -> dict[str, float]:
    """Of a network whose latency grows with its filters: from 5 ms to 20 ms."""
    return {"latency_seconds": 0.00125 * config["filters"] + 0.001 * config["dropout"]}


def test_workers_run_at_once_and_report_in_the_order_of_their_ends(tmp_path: Path) -> None:
    """Two workers, epochs of 1 s and of 2.5 s: the decisions of a rung fall in the order of arrival."""
    experiment = experiment_of("random", "none", space={"filters": {"choice": [4, 8]}}, budget={"trials": 2}, epochs=2)
    tops = {4: 0.4, 8: 0.8}
    Simulation(
        LocalStore(tmp_path),
        experiment,
        lambda config: [tops[config["filters"]]] * 2,
        workers=2,
        seconds=lambda config: 1.0 if config["filters"] == 8 else 2.5,
    ).run()
    ends = Past.read(LocalStore(tmp_path)).ends
    assert [(line.config["filters"], line.value, line.ended) for line in ends] == [
        (8, 0.8, 2.0),
        (4, 0.4, 5.0),
    ]


def test_a_trial_takes_its_start_and_each_epoch_its_own_time(tmp_path: Path) -> None:
    experiment = experiment_of("random", "median", budget={"trials": 2})
    each = (5.0, *[1.0] * (EPOCHS - 1))
    Simulation(
        LocalStore(tmp_path), experiment, lambda _: [0.5] * EPOCHS, 1, lambda _: each, startup=lambda _: 10.0
    ).run()
    past = Past.read(LocalStore(tmp_path))
    assert [line.ended for line in past.ends] == [23.0, 46.0]
    assert [line.seconds for line in past.epochs] == [*each, *each]


def test_the_minutes_end_it_in_simulated_time(tmp_path: Path) -> None:
    experiment = experiment_of("random", "none", budget={"minutes": 1})
    Simulation(LocalStore(tmp_path), experiment, lambda _: [0.5] * EPOCHS, 1, lambda _: 2.0).run()
    past = Past.read(LocalStore(tmp_path))
    assert [line.ended for line in past.ends] == [18.0, 36.0, 54.0, 72.0]
    assert past.in_flight == ()


@pytest.mark.parametrize("values", [[], [0.5, float("nan")]])
def test_a_curve_that_is_none_is_an_error(tmp_path: Path, values: list[float]) -> None:
    simulation = Simulation(LocalStore(tmp_path), experiment_of("random", "none"), lambda _: values)
    with pytest.raises(ValueError, match="a curve must hold finite values, one at least"):
        simulation.run()
