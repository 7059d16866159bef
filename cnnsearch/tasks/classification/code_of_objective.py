"""An objective that Keras does not tell, in a script: by scikit-learn, or by the user's own function."""

from __future__ import annotations

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.writing import Code, code, name
from cnnsearch.tasks.classification.spec import TOP
from cnnsearch.tasks.contract.metrics import is_function, metric_of, output_number, split_name

__all__ = ["judged"]

_TOLD_BY_KERAS = ("val_accuracy", "val_loss", "val_f1")

_JUDGED = """\
def judged(model, x, y):
    from sklearn import metrics

    labels = y if y.ndim == 1 else y.argmax(axis=1)
    probabilities = np.asarray(keras.ops.softmax(model.predict(x, verbose=0)), np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    decided = probabilities.argmax(axis=1)
    return {{{aim}: float({value})}}"""

_OWN = """\
def judged(model, x, y):
    import importlib

    labels = y if y.ndim == 1 else y.argmax(axis=1)
    probabilities = np.asarray(keras.ops.softmax(model.predict(x, verbose=0)))
    return {{{aim}: float(getattr(importlib.import_module({module}), {function})(labels, probabilities))}}"""

_OF_ALL = {
    "precision": code('metrics.precision_score(labels, decided, average="macro", zero_division=0)'),
    "recall": code('metrics.recall_score(labels, decided, average="macro", zero_division=0)'),
    "balanced_accuracy": code("metrics.balanced_accuracy_score(labels, decided)"),
    "kappa": code("metrics.cohen_kappa_score(labels, decided)"),
    "matthews": code("metrics.matthews_corrcoef(labels, decided)"),
    "micro_f1": code('metrics.f1_score(labels, decided, average="micro")'),
    "weighted_f1": code('metrics.f1_score(labels, decided, average="weighted", zero_division=0)'),
    "auc": code(
        'metrics.roc_auc_score(labels, probabilities if CLASSES > 2 else probabilities[:, 1], multi_class="ovr")'
    ),
    "log_loss": code("metrics.log_loss(labels, probabilities, labels=range(CLASSES))"),
    **{
        f"top_{k}_accuracy": code(
            "metrics.top_k_accuracy_score(labels, probabilities, k={k}, labels=range(CLASSES))", k=k
        )
        for k in TOP
    },
}


def _of_class(base: str, number: int) -> Code:
    return code(
        'metrics.{score}(labels, decided, labels=[{number}], average="macro", zero_division=0)',
        score=name(f"{base}_score"),
        number=number,
    )


def judged(recipe: Recipe) -> list[Code]:
    """See :attr:`TaskCode.judged <cnnsearch.scripts.task.TaskCode.judged>`."""
    aim = recipe.study.experiment.objective.metric
    if aim in _TOLD_BY_KERAS:
        return []
    if is_function(aim):
        module, _, function = aim.partition(":")
        return [code(_OWN, aim=aim, module=module, function=function)]
    base, output = split_name(metric_of(aim))
    if output is None:
        return [code(_JUDGED, aim=aim, value=_OF_ALL[base])]
    number = output_number(recipe.study.names, output)
    return [code(_JUDGED, aim=aim, value=_of_class(base, -1 if number is None else number))]
