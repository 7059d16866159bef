"""A family of the user's own as its function, or a declared one's ``build``, which a script imports."""

from __future__ import annotations

from cnnsearch.families.own.config import OwnConfig
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.layers import assembled, augmentation, scaling
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.writing import code, lines, name

__all__ = ["CODE"]

_LOGITS = """\
given = np.asarray(keras.Model(inputs, outputs)(x_train[:8].astype("float32")))
if (given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=0.01):
    # It ends in softmax: the logarithms of probabilities are logits, and their softmax gives them back.
    logits = keras.ops.log(keras.ops.maximum(keras.ops.cast(outputs, "float32"), 1e-30))
else:
    logits = outputs"""


def _model(recipe: Recipe) -> Part:
    experiment = recipe.study.experiment
    module, given = map(name, experiment.model.split(":"))
    function = given if experiment.declaration is None else code("{given}.build", given=given)
    return Part(
        [
            code("from {module} import {given}", module=module, given=given),
            *lines("", "inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
            *scaling(recipe, recipe.config["scaling"]),
            code("config = {config}", config=dict(OwnConfig(experiment.model, recipe.config))),
            code("outputs = {function}(config, x_train.shape[1:], CLASSES)(x)", function=function),
            *lines(_LOGITS),
            *assembled(recipe),
            code("return model"),
        ],
        augmentation(recipe).beyond,
    )


CODE = FamilyCode(_model)
