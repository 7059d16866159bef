"""What an experiment must have for its model to be an ensemble."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.limits import limits_in_words
from cnnsearch.experiment.recorded import reading_a_record, with_former

GOOD: dict[str, Any] = {
    "name": "x",
    "space": {"learning_rate": {"float": [0.001, 0.1]}},
    "finalists": {"top": 3, "seeds": 2},
    "final": "ensemble",
}
FOLDS = {"finalists": None, "evaluation": {"folds": 5}}

BAD = [
    ({"finalists": None}, "final: takes the models of two or more finalists: write finalists: {top: 3, seeds: 3}, or"),
    ({"finalists": {"top": 1}}, "final: takes the models of two or more finalists"),
    ({"ensemble": 4}, r"ensemble: must be no more than finalists.top, 3 \(got 4\)"),
    ({"ensemble": 1}, "ensemble: must be a whole number from 2 to 100"),
    ({"final": "keep", "ensemble": 2}, "ensemble: counts the networks of final: ensemble, or those that final: refit"),
    ({"final": "refit", "ensemble": 4}, r"ensemble: must be no more than finalists.top, 3 \(got 4\)"),
    (
        {"final": "refit", "ensemble": 2, "objective": ["val_accuracy", "model_mb"]},
        "ensemble: is the mean of several models, .*with several objectives leave it out",
    ),
    (
        {
            "final": "refit",
            "ensemble": 2,
            "finalists": None,
            "model": "text_cnn",
            "dataset": "sentences",
        },
        "ensemble: is not made of models of texts, which may have different vocabularies: leave it out",
    ),
    ({**FOLDS, "ensemble": 2}, "ensemble: counts finalists, and with evaluation the members are the winner's folds"),
    (
        {"task": "detection", "model": "detector", "dataset": "digit_boxes"},
        "a mean of boxes is none: write keep or refit",
    ),
    ({"objective": ["val_accuracy", "model_mb"]}, "with several objectives write keep or refit"),
]


def test_a_longer_refit_is_asked_for_with_a_refit() -> None:
    keys = {key: value for key, value in GOOD.items() if key != "final"}
    with pytest.raises(InputError, match="refit_times: is how many times as long as its trial final: refit trains"):
        Experiment(**keys, refit_times=2)
    for final in ("keep", "refit", "ensemble"):  # who has a file with it may say that there is no refit
        assert Experiment(**keys, final=final, refit_times=2).final == final


@pytest.mark.parametrize(("keys", "told"), BAD)
def test_what_cannot_be(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        Experiment(**{**GOOD, **keys})
    assert len(error.value.problems) == 1


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"ensemble": 2},
        FOLDS,
        {**FOLDS, "finalists": {"top": 1, "seeds": 2}},
        {"final": "refit", "ensemble": 3},
        {"final": "refit", "ensemble": 5, "finalists": None},
        {**FOLDS, "final": "refit", "ensemble": 2},
    ],
)
def test_what_can(keys: dict[str, Any]) -> None:
    made = Experiment(**{**GOOD, **keys})
    assert Experiment.from_dict(made.to_dict()) == made


@pytest.mark.parametrize(
    ("keys", "networks"),
    [
        ({}, 3),
        ({"ensemble": 2}, 2),
        (FOLDS, 5),
        ({"finalists": None, "evaluation": {"folds": 5, "repeats": 2}}, 10),
        ({"final": "refit"}, 1),
        ({"final": "refit", "ensemble": 2}, 2),
        ({"finalists": None, "final": "keep"}, 1),
    ],
)
def test_networks_that_are_shipped_together_share_the_limits(keys: dict[str, Any], networks: int) -> None:
    whole = {"parameters": 3e4, "gpu_memory_gb": 2, "latency_ms": 6}
    made = Experiment(**{**GOOD, **keys, "limits": whole})
    limits = made.limits
    assert limits is not None
    assert limits.networks == networks
    assert Experiment.from_dict(made.to_dict()) == made
    most = {"parameters": 3e4 / networks, "gpu_memory_bytes": 2.0 * 2**30, "latency_seconds": 6e-3 / networks}
    kept = {name: 0.99 * value for name, value in most.items()}
    assert limits.excess(kept) == 0
    for name in most:
        (broken,) = limits.broken({**kept, name: most[name] * 1.5})
        assert ("shared by" in broken) == (networks > 1 and name != "gpu_memory_bytes")
    assert limits.of_all.broken({"parameters": 3e4, "latency_seconds": 5.9e-3}) == ()
    assert limits_in_words(made).startswith(f"limits hold for all {networks} networks") == (networks > 1)


def test_limits_of_each_network_are_those_that_a_user_or_an_older_record_says() -> None:
    limited = {**GOOD, "limits": {"parameters": 3e4}}
    alone = Experiment(**{**limited, "limits": {"parameters": 3e4, "networks": 1}})
    assert alone.limits is not None
    assert alone.limits.broken({"parameters": 3e4}) == ()
    assert limits_in_words(alone) == ""
    recorded = {key: value for key, value in Experiment(**GOOD).to_dict().items() if key != "limits"}
    former = with_former({**recorded, "limits": {"parameters": 3e4}})
    with reading_a_record():
        assert Experiment.from_dict(former).limits == alone.limits
    assert with_former(Experiment(**limited).to_dict())["limits"]["networks"] == 3
