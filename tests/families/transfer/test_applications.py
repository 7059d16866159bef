"""Every backbone that is promised: scaled as Keras scales it, and the same network when it is split in two.

On two pictures of the smallest size, with random weights. The same trial on pictures and behind a cut is trained in
tests/training/test_features.py, on small backbones.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from applications import MODULES

from cnnsearch.families import FAMILIES
from cnnsearch.families.transfer import backbones
from cnnsearch.families.transfer import body as transfer
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.families.transfer.backbones import Backbone, load_backbone
from cnnsearch.networks.cuts import Cut, chosen_cut

if TYPE_CHECKING:
    import keras

UNFROZEN = 0.1
"""Share of the layers that are trained, so that a part of the graph in the middle of a block is grown anew."""

CLASSES = 3

GROWN_WHOLE = ("mobilenet", "mobilenet_v3_small")
"""Backbones that are also built anew from the pictures on, as without the cache."""

LIKE_OTHERS = (
    *("mobilenet_v2", "mobilenet_v3_large", "resnet50_v2", "vgg19", "xception"),
    *("efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_v2_b0"),
    *("inception_v3", "nasnet_mobile"),
)
"""Backbones whose layers, additions and branches are of kinds that one beside them has, or that take very long."""

pytestmark = pytest.mark.slow


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=[pytest.mark.exhaustive] * (name in LIKE_OTHERS)) for name in MODULES],
)
def name(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each backbone for all tests in turn."""
    yield request.param
    backbones._loaded.cache_clear()
    gc.collect()


def shape_of(name: str) -> tuple[int, int, int]:
    side = BACKBONES[name].smallest
    return side, side, 3


def config(name: str, **values: Any) -> dict[str, Any]:
    return FAMILIES["transfer"].spec.parameters.filled({"backbone": name, "weights": "none", **values})


def loaded(name: str) -> Backbone:
    return load_backbone(name, 1.0, "none", shape_of(name))


@pytest.fixture(scope="module")
def pictures(name: str) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (2, *shape_of(name)), dtype=np.uint8)


@pytest.fixture(scope="module")
def expected(name: str, pictures: np.ndarray) -> np.ndarray:
    """The last feature map as a user of Keras has it."""
    import keras

    preprocess = getattr(keras.applications, MODULES[name]).preprocess_input
    return np.asarray(loaded(name).model(preprocess(pictures.astype(np.float32)), training=False))


@pytest.fixture(scope="module")
def cut(name: str) -> Cut:
    """Where a trial that trains a tenth of the layers would be fed."""
    unfrozen = loaded(name).unfrozen(UNFROZEN)
    assert unfrozen.count > 0
    chosen = chosen_cut(loaded(name).cuts, unfrozen.position, 2, 2**30, 4)
    assert chosen is not None
    assert 0.2 < chosen.share < 1.0
    return chosen


@pytest.fixture(scope="module")
def features(name: str, pictures: np.ndarray, cut: Cut) -> Any:
    """What lies before the cut gives for the pictures at rest."""
    return transfer.frozen_part(config(name), shape_of(name), 1 / 255, 0.0, None, cut)(pictures.astype(np.float32))


def close(found: Any, expected: np.ndarray) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5 * np.abs(expected).max())


def test_frozen_it_gives_what_keras_gives(name: str, features: Any, cut: Cut, expected: np.ndarray) -> None:
    import tensorflow as tf

    assert not np.allclose(expected[0], expected[1], rtol=1e-3, atol=0.0), "it looks at the pictures"
    pooled = transfer.cuts_of(config(name), shape_of(name))[-1]
    assert pooled.is_pooled
    assert pooled.shapes == (expected.shape[-1:],)
    deeper = transfer.frozen_part(config(name), shape_of(name), 1 / 255, 0.0, cut, pooled)
    (found,) = tf.nest.flatten(deeper(features))
    close(found, expected.mean(axis=(1, 2)))


def built(name: str, cut: Cut | None) -> keras.Model:
    """A network that trains what follows the cut."""
    count = loaded(name).unfrozen(UNFROZEN).count
    settings = config(name, unfrozen_layers=count)
    return transfer.build(settings, shape_of(name), CLASSES, 1 / 255, 0.0, cut=cut, for_training=True)


def test_unfrozen_it_goes_on_from_the_cut(name: str, features: Any, cut: Cut, expected: np.ndarray) -> None:
    tail = built(name, cut)
    kernel, bias = (np.asarray(weight) for weight in tail.get_layer("head_logits").weights)
    close(tail(features), expected.mean(axis=(1, 2)) @ kernel + bias)
    trained = {variable.path.split("/")[0] for variable in tail.trainable_variables}
    assert trained - {"head_logits"} <= loaded(name).unfrozen(UNFROZEN).layers
    assert len(trained) > 1


@pytest.mark.parametrize("name", GROWN_WHOLE, indirect=True)
def test_from_the_pictures_on_it_is_the_same_network(
    name: str, pictures: np.ndarray, cut: Cut, expected: np.ndarray
) -> None:
    whole = built(name, None)
    tail = built(name, cut)
    kernel, bias = (np.asarray(weight) for weight in whole.get_layer("head_logits").weights)
    close(whole(pictures.astype(np.float32)), expected.mean(axis=(1, 2)) @ kernel + bias)
    one, other = ([layer.name for layer in model.layers if layer.trainable_weights] for model in (whole, tail))
    assert one == other


def test_its_cuts_are_a_short_list_down_to_the_last_feature_map(name: str) -> None:
    backbone = loaded(name)
    cuts = backbone.cuts
    assert 10 <= len(cuts) <= 21
    assert [cut.position for cut in cuts] == sorted({cut.position for cut in cuts})
    assert all(first.share <= second.share for first, second in pairwise(cuts))
    assert all(1 <= len(cut.nodes) == len(cut.shapes) <= 2 for cut in cuts)
    assert cuts[-1].share == 1.0
    assert cuts[-1].shapes == (tuple(backbone.model.output.shape[1:]),)


NOTES = {"resnet50": (2, 3), "nasnet_mobile": (7, 8)}
"""The most last layers of a backbone that have no weights, and the least that have."""


def test_layers_without_weights_at_its_top_are_told(name: str) -> None:
    backbone = loaded(name)
    nothing, something = NOTES.get(name, (0, None))
    for count in range(1, nothing + 1):
        unfrozen = backbone.unfrozen(count)
        assert (unfrozen.count, unfrozen.position) == (0, backbone.cuts[-1].position)
        assert unfrozen.note == f"unfrozen_layers {count} reaches no layer with weights: the backbone stayed frozen"
    if something:
        assert backbone.unfrozen(something).count == something
    for count in (0, something or 12, 1.0):
        assert backbone.unfrozen(count).note is None
