"""Layers of a script: those that a family lists, and those that all families share, augmentation and scaling."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from cnnsearch.inputs.pictures.spec import MIXED, MOVING
from cnnsearch.networks.layers import HEAD, MERGING, PENALIZED, STEM, Layer, named
from cnnsearch.scripts.family import family_code
from cnnsearch.scripts.random_layers import BOX, ERASING, MIX, NOISE
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, joined, lines, name

__all__ = ["assembled", "augmentation", "is_augmented", "penalty", "scaling", "written"]

_RANDOM = {
    "random_flip": "x = layers.RandomFlip({flips}{dtype})(x)",
    "random_rotation": "x = layers.RandomRotation({random_rotation}{fill}{dtype})(x)",
    "random_translation": "x = layers.RandomTranslation({random_translation}, {random_translation}{fill}{dtype})(x)",
    "random_zoom": "x = layers.RandomZoom({random_zoom}{fill}{dtype})(x)",
    "random_shear": "x = layers.RandomShear({random_shear}, {random_shear}{fill}{dtype})(x)",
    "random_brightness": "x = layers.RandomBrightness({random_brightness}, value_range={span}{dtype})(x)",
    "random_contrast": "x = layers.RandomContrast({random_contrast}, value_range={span}{dtype})(x)",
    "random_saturation": "x = layers.RandomSaturation(({less}, {more}), value_range=(0, 1){dtype})(x)",
    "random_hue": "x = layers.RandomHue({random_hue}, value_range={span}{dtype})(x)",
    "rand_augment": "x = layers.RandAugment({span}, num_ops=2, factor={rand_augment}{dtype})(x)",
    "random_gaussian_blur": (
        "x = layers.RandomGaussianBlur((1.0, 1.0), 13, (0.0, {random_gaussian_blur}), value_range={span}{dtype})(x)"
    ),
    "gaussian_noise": "x = Noise({gaussian_noise}, *{span}{dtype})(x)",
    "random_erasing": "x = Erasing({random_erasing}{dtype})(x)",
}
"""Parameter -> the layer that does the same."""

_OWN = {"gaussian_noise": (NOISE,), "random_erasing": (BOX, ERASING)}
"""Parameter -> what its layer needs defined."""

_UNLIKE = {
    "random_saturation": "RandomSaturation has the trial's largest and least saturation, and draws others between",
    "rand_augment": "RandAugment of Keras has other operations and strengths, and one choice for a whole batch",
    "random_gaussian_blur": "RandomGaussianBlur draws one deviation for a whole batch, and darkens the edge",
}
"""Parameter -> what its layer does otherwise than the trial."""

_FLIPS = {"horizontal": "horizontal", "vertical": "vertical", "both": "horizontal_and_vertical"}


def augmentation(recipe: Recipe) -> Part:
    """Random layers, with what they need defined; see :func:`assembled`."""
    config, part = recipe.config, Part()
    most = config["random_saturation"]
    largest = recipe.largest
    # The trial augments in float32, whatever the precision.
    exact = recipe.study.experiment.resources.precision == "float32"
    fields = {
        **{kind: config[kind] for kind in _RANDOM},
        # Keras multiplies by u / (1 - u), for u between these two.
        "less": (1 - most) / (2 - most),
        "more": (1 + most) / (2 + most),
        "mixup": config["mixup"],
        "cutmix": config["cutmix"],
        "flips": _FLIPS.get(config["random_flip"]),
        "fill": code(", fill_mode={mode}", mode=config["fill_mode"]),
        "span": (0, largest) if largest else code("(float(x_train.min()), float(x_train.max()))"),
        "dtype": code("" if exact else ', dtype="float32"'),
    }
    followed = recipe.study.experiment.predicted.follows
    moving = [kind for kind in MOVING if followed and recipe.acts(kind)]
    acting = [kind for kind in _RANDOM if recipe.acts(kind) and kind not in moving]
    part.lines = [code(_RANDOM[kind], **fields) for kind in acting]
    part.definitions = [text for kind in acting for text in _OWN.get(kind, ())]
    if _mixes(recipe):
        part.lines.append(code('x = Mix({mixup}, {cutmix}, name="mix"{dtype})(x)', **fields))
        part.definitions = [*dict.fromkeys([*part.definitions, BOX, MIX]), task_code(recipe).mixed]
    part.beyond = [f"{_UNLIKE[kind]}." for kind in acting if kind in _UNLIKE]
    if moving:
        part.beyond.append(
            f"{', '.join(moving)} moved {recipe.study.experiment.predicted.reads} with their pictures, which no layer "
            "between pictures and outputs can: left out here."
        )
    if joining := [kind for kind in recipe.study.experiment.predicted.joins if recipe.acts(kind)]:
        part.beyond.append(
            f"{', '.join(joining)} joined pictures of a batch, {recipe.study.experiment.predicted.reads} too, which no "
            "layer between pictures and outputs can: left out here."
        )
    if recipe.acts("random_crop") and not followed:
        part.beyond.append(
            f"random_crop {config['random_crop']!r} has no layer in Keras: the trial cut up to that share off "
            "both sides and enlarged what was left; it is left out here."
        )
    if part.lines:
        part.beyond.append(
            "Augmentation: the trial drew all parts at once and resampled each picture once, a shear about its centre; "
            "Keras's layers work one after another and draw other numbers."
        )
    return part


def _mixes(recipe: Recipe) -> bool:
    """Whether pictures are mixed with each other."""
    return any(map(recipe.acts, MIXED))


def is_augmented(recipe: Recipe) -> bool:
    """Whether the script's model has random layers: not where another library's classifier is fitted in its place."""
    if recipe.reads_texts or family_code(recipe).classifier(recipe):
        return False
    return bool(augmentation(recipe).lines)


def assembled(recipe: Recipe) -> list[Code]:
    """Lines that make ``model`` of ``inputs`` and ``logits``, behind the random layers where there are any.

    What is saved is what stands behind them: some of them, once saved, cannot be loaded (RandomShear of Keras 3.15).
    """
    if not is_augmented(recipe):
        return lines("model = keras.Model(inputs, logits)")
    return [
        *lines(
            "network = keras.Model(inputs, logits)",
            "# random layers, which Keras runs in training only",
            "pictures = keras.Input(x_train.shape[1:])",
            "x = pictures",
        ),
        *augmentation(recipe).lines,
        code("model = {kind}(pictures, network(x))", kind=name("Mixed" if _mixes(recipe) else "keras.Model")),
    ]


def scaling(recipe: Recipe, kind: str) -> list[Code]:
    """From pixels at rest to what ``preprocessing.scaling`` asks for."""
    if kind == "none":
        return []
    if kind == "standardize":
        return lines(
            'mean = x_train.mean(axis=(0, 1, 2), dtype="float64")',
            'spread = x_train.std(axis=(0, 1, 2), dtype="float64")',
            "spread[spread == 0] = 1",
            "x = layers.Rescaling((1 / spread).tolist(), (-mean / spread).tolist())(x)",
        )
    if recipe.largest:
        return lines("x = layers.Rescaling(1 / {largest})(x)", largest=recipe.largest)
    return lines(
        "low, high = float(x_train.min()), float(x_train.max())",
        "x = layers.Rescaling(1 / (high - low), -low / (high - low))(x)",
    )


_PENALTIES = ("l1", "l2")


def penalty(recipe: Recipe) -> list[Code]:
    """The line that defines the penalty of kernels, where there is one."""
    l1, l2 = (recipe.config[kind] if recipe.acts(kind) else None for kind in _PENALTIES)
    if l1 is None and l2 is None:
        return []
    if l1 is not None and l2 is not None:
        defined = code("penalty = keras.regularizers.L1L2(l1={l1}, l2={l2})", l1=l1, l2=l2)
    elif l1 is not None:
        defined = code("penalty = keras.regularizers.L1({l1})", l1=l1)
    else:
        defined = code("penalty = keras.regularizers.L2({l2})", l2=l2)
    return [defined]


def written(recipe: Recipe, layers: Iterable[Layer], given: Mapping[str, Code] = MappingProxyType({})) -> list[Code]:
    """Layers that a family lists, one a line, below the name of each block of them; the first of them takes ``x``.

    One that does nothing in this trial is left out. What others take by its name is kept under it; all else is ``x``.
    Kernels have the ``penalty`` that :func:`penalty` defines.

    Args:
        recipe: of the trial.
        layers: in their order.
        given: how the script calls other tensors that layers take by name.
    """
    listed = list(layers)
    kept, has_penalty = named(listed), any(map(recipe.acts, _PENALTIES))
    variables, x, block = dict(given), name("x"), HEAD
    script: list[Code] = []
    for place, layer in enumerate(listed):
        if layer.reads is not None and not recipe.acts(layer.reads):
            x = variables[layer.takes[0]] if layer.takes else x
            if str(x) == "x" and layer.name in named(listed[place + 2 :]):  # by then x is something else
                script.append(code("{gives} = x", gives=name(layer.name)))
                x = name(layer.name)
            variables[layer.name] = x
            continue
        if layer.block != block:
            script.append(_heading(layer.block))
        taken, block = [variables[each] for each in layer.takes] or [x], layer.block
        gives = layer.name if layer.name in kept else "logits" if layer.is_last else "x"
        x = variables[layer.name] = name(gives)
        call = _call(layer, taken, layer.is_penalized and has_penalty)
        script.append(code("{gives} = {call}", gives=x, call=call))
    return script


def _heading(block: int) -> Code:
    if block in (HEAD, STEM):
        return code("# head") if block == HEAD else code("# stem")
    return code("# block {number}", number=block)


def _call(layer: Layer, taken: Sequence[Code], has_penalty: bool) -> Code:
    """A layer with its arguments, and what it is called with."""
    arguments = [value * layer.factor for value in layer.arguments] if layer.kind == "Dropout" else layer.arguments
    given = [code("{value}", value=value) for value in arguments]
    given += [code("{key}={value}", key=name(key), value=value) for key, value in layer.options.items()]
    if has_penalty:
        given.append(code("{key}=penalty", key=name(PENALIZED.get(layer.kind, "kernel_regularizer"))))
    tensors = joined(taken, ", ")
    if layer.is_operation:
        made = joined([tensors, *given], ", ")
        return code("keras.ops.{kind}({made})", kind=name(layer.kind), made=made)
    tensors = code("[{tensors}]", tensors=tensors) if layer.kind in MERGING else tensors
    made = joined(given, ", ")
    return code("layers.{kind}({made})({tensors})", kind=name(layer.kind), made=made, tensors=tensors)
