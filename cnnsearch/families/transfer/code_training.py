"""How a script trains the ``transfer`` family: which layers of the backbone learn when, or what is fitted instead."""

from __future__ import annotations

from cnnsearch.scripts.family import Fit
from cnnsearch.scripts.imbalance import drawn_rows, sizes
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, indented, lines, literal, name

__all__ = ["before_compile", "classifier", "phases"]

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
        for inner in layer._flatten_layers():  # attention has layers inside
            inner.trainable = layer in trained
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

_CLASS_WEIGHTS = {"none": None, "balanced": "balanced"}
"""Those that scikit-learn knows by itself."""

_WEIGHED = """\
seen, counts = np.unique(y_train, return_counts=True)
sizes = {sizes}
class_weight = dict(zip(seen.tolist(), (len(y_train) / ((counts / sizes).sum() * sizes)).tolist()))"""

_CLASSIFIERS = {"logistic_regression": ("LogisticRegression", "linear_model"), "linear_svm": ("LinearSVC", "svm")}


def phases(recipe: Recipe, fit: Fit, callbacks: Code) -> Part:
    """One ``fit``, or where layers are unfrozen later one a phase."""
    config, experiment = recipe.config, recipe.study.experiment
    part = Part(definitions=_train_layers(recipe))
    if _decays(recipe):
        part.definitions.append(_lower_rates())
    rate = float(config["learning_rate"])
    whole = fit(literal(rate), code("EPOCHS"), callbacks)
    tuned = config["fine_tune_epochs"]
    if not config["unfrozen_layers"] or tuned == 0:
        part.lines = [code("train_layers(backbone, [])"), *whole]
        return part
    if tuned is None:
        part.lines = [code("train_layers(backbone, trained)"), *whole]
        return part
    alone = max(0, experiment.epochs - tuned)
    first = lines("    ({alone}, {rate}, [], [best]),  # first the head alone", alone=alone, rate=rate)
    fields = {
        "rest": experiment.epochs - alone,
        "rate": rate,
        "last": rate * float(config["fine_tune_learning_rate_factor"]),
        "callbacks": callbacks,
    }
    part.lines = [
        code("phases = [  # epochs, learning rate, layers of the backbone that learn, callbacks"),
        *(first if alone else []),
        *lines(
            "    ({rest}, {last}, trained, {callbacks}),",
            "]",
            "if not trained:  # none of the layers that were asked for has weights",
            "    phases = [(EPOCHS, {rate}, [], {callbacks})]",
            "for epochs, rate, learning, callbacks in phases:",
            "    train_layers(backbone, learning)",
            **fields,
        ),
        *indented(fit(code("rate"), code("epochs"), code("callbacks"))),
    ]
    return part


def _decays(recipe: Recipe) -> bool:
    return recipe.acts("layer_decay") and bool(recipe.config["unfrozen_layers"])


def before_compile(recipe: Recipe) -> list[Code]:
    """Lines that lower the learning rate from the head down."""
    if not _decays(recipe):
        return []
    return lines("lower_rates(optimizer, model, backbone, {decay})", decay=recipe.config["layer_decay"])


def classifier(recipe: Recipe) -> list[Code]:
    """Lines that fit scikit-learn's classifier to the features of ``model`` and put it into its last layer."""
    config = recipe.config
    if config["head"] == "dense":
        return []
    kind, module = _CLASSIFIERS[config["head"]]
    kind_of_weights = config["class_weights"]
    is_given = not isinstance(kind_of_weights, str)
    weighed = not is_given and kind_of_weights not in _CLASS_WEIGHTS
    fitted = lines(
        "from sklearn.{module} import {kind}",
        "",
        "features = keras.Model(model.input, model.layers[-1].input)",
        module=name(module),
        kind=name(kind),
    )
    if weighed:
        fitted += lines(_WEIGHED, sizes=sizes(recipe, "class_weights", code("counts"), is_fitted=True))
    fitted += lines(
        "settings = dict(C={c}, class_weight={weight}, max_iter=2000)",
        "classifier = {kind}(**settings, random_state=SEED)",
        "classifier.fit(features.predict(x_train), y_train{weights})",
        "coefficients, intercepts = classifier.coef_, classifier.intercept_",
        kind=name(kind),
        c=config["regularization_c"],
        weight=dict(enumerate(map(float, kind_of_weights)))
        if is_given
        else code("class_weight")
        if weighed
        else _CLASS_WEIGHTS[kind_of_weights],
        weights=_picture_weights(recipe),
    )
    return [
        *drawn_rows(recipe),
        *fitted,
        *task_code(recipe).fitted(recipe),
        code("model.layers[-1].set_weights([kernel, bias])"),
    ]


def _picture_weights(recipe: Recipe) -> Code:
    """The argument of scikit-learn's ``fit`` that weighs pictures; what was drawn is in relation to the mean of all."""
    if not recipe.is_weighted:
        return code("")
    return code(", weights" if recipe.acts("oversampling") else ", weights / weights.mean()")


def _train_layers(recipe: Recipe) -> list[Code]:
    """The definition of ``train_layers(backbone, trained)``; see ``Backbone.grow``."""
    fixed = code("layer not in trained")
    if recipe.config["unfrozen_batch_normalization"] == "inference":
        fixed = code("{fixed} or isinstance(layer, layers.BatchNormalization)", fixed=fixed)
    return [code(_AS_IN_PREDICT), code(_TRAIN_LAYERS, fixed=fixed)]


def _lower_rates() -> Code:
    """The definition of ``lower_rates(optimizer, model, backbone, decay)``."""
    return code(_LOWER_RATES)
