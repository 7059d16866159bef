"""A model family of the user's own: ``package.module:function``, called as ``function(config, shape, classes)``.

It gets its parameters by name, the shape of one picture ``(height, width, channels)`` and the number of classes, and
returns a ``keras.Model`` from scaled pictures to logits, or to their softmax. Its parameters are structural, unless the
experiment names them under ``runtime``: those arrive as :class:`~cnnsearch.models.runtime.RuntimeValue`.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem, TrialError, nearest

if TYPE_CHECKING:
    import keras

__all__ = ["build", "find_own"]

Shape = tuple[int, int, int]


def build(
    family: str,
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
) -> keras.Model:
    """The user's model behind the scaling of all families; see :func:`cnnsearch.models.families.build_model`."""
    import keras

    from cnnsearch.models.logits import with_logits

    own = _function(family)(dict(config), shape, classes)
    if not isinstance(own, keras.Model):
        raise TrialError(f"{family} must return a keras.Model, not {type(own).__name__}")
    inputs = keras.Input(shape, name="pictures")
    scaled = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
    _check_output(own, keras.Input(shape), classes, family)
    return keras.Model(inputs, with_logits(own, scaled, family)(scaled), name=own.name)


def _check_output(own: keras.Model, pictures: Any, classes: int, family: str) -> None:
    """Whether a model has one input and one output, a number for each class; it is built, if it was not.

    Args:
        own: of the user's.
        pictures: a tensor of Keras's.
        classes, family: as of :func:`build`.

    Raises:
        TrialError: it has not.
    """
    from keras import tree

    if own.built and len(taken := tree.flatten(own.inputs or ())) > 1:
        raise TrialError(f"{family} must return a model of one input, the pictures, not of {len(taken)}")
    # What code of the user's own gives is known when it is called; a functional model tells it.
    given = own.outputs if own.built and own.inputs else own(pictures)
    outputs = tree.flatten(given)
    if len(outputs) != 1 or isinstance(getattr(own, "_outputs_struct", given), dict):
        count = len(outputs) if len(outputs) != 1 else "a dict"
        raise TrialError(
            f"{family} must return a model of one output, the logits (None, {classes}), not of {count}: "
            "other outputs have no labels here"
        )
    found = tuple(outputs[0].shape)
    if found == (None, 1) and classes == 2:
        raise TrialError(
            f"{family} gives one number a picture, as for a loss of two classes (binary_crossentropy): here each class "
            f"has a number of its own, so end in Dense({classes}) without an activation, or with softmax"
        )
    if found != (None, classes):
        raise TrialError(f"{family} must return a model with logits (None, {classes}), not {found}")


def find_own(family: str) -> str:
    """The folder from which a user's own family is imported; it is not, as that would import TensorFlow too.

    Raises:
        InputError: there is no such module, or nothing in it has the function's name.
    """
    module, _, function = family.partition(":")
    _add_working_directory()
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):  # ValueError: a module that is there without having been imported from a file
        spec = None
    except Exception as error:  # noqa: BLE001 - the package around it is the user's code, and runs
        raise InputError(Problem("model", f"importing its package failed: {_told(error)}", family)) from None
    if spec is None or spec.origin is None:
        rule = f"no module '{module}' in the working directory or on PYTHONPATH"
        raise InputError(Problem("model", rule, family))
    source = Path(spec.origin).resolve()
    try:
        names = _top_level_names(ast.parse(source.read_bytes())) if source.suffix == ".py" else ["*"]
    except (SyntaxError, ValueError) as error:
        raise InputError(Problem("model", f"{source} is not valid Python: {_told(error)}", family)) from None
    if function not in names and "*" not in names:
        hint = nearest(function, [name for name in names if not name.startswith("_")])
        raise InputError(Problem("model", f"'{module}' has no such function; {hint}", family))
    # a.b.c stands two levels below the folder that is searched; a package's __init__.py one more.
    return str(source.parents[module.count(".") + (spec.submodule_search_locations is not None)])


def _told(error: Exception) -> str:
    line = f" in line {error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
    return f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}{line}"


def _top_level_names(tree: ast.Module) -> list[str]:
    """What a module defines, assigns or imports."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.append(node.id)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names += [alias.asname or alias.name for alias in node.names]
    return names


def _function(family: str) -> Callable[..., Any]:
    module, _, function = family.partition(":")
    _add_working_directory()
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise TrialError(f"the model family {family} cannot be imported: {error}") from error
    return found


def _add_working_directory() -> None:
    """As ``python -m`` does: the user's module stands where the command was typed."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
