"""What every family must do, whoever wrote it: of this package, a user's function, and one that declares itself."""

from __future__ import annotations

import ast
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

import cnnsearch
from cnnsearch.data.stages import Pixels
from cnnsearch.experiment import Experiment
from cnnsearch.families import FAMILIES, find_family
from cnnsearch.networks.traced import traced_sizes
from cnnsearch.training.programs.structure import plain_scaling
from cnnsearch.training.trainer import Trainer

OF_USERS = ["own_families:build", "own_families:DECLARED"]
MODELS = [*(name for name, each in FAMILIES.items() if not each.spec.reads_texts), *OF_USERS]
"""Those of pictures; of texts: ``tests/training/test_text_trials.py``."""

LIGHT = """
import sys
import cnnsearch.families
import cnnsearch.experiment
heavy = {"keras", "tensorflow", "ray", "optuna", "sklearn", "cnnsearch.data.stages", "cnnsearch.networks"}
sys.exit(", ".join(sorted(heavy & set(sys.modules))) or 0)
"""


TASKS_OF = {
    "map": ({"task": "segmentation", "dataset": {"source": "digit_scenes"}}, tiny.MASKED),
    "boxes": ({"task": "detection", "dataset": {"source": "digit_boxes"}}, tiny.BOXED),
}
"""Features -> what is asked of a family that gives them, and pictures with what it learns from."""


def gives(model: str) -> str:
    return FAMILIES[model].spec.gives[0] if model in FAMILIES else "vector"


def searched(model: str, **keys: Any) -> Experiment:
    of_task, _ = TASKS_OF.get(gives(model), ({}, None))
    return tiny.experiment({}, model, **of_task, **keys)


def pixels_for(model: str) -> Pixels:
    """Pictures with what a family learns from."""
    _, pixels = TASKS_OF.get(gives(model), ({}, tiny.PIXELS))
    return pixels


def given_by(model: str, sides: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of what a network gives of a picture."""
    if gives(model) == "boxes":
        return (math.prod(sides) // 4, 8 + tiny.CLASSES)  # a place for each field of 2x2 pixels
    return (*(sides if gives(model) == "map" else ()), tiny.CLASSES)


def test_what_is_declared_imports_nothing_that_is_heavy() -> None:
    subprocess.run([sys.executable, "-c", LIGHT], check=True, timeout=120)


def test_nobody_asks_for_a_family_by_its_name() -> None:
    """But families themselves."""
    package = Path(cnnsearch.__file__).parent
    asked = [
        f"{file.relative_to(package)}:{node.lineno}"
        for file in package.rglob("*.py")
        if not file.is_relative_to(package / "families")
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
        if isinstance(side, ast.Constant) and side.value in FAMILIES
    ]
    assert asked == []


@pytest.mark.parametrize("model", MODELS)
class TestEveryFamily:
    def test_it_is_told_by_its_declaration(self, model: str) -> None:
        spec = searched(model).family
        assert spec.name == model
        assert spec.is_own == (model in OF_USERS)
        assert "pictures" in spec.takes
        assert {"vector", "map", "boxes"} & {*spec.gives}
        assert all(each.accepts(each.default) or each.kind == "any" for each in spec.parameters.values())

    def test_it_builds_what_it_counts(self, model: str) -> None:
        experiment, family = searched(model), find_family(model)
        shape = tiny.PIXELS.x_train.shape[1:]
        scaling = plain_scaling(tuple(map(float, tiny.SCALING.scale)), tuple(map(float, tiny.SCALING.offset)))
        built = family.build(tiny.filled(experiment), shape, tiny.CLASSES, *scaling)
        assert built.input_shape == (None, *shape)
        assert built.output_shape == (None, *given_by(model, shape[:2]))
        assert family.count(tiny.filled(experiment), shape, tiny.CLASSES) == built.count_params() > 0

    def test_what_it_knows_before_is_what_the_network_takes(self, model: str) -> None:
        """Of those of this package all is known, but of a network of somebody's own."""
        family, shape = find_family(model), tiny.PIXELS.x_train.shape[1:]
        known = family.cost(tiny.filled(searched(model)), shape, tiny.CLASSES)
        if model in OF_USERS or model == "transfer":  # whose network is a file here
            assert known is None
            return
        built = family.build(tiny.filled(searched(model)), shape, tiny.CLASSES, 1.0, 0.0)
        sizes = traced_sizes(built, shape)
        assert known == {**sizes.cost(tiny.filled(searched(model))), "gpu_memory_bytes": known["gpu_memory_bytes"]}
        assert known["gpu_memory_bytes"] > known["model_bytes"]

    def test_its_plan_covers_all_epochs(self, model: str) -> None:
        experiment = searched(model, epochs=7)
        planned = find_family(model).plan(experiment, tiny.filled(experiment), pixels_for(model))
        ends = [phase.first + phase.epochs for phase in planned.phases]
        assert [phase.first for phase in planned.phases] == [0, *ends[:-1]]
        assert ends[-1] == 7
        for phase in planned.phases:
            assert phase.epochs > 0
            assert set(phase.settings) <= set(experiment.family.parameters)
            assert phase.cut is None or experiment.family.freezes

    def test_the_exported_model_is_the_trained_one(self, model: str) -> None:
        trainer = Trainer(searched(model), tiny.filled(searched(model)), pixels_for(model), tiny.SCALING, 1)
        trainer.run_epoch()
        exported = trainer.export()
        assert exported.count_params() == (trainer.result().cost or {})["parameters"]
        found = exported.predict(tiny.PIXELS.x_validation, verbose=0)
        if gives(model) == "boxes":
            np.testing.assert_allclose(found, trainer.predictions.told, atol=1e-4)
            return
        if gives(model) == "map":  # of which the classes alone are kept
            np.testing.assert_array_equal(found.argmax(axis=-1), trainer.predictions.told)
            return
        np.testing.assert_allclose(found, trainer.predictions.probabilities, atol=1e-5)
