"""What a model family writes of a script."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.writing import Code, code, literal

__all__ = ["FamilyCode", "Fit", "family_code"]


Fit = Callable[[Code, Code, Code], list[Code]]
"""Learning rate, epochs and callbacks -> the lines that compile the model and call its ``fit``."""


def _nothing(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - stands where a family writes its own
    return []


def _model(recipe: Recipe) -> Code:  # noqa: ARG001 - the same of all
    return code("model")


def _one_phase(recipe: Recipe, fit: Fit, callbacks: Code) -> Part:
    return Part(fit(literal(float(recipe.config["learning_rate"])), code("EPOCHS"), callbacks))


@dataclass(frozen=True)
class FamilyCode:
    """The name ``CODE`` in ``families/NAME/code.py``.

    Attributes:
        model: the body of ``build_model(x_train)``, up to its return.
        built: what that returns.
        phases: the lines that train the model, and what they need defined; gets what writes one ``fit``, and the
            callbacks of the last one, in which alone patience counts.
        before_compile: lines that change ``optimizer``.
        classifier: lines that fit a classifier of another library in the place of training; none: it is trained.
    """

    model: Callable[[Recipe], Part]
    built: Callable[[Recipe], Code] = _model
    phases: Callable[[Recipe, Fit, Code], Part] = _one_phase
    before_compile: Callable[[Recipe], list[Code]] = _nothing
    classifier: Callable[[Recipe], list[Code]] = _nothing


def family_code(recipe: Recipe) -> FamilyCode:
    """That of the trial's family."""
    family = recipe.study.experiment.family
    folder = "own" if family.is_own else family.name
    return cast("FamilyCode", importlib.import_module(f"cnnsearch.families.{folder}.code").CODE)
