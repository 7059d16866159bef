"""Two classes in a script: labels, class weights, cross-entropy of one logit, its metrics, the probability."""

from __future__ import annotations

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.sigmoid import before_sigmoid, imported_metric, sigmoid, smoothed
from cnnsearch.scripts.task import TaskCode
from cnnsearch.scripts.writing import Code, code, lines
from cnnsearch.study.record.lines import TrialLine
from cnnsearch.tasks.contract.metrics import is_function
from cnnsearch.tasks.labelled.code import alike, class_weight, weighed

__all__ = ["CODE"]

_JUDGED = '''\
def judged(model, x, labels):
    """The study's metrics of the validation split, by their names there."""
    from sklearn import metrics
{imported}
    logits = model.predict(x, verbose=0)[:, 0].astype("float32")
    probabilities = np.asarray(keras.ops.sigmoid(logits))
    threshold = THRESHOLD
    if threshold is None:  # where the balanced accuracy is largest, as near to a half as there is one
        alarms, found, scores = metrics.roc_curve(labels, probabilities, drop_intermediate=False)
        scores = scores[1:].astype("float64")
        between = np.append((scores[:-1] + scores[1:]) / 2, 0.0)
        gained = (found - alarms)[1:]
        best = between[np.isclose(gained, gained.max(), rtol=0, atol=1e-9)]
        threshold = best[np.abs(best - 0.5).argmin()]
    decided = probabilities.astype("float64") >= threshold
    return {{
        "val_roc_auc": metrics.roc_auc_score(labels, probabilities),
        "val_average_precision": metrics.average_precision_score(labels, probabilities),
        "val_accuracy": metrics.accuracy_score(labels, decided),
        "val_balanced_accuracy": metrics.balanced_accuracy_score(labels, decided),
        "val_sensitivity": metrics.recall_score(labels, decided, zero_division=0),
        "val_specificity": metrics.recall_score(labels, decided, pos_label=0, zero_division=0),
        "val_precision": metrics.precision_score(labels, decided, zero_division=0),
        "val_f1": metrics.f1_score(labels, decided, zero_division=0),
        "val_threshold": float(threshold),{own}
    }}'''


def _constants(recipe: Recipe) -> list[Code]:
    told = recipe.record.metrics.get("val_threshold") if isinstance(recipe.record, TrialLine) else None
    return [
        *lines(
            "THRESHOLD = {threshold}  # probability from which a picture is positive; None: searched after each epoch",
            threshold=recipe.config["threshold"],
        ),
        *([] if told is None else lines("# the trial's model decides from {told} on", told=float(told))),
    ]


def _judged(recipe: Recipe) -> list[Code]:
    aim = recipe.study.experiment.objective.metric
    if not is_function(aim):
        return [code(_JUDGED, imported=code(""), own=code(""))]
    imported, function = imported_metric(aim)
    own = code("\n        {aim}: float({function}(labels, probabilities)),", aim=aim, function=function)
    return [code(_JUDGED, imported=imported, own=own)]


def _targets(recipe: Recipe) -> list[Code]:
    return [*class_weight(recipe, code("2")), *smoothed(recipe)]


def _fitted(recipe: Recipe) -> list[Code]:  # noqa: ARG001
    return lines("kernel, bias = coefficients.T, intercepts")


def _loss(recipe: Recipe) -> Code:
    if recipe.acts("focal_gamma"):
        gamma = float(recipe.config["focal_gamma"])
        return code("keras.losses.BinaryFocalCrossentropy(gamma={gamma}, from_logits=True)", gamma=gamma)
    return _unfocused(recipe)


def _unfocused(recipe: Recipe) -> Code:  # noqa: ARG001 - the same of every trial
    return code("keras.losses.BinaryCrossentropy(from_logits=True)")


CODE = TaskCode(
    constants=_constants,
    width=code("1"),
    told="1 for the second class, the positive one, and 0 for the first, (n,) of type int",
    targets=_targets,
    logits=before_sigmoid,
    fitted=_fitted,
    evaluated=lambda _: [],
    fit_options=weighed,
    loss=_loss,
    unfocused=_unfocused,
    alike=alike,
    metrics=lambda _: code("[]"),
    judged=_judged,
    stored=lambda _, labels: labels,
    answers=sigmoid,
)
