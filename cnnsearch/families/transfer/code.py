"""The ``transfer`` family: a network of ``keras.applications`` or of a file, and a head."""

from __future__ import annotations

from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED, weights_file
from cnnsearch.families.transfer.code_training import before_compile, classifier, phases
from cnnsearch.families.transfer.layers import head_of, pooling_of
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.layers import assembled, augmentation, penalty, scaling, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, lines, name

__all__ = ["CODE", "add_backbone", "add_unfrozen", "as_trained_on"]

_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_FLAT = '''\
def flat(network, x, maps):
    """Run a network's layers on x, those of models inside it one by one; maps gets each feature map, and tokens."""

    def call(layer, *args, **options):
        y = flat(layer, args[0], maps) if isinstance(layer, keras.Model) else layer(*args, **options)
        if len(getattr(y, "shape", ())) in (3, 4):
            maps.append(y)
        return y

    graph = keras.Model(network.inputs, network.outputs)  # a sequential one is none
    return graph._run_through_graph([x], operation_fn=lambda layer: layer, call_fn=call)[0]'''


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``; see ``body.py``."""
    config = recipe.config
    random = augmentation(recipe)
    part = Part(
        [*penalty(recipe), code("height, width, channels = x_train.shape[1:]")], random.beyond, random.definitions
    )
    variants = recipe.study.experiment.augmentation.cached_variants
    if variants and (random.lines or random.beyond):
        part.beyond.append(f"The trial drew {variants} augmented variants of each picture once and trained on these.")
    if recipe.study.experiment.features.dtype != "float32":
        part.beyond.append("The trial kept what its frozen layers gave in half precision.")
    add_backbone(recipe, part)
    part.lines += lines(
        "keras.utils.set_random_seed(SEED)  # whatever the backbone drew",
        "inputs = keras.Input(x_train.shape[1:])",
        "x = inputs",
    )
    part.lines += as_trained_on(recipe)
    add_unfrozen(recipe, part)
    part.lines += written(recipe, [pooling_of(config), *head_of(config, task_code(recipe).width)])
    part.lines += [*assembled(recipe), code("return model, backbone, trained")]
    return part


def add_backbone(recipe: Recipe, part: Part) -> None:
    """Lines that make ``backbone``; its name stands in the config as ``backbone``."""
    config = recipe.config
    backbone, weights = config["backbone"], str(config["weights"])
    path = weights_file(weights)
    if backbone == SAVED:
        part.definitions.append(code(_FLAT))
        part.lines += lines(
            "network, maps = keras.models.load_model({path}, compile=False), []",
            "flat(network, network.inputs[0], maps)",
            "pictures = keras.Input((height, width, network.input_shape[-1]))",
            "x = flat(keras.Model(network.inputs, maps[-1]), pictures, [])",
            "if len(x.shape) == 3:  # tokens are a map of one row",
            "    x = layers.Reshape((1, *x.shape[1:]))(x)",
            "backbone = keras.Model(pictures, x)",
            "for layer in backbone.layers:  # nothing but the head is penalised",
            "    layer.activity_regularizer = None",
            "    for weight in layer.weights:",
            "        weight.regularizer = None",
            path=str(path),
        )
        if recipe.study.experiment.resources.precision != "float32":
            part.beyond.append("The layers of the file compute in the precision that it was saved with.")
        return
    spec = BACKBONES[backbone]
    if weights == "none":
        part.lines += lines(
            "keras.utils.set_random_seed(0)  # the backbone's random weights are the same in all trials"
        )
    part.lines += lines(
        "backbone = keras.applications.{application}("
        "include_top=False, weights={weights}, input_shape=(height, width, 3){width})",
        application=name(spec.application),
        weights="imagenet" if weights == "imagenet" else None,
        width=code(", alpha={alpha}", alpha=config["backbone_alpha"]) if spec.alphas else code(""),
    )
    if path is not None and path.suffix == ".keras":
        part.lines += lines(
            "held = keras.models.load_model({path}, compile=False)",
            "held = {{layer.name: layer for layer in held._flatten_layers(include_self=False, recursive=True)}}",
            "for layer in backbone.layers:",
            "    if layer.weights:",
            "        layer.set_weights(held[layer.name].get_weights())",
            '    if hasattr(layer, "finalize_state"):  # Normalization keeps numbers of its own of them',
            "        layer.finalize_state()",
            path=str(path),
        )
    elif path is not None:
        part.lines += lines("backbone.load_weights({path})", path=str(path))
        if backbone.startswith("efficientnet_b") and path.name == spec.imagenet_file_of(
            float(config["backbone_alpha"])
        ):
            part.lines += lines(
                "# with these weights Keras has a layer more, which divides by ImageNet's deviation once more",
                "norm = next(layer for layer in backbone.layers if isinstance(layer, layers.Normalization))",
                "norm.adapt_variance.assign(norm.adapt_variance * np.float32({deviation}))",
                "norm.finalize_state()",
                deviation=list(_DEVIATION),
            )


def as_trained_on(recipe: Recipe) -> list[Code]:
    """Pictures at rest as the backbone takes them, with three channels."""
    config = recipe.config
    if config["backbone"] == SAVED:
        return lines("if channels == 1 and backbone.input_shape[-1] == 3:", "    x = layers.Concatenate()([x, x, x])")
    body = [*lines("if channels == 1:", "    x = layers.Concatenate()([x, x, x])"), *scaling(recipe, "unit")]
    kind = BACKBONES[config["backbone"]].scaling
    if kind == "tf":
        body += lines("x = layers.Rescaling(2, -1)(x)  # the backbone was trained on -1 to 1")
    elif kind == "torch":
        body += lines(
            "x = layers.Rescaling({scale}, {offset})(x)  # mean and deviation of ImageNet",
            scale=[1 / d for d in _DEVIATION],
            offset=[-m / d for m, d in zip(_MEAN, _DEVIATION, strict=True)],
        )
    elif kind == "inside":
        body += lines("x = layers.Rescaling(255)(x)  # the backbone scales by itself")
    elif kind == "caffe":
        body += lines(
            "x = layers.Rescaling(255, [-123.68, -116.779, -103.939])(x)",
            "x = keras.ops.flip(x, axis=-1)  # the backbone was trained on blue, green, red",
        )
    return body


def add_unfrozen(recipe: Recipe, part: Part) -> None:
    """Lines that name the layers that are ``trained``, and run ``backbone`` on ``x``."""
    config = recipe.config
    asked = config["unfrozen_layers"]
    if isinstance(asked, str):
        part.lines += lines(
            "first = next(i for i, layer in enumerate(backbone.layers) if layer.name.startswith({block}))",
            "trained = backbone.layers[first:]",
            block=asked,
        )
    elif asked:
        number = code("{count}", count=asked)
        if isinstance(asked, float):
            count = code("len(backbone.layers)")
            if config["backbone"].startswith("efficientnet_b") and config["weights"] == "imagenet":
                # Keras has a layer more with these weights, the trial has not.
                count = code("(len(backbone.layers) - 1)")
            number = code("round({share} * {count})", share=asked, count=count)
        part.lines += lines("trained = backbone.layers[max(0, len(backbone.layers) - {number}):]", number=number)
    if asked:
        part.lines += lines(
            "while trained and not trained[0].weights:  # what works on frozen features only",
            "    trained = trained[1:]",
        )
    else:
        part.lines += lines("trained = []")
    part.lines += lines("x = backbone(x)")


CODE = FamilyCode(
    _model,
    built=lambda _: code("model, backbone, trained"),
    phases=phases,
    before_compile=before_compile,
    classifier=classifier,
)
