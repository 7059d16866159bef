"""U-Nets behind a pretrained encoder: its maps, what they cost, and that keeping them changes nothing."""

from __future__ import annotations

import re
from typing import Any

import keras
import numpy as np
import pytest
import tiny
from behind_encoders import MOBILENET, SHAPE, curve, pictures, trained

from cnnsearch.data.stages import Pixels
from cnnsearch.errors import InputError, TrialError
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.families.transfer.backbones import load_backbone
from cnnsearch.families.transfer.halved_maps import halved_maps
from cnnsearch.networks.traced import traced_sizes

SMALL: dict[str, Any] = {**MOBILENET, "depth": 2, "filters": 2, "convs_per_level": 1, "batch_size": 8}
FAMILY = find_family("unet")


def masked_pictures(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    x = pictures(count, seed)
    return x, (x[..., 0] // 90).astype(np.uint8)


PIXELS = Pixels(*masked_pictures(12, 0), *masked_pictures(5, 1), tuple("abc"))


def searched(space: dict[str, Any], **keys: Any) -> Experiment:
    given = {"task": "segmentation", "dataset": {"source": "digit_scenes"}, "epochs": 2, **keys}
    return tiny.experiment({**SMALL, **space}, "unet", **given)


@pytest.mark.parametrize(
    "space",
    [
        {},
        pytest.param({"unfrozen_layers": 4}, marks=pytest.mark.exhaustive),
        pytest.param({"skip_connections": False, "upsampling": "nearest"}, marks=pytest.mark.exhaustive),
        pytest.param({"unfrozen_layers": 4, "fine_tune_epochs": 1}, marks=pytest.mark.exhaustive),
        pytest.param({"depth": 3, "decoder_output_stride": 4}, marks=pytest.mark.exhaustive),
    ],
    ids=str,
)
def test_kept_maps_change_nothing_but_the_time(space: dict[str, Any]) -> None:
    kept, anew = (trained(searched(space, features={"cache": cache}), PIXELS) for cache in (True, False))
    assert kept.features
    assert not anew.features
    np.testing.assert_allclose(curve(kept), curve(anew), rtol=1e-4, atol=1e-5)
    exported = kept.export()
    assert kept.predictions is not None
    told = tiny.answers(exported, PIXELS.x_validation).argmax(axis=-1)
    assert (told == kept.predictions.told).mean() > 0.99  # type: ignore[attr-defined]
    assert exported.count_params() == kept.cost["parameters"]


@pytest.mark.parametrize(
    "space",
    [
        {},
        pytest.param({"depth": 5, "skip_connections": False, "upsampling": "bilinear"}, marks=pytest.mark.exhaustive),
        pytest.param({"depth": 5, "skip_projection": False}, marks=pytest.mark.exhaustive),
        {"depth": 3, "decoder_output_stride": 4},
    ],
    ids=str,
)
def test_what_is_known_before_is_what_is_built(space: dict[str, Any]) -> None:
    """Also where the sides cannot be halved, and maps are fitted to each other."""
    config = tiny.filled(searched(space))
    built = FAMILY.build(config, SHAPE, 3, 1 / 255, 0.0)
    sizes = traced_sizes(built, SHAPE)
    known = FAMILY.cost(config, SHAPE, 3)
    assert known is not None
    assert (known["parameters"], known["macs"]) == (sizes.weights, sizes.macs)
    assert FAMILY.count(config, SHAPE, 3) == sizes.weights
    assert built.output_shape == (None, *SHAPE[:2], 3)
    frozen = FAMILY.frozen_weights(config, SHAPE)
    assert frozen == sizes.weights - sum(int(np.prod(each.shape)) for each in _of_decoder(built))


def _of_decoder(model: keras.Model) -> list[Any]:
    return [weight for layer in model.layers if layer.name.startswith("decoder_") for weight in layer.weights]


def test_an_older_study_has_maps_as_they_are() -> None:
    """There was nothing that brought them to other filters."""
    assert [searched({}, defaults=version).filled({})["skip_projection"] for version in (2, 3)] == [False, True]


def test_rates_of_layers_are_those_of_an_encoder_alone() -> None:
    """In a search of both, ``layer_decay`` may be below 1 of a network from scratch."""
    small = {"encoder": "scratch", "depth": 1, "filters": 2, "convs_per_level": 1, "layer_decay": 0.5}
    built = FAMILY.build(small, (8, 8, 1), 3, 1 / 255, 0.0)
    assert FAMILY.body.depths(built) == [0] * len(built.trainable_variables)
    assert len(built.trainable_variables) > 4


def test_maps_are_those_before_each_halving() -> None:
    backbone = load_backbone("mobilenet", 0.25, "none", (64, 96, 3))
    found = {level: tuple(tensor.shape[1:]) for level, tensor in halved_maps(backbone.model).items()}
    assert found == {1: (32, 48, 16), 2: (16, 24, 32), 3: (8, 12, 64), 4: (4, 6, 128), 5: (2, 3, 256)}


@pytest.mark.parametrize(
    ("space", "keys", "rule"),
    [
        ({"encoder": "resnet_50"}, {}, "resnet50"),
        ({"encoder": "resnet50", "weights": "none"}, {}, "one width"),
        ({"backbone_alpha": 0.3, "weights": "imagenet"}, {}, "ImageNet weights for 0.25"),
        ({"weights": "model.pt"}, {}, r"\.h5 or \.keras"),
        ({"scaling": "standardize"}, {}, "encoder is mobilenet"),
        (
            {"scaling": "standardize", "encoder": {"choice": ["scratch", "mobilenet"]}},
            {},
            "when: {encoder: scratch}",
        ),
        ({}, {"preprocessing": {"scaling": "standardize"}}, "leave scaling out"),
        ({}, {"augmentation": {"cached_variants": 3}}, "masks are not kept with them"),
        ({"encoder": "scratch", "unfrozen_layers": 3}, {}, "does nothing"),
        ({"encoder": "scratch", "skip_projection": False}, {}, r"space\.skip_projection: does nothing"),
        ({"unfrozen_layers": -1}, {}, "whole number of layers"),
        ({"fine_tune_epochs": 1}, {}, "does nothing"),
        ({"depth": 9}, {}, "from 1 to 8"),
        ({"decoder_output_stride": 4}, {}, r"space\.decoder_output_stride: .* 4 needs a depth of at least 3, and"),
    ],
)
def test_what_no_encoder_can_have_is_refused(space: dict[str, Any], keys: dict[str, Any], rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        searched(space, **keys)


def test_features_of_an_encoder_from_scratch_are_refused() -> None:
    with pytest.raises(InputError, match="with encoder other than scratch"):
        tiny.experiment({}, "unet", task="segmentation", dataset={"source": "digit_scenes"}, features={"cache": False})


@pytest.mark.parametrize(
    ("shape", "space", "rule"),
    [
        ((24, 24, 1), {}, "at least 32x32"),
        ((40, 40, 2), {}, "1 or 3 channels"),
        ((64, 64, 3), {"depth": 6}, "no map of depth 6"),
    ],
)
def test_what_does_not_suit_the_pictures_is_told(shape: tuple[int, ...], space: dict[str, Any], rule: str) -> None:
    config = tiny.filled(searched(space))
    for told in (FAMILY.cost, FAMILY.count):
        with pytest.raises(TrialError, match=rule):
            told(config, shape, 3)


@pytest.mark.parametrize(
    ("space", "shape", "rule"),
    [
        ({}, (40, 40, 4), "space.encoder: .* 1 or 3 channels, and these have 4: encoder 'scratch' takes others"),
        ({}, (24, 40, 1), "dataset.image_size: encoder 'mobilenet' takes pictures of at least 32x32"),
        ({"depth": 6}, (64, 64, 1), "space: none of 500 random configs .* no map of depth 6"),
        ({"encoder": {"choice": ["scratch", "mobilenet"]}}, (24, 40, 4), ""),
    ],
)
def test_what_no_config_can_be_is_told_before_the_first_trial(
    space: dict[str, Any], shape: tuple[int, int, int], rule: str
) -> None:
    found = FAMILY.problems.data_problems(searched(space), [shape[:2]], shape[:2], shape[2], 3)
    assert len(found) == bool(rule)
    assert all(re.match(rule, str(problem)) for problem in found)


def test_weights_are_looked_for_where_an_encoder_has_some() -> None:
    made = searched({"weights": "missing.h5"})
    with pytest.raises(InputError, match="no such file"):
        FAMILY.assets.check(made)
    FAMILY.assets.check(tiny.experiment({}, "unet", task="segmentation", dataset={"source": "digit_scenes"}))
