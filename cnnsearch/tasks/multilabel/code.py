"""Multilabel in a script: labels, weights of positives, cross-entropy of each label, probabilities."""

from __future__ import annotations

from cnnsearch.scripts.imbalance import draws, sizes, times_drawn
from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.sigmoid import before_sigmoid, imported_metric, sigmoid, smoothed
from cnnsearch.scripts.task import TaskCode
from cnnsearch.scripts.writing import Code, code, lines, name
from cnnsearch.study.record.lines import TrialLine
from cnnsearch.tasks.contract.metrics import is_function, metric_of, output_number, split_name

__all__ = ["CODE"]

_WEIGHTS = """\
positives = {positives}
by_label = np.where(positives > 0, {without} / {having}, 1.0)
sample_weight = np.where(y_train == 1, by_label, 1.0)  # of each label of each picture"""

# Keras takes the mean over the last axis before it weighs a picture: with one more, each label has its own weight.
_GIVEN = """\
by_label = np.array({weights})
sample_weight = np.where(y_train == 1, by_label, 1.0)  # of each label of each picture"""

_BY_LABEL = "lambda y, logits: keras.losses.{kind}(y[..., None], logits[..., None]{gamma}, from_logits=True)"

_THRESHOLDS = '''\
def thresholds_of(true, probabilities):
    """From which each label is told: where its F1 is highest, of equals nearest to a half."""
    found = []
    for there, given in zip(true.T == 1, probabilities.T.astype("float64")):
        order = np.argsort(-given, kind="stable")
        given, hits = given[order], np.cumsum(there[order])
        below = np.append(given[1:], 0.0)
        f1 = np.where(np.append(np.diff(given) != 0, True), 2 * hits / (np.arange(1, len(hits) + 1) + hits[-1]), -1)
        best = ((given + below) / 2)[f1 == f1.max()]
        found.append(best[np.abs(best - 0.5).argmin()] if hits[-1] else 0.5)
    return np.array(found)'''

_JUDGED = '''\
def judged(model, x, true):
    """The study's metrics of the validation split, by their names there."""
    from sklearn import metrics
{imported}
    logits = model.predict(x, verbose=0).astype("float32")
    probabilities = np.asarray(keras.ops.sigmoid(logits))
    told = probabilities.astype("float64") >= {thresholds}
    known = np.flatnonzero(true.any(axis=0))  # no picture has the others: no mean counts them
    macro = {{"labels": known, "average": "macro", "zero_division": 0}}
    return {{
        "val_average_precision": metrics.average_precision_score(true[:, known], probabilities[:, known]),
        "val_f1": metrics.f1_score(true, told, **macro),
        "val_exact_match": metrics.accuracy_score(true, told),{aim}
    }}'''

_AIMS = {
    "roc_auc": "metrics.roc_auc_score(*(of[:, true.any(axis=0) & ~true.all(axis=0)] for of in (true, probabilities)))",
    "precision": "metrics.precision_score(true, told, **macro)",
    "recall": "metrics.recall_score(true, told, **macro)",
    "micro_f1": 'metrics.f1_score(true, told, average="micro", zero_division=0)',
    "hamming_loss": "metrics.hamming_loss(true, told)",
}
"""Metric that is told where a search aims at it -> its code."""

_OF_LABEL = {
    "average_precision": "metrics.average_precision_score(true[:, {label}], probabilities[:, {label}])",
    "roc_auc": "metrics.roc_auc_score(true[:, {label}], probabilities[:, {label}])",
    "f1": "metrics.f1_score(true[:, {label}], told[:, {label}], zero_division=0)",
    "precision": "metrics.precision_score(true[:, {label}], told[:, {label}], zero_division=0)",
    "recall": "metrics.recall_score(true[:, {label}], told[:, {label}], zero_division=0)",
}
"""Metric of one label -> its code."""


def _constants(recipe: Recipe) -> list[Code]:
    names = [str(each) for each in recipe.study.names]
    labels = len(names) or code("2  # the study does not tell: set their number")
    told = lines("LABELS = {labels}", labels=labels)
    if names:
        told += lines("NAMES = {names}", names=names)
    metrics = recipe.record.metrics if isinstance(recipe.record, TrialLine) else {}
    thresholds = [metrics.get(f"val_threshold[{each}]") for each in names]
    if names and None not in thresholds:
        told += lines("THRESHOLDS = {thresholds}  # the trial tells a label from its own on", thresholds=thresholds)
    return told


def _is_weighted(recipe: Recipe) -> bool:
    return bool(recipe.config["positive_weights"] != "none")


def _targets(recipe: Recipe) -> list[Code]:
    return [*(_weights(recipe) if _is_weighted(recipe) else []), *smoothed(recipe)]


def _weights(recipe: Recipe) -> list[Code]:
    kind = recipe.config["positive_weights"]
    if not isinstance(kind, str):
        return lines(_GIVEN, weights=list(map(float, kind)))
    without = sizes(recipe, "positive_weights", code("(len(y_train) - positives)"))
    having = sizes(recipe, "positive_weights", code("np.maximum(positives, 1)"))
    effective = recipe.config["positive_weights"] == "effective"
    bracketed = (code("({size})", size=each) if effective else each for each in (without, having))
    positives = code("np.minimum(y_train.T @ times, len(y_train))" if draws(recipe) else "y_train.sum(axis=0)")
    parts = dict(zip(("without", "having"), bracketed, strict=True))
    return [*times_drawn(recipe), *lines(_WEIGHTS, positives=positives, **parts)]


def _alike(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - the same of every trial
    return lines(
        "has = y_train == 1",
        "alike = np.where(has, has.sum(axis=0), len(has)).min(axis=1)  # of the rarest label",
        "alike = np.where(has.any(axis=1), alike, (~has.any(axis=1)).sum())",
    )


def _nothing(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - no head of this task is fitted by another library
    return []


def _loss(recipe: Recipe) -> Code:
    focal = recipe.acts("focal_gamma")
    gamma = code("gamma={gamma}", gamma=float(recipe.config["focal_gamma"]))
    if _is_weighted(recipe):
        kind = name("binary_focal_crossentropy" if focal else "binary_crossentropy")
        return code(_BY_LABEL, kind=kind, gamma=code(", {gamma}", gamma=gamma) if focal else code(""))
    if focal:
        return code("keras.losses.BinaryFocalCrossentropy({gamma}, from_logits=True)", gamma=gamma)
    return _unfocused(recipe)


def _unfocused(recipe: Recipe) -> Code:  # noqa: ARG001 - the same of every trial
    return code("keras.losses.BinaryCrossentropy(from_logits=True)")


def _metrics(recipe: Recipe) -> Code:  # noqa: ARG001 - Keras has none of these that is exact
    return code("[]")


def _judged(recipe: Recipe) -> list[Code]:
    aim, threshold = recipe.study.experiment.objective.metric, recipe.config["threshold"]
    imported, value = _aim(recipe, aim)
    return [
        *([code(_THRESHOLDS)] if threshold is None else []),
        code(
            _JUDGED,
            imported=imported,
            thresholds=code("thresholds_of(true, probabilities)") if threshold is None else threshold,
            aim=code("" if value is None else "\n        {aim}: float({value}),", aim=aim, value=value),
        ),
    ]


def _aim(recipe: Recipe, aim: str) -> tuple[Code, Code | None]:
    """A line that imports what the study aims at, and what computes that; ``None``: it is told in any case."""
    if is_function(aim):
        imported, function = imported_metric(aim)
        return imported, code("{function}(true, probabilities)", function=function)
    metric, output = split_name(metric_of(aim))
    if output is not None:
        return code(""), code(_OF_LABEL[metric], label=output_number(recipe.study.names, output))
    return code(""), code(_AIMS[metric]) if metric in _AIMS else None


def _stored(recipe: Recipe, labels: Code) -> Code:  # noqa: ARG001 - the same of every trial
    return labels


CODE = TaskCode(
    constants=_constants,
    width=code("LABELS"),
    told="0 or 1 for each label, (n, labels)",
    targets=_targets,
    logits=before_sigmoid,
    fitted=_nothing,
    evaluated=_nothing,
    fit_options=lambda _: code(""),
    sample_weight=_is_weighted,
    loss=_loss,
    unfocused=_unfocused,
    alike=_alike,
    metrics=_metrics,
    judged=_judged,
    stored=_stored,
    answers=sigmoid,
)
