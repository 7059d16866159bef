"""What is known of backbones without building them is what Keras builds."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest
from built_backbones import EVERY, built_size

from cnnsearch.families import FAMILIES
from cnnsearch.families.spec import TRAINING
from cnnsearch.families.transfer.backbone_sizes import backbone_size
from cnnsearch.families.transfer.backbone_specs import SAVED
from cnnsearch.networks.sizes import bytes_a_parameter
from cnnsearch.networks.traced import traced_sizes

QUICK = [("mobilenet", 0.25), ("vgg16", 1.0)]
EXHAUSTIVE = (pytest.mark.slow, pytest.mark.exhaustive)
MOBILENET = {"backbone": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "batch_size": 10}


def filled(**config: Any) -> dict[str, Any]:
    return {
        **TRAINING.filled({"batch_size": 10}),
        **FAMILIES["transfer"].spec.parameters.filled({**MOBILENET, **config}),
    }


def known(shape: tuple[int, int, int] = (32, 32, 3), **config: Any) -> dict[str, float]:
    found = FAMILIES["transfer"].cost(filled(**config), shape, 5)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "alpha"),
    [pytest.param(*each, marks=() if each in QUICK else EXHAUSTIVE) for each in EVERY],
)
def test_keras_builds_the_same(name: str, alpha: float) -> None:
    size = backbone_size(name, alpha)
    assert size is not None
    built = built_size(name, alpha)
    levels = json.loads(json.dumps([list(asdict(level).values()) for level in size.levels]))
    maps = json.loads(json.dumps([list(asdict(each).values()) for each in size.maps]))
    found = json.loads(json.dumps(built))
    assert (size.features, levels, maps) == (found["features"], found["levels"], found["maps"])


def test_every_backbone_is_known() -> None:
    assert [each for each in EVERY if backbone_size(*each) is None] == []
    assert backbone_size(SAVED, 1.0) is None


@pytest.mark.parametrize(
    ("name", "alpha", "shape"),
    [
        ("mobilenet", 0.25, (47, 32, 3)),
        pytest.param("mobilenet_v2", 0.35, (81, 98, 3), marks=EXHAUSTIVE),
        pytest.param("mobilenet_v3_small", 0.75, (76, 81, 3), marks=pytest.mark.slow),
        pytest.param("efficientnet_b0", 1.0, (76, 81, 3), marks=EXHAUSTIVE),
        pytest.param("nasnet_mobile", 1.0, (75, 98, 3), marks=EXHAUSTIVE),
        pytest.param("inception_v3", 1.0, (76, 99, 3), marks=EXHAUSTIVE),
        pytest.param("xception", 1.0, (76, 99, 3), marks=EXHAUSTIVE),
        pytest.param("densenet121", 1.0, (33, 62, 3), marks=EXHAUSTIVE),
    ],
)
def test_tensorflow_multiplies_as_often(name: str, alpha: float, shape: tuple[int, int, int]) -> None:
    """Whatever sides the pictures have; also behind features that are flattened."""
    config = {"backbone": name, "backbone_alpha": alpha, "pooling": "flatten", "head_layers": 1, "head_units": 7}
    found = traced_sizes(FAMILIES["transfer"].build(filled(**config), shape, 5, 1.0, 0.0), shape)
    told = known(shape, **config)
    assert (told["parameters"], told["macs"]) == (found.weights, found.macs)


@pytest.mark.parametrize(("name", "billions"), [("tiny", 4.5), ("small", 8.7), ("base", 15.4), ("large", 34.4)])
def test_of_networks_whose_graph_hides_it_the_paper_tells(name: str, billions: float) -> None:
    """Liu et al. 2022, A ConvNet for the 2020s, table 1: at 224x224."""
    size = backbone_size(f"convnext_{name}", 1.0)
    assert size is not None
    assert size.sizes((224, 224, 3)).macs / 1e9 == pytest.approx(billions, abs=0.06)


def test_memory_is_that_of_what_is_trained() -> None:
    size = backbone_size("mobilenet", 0.25)
    assert size is not None
    head = (256 + 1) * 5
    each = bytes_a_parameter(filled())
    frozen = known()["gpu_memory_bytes"]
    assert frozen == 4 * size.weights + each * head + 4 * 10 * (2 * 256 + 5)  # pooled, dropout and logits
    everything = known(unfrozen_layers=1.0)["gpu_memory_bytes"]
    values = size.sizes((32, 32, 3)).values + 2 * 256 + 5
    assert everything == each * (size.weights + head) + 4 * 10 * values
    some = [known(unfrozen_layers=count)["gpu_memory_bytes"] for count in (0, 6, 20, 60, 500)]
    assert some == sorted(some)
    assert (some[0], some[-1]) == (frozen, everything)
    assert known(unfrozen_layers=1.0, fine_tune_epochs=0)["gpu_memory_bytes"] == frozen  # no epoch trains them
    assert known(unfrozen_layers="conv_pw_13")["gpu_memory_bytes"] == everything  # at most
