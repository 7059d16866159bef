"""The ``unet`` family as stock layers, one a line."""

from __future__ import annotations

from cnnsearch.families.unet.layers import layers_of
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.layers import assembled, augmentation, penalty, scaling, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import code, lines

__all__ = ["CODE"]


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return."""
    sides = recipe.size or (2 ** recipe.config["depth"],) * 2  # of which none need be padded
    body = [
        *penalty(recipe),
        *lines("inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
        *scaling(recipe, recipe.config["scaling"]),
        *written(recipe, layers_of(recipe.config, sides, task_code(recipe).width)),
    ]
    random = augmentation(recipe)
    return Part([*body, *assembled(recipe), code("return model")], random.beyond, random.definitions)


CODE = FamilyCode(_model)
