"""The first limit of a search that is reached, from the ends of its trials."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from recorded import ended

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.study.progress.patience import expected_trials
from cnnsearch.study.progress.search_limits import SearchLimits, idle_rules, limit_reached, overrun_in_words
from cnnsearch.study.record.lines import TrialLine, Worker

Small = Callable[..., Experiment]


def lines(*values: float | None, **keys: Any) -> list[TrialLine]:
    """Trials of two epochs, each half an hour after the one before, that took a whole hour on node ``a``."""
    shared: dict[str, Any] = {"epochs": 2, "worker": Worker(node="a"), **keys}
    at = [3600 + 1800 * number for number in range(len(values))]
    times = [{"started": end - 3600.0, "ended": float(end), "event": number} for number, end in enumerate(at)]
    return [ended(number, value, **{**shared, **times[number]}) for number, value in enumerate(values)]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"budget": {"trials": 9}}, 5),
        ({"budget": {"trials": 9, "epochs": 12}}, 2),  # eight epochs of four trials
        ({"budget": {"trials": 9, "epochs": 11}}, 2),  # one does not use it up
        ({"budget": {"trials": 9, "epochs": 8}}, 0),
        ({"stop": {"patience_trials": 3}}, expected_trials(4, 0, 3, 5)),
        ({"stop": {"patience_trials": 3}, "budget": {"trials": 9, "epochs": 10}}, 1),
        ({"stop": {"target": 0.9}}, 5),  # nothing tells
    ],
)
def test_how_many_trials_will_still_end(small: Small, keys: Mapping[str, Any], expected: float) -> None:
    limits = SearchLimits(small(**{"budget": {"trials": 9}, **keys}))
    assert limits.expected(5) == 5, "before one has ended"
    for line in lines(0.1, 0.2, 0.3, 0.4):
        limits.end(line)
    assert limits.expected(5) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("budget", "hours"),
    [
        ({"trials": 9}, None),
        ({"worker_hours": 5}, 1),
        ({"cost": {"most": 5, "node_hour": 1}}, 5),  # two hours and a half of the one node are over, and two trained
        ({"worker_hours": 5, "cost": {"most": 5, "node_hour": 1}}, 1),
    ],
)
def test_for_how_long_workers_may_still_train(small: Small, budget: Mapping[str, Any], hours: float | None) -> None:
    limits = SearchLimits(small(budget=budget))
    for line in lines(0.1, 0.2, 0.3, 0.4):
        limits.end(line)
    assert limits.worker_seconds(at_once=2) == (None if hours is None else hours * 3600)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"budget": {"epochs": 12}}, 2),
        ({"budget": {"minutes": 5}}, None),
        ({"budget": {"minutes": 5}, "stop": {"patience_trials": 3}}, expected_trials(4, 0, 3, 1000)),
        ({"budget": {"minutes": 5}, "stop": {"target": 0.9}}, None),  # nothing tells
    ],
)
def test_without_a_number_of_trials(small: Small, keys: Mapping[str, Any], expected: float | None) -> None:
    limits = SearchLimits(small(**keys))
    assert limits.expected(None) is None
    for line in lines(0.1, 0.2, 0.3, 0.4):
        limits.end(line)
    assert limits.expected(None) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"budget": {"epochs": 6}}, "budget.epochs: 6 epochs were trained, of 6"),
        ({"budget": {"epochs": 7}}, None),
        ({"budget": {"worker_hours": 3}}, "budget.worker_hours: workers trained for 3 hours, of 3"),
        ({"budget": {"worker_hours": 3.1}}, None),
        ({"budget": {"cost": {"most": 4, "node_hour": 2}}}, "budget.cost: 4 was spent on nodes, of 4"),
        ({"budget": {"cost": {"most": 4.1, "node_hour": 2}}}, None),
        ({"stop": {"target": 0.7}}, "stop.target: trial 1 reached val_accuracy 0.7, and 0.7 was asked for"),
        ({"stop": {"target": 0.71}}, None),
        ({"stop": {"patience_trials": 1}}, "stop.patience_trials: 1 trials after trial 1 gave nothing better"),
        ({"stop": {"patience_trials": 2}}, None),
        ({"stop": {"expected_gain": 9.0}}, None),
        (
            {"budget": {"epochs": 6}, "stop": {"target": 0.7}},
            "stop.target: trial 1 reached val_accuracy 0.7, and 0.7 was asked for",
        ),
    ],
)
def test_each_limit(small: Small, keys: Mapping[str, Any], expected: str | None) -> None:
    """Three trials in two hours, so that three worker-hours were two hours of the node; the second is the best one."""
    found = limit_reached(small(**{"budget": {"trials": 99}, **keys}), lines(0.5, 0.7, 0.6))
    assert found == expected


def test_the_nodes_that_ran_at_the_same_time_are_all_paid(small: Small) -> None:
    experiment = small(budget={"cost": {"most": 3.0, "node_hour": 1.0}})
    apart = [*lines(0.5, 0.6, worker=Worker(node="a")), *lines(0.5, 0.6, worker=Worker(node="b"))]
    assert limit_reached(experiment, apart) == "budget.cost: 3 was spent on nodes, of 3"


def test_a_trial_that_waited_was_no_work(small: Small) -> None:
    """An hour of one trial, and as much of another one that then waited for nine hours."""
    limits = SearchLimits(small(budget={"worker_hours": 3, "cost": {"most": 3, "node_hour": 1}}))
    hour = 3600.0
    for number, (began, freed, end) in enumerate([(0, 1, 1), (0, 1, 10), (7, 8, 11)]):
        at = {"started": began * hour, "waited_since": freed * hour, "ended": end * hour}
        limits.end(ended(number, 0.5 - 0.1 * number, worker=Worker(node="a"), **at))
        assert limits.worker_seconds(2) == pytest.approx((2 - number) * hour)
    assert limits.reached == "budget.worker_hours: workers trained for 3 hours, of 3"


def test_what_a_trial_did_before_it_waited_is_paid(small: Small) -> None:
    """In two hours on one node, then, after three of waiting, in one on another one."""
    experiment = small(budget={"cost": {"most": 3, "node_hour": 1}})
    hour, until = 3600.0, {"epochs": 1, "state": "STOPPED", "end_reason": "scheduler"}
    before = ended(0, 0.5, started=0.0, ended=2 * hour, worker=Worker(node="a"), **until)
    last = ended(0, 0.6, started=5 * hour, ended=6 * hour, worker=Worker(node="b"))
    assert limit_reached(experiment, [last]) is None
    assert limit_reached(experiment, [last], [before]) == "budget.cost: 3 was spent on nodes, of 3"


def test_smaller_may_be_better(small: Small) -> None:
    experiment = small(objective="val_loss", stop={"target": 0.55})
    assert limit_reached(experiment, lines(0.7, 0.6)) is None
    assert str(limit_reached(experiment, lines(0.7, 0.5))).startswith("stop.target: trial 1 reached val_loss 0.5,")


def test_a_trial_that_fails_is_no_trial_without_an_improvement(small: Small) -> None:
    experiment = small(stop={"patience_trials": 2})
    assert limit_reached(experiment, lines(0.7, None, None, 0.6)) is None
    assert limit_reached(experiment, lines(0.7, None, 0.6, 0.6)) is not None


def test_the_first_that_was_reached_stays(small: Small) -> None:
    """Trials in flight may still improve, and a search that was ended has ended."""
    experiment = small(stop={"patience_trials": 2})
    told = limit_reached(experiment, lines(0.7, 0.6, 0.6, 0.9))
    assert told == "stop.patience_trials: 2 trials after trial 0 gave nothing better"


def test_expected_gain(small: Small) -> None:
    experiment = small(stop={"expected_gain": 0.01})
    same = lines(*[0.1, *[0.5 + 0.0001 * (k % 3) for k in range(30)]])
    told = limit_reached(experiment, same)
    assert told is not None
    assert told.startswith("stop.expected_gain: 20 more trials would probably improve val_accuracy by ")
    assert told.endswith(", less than 0.01")
    assert limit_reached(experiment, lines(*[0.02 * k for k in range(31)])) is None


@pytest.mark.parametrize(
    "keys", [{"budget": {"cost": {"most": 3}}}, {"stop": {"target": "high"}}, {"stop": {"hours": 1}}]
)
def test_what_is_not_valid_is_told(small: Small, keys: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        small(**keys)


def test_rules_that_the_budget_leaves_no_time_for_are_told() -> None:
    def told(trials: int, **stop: Any) -> str:
        return idle_rules(Experiment(name="a", space={"units": {"int": [1, 99]}}, budget={"trials": trials}, stop=stop))

    both = {"expected_gain": 0.01, "patience_trials": 40, "target": 0.9}
    assert told(8, **both) == (
        "budget.trials: 8 is too few for stop.expected_gain, which needs more than 20, "
        "and for stop.patience_trials, which needs more than 41"
    )
    # The best may be the first; 40 more end with the 41st.
    assert told(41, **both) == "budget.trials: 41 is too few for stop.patience_trials, which needs more than 41"
    assert told(42, **both) == told(1, target=0.9) == ""


@pytest.mark.parametrize(
    ("budget", "more"),
    [
        ({"epochs": 4}, "budget.epochs: 4 epochs were trained, of 4; {} 2 more"),
        ({"worker_hours": 1}, "budget.worker_hours: workers trained for 1 hours, of 1; {} 2 hours more"),
        ({"cost": {"most": 1, "node_hour": 1}}, "budget.cost: 1 was spent on nodes, of 1; {} 1 more"),
    ],
)
def test_what_trials_in_flight_take_beyond_a_limit_is_told(small: Small, budget: dict[str, Any], more: str) -> None:
    assert limit_reached(small(budget=budget), lines(0.5, 0.7, 0.6)) == more.format("trials in flight then took")


def test_a_population_that_trains_beyond_the_budget_is_told() -> None:
    def told(scheduler: Any = "pbt", **budget: Any) -> str:
        space = {"learning_rate": {"float": [1e-4, 1e-2]}}
        return overrun_in_words(Experiment(name="a", space=space, epochs=10, scheduler=scheduler, budget=budget))

    together = (
        "trials count when they end, and those of a population of pbt end together: all 8 train to their ends, "
        "80 epochs together"
    )
    assert told(epochs=79) == f"budget.epochs: {together}"
    assert told(epochs=79, worker_hours=1) == f"budget.epochs and budget.worker_hours: {together}"
    assert told({"name": "pbt", "population": 6}, epochs=50).endswith("all 6 train to their ends, 60 epochs together")
    assert told(epochs=80) == told(trials=40) == told("asha", epochs=10, worker_hours=1) == ""
