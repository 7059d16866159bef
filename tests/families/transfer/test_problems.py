"""What a user gets wrong in a transfer experiment, and the one line that each mistake is answered with."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.recorded import reading_a_record
from cnnsearch.families.transfer.backbone_problems import BackboneSpace
from cnnsearch.families.transfer.backbone_specs import BACKBONES
from cnnsearch.families.transfer.spec import TRANSFER


def transfer(space: dict[str, Any] | None = None, **keys: Any) -> Experiment:
    space = {"pooling": {"choice": ["average", "max"]}, **(space or {})}
    return Experiment.from_dict({"name": "a", "model": "transfer", "space": space, **keys})


def problems(space: dict[str, Any] | None = None, **keys: Any) -> list[str]:
    """Key and rule of each."""
    try:
        transfer(space, **keys)
    except InputError as error:
        return [f"{problem.where}: {problem.rule}" for problem in error.problems]
    return []


@pytest.mark.parametrize(
    "space",
    [
        {},
        {"backbone": {"choice": list(BACKBONES)}},
        {"backbone": "mobilenet", "backbone_alpha": {"choice": [0.25, 0.5]}},
        {"backbone": "mobilenet", "backbone_alpha": 0.1, "weights": "none"},
        {
            "backbone": {"choice": ["mobilenet", "resnet50"]},
            "backbone_alpha": {"choice": [0.25, 1.0], "when": {"backbone": "mobilenet"}},
        },
        {"backbone": "saved", "weights": "study:somewhere"},
        {"backbone": "saved", "weights": "network.keras", "unfrozen_layers": {"choice": [0, 0.5, "block4"]}},
        {"backbone": "resnet50", "weights": {"choice": ["imagenet", "none", "mine.weights.h5"]}},
        {
            "head": {"choice": ["dense", "linear_svm"]},
            "unfrozen_layers": {"int": [0, 12], "when": {"head": "dense"}},
        },
        {"head": "logistic_regression", "regularization_c": {"float": [0.01, 10.0], "log": True}},
    ],
)
def test_what_is_right(space: dict[str, Any]) -> None:
    assert problems(space) == []


NEEDS_A_FILE = "backbone 'saved' needs a .keras file or study:PATH, which hold the network itself"

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a width of a backbone that has one": (
        {"backbone": "resnet50", "backbone_alpha": 0.5},
        "space.backbone_alpha: backbone 'resnet50' has one width: give it 'when: {backbone: [...]}' with some of "
        "mobilenet, mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large",
    ),
    "a width of some": (
        {"backbone": {"choice": ["mobilenet", "vgg16"]}, "backbone_alpha": {"choice": [0.5, 1.0]}},
        "space.backbone_alpha: backbone 'vgg16' has one width: give it 'when: {backbone: [...]}' with some of "
        "mobilenet, mobilenet_v2, mobilenet_v3_small, mobilenet_v3_large",
    ),
    "a width that ImageNet has no weights for": (
        {"backbone": "mobilenet", "backbone_alpha": 0.3},
        "space.backbone_alpha: backbone 'mobilenet' has ImageNet weights for 0.25, 0.5, 0.75, 1",
    ),
    "saved without weights": ({"backbone": "saved"}, f"space.weights: {NEEDS_A_FILE}"),
    "saved with those of nobody": ({"backbone": "saved", "weights": "none"}, f"space.weights: {NEEDS_A_FILE}"),
    "another kind of file": (
        {"weights": "mine.pt"},
        "space.weights: must be imagenet, none, study:PATH, or a file whose name ends in .h5 or .keras",
    ),
    "a head that trains nothing below it": (
        {"head": "linear_svm", "unfrozen_layers": {"int": [0, 4]}},
        "space.unfrozen_layers: head 'linear_svm' trains no layer of the backbone: give it 'when: {head: dense}'",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_the_space(name: str) -> None:
    space, expected = WRONG[name]
    assert problems(space) == [expected]


def test_what_is_wrong_in_the_sections() -> None:
    rule = "preprocessing.scaling: model 'transfer' scales pictures as its backbone was trained: leave scaling out"
    assert problems(preprocessing={"scaling": "standardize"}) == [rule]
    assert problems(features={"budget_gb": 0}) != []
    assert problems(features={"dtype": "float64"}) != []
    assert problems(augmentation={"cached_variants": 0}) != []


FITTED = {"head": {"choice": ["logistic_regression", "dense"]}, "unfrozen_layers": 0}


@pytest.mark.parametrize("flip", ["horizontal", {"choice": ["none", "vertical"]}], ids=str)
def test_a_head_that_is_fitted_once_sees_no_picture_that_changes(flip: Any) -> None:
    (told,) = problems({**FITTED, "random_flip": flip})
    assert told.startswith("space.random_flip: head 'logistic_regression' is fitted once, to features that random")
    assert problems({**FITTED, "random_flip": flip}, augmentation={"cached_variants": 2}) == []
    assert problems({**FITTED, "random_flip": {"choice": ["none", "vertical"], "when": {"head": "dense"}}}) == []
    layers = {"choice": [0, 1], "when": {"head": "dense"}}
    beside_layers = {"choice": ["none", "vertical"], "when": {"head_layers": 1}}
    assert problems({**FITTED, "head_layers": layers, "random_flip": beside_layers}) == [], "only where head is dense"
    assert problems({**FITTED, "random_flip": "none"}) == []
    with reading_a_record():
        assert problems({**FITTED, "random_flip": flip}) == [], "its trials failed, and the others can be read"


@pytest.mark.parametrize("section", [{"augmentation": {"cached_variants": 2}}, {"features": {"cache": False}}])
def test_its_sections_are_for_no_other_model(section: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        Experiment.from_dict({"name": "a", "space": {"filters": {"choice": [8, 16]}}, **section})
    (problem,) = caught.value.problems
    assert problem.where == next(iter(section))
    names = " or ".join(
        ("model 'transfer'", *(f"model '{each}' with encoder other than scratch" for each in ("detector", "unet")))
    )
    assert problem.rule == f"is for {names}, whose backbone is frozen: leave it out"


def test_unknown_names_are_answered_with_the_nearest() -> None:
    (told,) = problems({"backbone": "resnet_50"})
    assert told.startswith("space.backbone")
    assert "resnet50" in told


@pytest.mark.parametrize("layers", [-1, True, 1.5, ""])
def test_unfrozen_layers_are_a_count_a_share_or_a_block(layers: Any) -> None:
    (told,) = problems({"unfrozen_layers": {"choice": [0, layers]}})
    assert told.startswith("space.unfrozen_layers")


class TestTooSmall:
    def test_a_backbone_has_a_least_size(self) -> None:
        (problem,) = BackboneSpace(transfer({"backbone": "xception"}).space, TRANSFER).too_small(64)
        assert problem.where == "dataset.image_size"
        assert problem.rule == "backbone 'xception' takes pictures of at least 71x71: set image_size to 71 or more"
        assert BackboneSpace(transfer({"backbone": "xception"}).space, TRANSFER).too_small(71) == []
        assert BackboneSpace(transfer({"backbone": "xception"}).space, TRANSFER).too_small(None) == []

    def test_the_space_may_set_the_size(self) -> None:
        space = {"backbone": "xception", "image_size": {"choice": [32, 96]}}
        assert BackboneSpace(transfer(space).space, TRANSFER).too_small(8) == []
        assert (
            BackboneSpace(transfer({**space, "image_size": {"choice": [32, 64]}}).space, TRANSFER).too_small(96) != []
        )

    def test_one_backbone_that_suits_is_enough(self) -> None:
        assert (
            BackboneSpace(transfer({"backbone": {"choice": ["mobilenet", "xception"]}}).space, TRANSFER).too_small(32)
            == []
        )
        assert BackboneSpace(transfer({"backbone": "saved", "weights": "study:x"}).space, TRANSFER).too_small(6) == []


def test_memory_of_any_network_is_not_known() -> None:
    limits = {"gpu_memory_gb": 2}
    assert problems(limits=limits) == problems({"backbone": "mobilenet", "backbone_alpha": 0.5}, limits=limits) == []
    rule = "limits.gpu_memory_gb: is estimated for the backbones and widths that Keras has weights of"
    saved = {"backbone": {"choice": ["resnet50", "saved"]}, "weights": "a.keras"}
    assert problems(saved, limits=limits) == [f"{rule}, and backbone 'saved' may be any network: leave it out"]
    for width in (0.1, {"float": [0.25, 1.0]}):
        space = {"backbone": "mobilenet", "backbone_alpha": width, "weights": "none"}
        assert problems(space, limits=limits) == [
            f"{rule}, for 'mobilenet' 0.25, 0.5, 0.75, 1: leave it out, or name these widths"
        ]


@pytest.mark.parametrize(("head", "reads"), [("dense", True), ("logistic_regression", False)])
def test_a_head_that_is_fitted_has_no_learning_rate(head: str, reads: bool) -> None:
    experiment = transfer({"head": head})
    assert experiment.family.reads("learning_rate", experiment.filled({"head": head})) is reads
    assert experiment.family.reads("image_size", experiment.filled({"head": head})), "nothing switches that off"
