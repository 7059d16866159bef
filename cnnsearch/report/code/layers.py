"""Layers that all families share: augmentation and scaling."""

from __future__ import annotations

from cnnsearch.report.code.recipe import Part, Recipe, literal

__all__ = ["assembled", "augmentation", "dropout", "initializer", "is_augmented", "penalty", "scaling"]


def augmentation(recipe: Recipe) -> Part:
    """Random layers; see :func:`assembled`."""
    config, part = recipe.config, Part()
    fill = f", fill_mode={literal(config['fill_mode'])}"
    largest = recipe.largest
    span = f"(0, {largest})" if largest else "(float(x_train.min()), float(x_train.max()))"
    calls = {
        "random_flip": f"RandomFlip({literal(_FLIPS.get(config['random_flip']))})",
        "random_rotation": f"RandomRotation({literal(config['random_rotation'])}{fill})",
        "random_translation": f"RandomTranslation({literal(config['random_translation'])}, "
        f"{literal(config['random_translation'])}{fill})",
        "random_zoom": f"RandomZoom({literal(config['random_zoom'])}{fill})",
        "random_shear": f"RandomShear({literal(config['random_shear'])}, {literal(config['random_shear'])}{fill})",
        "random_brightness": f"RandomBrightness({literal(config['random_brightness'])}, value_range={span})",
        "random_contrast": f"RandomContrast({literal(config['random_contrast'])}, value_range={span})",
    }
    # The trial augments in float32, whatever the precision.
    exact = recipe.study.experiment.resources.precision == "float32"
    calls = calls if exact else {name: f'{call[:-1]}, dtype="float32")' for name, call in calls.items()}
    part.lines = [f"x = layers.{call}(x)" for name, call in calls.items() if recipe.acts(name)]
    if recipe.acts("random_crop"):
        part.beyond.append(
            f"random_crop {literal(config['random_crop'])} has no layer in Keras: the trial cut up to that share off "
            "both sides and enlarged what was left; it is left out here."
        )
    if part.lines:
        part.beyond.append(
            "Augmentation: the trial drew all parts at once and resampled each picture once, a shear about its centre; "
            "Keras's layers work one after another and draw other numbers."
        )
    variants = recipe.study.experiment.augmentation.cached_variants
    if variants and (part.lines or part.beyond) and recipe.study.experiment.model == "transfer":
        part.beyond.append(f"The trial drew {variants} augmented variants of each picture once and trained on these.")
    return part


def is_augmented(recipe: Recipe) -> bool:
    """Whether the script's model has random layers: not where scikit-learn's classifier takes the place of ``fit``."""
    return recipe.config.get("head", "dense") == "dense" and bool(augmentation(recipe).lines)


def assembled(recipe: Recipe) -> list[str]:
    """Lines that make ``model`` of ``inputs`` and ``logits``, behind the random layers where there are any.

    What is saved is what stands behind them: some of them, once saved, cannot be loaded (RandomShear of Keras 3.15).
    """
    if not is_augmented(recipe):
        return ["model = keras.Model(inputs, logits)"]
    return [
        "network = keras.Model(inputs, logits)",
        "# random layers, which Keras runs in training only",
        "pictures = keras.Input(x_train.shape[1:])",
        "x = pictures",
        *augmentation(recipe).lines,
        "model = keras.Model(pictures, network(x))",
    ]


_FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}


def scaling(recipe: Recipe, kind: str) -> list[str]:
    """From pixels at rest to what ``preprocessing.scaling`` asks for."""
    if kind == "none":
        return []
    if kind == "standardize":
        return [
            'mean = x_train.mean(axis=(0, 1, 2), dtype="float64")',
            'spread = x_train.std(axis=(0, 1, 2), dtype="float64")',
            "spread[spread == 0] = 1",
            "x = layers.Rescaling((1 / spread).tolist(), (-mean / spread).tolist())(x)",
        ]
    if recipe.largest:
        return [f"x = layers.Rescaling(1 / {recipe.largest})(x)"]
    return [
        "low, high = float(x_train.min()), float(x_train.max())",
        "x = layers.Rescaling(1 / (high - low), -low / (high - low))(x)",
    ]


def penalty(recipe: Recipe) -> tuple[list[str], str]:
    """Lines that define the penalty, and the argument that a layer takes of it."""
    given = [f"{name}={literal(recipe.config[name])}" for name in ("l1", "l2") if recipe.acts(name)]
    if not given:
        return [], ""
    kind = "L1L2" if len(given) == 2 else given[0][:2].upper()
    argument = ", ".join(given) if len(given) == 2 else given[0].split("=")[1]
    return [f"penalty = keras.regularizers.{kind}({argument})"], ", kernel_regularizer=penalty"


def dropout(recipe: Recipe) -> list[str]:
    return [f"x = layers.Dropout({literal(recipe.config['dropout'])})(x)"] if recipe.acts("dropout") else []


def initializer(recipe: Recipe) -> str:
    """The argument that a layer takes; see :func:`cnnsearch.models.cnn.initializer`."""
    kind = {"tanh": "glorot_uniform", "selu": "lecun_normal"}.get(recipe.config["activation"], "he_uniform")
    return f', kernel_initializer="{kind}"'
