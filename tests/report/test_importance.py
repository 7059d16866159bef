from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import optuna
import pytest
from synthetic import SyntheticTrial, digits_experiment

from cnnsearch.report.views.importance.info import ImportanceInfo, importance_info
from cnnsearch.study import Study

Write = Callable[..., Study]


def drawn(count: int, accuracy: Callable[[Mapping[str, Any]], float], **keys: Any) -> list[SyntheticTrial]:
    """Trials at random points, their accuracy a function of the config."""
    space = digits_experiment(**keys).space
    rng = np.random.default_rng(1)
    configs = [space.sample(rng) for _ in range(count)]
    return [
        SyntheticTrial("STOPPED" if n % 3 else "COMPLETED", (round(accuracy(config), 4),), config)
        for n, config in enumerate(configs)
    ]


def by_dropout(config: Mapping[str, Any]) -> float:
    return 0.9 - float(config["dropout"])


def test_what_decides_alone_stands_first_and_the_rest_may_be_chance(written: Write) -> None:
    space = digits_experiment().to_dict()["space"]
    info = importance_info(written(drawn(80, by_dropout), space=space))
    assert info.missing is None
    assert (info.trials, info.stopped, info.top) == (80, 53, 10)
    first, *others = info.parameters
    assert first.name == "dropout"
    assert first.share > 0.6
    assert first.beyond_chance
    assert first.trials == 80
    assert sum(other.beyond_chance for other in others) <= 1  # one in twenty is over its mark by chance
    assert sum(parameter.share for parameter in info.parameters) == pytest.approx(1.0)


def test_conditional_parameters_take_part(written: Write) -> None:
    space = digits_experiment().to_dict()["space"]

    def by_units(config: Mapping[str, Any]) -> float:
        return 0.3 if "units" not in config else 0.2 + config["units"] / 400

    info = importance_info(written(drawn(120, by_units), space=space))
    units = next(parameter for parameter in info.parameters if parameter.name == "units")
    assert units.beyond_chance
    assert 60 < units.trials < 100
    assert {parameter.name for parameter in info.parameters} == set(space) - {"batch_size"}


def test_the_same_study_gives_the_same_importances(written: Write) -> None:
    trials = drawn(30, by_dropout)
    space = digits_experiment().to_dict()["space"]
    assert importance_info(written(trials, "one", space=space)) == importance_info(written(trials, "two", space=space))


def test_a_loss_is_better_when_lower(written: Write) -> None:
    space = digits_experiment().to_dict()["space"]
    trials = drawn(60, by_dropout)
    larger = importance_info(written(trials, "accuracy", space=space))
    assert importance_info(written(trials, "loss", space=space, objective="val_loss")) == larger


def test_lists_and_booleans_are_categories(written: Write) -> None:
    space = {
        "image_size": {"choice": [[8, 8], [16, 16]]},
        "batch_normalization": {"choice": [True, False]},
        "dropout": {"float": [0.0, 0.45], "step": 0.2},
    }
    trials = drawn(40, lambda config: 0.9 - 0.3 * config["batch_normalization"], space=space)
    info = importance_info(written(trials, space=space))
    assert info.parameters[0].name == "batch_normalization"
    assert info.parameters[0].beyond_chance


@pytest.mark.parametrize(
    ("count", "space", "reason"),
    [
        (9, {"dropout": {"float": [0.0, 0.5]}, "filters": {"choice": [8, 16]}}, "at least 10 trials"),
        (20, {"dropout": {"float": [0.0, 0.5]}, "filters": 8}, "fewer than two parameters vary"),
    ],
)
def test_says_why_it_is_left_out(written: Write, count: int, space: dict[str, Any], reason: str) -> None:
    info = importance_info(written(drawn(count, by_dropout, space=space), space=space))
    assert info.parameters == ()
    assert reason in str(info.missing)


def test_equal_trials_have_no_important_parameter(written: Write) -> None:
    space = digits_experiment().to_dict()["space"]
    info = importance_info(written(drawn(20, lambda _: 0.5), space=space))
    assert info == ImportanceInfo(missing="the best trials do not differ from the others in any one parameter")


def test_a_failing_evaluator_gives_its_reason(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("no density")

    monkeypatch.setattr(optuna.importance.PedAnovaImportanceEvaluator, "evaluate", fail)
    space = digits_experiment().to_dict()["space"]
    info = importance_info(written(drawn(20, by_dropout), space=space))
    assert info.missing == "Optuna's evaluator failed: AssertionError: no density"


def test_optuna_says_nothing(written: Write, capfd: pytest.CaptureFixture[str]) -> None:
    before = optuna.logging.get_verbosity()
    space = digits_experiment().to_dict()["space"]
    importance_info(written(drawn(20, by_dropout), space=space))
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before
