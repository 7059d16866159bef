"""Detection in a script: which places learn which boxes, what they lose, and which boxes are told and how judged."""

from __future__ import annotations

from typing import Any

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.task import TaskCode
from cnnsearch.scripts.writing import Code, code, joined, lines, name
from cnnsearch.tasks.contract.metrics import is_function, metric_of, output_number, split_name
from cnnsearch.tasks.detection.matching import SIZES
from cnnsearch.tasks.detection.suppression import ROUNDS, candidates

__all__ = ["AIMS", "AVERAGE_PRECISION", "CODE"]

_GEOMETRY = '''\


def areas(boxes):
    """Of boxes x0, y0, x1, y1 along the last axis."""
    sides = ops.maximum(boxes[..., 2:4] - boxes[..., :2], 0.0)
    return sides[..., 0] * sides[..., 1]


def overlaps(boxes, others):
    """IoU, and the generalised one (Rezatofighi et al. 2019)."""
    sides = ops.minimum(boxes[..., 2:4], others[..., 2:4]) - ops.maximum(boxes[..., :2], others[..., :2])
    sides = ops.maximum(sides, 0.0)
    shared = sides[..., 0] * sides[..., 1]
    union = ops.maximum(areas(boxes) + (areas(others) - shared), 1e-7)
    hull = ops.maximum(boxes[..., 2:4], others[..., 2:4]) - ops.minimum(boxes[..., :2], others[..., :2])
    around = ops.maximum(hull[..., 0] * hull[..., 1], 1e-7)
    return shared / union, shared / union - (around - union) / around'''

_CROWDS = '''\


def uncrowded(y_true, priors):
    """0 at places of which half or more lies in a crowd, whose class is -2 less that of its objects; else 1."""
    boxes, places = y_true[:, :, None, :4], priors[:, None]
    sides = ops.minimum(boxes[..., 2:], places[..., 2:]) - ops.maximum(boxes[..., :2], places[..., :2])
    sides = ops.maximum(sides, 0.0)
    within = (y_true[:, :, 4:5] < -1) & (sides[..., 0] * sides[..., 1] >= 0.5 * areas(places))
    return 1.0 - ops.cast(ops.any(within, 1), "float32")'''

_CENTRE = '''\


def assigned(y_true, priors, share):
    """Places in the middle of a box whose priors are next to its size, and the nearest of these (Kong et al. 2020)."""
    boxes, places = y_true[:, :, None, :4], priors[:, None]
    sides = ops.maximum(boxes[..., 2:] - boxes[..., :2], 1e-3)
    misfits = ops.sum(ops.log((places[..., 2:] - places[..., :2]) / sides) ** 2, -1)
    fits = misfits <= ops.min(misfits, -1, keepdims=True) + 1e-4
    away = ops.abs((places[..., 2:] + places[..., :2]) - (boxes[..., 2:] + boxes[..., :2])) / 2
    distances = ops.where(fits, ops.sum(away**2, -1), np.inf)
    nearest = distances <= ops.min(distances, -1, keepdims=True)
    within = ops.all(away <= share * sides / 2, -1)
    claimed = (y_true[:, :, 4:5] >= 0) & fits & (within | nearest)
    numbers = ops.argmin(ops.where(claimed, areas(boxes), np.inf), 1)  # the smallest box has the place
    learns = ops.cast(ops.any(claimed, 1), "float32")
    counts = ops.maximum(learns, uncrowded(y_true, priors))
    return ops.take_along_axis(y_true, numbers[..., None], axis=1), learns, counts'''

_OVERLAP = '''\


def assigned(y_true, priors, least):
    """Places whose prior overlaps a box enough, and of each box the best (Liu et al. 2016)."""
    found = overlaps(y_true[:, :, None, :4], priors[:, None])[0]
    found = ops.where(y_true[:, :, 4:5] >= 0, found, -1.0)
    best = (found >= ops.max(found, -1, keepdims=True)) & (found > 0)
    claims = found + 2.0 * ops.cast(best, "float32")
    most, numbers = ops.max(claims, 1), ops.argmax(claims, 1)
    learns = ops.cast(most >= least, "float32")
    counts = ops.maximum(learns, ops.cast(most < least - 0.1, "float32") * uncrowded(y_true, priors))
    return ops.take_along_axis(y_true, numbers[..., None], axis=1), learns, counts'''

_LOSS = '''\


def losses(y_true, y_pred, kind, aim, gamma, alpha, share):
    """Of boxes and of scores, of each picture over the places that learn a box."""
    rows, learns, counts = assigned(y_true, y_pred[..., 4:8], share)
    overlap, generalised = overlaps(y_pred[..., :4], rows[..., :4])
    learning = ops.maximum(ops.sum(learns, 1), 1.0)
    of_boxes = ops.sum((1.0 - (generalised if kind == "giou" else overlap)) * learns, 1) / learning
    classes = ops.one_hot(ops.cast(rows[..., 4], "int32"), CLASSES) * learns[..., None]
    aims = ops.stop_gradient(overlap) if aim == "overlap" else ops.ones_like(overlap)
    targets, logits = classes * aims[..., None], y_pred[..., 8:]
    away = ops.maximum(ops.abs(targets - ops.sigmoid(logits)), 1e-7)
    # Of logits, as logarithms of sigmoids would end in infinity.
    lost = ops.maximum(logits, 0.0) - logits * targets + ops.log1p(ops.exp(-ops.abs(logits)))
    weights = (classes * alpha + (1.0 - classes) * (1.0 - alpha)) * counts[..., None]
    return of_boxes, ops.sum(lost * away**gamma * weights, (1, 2)) / learning


def detection_loss(y_true, y_pred):
    """Focal loss (Lin et al. 2017) and that of boxes."""
    of_boxes, of_scores = losses(y_true, y_pred, {kind}, {aim}, {gamma}, {alpha}, {share})
    return of_scores + {weight} * of_boxes'''

_DETECTIONS = '''\


def detections(outputs):
    """Rows x0, y0, x1, y1, score, class, the best first, behind suppression; those that are none are 0, of class -1."""
    places = outputs.shape[1]
    most = min({most}, places * CLASSES)
    scores = ops.reshape(ops.sigmoid(outputs[:, :, 8:]), (-1, places * CLASSES))
    scores, numbers = ops.top_k(scores, min({candidates}, places * CLASSES))
    boxes = ops.take_along_axis(outputs[:, :, :4], ops.expand_dims(numbers // CLASSES, -1), axis=1)
    of_class = ops.cast(numbers % CLASSES, "float32")
    same = ops.equal(ops.expand_dims(of_class, 2), ops.expand_dims(of_class, 1))
    over = overlaps(ops.expand_dims(boxes, 2), ops.expand_dims(boxes, 1))[0] > {overlap}
    may_be = ops.cast(scores >= {threshold}, "float32")
    rank = ops.zeros_like(may_be) + np.arange(boxes.shape[1], dtype="float32")
    earlier = ops.greater(ops.expand_dims(rank, 2), ops.expand_dims(rank, 1))
    before = ops.cast(ops.logical_and(ops.logical_and(over, same), earlier), "float32")
    before, kept = before * ops.expand_dims(may_be, 1), ops.expand_dims(may_be, 2)
    for _ in range({rounds}):  # a box stays if none before it stays that overlaps it
        kept = ops.cast(ops.matmul(before, kept) < 0.5, "float32")
    kept = may_be * kept[:, :, 0]
    rows = ops.concatenate([boxes, ops.stack([scores, of_class + 1.0], -1)], -1) * ops.expand_dims(kept, -1)
    _, order = ops.top_k(scores * kept, most)
    best = ops.take_along_axis(rows, ops.expand_dims(order, -1), axis=1)
    return best - np.array([0, 0, 0, 0, 0, 1], "float32")


def told_of(model, x):
    """Of a batch at once: places, and pairs of boxes, of all pictures would take much memory."""
    parts = [x[at : at + {batch}] for at in range(0, len(x), {batch})]
    return np.concatenate([np.asarray(detections(model.predict_on_batch(part))) for part in parts])'''

_JUDGED_LOSS = '''\
def judged(model, x, y):
    """Focal loss and generalised IoU with the weights of their papers, by which all trials are judged."""
    found = []
    for at in range(0, len(x), {batch}):  # places times boxes of all pictures would take much memory
        outputs = model.predict_on_batch(x[at : at + {batch}])
        of_boxes, of_scores = losses(y[at : at + {batch}], outputs, "giou", "one", 2.0, 0.25, 0.5)
        found.append(np.asarray(of_scores + of_boxes))
    return {{"val_loss": float(np.mean(np.concatenate(found))) + float(sum(model.losses))}}'''

AVERAGE_PRECISION = '''\
def average_precision(told, y, of_class, threshold, low, high):
    """Of a class by COCO's definitions: mean precision at 101 recalls, and the last recall; none without a box."""
    marks, boxes = [], 0
    for found, true in zip(told, y):
        scale = true[0, 5]  # pixels of the picture as it lies, of one of these
        true = true[np.isin(true[:, 4], [of_class, -2 - of_class])]
        found = found[found[:, 5] == of_class][:100]
        crowd = true[:, 4] < -1  # of objects that nobody has told apart: what lies in it is neither right nor wrong
        size, of_found = (np.prod(each[:, 2:4] - each[:, :2], axis=1) for each in (true, found))
        shared = np.minimum(found[:, None, 2:4], true[:, 2:4]) - np.maximum(found[:, None, :2], true[:, :2])
        shared = np.prod(np.maximum(shared, 0), axis=2)
        iou = shared / np.where(crowd, of_found[:, None], of_found[:, None] + size - shared)
        size, of_found = size * scale, of_found * scale
        left_out = crowd | (size < low) | (size > high)
        taken = np.zeros(len(true), bool)
        boxes += int((~left_out).sum())
        for at, row in enumerate(found):
            free = ~taken & (iou[at] >= threshold)
            free &= ~left_out if (free & ~left_out).any() else True
            if free.any():
                best = np.flatnonzero(free)[-1 - np.argmax(iou[at][free][::-1])]
                taken[best], counts = not crowd[best], not left_out[best]
            else:
                counts = low <= of_found[at] <= high
            if counts:
                marks.append((row[4], free.any()))
    if not boxes:
        return np.nan, np.nan
    right = np.cumsum([each[1] for each in sorted(marks, key=lambda each: -each[0])])
    precision = np.maximum.accumulate((right / np.arange(1, len(right) + 1))[::-1])[::-1]
    at = np.searchsorted(right / boxes, np.linspace(0, 1, 101), side="left")
    padded = np.append(precision, 0.0)
    return padded[np.minimum(at, len(precision))].mean(), right[-1] / boxes if len(right) else 0.0


def judged(model, x, y):
    """What the study aims at, of the validation split, by COCO's definitions."""
    told = told_of(model, x)
    found = [
        [average_precision(told, y, each, threshold, {low}, {high})[{which}] for threshold in {thresholds}]
        for each in {classes}
    ]
    return {{{aim}: float(np.nanmean(found))}}'''


_JUDGED_BY_FUNCTION = '''\
def judged(model, x, y):
    """What the study aims at, of the validation split."""
    import importlib

    score = importlib.import_module({module}).{function}
    told = told_of(model, x)
    return {{{aim}: float(score(y, told))}}'''

_ASSIGNMENTS = {"centre": _CENTRE, "overlap": _OVERLAP}
"""What assigns places -> its definition."""

_SHARES = {"centre": "centre_share", "overlap": "matching_overlap"}
"""What assigns places -> the parameter that it reads."""

AIMS = {
    "map": 0,
    "map50": 0,
    "map75": 0,
    "map_small": 0,
    "map_medium": 0,
    "map_large": 0,
    "mean_recall": 1,
    "recall": 1,
}
"""Metric -> which of the two numbers it is of."""


def _constants(recipe: Recipe) -> list[Code]:
    names, config = [str(each) for each in recipe.study.names], recipe.config
    return [
        *lines("CLASSES = {count}  # {names}", "ops = keras.ops", count=len(names), names=names),
        *lines(_GEOMETRY),
        *lines(_CROWDS),
        *lines(_ASSIGNMENTS[config["box_assignment"]]),
        *lines(
            _LOSS,
            kind=config["box_loss"],
            aim=config["score_target"],
            gamma=float(config["detection_focal_gamma"]),
            alpha=float(config["detection_focal_alpha"]),
            share=float(config[_SHARES[config["box_assignment"]]]),
            weight=float(config["box_loss_weight"]),
        ),
        *lines(
            _DETECTIONS,
            most=config["max_detections"],
            candidates=candidates(config["max_detections"]),
            rounds=ROUNDS,
            threshold=float(config["score_threshold"]),
            overlap=float(config["suppression_overlap"]),
            batch=config["batch_size"],
        ),
        *lines("", ""),
    ]


def _judged(recipe: Recipe) -> list[Code]:
    aim = recipe.study.experiment.objective.metric
    if aim == "val_loss":
        return [joined(lines(_JUDGED_LOSS, batch=recipe.config["batch_size"]))]
    if is_function(aim):
        module, function = aim.split(":")
        return [joined(lines(_JUDGED_BY_FUNCTION, module=module, function=name(function), aim=aim))]
    base, output = split_name(metric_of(aim))
    low, high = SIZES[base.removeprefix("map_")] if base.startswith("map_") else SIZES["all"]
    classes = code("range(CLASSES)") if output is None else [output_number(recipe.study.names, output)]
    listed = (
        code("[0.5]") if base == "map50" else code("[0.75]") if base == "map75" else code("np.linspace(0.5, 0.95, 10)")
    )
    return [
        joined(
            lines(AVERAGE_PRECISION, low=low, high=high, which=AIMS[base], thresholds=listed, classes=classes, aim=aim)
        )
    ]


def _nothing(recipe: Recipe) -> list[Any]:  # noqa: ARG001 - boxes stay as they are, and no library fits them
    return []


def _logits(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - a network of boxes stays as it is
    return lines("logits = outputs")


def _stored(recipe: Recipe, labels: Code) -> Code:  # noqa: ARG001 - the same of every trial
    return labels


CODE = TaskCode(
    constants=_constants,
    width=code("CLASSES"),
    told=(
        "boxes, (n, most, 6): x0, y0, x1, y1 in pixels, the index of the class, -1 where there is none, below it where "
        "it is a crowd, and how many pixels of the picture as it lies one pixel is"
    ),
    targets=_nothing,
    logits=_logits,
    fitted=_nothing,
    evaluated=_nothing,
    fit_options=lambda _: code(""),
    loss=lambda _: code("detection_loss"),
    metrics=lambda _: code("[]"),
    judged=_judged,
    stored=_stored,
    answers=lambda logits: code('layers.Activation("linear", name="detections")(detections({logits}))', logits=logits),
)
