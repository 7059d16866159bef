"""Segmentation in a script: losses of masks, and what they are judged by."""

from __future__ import annotations

from typing import Any

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.task import TaskCode
from cnnsearch.scripts.writing import Code, code, indented, joined, lines, name
from cnnsearch.tasks.contract.metrics import is_function, metric_of, output_number, split_name
from cnnsearch.tasks.segmentation.code_contours import judged_by_contours
from cnnsearch.tasks.segmentation.masks import VOID
from cnnsearch.tasks.segmentation.metrics import OF_CONTOURS
from cnnsearch.tasks.segmentation.spec import LOSSES

__all__ = ["CODE"]

_KNOWN = '''\


def known_pixels(y_true):
    """Indices of classes, and which pixels count."""
    y_true = keras.ops.cast(y_true, "int32")
    known = keras.ops.cast(y_true != VOID, "float32")
    return keras.ops.where(y_true != VOID, y_true, 0), known


def mean_of_known(values, known):
    """Of each picture the mean over the pixels that count."""
    return keras.ops.sum(values * known, (1, 2)) / keras.ops.maximum(keras.ops.sum(known, (1, 2)), 1.0)


def pixel_accuracy(y_true, y_pred):
    """Of each picture the share of its pixels whose class is told."""
    indices, known = known_pixels(y_true)
    return mean_of_known(keras.ops.cast(keras.ops.argmax(y_pred, -1) == indices, "float32"), known)


def cross_entropy(y_true, y_pred):
    """Of each picture the mean over its pixels."""
    indices, known = known_pixels(y_true)
    return mean_of_known(keras.losses.sparse_categorical_crossentropy(indices, y_pred, from_logits=True), known)'''

_FOCAL = '''\


def focal(y_true, y_pred):
    """Lin et al. 2017: the surer a pixel is right, the less it counts."""
    indices, known = known_pixels(y_true)
    losses = keras.losses.sparse_categorical_crossentropy(indices, y_pred, from_logits=True)
    return mean_of_known(keras.ops.clip(-keras.ops.expm1(-losses), 1e-7, 1.0) ** {gamma} * losses, known)'''

_TVERSKY = '''\


def {kind}(y_true, y_pred):
    """Salehi et al. 2017: 1 less the mean overlap of the classes; misses weigh {misses}."""
    indices, known = known_pixels(y_true)
    told = keras.ops.softmax(y_pred) * known[..., None]
    true = keras.ops.one_hot(indices, CLASSES) * known[..., None]
    both, of_true, of_told = (keras.ops.sum(each, (1, 2)) for each in (told * true, true, told))
    wrong = {misses} * (of_true - both) + (1 - {misses}) * (of_told - both)
    return 1.0 - keras.ops.mean((both + 1.0) / (both + wrong + 1.0), axis=-1)'''

_SUM = """\


def mask_loss(y_true, y_pred):
    return {parts}"""

_COUNTED = '''\
def judged(model, x, y):
    """What the study aims at, of the validation split: over the pixels of all pictures together."""
    logits = model.predict(x, verbose=0)
    told, known = logits.argmax(axis=-1), y != VOID
    pairs = np.bincount(y[known].astype(int) * CLASSES + told[known], minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    both, true, of_told = pairs.diagonal(), pairs.sum(axis=1), pairs.sum(axis=0)'''

_BY_CLASS = {"iou": "both / (true + of_told - both)", "dice": "2 * both / (true + of_told)"}

_SCORES = {
    "mean_iou": "np.nanmean(both / (true + of_told - both))",
    "mean_dice": "np.nanmean(2 * both / (true + of_told))",
    "pixel_accuracy": "both.sum() / true.sum()",
}


def _constants(recipe: Recipe) -> list[Code]:
    names = [str(each) for each in recipe.study.names]
    config = recipe.config
    found = lines(
        "CLASSES = {count}  # {names}",
        "VOID = {void}  # the index of pixels of which nothing is known",
        count=len(names),
        names=names,
        void=VOID,
    )
    parts = LOSSES[config["mask_loss"]]
    found += lines(_KNOWN)
    if "focal" in parts:
        found += lines(_FOCAL, gamma=float(config["mask_focal_gamma"]))
    for kind, misses in (("dice", 0.5), ("tversky", float(config["tversky_misses"]))):
        if kind in parts:
            found += lines(_TVERSKY, kind=name(kind), misses=misses)
    if len(parts) > 1:
        summed = joined([code("{part}(y_true, y_pred)", part=name(part)) for part in parts], " + ")
        found += lines(_SUM, parts=summed)
    return [*found, *lines("", "")]


def _loss(recipe: Recipe) -> Code:
    parts = LOSSES[recipe.config["mask_loss"]]
    return name(parts[0]) if len(parts) == 1 else name("mask_loss")


def _judged(recipe: Recipe) -> list[Code]:
    aim = recipe.study.experiment.objective.metric
    if aim == "val_loss":
        return [] if recipe.config["mask_loss"] == "cross_entropy" else [joined(_loss_judged())]
    if is_function(aim):
        module, function = aim.split(":")
        told = lines(
            "score = importlib.import_module({module}).{function}",
            "return {{{aim}: float(score(y, told.astype('uint8')))}}",
            module=module,
            function=name(function),
            aim=aim,
        )
        return [joined([*lines(_COUNTED), *indented([*lines("import importlib", ""), *told])])]
    if split_name(metric_of(aim))[0] in OF_CONTOURS:
        return [judged_by_contours(recipe, aim, metric_of(aim))]
    return [
        joined(
            [
                *lines(_COUNTED),
                *indented(
                    [
                        *lines('with np.errstate(invalid="ignore"):'),
                        code("    return {{{aim}: float({value})}}", aim=aim, value=_value(recipe, metric_of(aim))),
                    ]
                ),
            ]
        )
    ]


def _loss_judged() -> list[Code]:
    """Cross-entropy, by which a trial is judged whatever it is trained by."""
    return lines(
        "def judged(model, x, y):",
        '    """Cross-entropy of the validation split, with the weights\' penalty."""',
        "    losses = cross_entropy(y, model.predict(x, verbose=0))",
        '    return {{"val_loss": float(np.mean(losses)) + float(sum(model.losses))}}',
    )


def _value(recipe: Recipe, metric: str) -> Code:
    base, output = split_name(metric)
    if output is None:
        return code(_SCORES[base])
    index = output_number(recipe.study.names, output)
    return code("({values})[{index}]", values=code(_BY_CLASS[base]), index=index)


def _nothing(recipe: Recipe) -> list[Any]:  # noqa: ARG001 - masks stay as they are, and no library fits them
    return []


def _logits(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - a network of maps stays as it is
    return lines("logits = outputs")


def _stored(recipe: Recipe, labels: Code) -> Code:  # noqa: ARG001 - the same of every trial
    return labels


CODE = TaskCode(
    constants=_constants,
    width=code("CLASSES"),
    told="masks, (n, height, width), of the index of each pixel's class, and 255 where nothing is known",
    targets=_nothing,
    logits=_logits,
    fitted=_nothing,
    evaluated=_nothing,
    fit_options=lambda _: code(""),
    loss=_loss,
    metrics=lambda _: code("[pixel_accuracy]"),
    judged=_judged,
    stored=_stored,
    answers=lambda logits: code('layers.Softmax(name="probabilities")({logits})', logits=logits),
)
