"""Reuse is invisible: a trial on a program that others have used equals the same trial on a new one, bit for bit.

For every family and every runtime parameter of the catalog; each test also shows that the parameter changes the
numbers, without which equality would prove nothing.
"""

from __future__ import annotations

from typing import Any

import pytest
import tiny

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.schema import searchable
from cnnsearch.families import FAMILIES
from cnnsearch.families.spec import TRAINING
from cnnsearch.inputs.pictures.spec import AUGMENTATION, COLOURED
from cnnsearch.space.specs import ParameterSpec
from cnnsearch.tasks.classification.spec import CLASSIFICATION
from cnnsearch.training.programs.programs import Programs


def is_exhaustive(family: str, name: str) -> bool:
    """Augmentation and training are the same for all families, "everything at once" has all of it: one is enough."""
    if name in TRAINING or name in CLASSIFICATION.parameters:
        return family != "cnn" and name != "learning_rate"
    return name in AUGMENTATION and (family != "cnn" or name not in ("random_rotation", "random_brightness"))


ALIKE = {f"block_dropout_{block}" for block in range(3, 5)}
"""Parameters that are as another one, of deeper networks than these."""

RUNTIME = [
    pytest.param(
        family,
        spec,
        id=f"{family}.{spec.name}",
        marks=[pytest.mark.exhaustive] if is_exhaustive(family, spec.name) else [],
    )
    for family in tiny.OF_VECTORS
    for spec in searchable(FAMILIES[family].spec, CLASSIFICATION).values()
    if not spec.structural and spec.name not in {*COLOURED, *ALIKE}  # the pictures here have two channels
]

BESIDE: dict[str, dict[str, Any]] = {
    "momentum": {"optimizer": "sgd"},
    "decay_epochs": {"learning_rate_schedule": "step"},
    "decay_power": {"learning_rate_schedule": "polynomial"},
    "decay_factor": {"learning_rate_schedule": "step", "decay_epochs": 1},
    "class_weights_beta": {"class_weights": "effective"},
    "block_dropout_2": {"conv_blocks": 2},
}
"""What must hold for a parameter to do something."""

FITTED = {"head": "logistic_regression", "unfrozen_layers": 0}
"""The same of ``regularization_c``, where little of what an optimizer reads does anything."""

VALUES: dict[str, tuple[Any, Any]] = {"decay_epochs": (1, 2), "fine_tune_epochs": (1, 2), "clip_norm": (0.0, 0.01)}
"""Two values that differ within three epochs, where the ends of the sensible range do not."""

_AT_ONCE = ("cnn", "adam")
"""Family and optimizer with everything on, augmentation too; the other ones add only a long time."""

PHASES = {"cnn": 1, "transfer": 2, "vit": 1}
"""Programs that a trial with everything on needs."""


def two_values(spec: ParameterSpec) -> tuple[Any, Any]:
    if spec.name in VALUES:
        return VALUES[spec.name]
    assert spec.sensible is not None
    first, *_, last = spec.sensible.points(3)
    return first, last


def runtime_specs(family: str) -> list[ParameterSpec]:
    declared = searchable(FAMILIES[family].spec, CLASSIFICATION).values()
    return [spec for spec in declared if not spec.structural and spec.name not in {*COLOURED, *ALIKE}]


def others_of(family: str, name: str) -> set[str]:
    """What is searched beside a parameter: all that the same trial reads, but for augmentation."""
    if name == "regularization_c":
        return {"class_weights"}
    weights = {"oversampling"} if name.startswith("class_weights") else set()  # of classes that are drawn alike
    return set() if name in AUGMENTATION else trained(family) - set(AUGMENTATION) - weights


def trained(family: str) -> set[str]:
    """Runtime parameters that a trial with an optimizer reads."""
    return {spec.name for spec in runtime_specs(family)} - {"regularization_c"}


def searching(family: str, names: set[str]) -> Experiment:
    """Searches these runtime parameters, and either kind of optimizer."""
    space = {spec.name: {"choice": list(two_values(spec))} for spec in runtime_specs(family) if spec.name in names}
    if "regularization_c" in names:
        return tiny.experiment({**space, **FITTED}, family)
    if "class_weights_beta" in names:
        space["class_weights"] = {"choice": ["none", "balanced", "effective"]}
    if "learning_rate_schedule" in names:
        space["learning_rate_schedule"] = {"choice": ["constant", "cosine", "step", "polynomial"]}
    if "stochastic_depth" in names and family == "cnn":
        space |= {"block": {"choice": ["plain", "residual"]}, "conv_blocks": {"choice": [1, 2]}}
    # Batches of one size, as XLA compiles augmentation for each size anew.
    kinds = {"optimizer": {"choice": ["adam", "sgd"]}, "batch_size": tiny.COUNT // 2}
    # Where augmentation is 0 in one trial and not in another, only the one would have features.
    features = {"cache": not names & set(AUGMENTATION)}
    return tiny.experiment({**space, **kinds}, family, **({"features": features} if family == "transfer" else {}))


def busy(family: str, names: set[str], which: int) -> dict[str, Any]:
    """A config in which everything that is searched is on."""
    return {spec.name: two_values(spec)[which] for spec in runtime_specs(family) if spec.name in names}


@pytest.fixture(scope="module")
def programs() -> Programs:
    """Used by all the tests, one after the other."""
    return Programs()


@pytest.mark.parametrize(("family", "spec"), RUNTIME)
def test_a_runtime_parameter_is_set_anew_for_each_trial(family: str, spec: ParameterSpec, programs: Programs) -> None:
    names = {*others_of(family, spec.name), spec.name}
    searched = searching(family, names)
    shape = {"conv_blocks": 1} if family == "cnn" else {}
    if (family, spec.name) == ("cnn", "stochastic_depth"):
        shape = {"block": "residual", "conv_blocks": 1}
    beside = FITTED if spec.name == "regularization_c" else {"optimizer": "adam", **shape, **BESIDE.get(spec.name, {})}
    one, other = ({**busy(family, names, 1), **beside, spec.name: value} for value in two_values(spec))

    first = tiny.trained(searched, one, programs=programs)
    compiled = programs.compiled
    others = {**busy(family, names, 0), **beside}
    between = tiny.trained(searched, others, seed=2, programs=programs)
    changed = tiny.trained(searched, other, programs=programs)
    again = tiny.trained(searched, one, programs=programs)
    assert programs.compiled == compiled, "all of these trials run one program"

    assert again == first
    if spec.name in BESIDE or beside is FITTED:  # all others are compared with a new program at once
        assert changed == tiny.trained(searched, other)
    if spec.name == "learning_rate" and family != _AT_ONCE[0]:  # of that family below
        assert between == tiny.trained(searched, others, seed=2)
    assert len({first, changed, between}) == 3
    assert changed.epochs != first.epochs
    assert changed.state != first.state


@pytest.mark.parametrize(
    ("family", "kind"),
    [
        pytest.param(family, kind, marks=[pytest.mark.exhaustive] if (family, kind) != _AT_ONCE else [])
        for family in tiny.OF_VECTORS
        for kind in ("adam", "sgd")
    ],
)
def test_everything_at_once(family: str, kind: str) -> None:
    names = trained(family)
    if family != "cnn":  # each part is compiled anew, which takes half a second
        names -= set(AUGMENTATION) - {"random_rotation", "mixup"}
    searched = searching(family, names)
    programs = Programs()
    shape = {"block": "residual", "conv_blocks": 2} if family == "cnn" else {}
    configs = [{**busy(family, names, which), **shape, "optimizer": kind} for which in (0, 1)]
    trials = [(configs[which], seed) for seed, which in ((1, 0), (2, 1), (1, 1), (1, 0), (2, 1))]
    found = [tiny.trained(searched, config, seed, programs) for config, seed in trials]
    assert programs.compiled == PHASES[family]
    assert (found[3], found[4]) == (found[0], found[1])
    assert len(set(found)) == 3
    assert found[2] == tiny.trained(searched, configs[1], 1)


@pytest.mark.parametrize("flip", ["horizontal", "both"])
def test_a_flip_flips(flip: str) -> None:
    flipped, plain = tiny.experiment({"random_flip": flip}), tiny.experiment({})
    programs = Programs()
    first, _, again = (tiny.trained(flipped, seed=seed, programs=programs) for seed in (1, 2, 1))
    assert first == again
    assert first.epochs != tiny.trained(plain).epochs


@pytest.mark.parametrize(
    ("name", "is_kept"),
    [
        ("build", True),
        ("convolutions", True),
        ("loaded_weights", True),
        ("weights_of_numpy", False),
        ("own_initializer", True),
        ("global_noise_in_training", False),
        ("counting", False),
    ],
)
def test_families_of_ones_own(name: str, is_kept: bool) -> None:
    searched = tiny.experiment({}, f"own_families:{name}", epochs=1)
    programs = Programs()
    first, other, again = (tiny.trained(searched, seed=seed, programs=programs) for seed in (1, 2, 1))
    assert again == first != other
    assert other == tiny.trained(searched, seed=2)
    assert len(programs) == is_kept
    assert programs.compiled == (1 if is_kept else 3)


@pytest.mark.parametrize("name", ["constant_of_numpy", "constant_of_python", "constant_of_tensorflow"])
def test_random_numbers_that_end_in_the_graph(name: str) -> None:
    """No variable holds them, so resetting variables cannot set them."""
    searched = tiny.experiment({}, f"own_families:{name}", epochs=1)
    programs = Programs()
    first, other = (tiny.trained(searched, seed=seed, programs=programs) for seed in (1, 2))
    assert first != other
    assert other == tiny.trained(searched, seed=2)
