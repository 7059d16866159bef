"""Value against cost, of trials whose front is known."""

from __future__ import annotations

import functools
from collections.abc import Callable

import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.statistics.latency import Latency, latencies
from cnnsearch.report.statistics.share import Share
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.pareto import view
from cnnsearch.report.views.pareto.figure import pareto_figure
from cnnsearch.report.views.pareto.info import Candidate, Front, Frugal, ParetoInfo, pareto_info
from cnnsearch.study import Study

Write = Callable[..., Study]


@pytest.fixture
def written(written: Write) -> Write:
    """As for all reports, in a space of two parameters of which one shapes the network."""
    return functools.partial(written, space=SPACE)


# Trials 1, 2 and 4 are the front; 0 is dearer than 2 and no better, 3 worse than 1 at the same cost.
COSTS = ((0.90, 400), (0.80, 100), (0.90, 300), (0.70, 100), (0.95, 900))


SPACE = {"filters": {"int": [1, 20]}, "learning_rate": {"float": [1e-4, 1e-1]}}


def trials(state: str = "COMPLETED") -> list[SyntheticTrial]:
    fixed = {"parameters": 10, "model_bytes": 40, "compute_seconds": 1.0}
    return [
        SyntheticTrial(
            state,
            (accuracy,),
            {"filters": 1 + number, "learning_rate": 1e-3},
            cost={**fixed, "latency_seconds": cost / 1e6},
        )
        for number, (accuracy, cost) in enumerate(COSTS)
    ]


def candidate(trial: int) -> Candidate:
    value, cost = COSTS[trial]
    return Candidate(trial, "COMPLETED", value, *(cost / 1e6,) * 3)


def network(filters: int, accuracy: float, cost: dict[str, float], state: str = "COMPLETED") -> SyntheticTrial:
    config = {"filters": filters, "learning_rate": 1e-3 * (1 + cost["parameters"])}
    return SyntheticTrial(state, (accuracy,), config, cost=cost)


def test_front_is_exact_and_costs_that_do_not_differ_are_left_out(written: Write) -> None:
    assert pareto_info(written(trials())) == ParetoInfo(
        metric="val_accuracy",
        mode="max",
        best=4,
        fronts=(
            Front(
                cost="latency_seconds",
                candidates=tuple(candidate(trial) for trial in range(5)),
                front=(candidate(1), candidate(2), candidate(4)),
                frugal=None,  # of 360 pictures the interval of 0.95 begins at 0.922
                total=5,
                log=False,
            ),
        ),
        pictures=360,
    )


def test_equally_good_trials_are_both_on_the_front(written: Write) -> None:
    twice = [*trials(), trials()[4]]
    assert [each.trial for each in pareto_info(written(twice)).fronts[0].front] == [1, 2, 4, 5]


def test_a_cheaper_trial_within_the_interval_of_the_best_is_named(written: Write) -> None:
    config = {"filters": 6, "learning_rate": 1e-3}
    study = written([*trials(), SyntheticTrial("COMPLETED", (0.93,), config, cost={"latency_seconds": 5e-4})])
    info = pareto_info(study)
    front = next(front for front in info.fronts if front.cost == "latency_seconds")
    cheap = Candidate(5, "COMPLETED", 0.93, 5e-4, 5e-4, 5e-4)
    assert front.frugal == Frugal(cheap, candidate(4), 0.93, Share("val_accuracy", 0.95, wilson(0.95, 360)))
    assert view.VIEW.notes(info)[0] == (
        "Latency of one picture: trial 5 takes 0.5 ms instead of 0.9 ms. Its val_accuracy in the search, 0.930, lies "
        "within the 95% interval of that of trial 4, 0.950 (0.922 to 0.968)."
    )


def test_a_stopped_trial_is_not_recommended(written: Write) -> None:
    config = {"filters": 6, "learning_rate": 1e-3}
    study = written([*trials(), SyntheticTrial("STOPPED", (0.94,), config, cost={"latency_seconds": 5e-4})])
    front = next(front for front in pareto_info(study).fronts if front.cost == "latency_seconds")
    assert 5 in {each.trial for each in front.front}
    assert front.frugal is None


def test_accuracies_stand_beside_the_interval_also_where_a_loss_is_the_objective(written: Write) -> None:
    config = {"filters": 6, "learning_rate": 1e-3}
    some = [*trials(), SyntheticTrial("COMPLETED", (0.93,), config, cost={"latency_seconds": 5e-4})]
    front = pareto_info(written(some, objective="val_loss")).fronts[0]
    assert front.frugal is not None
    assert (front.frugal.value, front.frugal.share.value) == (0.93, 0.95)


def test_noise_of_a_busy_machine_is_no_faster_model(written: Write) -> None:
    # One network, 8 to 22 ms; trial 2 is better than trial 0 and has the same network.
    def cost(middle: float, number: int) -> dict[str, float]:
        spread = {"latency_low_seconds": 0.9 * middle, "latency_high_seconds": 1.5 * middle}
        return {"latency_seconds": middle, **spread, "parameters": number}

    some = [
        network(8, 0.94, cost(0.008, 0)),
        network(8, 0.80, cost(0.014, 1)),
        network(8, 0.95, cost(0.022, 2)),
        network(16, 0.945, cost(0.007, 3)),  # another one, whose spread overlaps
        network(2, 0.935, cost(0.002, 4)),
    ]
    study = written(some)
    one = Latency(0.008, pytest.approx(0.0072), pytest.approx(0.033), 3)
    assert [latencies(study)[trial] for trial in (0, 1, 2)] == [one, one, one]
    front = next(front for front in pareto_info(study).fronts if front.cost == "latency_seconds")
    assert [each.trial for each in front.front] == [4, 3, 2]
    assert front.frugal is not None
    assert front.frugal.candidate.trial == 4
    without = pareto_info(written(some[:4], "without"))
    assert next(front for front in without.fronts if front.cost == "latency_seconds").frugal is None
    spread = pareto_figure(pareto_info(study)).data[1].error_x
    assert list(spread.array) == pytest.approx([1.0, 3.5, 25.0])  # milliseconds
    assert "at most from 7.2 ms to 33 ms for one network" in " ".join(view.VIEW.notes(pareto_info(study)))


def test_a_loss_is_better_when_lower(written: Write) -> None:
    info = pareto_info(written(trials(), objective="val_loss"))
    assert [each.trial for each in info.fronts[0].front] == [1, 2, 4]
    assert [each.value for each in info.fronts[0].front] == [0.4, 0.2, 0.1]


def test_training_seconds_are_those_of_computing(written: Write) -> None:
    some = [SyntheticTrial("COMPLETED", (0.9,), cost={"compute_seconds": seconds}) for seconds in (3.0, 2.0)]
    front = next(front for front in pareto_info(written(some)).fronts if front.cost == "training_seconds")
    assert [each.cost for each in front.front] == [2.0]  # as good at less


def test_nothing_to_choose_from(written: Write) -> None:
    for study in (written([]), written([SyntheticTrial("COMPLETED", (0.9,))], "one")):
        info = pareto_info(study)
        assert info.fronts == ()
        assert view.VIEW.missing(info) == "no two trials with a value differ in what they cost"


def test_drawn_trials_are_those_of_the_front_and_beside_it(written: Write) -> None:
    figure = pareto_figure(pareto_info(written(trials())))
    assert list(figure.data[0].x) == [0.1, 0.3, 0.9]  # in milliseconds
    assert [list(trace.customdata) for trace in figure.data[1:]] == [[0, 1, 2, 3], [4]]
