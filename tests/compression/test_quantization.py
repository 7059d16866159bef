"""Which ways to make a model small there are."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.compression.spec import Pruning, Quantization, TrialTraining, Way, ways_of
from cnnsearch.errors import InputError


def test_names() -> None:
    assert [Quantization("int8").name, Quantization("int8", "int8").name] == ["int8", "int8-io"]
    assert Quantization("float16").told == {"quantize": "float16"}
    assert Quantization("int8", "int8").told == {"quantize": "int8", "io": "int8"}
    assert Way(quantize=Quantization("qat", epochs=3)).of_trial(TrialTraining(0.01, 5)) == {
        **{"quantize": "qat", "io": "float"},
        **{"epochs": 3, "learning_rate": 0.001},
    }


def test_learning_rates() -> None:
    """A backbone is trained for int8 at a rate of its own."""
    plain, backbone = TrialTraining(0.01, 5), TrialTraining(0.01, 5, has_backbone=True)
    qat = Quantization("qat")
    assert (qat.rate(plain), qat.rate(backbone)) == (0.001, 0.0001)
    assert (Pruning(0.5).rate(plain), Pruning(0.5).rate(backbone)) == (0.001, 0.001)
    for asked in (Quantization("qat", learning_rate=0.3), Pruning(0.5, learning_rate=0.3)):
        assert asked.rate(backbone) == 0.3
    both = Way(Pruning(0.5), qat)
    assert both.of_trial(plain).keys() - both.told.keys() == {"learning_rate"}
    told = both.of_trial(backbone)
    assert (told["learning_rate"], told["qat_learning_rate"]) == (0.001, 0.0001), "of two trainings two rates"


@pytest.mark.parametrize(
    ("kind", "io", "rule"),
    [
        ("int4", "float", "--quantize: unknown way; did you mean"),
        ("int8", "uint8", "--io: must be one of float, int8"),
        ("onnx-int8", "int8", "--io: int8 goes with --quantize int8, and this is onnx-int8"),
        ("dynamic", "int8", "--io: int8 goes with --quantize int8, and this is dynamic"),
    ],
)
def test_what_there_is_not(kind: str, io: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        Quantization(kind, io)  # type: ignore[arg-type]


def test_names_of_what_loses_filters() -> None:
    assert Pruning(0.375, "batch_normalization").name == "pruned-37-5-bn"
    chain = Way(Pruning(0.5), Quantization("int8", "int8"))
    assert chain.name == "pruned-50-int8-io"
    assert chain.told == {"prune": 0.5, "by": "l1", "epochs": 10, "quantize": "int8", "io": "int8"}
    assert (Way().name, Way().told) == ("", {})
    sparse = Pruning(0.5, epochs=3, structured=False)
    assert (sparse.name, sparse.told) == ("sparse-50", {"prune": 0.5, "structured": False, "epochs": 3})


def test_what_a_command_asks_for() -> None:
    found = ways_of(["int8", "dynamic", "int8"], "int8", [0.5, 0.8, 0.5], "l1", 3, None)
    each = (
        "pruned-50",
        "pruned-50-int8-io",
        "pruned-50-dynamic",
        "pruned-80",
        "pruned-80-int8-io",
        "pruned-80-dynamic",
    )
    assert tuple(way.name for way in found) == each
    assert [way.name for way in ways_of(["int8"], "float", [])] == ["int8"]
    several = ways_of(["qat", "int8"], "float", [], seeds=3)
    assert [(way.name, way.seeds, way.told.get("seeds")) for way in several] == [("qat", 3, 3), ("int8", 1, None)]
    (aware,) = ways_of(["qat"], "int8", [], epochs=3, learning_rate=0.1)
    assert (aware.name, aware.aware) == ("qat-io", Quantization("qat", "int8", 3, 0.1))


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"shares": [1.0]}, "--prune: must be a share of the filters of each layer, above 0 and below 1"),
        ({"shares": [float("nan")]}, "--prune: must be a share"),
        ({"shares": [0.5], "by": "l2"}, "--prune-by: unknown measure; "),
        ({"shares": [0.5], "epochs": 0}, "--epochs: must be a number of epochs, 1 or more"),
        ({"shares": [0.5], "learning_rate": 0.0}, "--learning-rate: must be above 0"),
        ({"kinds": ["int8"], "by": "batch_normalization"}, "--prune-by: goes with --prune"),
        ({"kinds": ["int8"], "epochs": 10}, "--epochs: goes with --prune, or --quantize qat"),
        ({"kinds": ["qat"], "epochs": 0}, "--epochs: must be a number of epochs, 1 or more"),
        ({"kinds": ["qat"], "by": "l1"}, "--prune-by: goes with --prune"),
        ({"kinds": ["int8"], "by": "l1"}, "--prune-by: goes with --prune"),
        ({"shares": [0.5], "io": "int8"}, "--io: goes with --quantize int8"),
        ({"shares": [1.0], "structured": False}, "--prune: must be a share of the weights of each layer"),
        ({"shares": [0.5], "structured": False, "by": "batch_normalization"}, "--prune-by: is of filters"),
        ({"shares": [0.5], "structured": False, "kinds": ["qat"]}, "--quantize: trains all weights"),
        ({"kinds": ["int8"], "structured": False}, "--unstructured: goes with --prune"),
        ({"kinds": ["int8"], "seeds": 3}, "--seeds: goes with --prune, --distill, or --quantize qat"),
        ({"shares": [0.5], "seeds": 0}, "--seeds: must be a number of trainings, 1 or more"),
    ],
)
def test_what_a_command_may_not_ask_for(options: dict[str, Any], rule: str) -> None:
    given = {"kinds": [], "io": "float", "shares": [], **options}
    with pytest.raises(InputError, match=rule):
        ways_of(**given)
