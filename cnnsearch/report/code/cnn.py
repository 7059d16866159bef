"""The ``cnn`` family as stock layers, one a line."""

from __future__ import annotations

from cnnsearch.report.code.layers import assembled, augmentation, dropout, initializer, penalty, scaling
from cnnsearch.report.code.recipe import Part, Recipe, literal

__all__ = ["cnn_model"]


def cnn_model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return; see :mod:`cnnsearch.models.cnn`."""
    config = recipe.config
    defined, argument = penalty(recipe)
    lines = [
        *defined,
        "inputs = keras.Input(x_train.shape[1:])",
        "x = inputs",
        *scaling(recipe, config["scaling"]),
    ]
    for block in range(config["conv_blocks"]):
        lines += [f"# block {block + 1}", *_block(recipe, block, argument)]
    lines += ["# head", "x = layers.Flatten()(x)"]
    for _ in range(config["dense_layers"]):
        activation = f"activation={literal(config['activation'])}{initializer(recipe)}"
        lines.append(f"x = layers.Dense({config['units']}, {activation}{argument})(x)")
        lines += dropout(recipe)
    lines += [] if config["dense_layers"] else dropout(recipe)
    lines.append(f"logits = layers.Dense(CLASSES{argument})(x)")
    return Part([*lines, *assembled(recipe), "return model"], augmentation(recipe).beyond)


def _block(recipe: Recipe, block: int, argument: str) -> list[str]:
    config, lines = recipe.config, []
    filters = max(1, round(config["filters"] * config["filter_growth"] ** block))
    normalized = config["batch_normalization"]
    for position in range(config["convs_per_block"]):
        strides = f", strides={config['strides']}" if position == 0 and config["strides"] != 1 else ""
        bias = ", use_bias=False" if normalized else ""
        lines.append(
            f"x = layers.Conv2D({filters}, {config['kernel_size']}{strides}, padding={literal(config['padding'])}{bias}"
            f"{initializer(recipe)}{argument})(x)"
        )
        lines += ["x = layers.BatchNormalization()(x)"] if normalized else []
        lines.append(f"x = layers.Activation({literal(config['activation'])})(x)")
    if config["pooling"] != "none":
        kind = "MaxPooling2D" if config["pooling"] == "max" else "AveragePooling2D"
        lines.append(f"x = layers.{kind}({config['pool_size']})(x)")
    return lines
