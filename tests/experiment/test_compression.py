"""The section ``compression`` of an experiment: what it asks for, and what a family cannot do."""

from __future__ import annotations

from typing import Any

import pytest
from synthetic import digits_experiment

from cnnsearch.compression.choosing.spec import Choice
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment

INT8, QAT, HALF = {"quantize": "int8"}, {"quantize": "qat"}, {"prune": {"sparsity": 0.5}}
SPARSE = {"sparsity": 0.5, "structured": False}
STUDENT = {"student": {"filters": 4, "class_weights": [1.0, 2.0]}, "temperature": 2}


def names(*sections: dict[str, Any]) -> list[str]:
    return [way.name for way in digits_experiment(compression=list(sections)).ways]


def test_what_is_asked_for() -> None:
    assert names() == []
    assert names(INT8, {"prune": {"sparsity": [0.5, 0.8]}}) == ["int8", "pruned-50", "pruned-80"]
    assert names(HALF, {**HALF, "quantize": ["int8", "dynamic"]}) == [
        "pruned-50",
        "pruned-50-int8",
        "pruned-50-dynamic",
    ]
    told = (
        digits_experiment(compression=[{"prune": {"sparsity": 0.5, "epochs": 3, "learning_rate": 0.01}}]).ways[0].told
    )
    assert told == {"prune": 0.5, "by": "l1", "epochs": 3, "learning_rate": 0.01}
    (aware,) = digits_experiment(compression=[{"quantize": "qat", "epochs": 3}]).ways
    assert aware.told == {"quantize": "qat", "io": "float", "epochs": 3}
    chain = digits_experiment(compression=[{"quantize": "qat", "prune": {"sparsity": 0.5, "epochs": 3}}]).ways[1]
    assert (chain.name, chain.quantize and chain.quantize.epochs) == ("pruned-50-qat", 3)


def test_weights_go_in_place_of_filters() -> None:
    section = {"prune": {"sparsity": 0.5, "structured": False, "epochs": 3}, "quantize": "int8", "lose": 0.01}
    (asked,) = digits_experiment(compression=[{**section, "then": "gzipped"}]).asked
    assert [way.name for way in asked.ways] == ["sparse-50", "sparse-50-int8"]
    assert asked.ways[0].told == {"prune": 0.5, "structured": False, "epochs": 3}
    assert names({"prune": {"sparsity": 0.5, "structured": True}}) == ["pruned-50"]


def test_trainings_on_several_seeds() -> None:
    (asked,) = digits_experiment(compression=[{**HALF, "quantize": "int8", "seeds": 5}]).asked
    assert [(way.name, way.seeds) for way in asked.ways] == [("pruned-50", 5), ("pruned-50-int8", 5)]


def test_a_student_is_quantized_too() -> None:
    asked = {"distill": {"student": {"filters": 4, "units": 8}, "alone": True}, "quantize": "int8"}
    name = "filters-4-units-8"
    assert names(asked) == [f"distilled-{name}", f"distilled-{name}-int8", f"alone-{name}"]


def test_which_is_chosen() -> None:
    section = {"prune": {"sparsity": [0.2, 0.4], "step": 0.1}, "lose": 0.01, "then": "latency"}
    (asked,) = digits_experiment(compression=[section]).asked
    assert (asked.choice, asked.shares, asked.trials) == (Choice(0.01, "latency"), (0.2, 0.3, 0.4), 6)


def test_a_record_keeps_it() -> None:
    searched = {"prune": {"sparsity": [0.6, 0.9], "step": 0.1}, "lose": 0.01}
    asked = digits_experiment(compression=[INT8, HALF, searched, {"distill": STUDENT}])
    assert Experiment.from_dict(asked.to_dict()).asked == asked.asked
    assert Experiment.from_dict(asked.to_dict()).ways == asked.ways


@pytest.mark.parametrize(
    ("section", "rule"),
    [
        ({}, r"compression\.0: needs quantize, prune or distill"),
        ({"io": "int8", "quantize": "dynamic"}, r"compression\.0\.io: goes with quantize: int8"),
        ({"quantize": "int4"}, r"compression\.0\.quantize"),
        ({"prune": {"sparsity": 1.0}}, r"compression\.0\.prune\.sparsity"),
        ({"prune": {"sparsity": []}}, r"compression\.0\.prune\.sparsity"),
        ({"prune": {"sparsity": 0.5, "by": "l2"}}, r"compression\.0\.prune\.by"),
        ({"prune": {}}, r"compression\.0\.prune\.sparsity"),
        ({"prune": {**SPARSE, "by": "batch_normalization"}}, r"compression\.0\.prune\.by: is of filters"),
        ({"prune": SPARSE, "quantize": "qat"}, r"compression\.0\.quantize: trains all weights"),
        ({**INT8, "seeds": 3}, r"compression\.0\.seeds: goes with --prune"),
        ({"prune": SPARSE, "lose": 0.01}, r"compression\.0\.then: cannot tell models apart"),
        ({"distill": {"student": {}}}, r"distill\.student: must name a parameter"),
        ({"distill": {"student": {"filters": {"int": [1, 2]}}}}, r"distill\.student\.filters: must be a boolean"),
        ({"distill": {"student": {"fliters": 4}}}, r"distill\.student\.fliters: .* did you mean 'filters'"),
        ({"distill": {"student": {"filters": 4}, "weight": 0}}, r"distill\.weight: must be a number above 0"),
        ({"distill": {"student": {"image_size": 4}}}, r"distill\.student\.image_size: must stay what it is"),
        ({**INT8, "epochs": 3}, r"compression\.0\.epochs: goes with quantize: qat; of pruning it stands in prune"),
        ({**HALF, "quantize": "qat", "learning_rate": 0.1}, r"compression\.0\.learning_rate: stands in prune, and"),
        ({"quantize": "qat", "epochs": 0}, r"compression\.0\.epochs"),
        ({"prune": {"sparsity": [0.5, 0.2], "step": 0.1}}, r"compression\.0\.prune\.step: goes with two shares"),
        ({**INT8, "then": "latency"}, r"compression\.0\.then: goes with lose"),
        ({**INT8, "trials": 3}, r"compression\.0\.trials: goes with lose"),
        ({**INT8, "lose": -1}, r"compression\.0\.lose"),
        (
            {"distill": STUDENT, "prune": {"sparsity": [0.2, 0.9], "step": 0.1}, "lose": 0.01},
            r"compression\.0\.prune: are 8, and of a student not more may be asked for than are tried, 6",
        ),
    ],
)
def test_what_is_none(section: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        digits_experiment(compression=[section])


@pytest.mark.parametrize(
    ("keys", "section", "rule"),
    [
        ({"evaluation": {"folds": 5}}, INT8, "compression: measures by the validation split, and with evaluation"),
        ({"budget": {"minutes": 5, "all": True}}, INT8, "compression: takes a time that is not known before"),
        ({"finalists": {}, "final": "ensemble"}, HALF, r"compression\.0\.prune: is of one network"),
        (
            {"task": "regression", "objective": "val_mae"},
            {"distill": STUDENT},
            r"compression\.0\.distill\.temperature: softens probabilities, and this task tells numbers",
        ),
        (
            {"task": "segmentation", "model": "unet", "space": {"depth": 1}, "dataset": {"source": "digit_scenes"}},
            {"distill": {"student": {"depth": 2}}},
            r"compression\.0\.distill: teaches probabilities .* task 'segmentation' tells neither",
        ),
        (
            {"space": {"optimizer": "adam"}},
            {"distill": {"student": {"momentum": 0.5}}},
            r"compression\.0\.distill\.student\.momentum: does nothing",
        ),
        (
            {"model": "text_cnn", "dataset": "sentences", "space": {"embedding_size": 8}},
            {"quantize": "onnx-int8"},
            r"compression\.0\.quantize: is for pictures",
        ),
        ({"finalists": {}, "final": "ensemble"}, QAT, r"compression\.0\.quantize: is of one network"),
        ({"model": "vit", "space": {"depth": 1}}, QAT, r"compression\.0\.quantize: trains .* no network of vit"),
        (
            {"model": "vit", "space": {"depth": 1}},
            HALF,
            r"compression\.0\.prune: removes filters .* network of vit is not",
        ),
    ],
)
def test_what_cannot_be(keys: dict[str, Any], section: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        digits_experiment(**keys, compression=[section])


def test_two_ways_of_one_name() -> None:
    with pytest.raises(InputError, match="compression: asks for pruned-50 in two ways"):
        digits_experiment(compression=[HALF, {"prune": {"sparsity": 0.5, "epochs": 3}}])
