"""Structure: trials of equal structures run the same program, others do not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.data.stages import Scaling
from cnnsearch.experiment.schema import searchable
from cnnsearch.families import FAMILIES
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.tasks.contract.targets import Outputs
from cnnsearch.training.programs.structure import Structure

SEARCHABLE = searchable(FAMILIES["cnn"].spec, CLASSIFICATION)
RUNTIME = sorted(name for name, spec in SEARCHABLE.items() if not spec.structural)
STRUCTURAL = sorted(name for name, spec in SEARCHABLE.items() if spec.structural)
EVERYTHING = {name: spec.sensible.to_dict() for name, spec in SEARCHABLE.items() if spec.sensible is not None}
EVERYTHING |= {name: {"choice": list(SEARCHABLE[name].options)} for name in ("learning_rate_schedule", "class_weights")}


def two_values(name: str) -> tuple[Any, Any]:
    spec = SEARCHABLE[name]
    assert spec.sensible is not None
    first, *_, last = spec.sensible.points(3)
    return first, last


@pytest.mark.parametrize("name", RUNTIME)
def test_a_runtime_parameter_is_no_part_of_it(name: str) -> None:
    searched = tiny.experiment(EVERYTHING)
    one, other = (tiny.structure(searched, {"optimizer": "sgd", name: value}) for value in two_values(name))
    assert one == other
    assert hash(one) == hash(other)
    assert name not in dict(one.settings)


@pytest.mark.parametrize("name", STRUCTURAL)
def test_a_structural_parameter_is(name: str) -> None:
    searched = tiny.experiment(EVERYTHING)
    first, last = two_values(name)
    one, other, again = (tiny.structure(searched, {name: value}) for value in (first, last, first))
    assert one == again
    assert hash(one) == hash(again)
    assert one != other
    assert dict(one.settings)[name] == (tuple(first) if isinstance(first, list) else first)


def test_every_parameter_is_of_one_kind() -> None:
    made = tiny.structure(tiny.experiment(EVERYTHING), {"optimizer": "sgd"})
    of_schedule = {"learning_rate", "learning_rate_schedule", "warmup_epochs"}
    of_schedule |= {"decay_epochs", "decay_factor", "decay_power"}
    of_classes = {"class_weights_beta", "oversampling"}
    assert set(dict(made.settings)) == set(STRUCTURAL)
    assert made.active == set(RUNTIME) - of_schedule - of_classes
    assert [name for name, _ in made.settings] == sorted(dict(made.settings))


def test_what_is_off_in_every_trial_costs_nothing() -> None:
    made = tiny.structure(tiny.experiment({"units": {"choice": [4, 8]}, "l2": 0.0, "class_weights": "none"}))
    assert made.active == frozenset()
    assert tiny.program(tiny.experiment({"l2": 0.0})).values == {}
    assert {name: dict(made.settings)[name] for name in ("dropout", "l2", "class_weights", "random_zoom")} == {
        "dropout": 0.0,
        "l2": 0.0,
        "class_weights": "none",
        "random_zoom": 0.0,
    }


@pytest.mark.parametrize(
    ("said", "active"),
    [
        ({"dropout": 0.5}, {"dropout"}),
        ({"dropout": {"float": [0.0, 0.5]}}, {"dropout"}),
        ({"dropout": {"choice": [0.0, 0.5]}}, {"dropout"}),
        ({"dropout": {"choice": [0.0]}}, set()),
        ({"class_weights": {"choice": ["none", "balanced"]}}, {"class_weights"}),
        ({"optimizer": "sgd"}, {"momentum"}),
        ({"optimizer": "sgd", "momentum": 0.0}, set()),
        ({"optimizer": {"choice": ["adam", "sgd"]}, "momentum": 0.5}, set()),
        ({"clip_norm": {"choice": [0.0, 1.0]}, "ema_momentum": 0.0}, {"clip_norm"}),
        ({"random_rotation": 0.1, "random_flip": "both"}, {"random_rotation"}),
        ({"label_smoothing": {"choice": [0.0, 0.1]}, "weight_decay": 1e-4}, {"label_smoothing", "weight_decay"}),
    ],
)
def test_what_may_act_in_a_search_is_active(said: dict[str, Any], active: set[str]) -> None:
    assert tiny.structure(tiny.experiment(said)).active == active


def test_a_conditional_parameter_has_its_default_where_it_is_inactive() -> None:
    searched = tiny.experiment(
        {
            "dense_layers": {"int": [0, 2]},
            "units": {"choice": [4, 8], "when": {"dense_layers": [1, 2]}},
            "dropout": {"float": [0.1, 0.5], "when": {"dense_layers": [1, 2]}},
        }
    )
    without, small, large = (
        tiny.structure(searched, config)
        for config in ({"dense_layers": 0}, {"dense_layers": 1, "units": 4}, {"dense_layers": 1, "units": 8})
    )
    assert len({without, small, large}) == 3
    assert dict(without.settings)["units"] == SEARCHABLE["units"].default
    assert without.active == small.active == {"dropout"}


def test_the_data_and_the_resources_are_part_of_it() -> None:
    searched = tiny.experiment({})
    filled = tiny.filled(searched)
    made = tiny.structure(searched)
    assert (made.shape, made.dtype, made.outputs) == ((6, 6, 2), "uint8", Outputs(tiny.CLASSES))
    assert made.scale == (float(np.float32(1 / 255)), float(np.float32(1 / 200)))
    assert made.value_range == (0.0, 255.0)
    pixels = tiny.PIXELS
    others = [
        Structure.of(searched, filled, replace(pixels, x_train=pixels.x_train.astype(np.float32)), tiny.SCALING),
        Structure.of(searched, filled, replace(pixels, x_train=pixels.x_train[:, :5]), tiny.SCALING),
        Structure.of(searched, filled, replace(pixels, names=tuple("abcdef")), tiny.SCALING),
        Structure.of(searched, filled, pixels, Scaling(tiny.SCALING.scale, tiny.SCALING.scale, 0.0, 255.0)),
        Structure.of(searched, filled, pixels, Scaling(tiny.SCALING.scale, tiny.SCALING.offset, 0.0, 250.0)),
        tiny.structure(tiny.experiment({}, resources={"xla": True})),
        tiny.structure(tiny.experiment({}, resources={"precision": "mixed_bfloat16"})),
        tiny.structure(tiny.experiment({"penalty": 0.1}, "own_families:build")),
    ]
    assert len({made, *others}) == len(others) + 1
    assert tiny.structure(tiny.experiment({}, resources={"cpus": 2, "memory_gb": 3}, epochs=9, seed=4)) == made


def test_values_that_python_takes_for_equal_are_other_structures() -> None:
    """A worker that found the program of ``True`` for ``1`` would train another network than its record says."""
    searched = tiny.experiment({"norm": {"choice": [True, 1, 1.0, [1, 2], [1.0, 2]]}}, "own_families:build")
    made = [tiny.structure(searched, {"norm": value}) for value in (True, 1, 1.0, (1, 2), (1.0, 2))]
    assert len(set(made)) == 5
    assert tiny.structure(searched, {"norm": 1}) == made[1]


def test_an_int_of_a_float_parameter_is_that_float() -> None:
    searched = tiny.experiment({"dropout": {"choice": [0, 0.5]}, "learning_rate": 1})
    filled = searched.filled({"dropout": 0, "learning_rate": 1})
    assert repr((filled["dropout"], filled["learning_rate"])) == "(0.0, 1.0)"


def test_lists_are_hashable() -> None:
    searched = tiny.experiment({"sizes": {"choice": [[3, 4], [5, 6]]}}, "own_families:build")
    one, other, again = (tiny.structure(searched, {"sizes": sizes}) for sizes in ([3, 4], [5, 6], (3, 4)))
    assert one == again != other
    assert hash(one) == hash(again)


def test_plain_numbers_build_a_stock_model() -> None:
    made = tiny.structure(tiny.experiment({"dropout": 0.5, "l2": 0.1}))
    model = made.build({"dropout": 0.5, "l2": 0.1})
    assert {type(layer).__module__.partition(".")[0] for layer in model._flatten_layers()} == {"keras"}
    assert model.get_layer("scaling").scale == list(made.scale)
    grey = replace(made, scale=(0.5, 0.5), offset=(0.0, 0.0)).build({"dropout": 0.5, "l2": 0.1})
    assert grey.get_layer("scaling").scale == 0.5
