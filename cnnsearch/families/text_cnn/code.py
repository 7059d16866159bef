"""The ``text_cnn`` family as stock layers, one a line."""

from __future__ import annotations

from cnnsearch.families.text_cnn.layers import layers_of
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.texts import model_of_texts

__all__ = ["CODE"]


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return."""
    return model_of_texts(recipe, lambda config: layers_of(config, task_code(recipe).width))


CODE = FamilyCode(_model)
