"""The ``cnn`` family as stock layers, one a line."""

from __future__ import annotations

from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.layers import assembled, augmentation, dropout, initializer, penalty, scaling
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, lines, name

__all__ = ["CODE"]


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return; see ``body.py``."""
    config = recipe.config
    defined, argument = penalty(recipe)
    body = [
        *defined,
        *lines("inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
        *scaling(recipe, config["scaling"]),
    ]
    for block in range(config["conv_blocks"]):
        body += [code("# block {number}", number=block + 1), *_block(recipe, block, argument)]
    vector = {"average": "GlobalAveragePooling2D", "max": "GlobalMaxPooling2D"}.get(config["global_pooling"], "Flatten")
    body += lines("# head", "x = layers.{vector}()(x)", vector=name(vector))
    for _ in range(config["dense_layers"]):
        body += lines(
            "x = layers.Dense({units}, activation={activation}{initializer}{penalty})(x)",
            units=config["units"],
            activation=config["activation"],
            initializer=initializer(recipe),
            penalty=argument,
        )
        body += dropout(recipe)
    body += [] if config["dense_layers"] else dropout(recipe)
    body += lines("logits = layers.Dense({width}{penalty})(x)", width=task_code(recipe).width, penalty=argument)
    return Part([*body, *assembled(recipe), code("return model")], augmentation(recipe).beyond)


def _block(recipe: Recipe, block: int, argument: Code) -> list[Code]:
    config, body = recipe.config, list[Code]()
    normalized = config["batch_normalization"]
    for position in range(config["convs_per_block"]):
        strided = position == 0 and config["strides"] != 1
        body += lines(
            "x = layers.Conv2D({filters}, {kernel}{strides}, padding={padding}{bias}{initializer}{penalty})(x)",
            filters=max(1, round(config["filters"] * config["filter_growth"] ** block)),
            kernel=config["kernel_size"],
            strides=code(", strides={strides}", strides=config["strides"]) if strided else code(""),
            padding=config["padding"],
            bias=code(", use_bias=False" if normalized else ""),
            initializer=initializer(recipe),
            penalty=argument,
        )
        momentum = config["normalization_momentum"]
        body += lines("x = layers.BatchNormalization(momentum={momentum})(x)", momentum=momentum) if normalized else []
        body += lines("x = layers.Activation({activation})(x)", activation=config["activation"])
    if config["pooling"] != "none":
        kind = name("MaxPooling2D" if config["pooling"] == "max" else "AveragePooling2D")
        body += lines("x = layers.{kind}({size})(x)", kind=kind, size=config["pool_size"])
    return [*body, *dropout(recipe, "block_dropout")]


CODE = FamilyCode(_model)
