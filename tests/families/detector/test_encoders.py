"""Detectors behind a pretrained encoder: its maps, what they cost, and that keeping them changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from behind_encoders import MOBILENET, SHAPE, curve, pictures, trained
from boxed import drawn

from cnnsearch.data.stages import Pixels
from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.families.detector.places import Places
from cnnsearch.networks.traced import traced_sizes
from cnnsearch.serving.checked import run_bare, runtime_problem
from cnnsearch.serving.onnx_files import write_onnx

SMALL: dict[str, Any] = {
    **{**MOBILENET, "finest_stride": 4, "head_filters": 4, "head_convs": 0, "max_detections": 10},
    "batch_size": 8,
}
FAMILY = find_family("detector")


def boxed_pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return pictures(count, seed), drawn(count, 3, most=2, seed=seed, side=32.0)


PIXELS = Pixels(*boxed_pictures(12, 0), *boxed_pictures(5, 1), tuple("abc"))


def searched(space: dict[str, Any], **keys: Any) -> Experiment:
    given = {"task": "detection", "dataset": {"source": "digit_boxes"}, "epochs": 2, **keys}
    return tiny.experiment({**SMALL, **space}, "detector", **given)


@pytest.mark.parametrize(
    "space", [{}, pytest.param({"unfrozen_layers": 4, "fine_tune_epochs": 1}, marks=pytest.mark.exhaustive)], ids=str
)
def test_kept_maps_change_nothing_but_the_time(space: dict[str, Any]) -> None:
    kept, anew = (trained(searched(space, features={"cache": cache}), PIXELS) for cache in (True, False))
    assert kept.features
    assert not anew.features
    np.testing.assert_allclose(curve(kept), curve(anew), rtol=1e-3, atol=1e-5)
    exported = kept.export()
    told = exported.predict(PIXELS.x_validation.astype(np.float32), verbose=0)
    np.testing.assert_allclose(told[..., 4], kept.predictions.told[..., 4], atol=1e-3)  # type: ignore[union-attr]
    assert exported.count_params() == kept.cost["parameters"]


@pytest.mark.exhaustive
@pytest.mark.parametrize("suffix", [".onnx", ".tflite"])
def test_every_runtime_tells_the_same_boxes(suffix: str, tmp_path: Path) -> None:
    if problem := runtime_problem(suffix):
        pytest.skip(problem)
    every_place = {"score_threshold": 0.0, "suppression_overlap": 1.0, "max_detections": 1000}
    exported = trained(searched(every_place, epochs=1), PIXELS).export()
    expected = exported.predict(PIXELS.x_validation, verbose=0)
    assert (expected[..., 5] >= 0).any(axis=1).all()
    file = tmp_path / f"model{suffix}"
    if suffix == ".onnx":
        write_onnx(exported, file)
    else:
        exported.export(str(file), format="litert", verbose=False)
    answers = run_bare(file, PIXELS.x_validation).answers
    np.testing.assert_allclose(answers[..., 4], expected[..., 4], atol=1e-5)
    # Boxes of nearly the same score may change places.
    np.testing.assert_allclose(np.sort(answers, axis=1), np.sort(expected, axis=1), atol=1e-2)


@pytest.mark.parametrize(
    "space",
    [
        {},
        {"map_levels": 1, "boxes_from": "anchors"},
        pytest.param({"map_levels": 3, "feature_pyramid": False}, marks=pytest.mark.exhaustive),
    ],
    ids=str,
)
def test_what_is_known_before_is_what_is_built(space: dict[str, Any]) -> None:
    """Also where strides do not divide the sides, and a map that is doubled is larger than the finer one."""
    config = tiny.filled(searched(space))
    built = FAMILY.build(config, SHAPE, 3, 1 / 255, 0.0)
    sizes = traced_sizes(built, SHAPE)
    known = FAMILY.cost(config, SHAPE, 3)
    assert known is not None
    assert (known["parameters"], known["macs"]) == (sizes.weights, sizes.macs)
    assert FAMILY.count(config, SHAPE, 3) == sizes.weights
    behind = [weight for layer in built.layers if layer.name.startswith("detector_") for weight in layer.weights]
    assert FAMILY.frozen_weights(config, SHAPE) == sizes.weights - sum(int(np.prod(each.shape)) for each in behind)
    priors = Places.of(config, SHAPE[:2]).priors
    assert built.output_shape == (None, len(priors), 8 + 3)
    told = built.predict(np.zeros((1, *SHAPE), np.float32), verbose=0)[0]
    np.testing.assert_array_equal(told[:, 4:8], priors)


@pytest.mark.parametrize(
    ("space", "keys", "rule"),
    [
        ({"encoder": "resnet_50"}, {}, "resnet50"),
        ({"weights": "model.pt"}, {}, r"\.h5 or \.keras"),
        ({"scaling": "standardize"}, {}, "encoder is mobilenet"),
        ({}, {"augmentation": {"cached_variants": 3}}, "boxes are not kept with them"),
        ({"filters": 8}, {}, "does nothing"),
        ({"encoder": "scratch", "unfrozen_layers": 3}, {}, "does nothing"),
    ],
)
def test_what_no_encoder_can_have_is_refused(space: dict[str, Any], keys: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        searched(space, **keys)


def test_strides_that_an_encoder_does_not_have_are_told_before_the_first_trial() -> None:
    made = searched({"finest_stride": 32, "map_levels": 2})
    config = tiny.filled(made)
    with pytest.raises(TrialError, match="no map of stride 64: strides must be of 2, 4, 8, 16, 32"):
        FAMILY.cost(config, (64, 64, 1), 3)
    (problem,) = FAMILY.problems.data_problems(made, [(64, 64)], (64, 64), 1, 3)
    assert "none of 500 random configs gives a network that these pictures fit" in str(problem)
