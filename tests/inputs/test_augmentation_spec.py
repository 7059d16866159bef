from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest

from cnnsearch.families.spec import TRAINING
from cnnsearch.inputs.pictures.spec import AUGMENTATION
from cnnsearch.space.specs import ParameterSpec

EVERY = [pytest.param(spec, id=name) for name, spec in AUGMENTATION.items()]
STRENGTHS = [pytest.param(spec, id=name) for name, spec in AUGMENTATION.items() if spec.kind == "float"]


def test_the_parts_in_their_order_and_how_to_fill() -> None:
    assert list(AUGMENTATION) == [
        "random_flip",
        "random_rotation",
        "random_translation",
        "random_zoom",
        "random_shear",
        "random_crop",
        "random_brightness",
        "random_contrast",
        "random_saturation",
        "random_hue",
        "rand_augment",
        "random_gaussian_blur",
        "gaussian_noise",
        "random_erasing",
        "mixup",
        "cutmix",
        "fill_mode",
    ]
    assert not set(AUGMENTATION) & set(TRAINING)


def test_is_off_by_default() -> None:
    defaults = AUGMENTATION.filled({})
    assert defaults.pop("random_flip") == "none"
    assert defaults.pop("fill_mode") == "reflect"
    assert set(defaults.values()) == {0.0}


@pytest.mark.parametrize("spec", EVERY)
def test_default_options_and_sensible_range_are_valid(spec: ParameterSpec) -> None:
    assert spec.accepts(spec.default)
    assert json.loads(json.dumps(spec.default)) == spec.default
    assert all(spec.accepts(option) for option in spec.options)
    assert spec.sensible is not None
    assert spec.sensible.size != 1
    assert spec.refused(spec.sensible) is None
    rng = np.random.default_rng(0)
    assert all(spec.accepts(spec.sensible.sample(rng)) for _ in range(50))


@pytest.mark.parametrize("spec", EVERY)
def test_other_values_are_refused(spec: ParameterSpec) -> None:
    for value in ("no such option", [], None, True, math.nan, math.inf, -0.1, 1.1 * min(spec.high, 1e9)):
        assert not spec.accepts(value)


@pytest.mark.parametrize("spec", EVERY)
def test_is_documented_in_one_line(spec: ParameterSpec) -> None:
    assert "\n" not in spec.doc
    assert 0 < len(spec.doc) <= 110
    assert not spec.doc.endswith(".")


@pytest.mark.parametrize("spec", STRENGTHS)
def test_strengths_are_runtime_parameters_from_zero(spec: ParameterSpec) -> None:
    assert not spec.structural
    assert spec.low == 0
    assert spec.accepts(0)
    assert spec.accepts(spec.high)
    assert not spec.accepts(spec.high + 1e-6)


def test_what_shapes_the_graph_is_structural() -> None:
    assert {name for name, spec in AUGMENTATION.items() if spec.structural} == {"random_flip", "fill_mode"}


def test_is_declared_without_tensorflow() -> None:
    import subprocess

    code = "import sys, cnnsearch.inputs.pictures.spec as _; sys.exit(bool({'keras'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
