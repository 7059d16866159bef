"""Several objectives in an experiment: what they are read as, and what does not go with them."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record

SPACE = {"filters": {"int": [4, 64]}}


def experiment(**keys: Any) -> Experiment:
    return Experiment(**{"name": "a", "space": SPACE, "objective": ["val_accuracy", "latency_ms"], **keys})


def problems(**keys: Any) -> list[str]:
    try:
        experiment(**keys)
    except InputError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_a_list_is_a_metric_and_costs_beside_it() -> None:
    found = experiment(objective=["parameters", "val_loss", "macs"])
    assert found.objective.names == ("val_loss", "parameters", "macs")
    assert found.objective.modes == ("min", "min", "min")
    assert found.traces_networks
    assert found.scheduler["name"] == "asha"
    assert found.choose is not None
    assert found.choose.model_dump() == {"within": 0.0, "of": "val_loss", "then": "parameters"}
    assert str(found.choose) == "the best val_loss, then parameters"
    with reading_a_record():
        assert Experiment.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(("words", "within"), [("within 0.01 of the best", 0.01), ("the best", 0.0)])
def test_which_is_taken_may_be_said_in_words(words: str, within: float) -> None:
    found = experiment(choose={"val_accuracy": words, "then": "latency_ms"})
    assert found == experiment(choose={"within": within, "of": "val_accuracy", "then": "latency_ms"})


def test_a_metric_of_ones_own_says_its_mode() -> None:
    found = experiment(objective=[{"metric": "my_metrics:cost", "mode": "min"}, "model_mb"])
    assert found.objective.modes == ("min", "min")


def test_one_objective_is_recorded_as_it_was() -> None:
    found = Experiment(name="a", space=SPACE)
    assert found.to_dict()["objective"] == {"metric": "val_accuracy", "mode": "max"}
    assert found.choose is None
    assert found.scheduler["name"] == "asha"


IN_WORDS = "choose.val_accuracy: must be 'within NUMBER of the best', as within 0.01 of the best, or 'the best' "
ONE_METRIC = (
    "objective: must be one metric, as val_accuracy, and beside it some of parameters, model_mb, macs, latency_ms "
)
ONE_SCORE = "scheduler: judges by one objective only; several know none, asha, hyperband (got 'pasha')"


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"objective": ["val_accuracy", "val_loss"]}, [ONE_METRIC + "(got ['val_accuracy', 'val_loss'])"]),
        ({"objective": ["latency_ms"]}, [ONE_METRIC + "(got ['latency_ms'])"]),
        ({"objective": ["val_acuracy", "macs"]}, ["objective.metric: unknown metric; did you mean 'val_accuracy'?"]),
        ({"objective": ["val_accuracy", "macs", "macs"]}, ["objective.beside: names an objective twice"]),
        ({"scheduler": "pasha"}, [ONE_SCORE]),
        ({"scheduler": "asha"}, []),
        ({"scheduler": "no such"}, ["scheduler.name: unknown scheduler"]),
        ({"sampler": "gp"}, ["sampler: gp knows one objective only; several know auto, random, qmc, grid, tpe, bohb"]),
        ({"sampler": {"optunahub": "samplers/x"}}, ["sampler: optunahub knows one objective only; several know auto"]),
        ({"objective": [{"metric": "val_accuracy", "beside": ["macs"]}, "latency_ms"]}, [ONE_METRIC]),
        ({"stop": {"target": 0.9}}, ["stop: goes by one objective: leave it out, and let the budget end the search"]),
        (
            {"choose": {"of": "val_accuracy", "then": "latency"}},
            ["choose.then: must be one of the objectives; did you mean 'latency_ms'?"],
        ),
        (
            {"choose": {"of": "latency_ms", "then": "latency_ms"}},
            ["choose.then: must be another objective than 'of' (got 'latency_ms')"],
        ),
        ({"choose": {"of": "val_accuracy", "then": "latency_ms", "within": -1}}, ["choose.within: must be a number"]),
        (
            {"choose": {"val_acuracy": "the best", "then": "latency_ms"}},
            ["choose.of: must be one of the objectives; did you mean 'val_accuracy'? (got 'val_acuracy')"],
        ),
        ({"choose": {"val_accuracy": "nearly", "then": "latency_ms"}}, [IN_WORDS + "(got 'nearly')"]),
        ({"choose": {"val_accuracy": "within 1.2.3 of the best", "then": "latency_ms"}}, [IN_WORDS]),
        ({"choose": {"val_accuracy": "the best", "within": 0.1, "then": "latency_ms"}}, [IN_WORDS]),
        (
            {"objective": "val_accuracy", "choose": {"of": "val_accuracy", "then": "latency_ms"}},
            ["choose: says which of several objectives counts: name them, as objective: [val_accuracy, latency_ms]"],
        ),
        (
            {"objective": "val_kappa", "choose": {"of": "val_kappa", "then": "latency_ms"}},
            ["choose: says which of several objectives counts: name them, as objective: [val_kappa, latency_ms]"],
        ),
    ],
)
def test_what_does_not_go_together_is_told_before_the_start(keys: dict[str, Any], told: list[str]) -> None:
    found = problems(**keys)
    assert len(found) == len(told)
    for mine, his in zip(found, told, strict=True):
        assert mine.startswith(his), mine
