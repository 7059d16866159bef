"""Value against cost, of trials whose front is known."""

from __future__ import annotations

from collections.abc import Callable

from synthetic import SyntheticTrial

from cnnsearch.report.figure.pareto import pareto_figure
from cnnsearch.report.info.pareto import Candidate, Front, ParetoInfo, pareto_info
from cnnsearch.report.views import pareto as view
from cnnsearch.study import Study

Write = Callable[..., Study]

# Trials 1, 2 and 4 are the front; 0 is dearer than 2 and no better, 3 worse than 1 at the same cost.
COSTS = ((0.90, 400), (0.80, 100), (0.90, 300), (0.70, 100), (0.95, 900))


def trials(state: str = "COMPLETED") -> list[SyntheticTrial]:
    fixed = {"parameters": 10, "model_bytes": 40, "compute_seconds": 1.0}
    return [
        SyntheticTrial(state, (accuracy,), cost={**fixed, "latency_seconds": cost / 1e6}) for accuracy, cost in COSTS
    ]


def candidate(trial: int) -> Candidate:
    return Candidate(trial, "COMPLETED", COSTS[trial][0], COSTS[trial][1] / 1e6)


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
    )


def test_equally_good_trials_are_both_on_the_front(written: Write) -> None:
    twice = [*trials(), trials()[4]]
    assert [each.trial for each in pareto_info(written(twice)).fronts[0].front] == [1, 2, 4, 5]


def test_a_cheaper_trial_within_the_interval_of_the_best_is_named(written: Write) -> None:
    study = written([*trials(), SyntheticTrial("COMPLETED", (0.93,), cost={"latency_seconds": 5e-4})])
    info = pareto_info(study)
    front = next(front for front in info.fronts if front.cost == "latency_seconds")
    assert front.frugal == Candidate(5, "COMPLETED", 0.93, 5e-4)
    assert any("trial 5 takes 0.5 ms instead of 0.9 ms" in note for note in view.VIEW.notes(info))


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
