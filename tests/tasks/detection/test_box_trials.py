"""Trials of boxes: as Keras trains them, however they are fed, and exported with suppression in them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tiny

from cnnsearch.data.stages import Scaling
from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.families.detector.places import Places
from cnnsearch.networks.traced import traced_sizes
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.trainer import Trainer

PIXELS = tiny.BOXED
SCALING: Scaling = tiny.SCALING


def searched(space: dict[str, Any], **keys: Any) -> Experiment:
    return tiny.experiment(space, "detector", task="detection", dataset={"source": "digit_boxes"}, **keys)


def trainer(made: Experiment, programs: Programs | None = None, **config: Any) -> Trainer:
    return Trainer(made, tiny.filled(made, config), PIXELS, SCALING, 1, programs)


def curve(of: Trainer) -> list[tuple[float, ...]]:
    while of.end_reason is None:
        of.run_epoch()
    return [tuple(epoch.values.values()) for epoch in of.epochs]


CASES = {
    "places": {"batch_size": 50, "detection_focal_gamma": 1.5, "box_loss_weight": 2.0},
    "anchors on two maps": {
        **{"boxes_from": "anchors", "box_assignment": "overlap", "map_levels": 2, "finest_stride": 2},
        **{"box_loss": "iou", "score_target": "one", "batch_size": 64, "l2": 0.01, "normalization": "none"},
    },
}


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=[] if name == "places" else [pytest.mark.exhaustive]) for name in CASES]
)
def test_a_program_trains_what_fit_trains(case: str) -> None:
    """On the same batches; what differs is rounding, which training makes larger."""
    made = searched(CASES[case])
    config = tiny.filled(made)
    structure = Structure.of(made, config, PIXELS, SCALING)
    program, model, told = tiny.beside_fit(structure, config, PIXELS)
    np.testing.assert_allclose(*zip(*told, strict=True), rtol=1e-3)
    loss, judged = program.evaluate(tiny.whole(PIXELS.x_validation, PIXELS.y_validation))
    given = structure.head.judged(tiny.answers(model, PIXELS.x_validation), PIXELS.y_validation)
    assert loss == pytest.approx(float(np.mean(given.losses)) + float(sum(map(float, model.losses))), rel=5e-3)
    assert judged["detections"].shape == given.kept["detections"].shape


SPACE = {
    **{"learning_rate": {"float": [0.001, 0.02]}, "box_loss_weight": {"float": [0.5, 4.0]}},
    **{"random_translation": 0.2, "random_flip": "both", "mosaic": {"float": [0.0, 1.0]}},
}


@pytest.fixture(scope="module")
def programs() -> Programs:
    """With what one trial has left."""
    kept = Programs()
    curve(trainer(searched(SPACE, epochs=2), kept, learning_rate=0.02, box_loss_weight=0.5, mosaic=1.0))
    return kept


def test_a_program_that_is_used_again_is_as_a_new_one(programs: Programs) -> None:
    config = {"learning_rate": 0.005, "box_loss_weight": 3.0, "mosaic": 0.6}
    made = searched(SPACE, epochs=2)
    again = trainer(made, programs, **config)
    assert not again.is_compiled
    assert curve(again) == curve(trainer(made, **config))


def test_a_checkpoint_goes_on_to_the_same_end(programs: Programs) -> None:
    made = searched(SPACE, epochs=2)
    config = tiny.filled(made, {"learning_rate": 0.01, "box_loss_weight": 2.0, "mosaic": 0.5})
    first = Trainer(made, config, PIXELS, SCALING, 1, programs)
    first.run_epoch()
    saved = first.checkpoint()
    whole = curve(first)
    assert curve(Trainer(made, config, PIXELS, SCALING, 1, programs, checkpoint=saved)) == whole


BUILT = {
    "places": {},
    "anchors": {"boxes_from": "anchors", "anchor_ratios": 5, "map_levels": 2},
    "residual units without a pyramid": {"block": "residual", "feature_pyramid": False, "map_levels": 2},
    "groups": {"normalization": "group", "normalization_groups": 2, "filters": 4, "head_convs": 2},
}


@pytest.mark.parametrize("case", BUILT)
def test_what_is_counted_is_what_is_built_and_a_first_box_is_its_prior(case: str) -> None:
    family = find_family("detector")
    config = tiny.filled(searched({"finest_stride": 2, **BUILT[case]}))
    shape = (10, 7, 1)
    built = family.build(config, shape, 3, 1.0, 0.0)
    sizes = traced_sizes(built, shape)
    known = family.cost(config, shape, 3) or {}
    assert known == {**sizes.cost(config), "gpu_memory_bytes": known["gpu_memory_bytes"]}
    assert family.count(config, shape, 3) == built.count_params()
    found = tiny.answers(built, np.zeros((1, *shape), np.float32))[0]
    greatest = 2 ** config["map_levels"]
    sides = tuple(side + -side % greatest for side in shape[:2])
    np.testing.assert_array_equal(found[:, 4:8], Places.of(config, (sides[0], sides[1])).priors)
    np.testing.assert_allclose(found[:, :4], found[:, 4:8], atol=0.3)
    np.testing.assert_allclose(1 / (1 + np.exp(-found[:, 8:])), 0.01, atol=0.003)


def test_pictures_without_room_for_a_map_are_refused() -> None:
    config = tiny.filled(searched({"finest_stride": 4, "map_levels": 3}))
    with pytest.raises(TrialError, match=r"16 pixels apart, which is more than pictures of 12x30 have"):
        find_family("detector").count(config, (12, 30, 1), 3)


def test_filters_before_boxes_that_groups_do_not_divide_are_refused_in_words() -> None:
    config = tiny.filled(searched({"normalization": "group", "normalization_groups": 2, "filters": 4}))
    with pytest.raises(TrialError, match="normalization_groups 2 does not divide head_filters 5"):
        find_family("detector").count({**config, "head_filters": 5}, (12, 30, 1), 3)


def test_what_stands_behind_all_blocks_of_a_cnn_is_no_parameter_of_a_detector() -> None:
    with pytest.raises(InputError, match="self_attention_layers"):
        searched({"self_attention_layers": 1})


@pytest.mark.exhaustive
def test_the_saved_model_needs_nothing_of_this_package_and_becomes_onnx(tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx", reason="needs the extra onnx")
    from onnx.reference import ReferenceEvaluator

    made = searched({"max_detections": 7})
    structure = Structure.of(made, tiny.filled(made), PIXELS, SCALING)
    network = structure.build(tiny.filled(made))
    model = keras.Model(network.input, structure.head.exported(network.output))
    x = PIXELS.x_validation[:3].astype(np.float32)
    expected = tiny.answers(model, x)
    assert expected.shape == (3, 7, 6)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx asks NumPy for what it no longer has
        model.save(tmp_path / "model.keras")
        model.export(tmp_path / "model.onnx", format="onnx", verbose=False)
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(tiny.answers(loaded, x), expected)
    session = ReferenceEvaluator(str(tmp_path / "model.onnx"))
    (found,) = session.run(None, {session.input_names[0]: x})
    np.testing.assert_allclose(found, expected, atol=1e-4)
