"""The ``transfer`` family: a network of ``keras.applications`` or of a file, and a head."""

from __future__ import annotations

from cnnsearch.catalog.backbones import BACKBONES, SAVED, weights_file
from cnnsearch.report.code.layers import augmentation, dropout, initializer, penalty, scaling
from cnnsearch.report.code.recipe import Part, Recipe, literal

__all__ = ["fitted_head", "transfer_model"]

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_POOLING = {"average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D", "flatten": "Flatten"}


def transfer_model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``; see :mod:`cnnsearch.models.transfer`."""
    config, augmented = recipe.config, augmentation(recipe)
    defined, argument = penalty(recipe)
    part = Part([*defined, "height, width, channels = x_train.shape[1:]"], list(augmented.beyond))
    _backbone(recipe, part)
    part.lines += ["inputs = keras.Input(x_train.shape[1:])", "x = inputs", *augmented.lines]
    part.lines += _as_trained_on(recipe)
    _unfrozen(recipe, part)
    part.lines.append(f"x = layers.{_POOLING[config['pooling']]}()(x)")
    for _ in range(config["head_layers"] if config["head"] == "dense" else 0):
        activation = f"activation={literal(config['activation'])}{initializer(recipe)}"
        part.lines.append(f"x = layers.Dense({config['head_units']}, {activation}{argument})(x)")
        part.lines += dropout(recipe)
    part.lines += [] if config["head_layers"] and config["head"] == "dense" else dropout(recipe)
    part.lines.append(f"logits = layers.Dense(CLASSES{argument})(x)")
    part.lines.append("return keras.Model(inputs, logits), backbone, trained")
    return part


def fitted_head(recipe: Recipe) -> list[str]:
    """Lines that fit scikit-learn's classifier to the features of ``model`` and put it into its last layer."""
    config = recipe.config
    kind, module = {
        "logistic_regression": ("LogisticRegression", "linear_model"),
        "linear_svm": ("LinearSVC", "svm"),
    }[config["head"]]
    weight = "None" if config["class_weights"] == "none" else '"balanced"'
    return [
        f"from sklearn.{module} import {kind}",
        "",
        "features = keras.Model(model.input, model.layers[-1].input)",
        f"settings = dict(C={literal(config['regularization_c'])}, class_weight={weight}, max_iter=2000)",
        f"classifier = {kind}(**settings, random_state=SEED)",
        "classifier.fit(features.predict(x_train), y_train)",
        "kernel, bias = classifier.coef_.T, classifier.intercept_",
        "if CLASSES == 2:  # scikit-learn keeps one row, that of the second class",
        "    kernel, bias = np.concatenate([0 * kernel, kernel], axis=1), np.concatenate([0 * bias, bias])",
        "model.layers[-1].set_weights([kernel, bias])",
    ]


def _backbone(recipe: Recipe, part: Part) -> None:
    config = recipe.config
    name, weights = config["backbone"], str(config["weights"])
    path = weights_file(weights)
    if name == SAVED:
        part.lines += [
            f"network = keras.models.load_model({literal(str(path))}, compile=False)",
            "last = next(layer for layer in reversed(network.layers) if len(layer.output.shape) == 4)",
            "backbone = keras.Model(network.inputs, last.output)",
        ]
        part.beyond.append("The network of the file must take pictures of this size; the trial built it for any.")
        return
    spec = BACKBONES[name]
    width = f", alpha={literal(config['backbone_alpha'])}" if spec.alphas else ""
    kept = '"imagenet"' if weights == "imagenet" else "None"
    part.lines.append(
        f"backbone = keras.applications.{spec.application}("
        f"include_top=False, weights={kept}, input_shape=(height, width, 3){width})"
    )
    if weights == "none":
        part.beyond.append(
            "The backbone's random weights were the same in all trials of the study; here others are drawn."
        )
    elif path is not None and path.suffix == ".keras":
        part.lines += [
            f"held = keras.models.load_model({literal(str(path))}, compile=False)",
            "held = {layer.name: layer for layer in held._flatten_layers(include_self=False, recursive=True)}",
            "for layer in backbone.layers:",
            "    if layer.weights:",
            "        layer.set_weights(held[layer.name].get_weights())",
        ]
    elif path is not None:
        part.lines.append(f"backbone.load_weights({literal(str(path))})")


def _as_trained_on(recipe: Recipe) -> list[str]:
    """Pictures at rest as the backbone takes them, with three channels."""
    config = recipe.config
    if config["backbone"] == SAVED:
        return ["if channels == 1 and backbone.input_shape[-1] == 3:", "    x = layers.Concatenate()([x, x, x])"]
    lines = ["if channels == 1:", "    x = layers.Concatenate()([x, x, x])", *scaling(recipe, "unit")]
    kind = BACKBONES[config["backbone"]].scaling
    if kind == "tf":
        lines.append("x = layers.Rescaling(2, -1)(x)  # the backbone was trained on -1 to 1")
    elif kind == "torch":
        scale, offset = [1 / d for d in _DEVIATION], [-m / d for m, d in zip(_MEAN, _DEVIATION, strict=True)]
        lines.append(f"x = layers.Rescaling({scale}, {offset})(x)  # mean and deviation of ImageNet")
    elif kind == "inside":
        lines.append("x = layers.Rescaling(255)(x)  # the backbone scales by itself")
    elif kind == "caffe":
        lines += [
            "x = layers.Rescaling(255, [-123.68, -116.779, -103.939])(x)",
            "x = keras.ops.flip(x, axis=-1)  # the backbone was trained on blue, green, red",
        ]
    return lines


def _unfrozen(recipe: Recipe, part: Part) -> None:
    config = recipe.config
    asked = config["unfrozen_layers"]
    if isinstance(asked, str):
        part.lines += [
            f"first = next(i for i, layer in enumerate(backbone.layers) if layer.name.startswith({literal(asked)}))",
            "trained = backbone.layers[first:]",
        ]
    elif asked:
        number = str(asked) if isinstance(asked, int) else f"round({literal(asked)} * len(backbone.layers))"
        part.lines.append(f"trained = backbone.layers[max(0, len(backbone.layers) - {number}):]")
    else:
        part.lines.append("trained = []")
    part.lines.append("backbone.trainable = False")
    if not asked:
        part.lines.append("x = backbone(x, training=False)")
        return
    if config["unfrozen_batch_normalization"] == "inference":
        part.lines.append("x = backbone(x, training=False)  # batch normalisation by its stored statistics")
        part.beyond.append("Random layers within the unfrozen part of the backbone, if it has any, are off here.")
    else:
        part.lines.append("x = backbone(x)  # unfrozen batch normalisation by the statistics of the batch")
        part.beyond.append("Random layers of the frozen part, which the trial left out, stay in training mode here.")
    if recipe.acts("layer_decay"):
        part.beyond.append(
            f"layer_decay {literal(config['layer_decay'])} has no counterpart in Keras's optimizers: all unfrozen "
            "layers learn at one rate here."
        )
