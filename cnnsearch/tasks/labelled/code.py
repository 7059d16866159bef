"""What tasks with one label a picture write of a script alike."""

from __future__ import annotations

from cnnsearch.scripts.imbalance import draws, sizes, times_drawn
from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.writing import Code, code, lines

__all__ = ["alike", "class_weight", "weighed"]


def class_weight(recipe: Recipe, classes: Code) -> list[Code]:
    """Lines that define it, of so many classes; none where all count alike."""
    kind = recipe.config["class_weights"]
    if kind == "none":
        return []
    if not isinstance(kind, str):
        return lines("class_weight = dict(enumerate({weights}))", weights=list(map(float, kind)))
    times = code("times, " if draws(recipe) else "")
    counted = [
        *times_drawn(recipe),
        code("counts = np.maximum(np.bincount(y_train, {times}minlength={classes}), 1)", times=times, classes=classes),
    ]
    if kind == "balanced":
        return [
            *counted,
            code(
                "class_weight = {{index: len(x_train) / ({classes} * count) for index, count in "
                "enumerate(counts.tolist())}}",
                classes=classes,
            ),
        ]
    return [
        *counted,
        code("sizes = {sizes}", sizes=sizes(recipe, "class_weights", code("counts"))),
        code("class_weight = dict(enumerate((len(x_train) / ((counts / sizes).sum() * sizes)).tolist()))"),
    ]


def weighed(recipe: Recipe) -> Code:
    """See :attr:`TaskCode.fit_options <cnnsearch.scripts.task.TaskCode.fit_options>`."""
    return code("" if recipe.config["class_weights"] == "none" else ", class_weight=class_weight")


def alike(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - the same of every trial
    """See :attr:`TaskCode.alike <cnnsearch.scripts.task.TaskCode.alike>`."""
    return lines("alike = np.bincount(y_train)[y_train]")
