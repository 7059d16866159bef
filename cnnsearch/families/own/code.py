"""A family of the user's own as its function, or a declared one's ``build``, which a script imports."""

from __future__ import annotations

from cnnsearch.families.own.config import OwnConfig
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.layers import assembled, augmentation, scaling
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import code, lines, name

__all__ = ["CODE"]


def _model(recipe: Recipe) -> Part:
    experiment = recipe.study.experiment
    module, given = map(name, experiment.model.split(":"))
    function = given if experiment.declaration is None else code("{given}.build", given=given)
    width, random = task_code(recipe).width, augmentation(recipe)
    return Part(
        [
            code("from {module} import {given}", module=module, given=given),
            *lines("", "inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
            *scaling(recipe, recipe.config["scaling"]),
            code("config = {config}", config=dict(OwnConfig(experiment.model, recipe.config))),
            code("outputs = {function}(config, x_train.shape[1:], {width})(x)", function=function, width=width),
            *task_code(recipe).logits(recipe),
            *assembled(recipe),
            code("return model"),
        ],
        random.beyond,
        random.definitions,
    )


CODE = FamilyCode(_model)
