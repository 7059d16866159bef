"""A model family of the user's own: ``package.module:function``, called as ``function(config, shape, classes)``.

It gets its parameters by name (:class:`~cnnsearch.families.own.config.OwnConfig`), the shape of one picture ``(height,
width, channels)`` and the number of classes, and returns a ``keras.Model`` from scaled pictures to logits, or to their
softmax. Its parameters are structural, unless the experiment names them under ``runtime``: those arrive as
:class:`~cnnsearch.networks.runtime.RuntimeValue`.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
import sysconfig
import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import InputError, Problem, TrialError, nearest
from cnnsearch.families.own.config import OwnConfig
from cnnsearch.networks.keras_private import gives_a_dict

if TYPE_CHECKING:
    import keras

__all__ = ["build", "find_own", "network", "where_raised"]

_PACKAGE = str(Path(__file__).parents[1])

Shape = tuple[int, int, int]


def build(
    family: str,
    config: Mapping[str, Any],
    shape: Shape,
    classes: int,
    scale: float | list[float],
    offset: float | list[float],
) -> keras.Model:
    """The user's model behind the scaling of all families; see :func:`cnnsearch.families.building.build_model`."""
    import keras

    from cnnsearch.families.own.logits import with_logits

    own = network(family, config, shape, classes)
    inputs = keras.Input(shape, name="pictures")
    scaled = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
    _check_output(own, keras.Input(shape), classes, family)
    return keras.Model(inputs, with_logits(own, scaled, family)(scaled), name=own.name)


def network(family: str, config: Mapping[str, Any], shape: Shape, classes: int) -> keras.Model:
    """What the user's function returns.

    Raises:
        TrialError: no model, or one that trains itself.
    """
    import keras

    function = _function(family)
    if not callable(function):
        raise TrialError(f"{family} must be a function, not {type(function).__name__}")
    try:
        own = function(OwnConfig(family, config), shape, classes)
    except SystemExit as error:  # else it would end the worker, without a word
        raise TrialError(f"{family} ends its process: SystemExit: {error}{where_raised(error)}") from error
    if not isinstance(own, keras.Model):
        raise TrialError(f"{family} must return a keras.Model, not {type(own).__name__}")
    for name in ("train_step", "compute_loss"):
        if not str(getattr(type(own), name).__module__).startswith("keras."):
            raise TrialError(
                f"{family} returns a {type(own).__name__} with a {name} of its own, which is not used here: trials "
                "have one loss. Leave it out; what layers add to the loss goes into add_loss"
            )
    return own


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
    if len(outputs) != 1 or gives_a_dict(own, given):
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
        InputError: there is no such module, it is no Python, or nothing in it has the function's name.
    """
    module, _, function = family.partition(":")
    _add_working_directory()
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):  # no such package; or a module without a file, as __main__
        spec = None
    except (Exception, SystemExit) as error:  # looking for a.b imports a, which may be a script that ends itself
        rule = f"the package of '{module}' cannot be imported: {type(error).__name__}: {error}{where_raised(error)}"
        raise InputError(Problem("model", rule, family)) from error
    if spec is None or spec.origin is None:
        rule = f"no module '{module}' in the working directory or on PYTHONPATH"
        raise InputError(Problem("model", rule, family))
    source = Path(spec.origin).resolve()
    names = _names_of(source, family) if source.suffix == ".py" else ["*"]
    if function not in names and "*" not in names:
        hint = nearest(function, [name for name in names if not name.startswith("_")])
        raise InputError(Problem("model", f"'{module}' has no such function; {hint}", family))
    # a.b.c stands two levels below the folder that is searched; a package's __init__.py one more.
    return str(source.parents[module.count(".") + (spec.submodule_search_locations is not None)])


def _names_of(source: Path, family: str) -> list[str]:
    """What a module defines, assigns or imports at its top level.

    Raises:
        InputError: it is no Python.
    """
    try:
        tree = ast.parse(source.read_bytes(), str(source))
    except SyntaxError as error:
        where = f"{source}, line {error.lineno}" if error.lineno else str(source)
        raise InputError(Problem("model", f"cannot be imported: {error.msg} ({where})", family)) from None
    except (OSError, ValueError) as error:
        raise InputError(Problem("model", f"cannot be imported: {error} ({source})", family)) from None
    except (RecursionError, MemoryError):  # so Python's parser says it
        raise InputError(Problem("model", f"cannot be imported: it is nested too deeply ({source})", family)) from None
    return list(_top_level_names(tree))


def _top_level_names(tree: ast.AST) -> Iterator[str]:
    waiting = [tree]  # no recursion: a sum of a thousand terms is a thousand deep
    while waiting:
        for inner in ast.iter_child_nodes(waiting.pop()):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                yield inner.name
            elif isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id
            elif isinstance(inner, (ast.Import, ast.ImportFrom)):
                yield from (alias.asname or alias.name for alias in inner.names)
            elif not isinstance(inner, ast.Lambda):
                waiting.append(inner)


def _function(family: str) -> Callable[..., Any]:
    module, _, function = family.partition(":")
    _add_working_directory()
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise TrialError(f"the model family {family} cannot be imported: {error}{where_raised(error)}") from error
    except (Exception, SystemExit) as error:  # whatever the module's code raises; a script ends itself
        what = f"{type(error).__name__}: {error}"
        raise TrialError(f"the model family {family} cannot be imported: {what}{where_raised(error)}") from error
    return found


def where_raised(error: BaseException) -> str:
    """`` (FILE, line N)`` of the last line of the user's own code that an error came through; empty where none is."""
    libraries = tuple({sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib")})
    lines = [
        f" ({frame.filename}, line {frame.lineno})"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_absolute() and not frame.filename.startswith((*libraries, _PACKAGE))
    ]
    return lines[-1] if lines else ""


def _add_working_directory() -> None:
    """As ``python -m`` does: the user's module stands where the command was typed."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
