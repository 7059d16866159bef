"""A module of the user's own: where it stands, what it defines, and how it is imported."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cnnsearch.errors import InputError, Problem, TrialError, nearest
from cnnsearch.own_code.written import is_written, written_folder

__all__ = ["find_own", "imported", "is_made_by_a_call", "where_raised"]

_PACKAGE = str(Path(__file__).parents[1])

_MOST_HOPS = 10
"""Modules through which a name is followed to where it is made."""


def find_own(name: str, where: str) -> str:
    """The folder from which ``module:name`` is imported; it is not, as that would import TensorFlow too.

    Args:
        name: of a family or a function of the user's own.
        where: key of the experiment that says it.

    Raises:
        InputError: there is no such module, it is no Python, or nothing in it has the function's name.
    """
    module, _, function = name.partition(":")
    _add_folders(module)
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):  # no such package; or a module without a file, as __main__
        spec = None
    except (Exception, SystemExit) as error:  # looking for a.b imports a, which may be a script that ends itself
        rule = f"the package of '{module}' cannot be imported: {type(error).__name__}: {error}{where_raised(error)}"
        raise InputError(Problem(where, rule, name)) from error
    if spec is None or spec.origin is None:
        rule = f"no module '{module}' in the working directory or on PYTHONPATH{_written(module)}"
        raise InputError(Problem(where, rule, name))
    source = Path(spec.origin).resolve()
    names = _names_of(source, name, where) if source.suffix == ".py" else ["*"]
    if function not in names and "*" not in names:
        hint = nearest(function, [each for each in names if not each.startswith("_")])
        raise InputError(Problem(where, f"'{module}' has no such function; {hint}", name))
    # a.b.c stands two levels below the folder that is searched; a package's __init__.py one more.
    return str(source.parents[module.count(".") + (spec.submodule_search_locations is not None)])


def is_made_by_a_call(name: str) -> bool:
    """Whether its module makes it by calling something, as ``MLP = OwnFamily(...)``; nothing is imported.

    A function and a class are not, and what is not there is told by whoever needs it.
    """
    module, _, name = name.partition(":")
    for _ in range(_MOST_HOPS):
        source = _source_of(module)
        if source is None:
            return False
        try:
            statements = ast.parse(source.read_bytes()).body
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return False
        bound = [found for found in (_bound(each, name) for each in statements) if found is not None]
        if not bound or not isinstance(bound[-1], ast.ImportFrom):
            return bool(bound) and isinstance(bound[-1], ast.Call)
        origin = next(alias for alias in bound[-1].names if (alias.asname or alias.name) == name)
        package = module if source.name == "__init__.py" else module.rpartition(".")[0]
        around = package.split(".")[: len(package.split(".")) - bound[-1].level + 1] if bound[-1].level else []
        module, name = ".".join(filter(None, (*around, bound[-1].module))), origin.name
    return False


def _source_of(module: str) -> Path | None:
    _add_folders(module)
    try:
        spec = importlib.util.find_spec(module)
    except (Exception, SystemExit):  # noqa: BLE001 - looking for a.b imports a, which may do anything
        return None
    return Path(spec.origin) if spec is not None and spec.origin is not None and spec.origin.endswith(".py") else None


def _bound(statement: ast.stmt, name: str) -> ast.AST | None:
    """What a statement at the top of a module binds ``name`` to; ``None`` where it does not."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return statement if statement.name == name else None
    if isinstance(statement, ast.ImportFrom):
        return statement if any((alias.asname or alias.name) == name for alias in statement.names) else None
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    named = any(isinstance(target, ast.Name) and target.id == name for target in targets)
    return statement.value if named and isinstance(statement, (ast.Assign, ast.AnnAssign)) else None


def _names_of(source: Path, name: str, key: str) -> list[str]:
    """What a module defines, assigns or imports at its top level.

    Raises:
        InputError: it is no Python.
    """
    try:
        tree = ast.parse(source.read_bytes(), str(source))
    except SyntaxError as error:
        where = f"{source}, line {error.lineno}" if error.lineno else str(source)
        raise InputError(Problem(key, f"cannot be imported: {error.msg} ({where})", name)) from None
    except (OSError, ValueError) as error:
        raise InputError(Problem(key, f"cannot be imported: {error} ({source})", name)) from None
    except (RecursionError, MemoryError):  # so Python's parser says it
        raise InputError(Problem(key, f"cannot be imported: it is nested too deeply ({source})", name)) from None
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


def imported(name: str, what: str) -> Any:
    """What ``module:name`` stands for.

    Args:
        name: of a family or a function of the user's own.
        what: it is, for messages: ``the model family``.

    Raises:
        TrialError: it cannot be imported; says why, and where.
    """
    module, _, function = name.partition(":")
    _add_folders(module)
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError) as error:
        hint = _written(module) if isinstance(error, ModuleNotFoundError) and error.name == module else ""
        raise TrialError(f"{what} {name} cannot be imported: {error}{where_raised(error)}{hint}") from error
    except (Exception, SystemExit) as error:  # whatever the module's code raises; a script ends itself
        told = f"{type(error).__name__}: {error}"
        raise TrialError(f"{what} {name} cannot be imported: {told}{where_raised(error)}") from error
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


def _add_folders(module: str) -> None:
    """As ``python -m`` does: the user's module stands where the command was typed, or it was written from there."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    if is_written(module) and (folder := str(written_folder())) not in sys.path:
        sys.path.append(folder)


def _written(module: str) -> str:
    """Of a module that was written from a script or a notebook: where it is found again."""
    if not is_written(module):
        return ""
    return (
        "; it was written from a script or a notebook, on another machine or by another user: a copy is the file "
        f"source/{module}.py of the study, put that into the working directory"
    )
