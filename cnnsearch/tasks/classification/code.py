"""Classification in a script: labels, class weights, cross-entropy, probabilities."""

from __future__ import annotations

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.task import TaskCode
from cnnsearch.scripts.writing import Code, code, lines, name
from cnnsearch.tasks.classification.code_of_objective import judged
from cnnsearch.tasks.labelled.code import alike, class_weight, weighed

__all__ = ["CODE"]

_F1 = ', keras.metrics.F1Score(average="macro", name="f1")'

_LOGITS = """\
given = np.asarray(keras.Model(inputs, outputs)(x_train[:8].astype("float32")))
if (given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=0.01):
    # It ends in softmax: the logarithms of probabilities are logits, and their softmax gives them back.
    logits = keras.ops.log(keras.ops.maximum(keras.ops.cast(outputs, "float32"), 1e-30))
else:
    logits = outputs"""


def _constants(recipe: Recipe) -> list[Code]:
    classes = len(recipe.study.names) or code("2  # the study does not tell: set their number")
    return lines("CLASSES = {classes}", classes=classes)


def _has_one_hot(recipe: Recipe) -> bool:
    """Whether the script trains and evaluates on labels as rows of shares, not as numbers of classes."""
    return (
        recipe.acts("label_smoothing")
        or recipe.acts("focal_gamma")
        or recipe.study.experiment.objective.metric == "val_f1"
    )


def _one_hot(labels: Code) -> Code:
    """Code for such rows."""
    return code("keras.utils.to_categorical({labels}, CLASSES)", labels=labels)


def _targets(recipe: Recipe) -> list[Code]:
    return [*class_weight(recipe, code("CLASSES")), *_labels(recipe)]


def _labels(recipe: Recipe) -> list[Code]:
    if not _has_one_hot(recipe):
        return []
    smoothing = recipe.config["label_smoothing"]
    smoothed = code(" * (1 - {share}) + {share} / CLASSES", share=smoothing) if smoothing else code("")
    rows = {"train": _one_hot(code("y_train")), "validation": _one_hot(code("y_validation"))}
    return [
        *(lines("# the labels of training only are smoothed") if smoothing else []),
        *lines("y_train = {train}{smoothed}", "y_validation = {validation}", smoothed=smoothed, **rows),
    ]


def _logits(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - the same of every trial
    return lines(_LOGITS)


def _fitted(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - the same of every trial
    return lines(
        "if len(coefficients) == 1:  # of two classes scikit-learn keeps one row, that of the second",
        "    coefficients, intercepts = np.stack([0 * coefficients[0], coefficients[0]]), np.append(0, intercepts)",
        "kernel, bias = np.zeros((coefficients.shape[1], CLASSES)), np.full(CLASSES, -1e9)",
        "kernel[:, classifier.classes_], bias[classifier.classes_] = coefficients.T, intercepts",
    )


def _evaluated(recipe: Recipe) -> list[Code]:
    rows = {"train": _one_hot(code("y_train")), "validation": _one_hot(code("y_validation"))}
    return lines("y_train, y_validation = {train}, {validation}", **rows) if _has_one_hot(recipe) else []


def _loss(recipe: Recipe) -> Code:
    if recipe.acts("focal_gamma"):
        return code(
            "keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma={gamma}, from_logits=True)",
            gamma=float(recipe.config["focal_gamma"]),
        )
    return _unfocused(recipe)


def _unfocused(recipe: Recipe) -> Code:
    kind = name("CategoricalCrossentropy" if _has_one_hot(recipe) else "SparseCategoricalCrossentropy")
    return code("keras.losses.{kind}(from_logits=True)", kind=kind)


def _metrics(recipe: Recipe) -> Code:
    return code('["accuracy"{f1}]', f1=code(_F1 if recipe.study.experiment.objective.metric == "val_f1" else ""))


def _stored(recipe: Recipe, labels: Code) -> Code:
    return _one_hot(labels) if _has_one_hot(recipe) else labels


def _answers(logits: Code) -> Code:
    return code('layers.Softmax(dtype="float32")({logits})', logits=logits)


CODE = TaskCode(
    constants=_constants,
    width=code("CLASSES"),
    told="numbers of classes, (n,) of type int",
    targets=_targets,
    logits=_logits,
    fitted=_fitted,
    evaluated=_evaluated,
    fit_options=weighed,
    loss=_loss,
    unfocused=_unfocused,
    alike=alike,
    metrics=_metrics,
    stored=_stored,
    answers=_answers,
    judged=judged,
)
