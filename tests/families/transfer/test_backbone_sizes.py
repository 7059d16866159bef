"""The weights of backbones that are known without building them are those that Keras builds."""

from __future__ import annotations

import keras
import pytest

from cnnsearch.families import FAMILIES
from cnnsearch.families.transfer.backbone_sizes import BackboneSize, backbone_size
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED
from cnnsearch.networks.keras_private import without_values

EVERY = [(name, alpha) for name, spec in BACKBONES.items() for alpha in spec.alphas or (1.0,) if name != SAVED]
QUICK = [("mobilenet", 0.25), ("vgg16", 1.0)]


@pytest.mark.parametrize(
    ("name", "alpha"),
    [pytest.param(*each, marks=() if each in QUICK else (pytest.mark.slow, pytest.mark.exhaustive)) for each in EVERY],
)
def test_keras_builds_as_many(name: str, alpha: float) -> None:
    spec = BACKBONES[name]
    width = {"alpha": alpha} if spec.alphas else {}
    with without_values():
        built = getattr(keras.applications, spec.application)(
            include_top=False, weights=None, input_shape=(96, 96, 3), **width
        )
    assert backbone_size(name, alpha) == BackboneSize(built.count_params(), built.output.shape[-1])


def test_every_backbone_is_known() -> None:
    assert [each for each in EVERY if backbone_size(*each) is None] == []
    assert backbone_size(SAVED, 1.0) is None


def test_a_model_is_counted_as_it_is_built() -> None:
    family = FAMILIES["transfer"]
    config = {"backbone": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "head_layers": 1, "head_units": 7}
    filled = family.spec.parameters.filled(config)
    count = family.count(config, (32, 32, 3), 5)
    assert family.cost(filled, (32, 32, 3), 5) == {"parameters": count, "model_bytes": 4 * count}
    assert family.cost({**filled, "pooling": "flatten"}, (32, 32, 3), 5) is None
