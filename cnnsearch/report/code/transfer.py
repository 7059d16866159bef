"""The ``transfer`` family: a network of ``keras.applications`` or of a file, and a head."""

from __future__ import annotations

from cnnsearch.catalog.backbones import BACKBONES, SAVED, weights_file
from cnnsearch.report.code.layers import assembled, augmentation, dropout, initializer, penalty, scaling
from cnnsearch.report.code.recipe import Part, Recipe, literal

__all__ = ["fitted_head", "transfer_model"]

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_FLAT = '''\
def flat(network, x, maps):
    """Run a network's layers on x, those of models inside it one by one; every feature map is added to maps."""

    def call(layer, *args, **options):
        y = flat(layer, args[0], maps) if isinstance(layer, keras.Model) else layer(*args, **options)
        if len(getattr(y, "shape", ())) == 4:
            maps.append(y)
        return y

    graph = keras.Model(network.inputs, network.outputs)  # a sequential one is none
    return graph._run_through_graph([x], operation_fn=lambda layer: layer, call_fn=call)[0]'''

_POOLING = {"average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D", "flatten": "Flatten"}


def transfer_model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``; see :mod:`cnnsearch.models.transfer`."""
    config = recipe.config
    defined, argument = penalty(recipe)
    part = Part([*defined, "height, width, channels = x_train.shape[1:]"], augmentation(recipe).beyond)
    if recipe.study.experiment.features.dtype != "float32":
        part.beyond.append("The trial kept what its frozen layers gave in half precision.")
    _backbone(recipe, part)
    part.lines += [
        "keras.utils.set_random_seed(SEED)  # whatever the backbone drew",
        "inputs = keras.Input(x_train.shape[1:])",
        "x = inputs",
        *_as_trained_on(recipe),
    ]
    _unfrozen(recipe, part)
    part.lines.append(f"x = layers.{_POOLING[config['pooling']]}()(x)")
    for _ in range(config["head_layers"] if config["head"] == "dense" else 0):
        activation = f"activation={literal(config['activation'])}{initializer(recipe)}"
        part.lines.append(f"x = layers.Dense({config['head_units']}, {activation}{argument})(x)")
        part.lines += dropout(recipe)
    part.lines += [] if config["head_layers"] and config["head"] == "dense" else dropout(recipe)
    part.lines.append(f"logits = layers.Dense(CLASSES{argument})(x)")
    part.lines += [*assembled(recipe), "return model, backbone, trained"]
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
        "coefficients, intercepts = classifier.coef_, classifier.intercept_",
        "if len(coefficients) == 1:  # of two classes scikit-learn keeps one row, that of the second",
        "    coefficients, intercepts = np.stack([0 * coefficients[0], coefficients[0]]), np.append(0, intercepts)",
        "kernel, bias = np.zeros((coefficients.shape[1], CLASSES)), np.full(CLASSES, -1e9)",
        "kernel[:, classifier.classes_], bias[classifier.classes_] = coefficients.T, intercepts",
        "model.layers[-1].set_weights([kernel, bias])",
    ]


def _backbone(recipe: Recipe, part: Part) -> None:
    config = recipe.config
    name, weights = config["backbone"], str(config["weights"])
    path = weights_file(weights)
    if name == SAVED:
        part.definitions.append(_FLAT)
        part.lines += [
            f"network, maps = keras.models.load_model({literal(str(path))}, compile=False), []",
            "flat(network, network.inputs[0], maps)",
            "pictures = keras.Input((height, width, network.input_shape[-1]))",
            "backbone = keras.Model(pictures, flat(keras.Model(network.inputs, maps[-1]), pictures, []))",
            "for layer in backbone.layers:  # nothing but the head is penalised",
            "    layer.activity_regularizer = None",
            "    for weight in layer.weights:",
            "        weight.regularizer = None",
        ]
        if recipe.study.experiment.resources.precision != "float32":
            part.beyond.append("The layers of the file compute in the precision that it was saved with.")
        return
    spec = BACKBONES[name]
    width = f", alpha={literal(config['backbone_alpha'])}" if spec.alphas else ""
    kept = '"imagenet"' if weights == "imagenet" else "None"
    if weights == "none":
        part.lines.append("keras.utils.set_random_seed(0)  # the backbone's random weights are the same in all trials")
    part.lines.append(
        f"backbone = keras.applications.{spec.application}("
        f"include_top=False, weights={kept}, input_shape=(height, width, 3){width})"
    )
    if path is not None and path.suffix == ".keras":
        part.lines += [
            f"held = keras.models.load_model({literal(str(path))}, compile=False)",
            "held = {layer.name: layer for layer in held._flatten_layers(include_self=False, recursive=True)}",
            "for layer in backbone.layers:",
            "    if layer.weights:",
            "        layer.set_weights(held[layer.name].get_weights())",
            '    if hasattr(layer, "finalize_state"):  # Normalization keeps numbers of its own of them',
            "        layer.finalize_state()",
        ]
    elif path is not None:
        part.lines.append(f"backbone.load_weights({literal(str(path))})")
        if name.startswith("efficientnet_b") and path.name == spec.imagenet_file_of(float(config["backbone_alpha"])):
            part.lines += [
                "# with these weights Keras has a layer more, which divides by ImageNet's deviation once more",
                "norm = next(layer for layer in backbone.layers if isinstance(layer, layers.Normalization))",
                f"norm.adapt_variance.assign(norm.adapt_variance * np.float32({list(_DEVIATION)}))",
                "norm.finalize_state()",
            ]


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
        number = str(asked)
        if isinstance(asked, float):
            count = "len(backbone.layers)"
            if config["backbone"].startswith("efficientnet_b") and config["weights"] == "imagenet":
                count = "(len(backbone.layers) - 1)"  # Keras has a layer more with these weights, the trial has not
            number = f"round({literal(asked)} * {count})"
        part.lines.append(f"trained = backbone.layers[max(0, len(backbone.layers) - {number}):]")
    if asked:
        part.lines += [
            "while trained and not trained[0].weights:  # what works on frozen features only",
            "    trained = trained[1:]",
        ]
    else:
        part.lines.append("trained = []")
    part.lines.append("x = backbone(x)")
