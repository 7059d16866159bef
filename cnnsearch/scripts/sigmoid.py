"""What tasks whose models end in sigmoid write of a script alike."""

from __future__ import annotations

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.writing import Code, code, lines, name

__all__ = ["before_sigmoid", "imported_metric", "sigmoid", "smoothed"]

_LOGITS = """\
last = keras.Model(inputs, outputs)
while isinstance(last, keras.Model):
    last = (getattr(last, "operations", None) or last.layers)[-1]
if getattr(last, "activation", None) is keras.activations.sigmoid or type(last).__name__ == "Sigmoid":
    # What stands before it, which sigmoid gives back.
    likely = keras.ops.clip(keras.ops.cast(outputs, "float32"), 1e-7, 1 - 1e-7)
    logits = keras.ops.log(likely / (1 - likely))
else:
    logits = outputs"""


def before_sigmoid(recipe: Recipe) -> list[Code]:  # noqa: ARG001 - the same of every trial
    """See :attr:`TaskCode.logits <cnnsearch.scripts.task.TaskCode.logits>`."""
    return lines(_LOGITS)


def sigmoid(logits: Code) -> Code:
    """See :attr:`TaskCode.answers <cnnsearch.scripts.task.TaskCode.answers>`."""
    return code('layers.Activation("sigmoid", dtype="float32")({logits})', logits=logits)


def smoothed(recipe: Recipe) -> list[Code]:
    """Lines that move the labels of training towards one half."""
    share = recipe.config["label_smoothing"]
    return (
        lines(
            "# the labels of training only are smoothed", "y_train = y_train * (1 - {share}) + {share} / 2", share=share
        )
        if share
        else []
    )


def imported_metric(aim: str) -> tuple[Code, Code]:
    """Of ``package.module:function`` a line inside a function that imports it, and its name."""
    module, function = map(name, aim.split(":"))
    return code("    from {module} import {function}\n", module=module, function=function), function
