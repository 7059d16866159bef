"""Which layers of a backbone a script trains, and how the others are kept as they are in ``predict``."""

from __future__ import annotations

from cnnsearch.report.code.recipe import Recipe
from cnnsearch.report.code.writing import Code, code

__all__ = ["lower_rates", "train_layers"]

_AS_IN_PREDICT = '''\
def as_in_predict(layer):
    """The layer's call without its training mode: nothing is dropped, batch normalisation uses what it has stored.

    fit runs every layer in training mode, also in a part of the model that was called with training=False.
    """
    call = type(layer).call.__get__(layer)

    def without_training(*args, training=None, **options):
        return call(*args, **options) if training is None else call(*args, training=False, **options)

    return without_training'''

_TRAIN_LAYERS = '''\
def train_layers(backbone, trained):
    """Let these layers of the backbone learn; the others stay as they are, and work as they do in predict."""
    for layer in backbone.layers:
        layer.trainable = layer in trained
        fixed = {fixed}
        layer.call = as_in_predict(layer) if fixed else type(layer).call.__get__(layer)'''

_LOWER_RATES = '''\
def lower_rates(optimizer, model, backbone, decay):
    """Multiply the learning rate by decay once for each layer with trained weights, from the head down."""
    factors, factor = {{}}, 1.0
    for layer in reversed(backbone.layers):
        if layer.trainable_variables:
            factor *= decay
            factors.update({{id(variable): factor for variable in layer.trainable_variables}})
    of_each = [factors.get(id(variable), 1.0) for variable in model.trainable_variables]
    update = optimizer.update_step

    def lowered(gradient, variable, rate):
        update(gradient, variable, rate * of_each[optimizer._get_variable_index(variable)])

    optimizer.update_step = lowered'''


def train_layers(recipe: Recipe) -> list[Code]:
    """The definition of ``train_layers(backbone, trained)``; see ``Backbone.grow``."""
    fixed = code("layer not in trained")
    if recipe.config["unfrozen_batch_normalization"] == "inference":
        fixed = code("{fixed} or isinstance(layer, layers.BatchNormalization)", fixed=fixed)
    return [code(_AS_IN_PREDICT), code(_TRAIN_LAYERS, fixed=fixed)]


def lower_rates() -> Code:
    """The definition of ``lower_rates(optimizer, model, backbone, decay)``."""
    return code(_LOWER_RATES)
