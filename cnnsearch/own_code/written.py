"""A function of a script or a notebook, written out as a module that workers, ``resume`` and ``predict`` import.

No other process can import what stands in ``__main__``, and a pickle of it would be read by one version of Python, and
by nobody. So the function's source becomes a module: with the functions and classes that it uses, the imports, and the
constants. The module's name follows from its content, so another version of the function is another module.
"""

from __future__ import annotations
import __future__

import ast
import hashlib
import importlib
import inspect
import linecache
import math
import os
import symtable
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.states_folder import states_folder

__all__ = ["WRITTEN", "is_written", "written_folder", "written_name"]

WRITTEN = "from_main_"
"""What the names of such modules begin with."""

_ELSEWHERE = "put the function into a file, as my_models.py, and give my_models.mlp, or 'my_models:mlp'"


def is_written(name: str) -> bool:
    """Whether ``module:name`` stands in a module that was written here."""
    return name.startswith(WRITTEN)


def written_folder() -> Path:
    """Where these modules lie, below the user's folder of states (XDG)."""
    return states_folder() / "code"


def written_name(function: Callable[..., Any]) -> str:
    """``module:name`` of a function that no module has at its top, from a module that is written now.

    Raises:
        InputError: it has no source, or uses what no source says, as an array.
    """
    content = _content_of(function)
    module = WRITTEN + hashlib.sha256(content.encode()).hexdigest()[:12]
    path = written_folder() / f"{module}.py"
    try:
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.{os.getpid()}")
            part.write_text(content, encoding="utf-8")
            part.replace(path)
    except OSError as error:
        rule = f"is to be written into {path.parent}, which cannot be: {error.strerror}; {_ELSEWHERE}"
        raise InputError(Problem("", rule, function.__name__)) from None
    importlib.invalidate_caches()  # it may have been looked for within the same second
    return f"{module}:{function.__name__}"


def _content_of(function: Callable[..., Any]) -> str:
    if not isinstance(function, types.FunctionType):
        raise _refused(f"must be a function, not {type(function).__name__}: {_ELSEWHERE}", function)
    if not function.__name__.isidentifier():
        raise _refused("must be a function that has a name: write it with def", function)
    module = _Module()
    module.take(function.__name__, function)
    return module.text()


@dataclass
class _Module:
    """What a module has at its top: names, and the statement of each."""

    found: dict[str, Any] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    definitions: list[str] = field(default_factory=list)
    is_lazy: bool = False

    def text(self) -> str:
        """All of it; what a definition uses stands before it."""
        future = ["from __future__ import annotations"] if self.is_lazy else []
        head = [*future, *sorted(self.imports), *self.constants]
        return "\n\n\n".join(
            ['"""Written by cnnsearch, from a script or a notebook."""', "\n".join(head), *self.definitions, ""]
        )

    def take(self, name: str, value: Any) -> None:
        """Have ``name`` stand for ``value``, with all that this needs.

        Raises:
            InputError: that cannot be written.
        """
        if name in self.found:
            if self.found[name] is not value:
                raise _refused(f"uses two things of the name '{name}': {_ELSEWHERE}", value)
            return
        self.found[name] = value
        if isinstance(value, types.ModuleType):
            self.imports.append(f"import {value.__name__} as {name}")
        elif _is_own(value):
            self._define(name, value)
        elif (origin := _origin_of(value)) is not None:
            self.imports.append(f"from {origin[0]} import {origin[1]} as {name}")
        elif _is_constant(value):
            self.constants.append(f"{name} = {value!r}")
        else:
            rule = (
                f"uses '{name}' ({type(value).__name__}), which stands in the script or notebook and cannot be written "
                f"into a module: make it inside of the function, or {_ELSEWHERE}"
            )
            raise InputError(Problem("", rule, name))

    def _define(self, name: str, value: Any) -> None:
        if value.__name__ != name:
            raise _refused(f"uses '{value.__name__}' by the name '{name}': {_ELSEWHERE}", value)
        value = _undecorated(value)
        source = _source_of(value)
        around = _around(value)
        for used in _used(source):
            if used != name and used in around:
                self.take(used, around[used])
                self.imports += [each for each in _submodules(source, used, around[used]) if each not in self.imports]
        self.is_lazy = self.is_lazy or _is_lazy(value)
        self.definitions.append(source)


def _is_own(value: Any) -> bool:
    """Whether it is a function or class that no module has at its top."""
    return isinstance(value, (types.FunctionType, type)) and _origin_of(value) is None


def _undecorated(value: Any) -> Any:
    """What a decorator has wrapped: its source names the decorator, and its module is the one that both stand in."""
    return inspect.unwrap(value) if isinstance(value, types.FunctionType) else value


def _submodules(source: str, name: str, value: Any) -> Iterator[str]:
    """Imports of the modules that a definition reaches as ``name.a.b``: to import ``name`` alone may not load them."""
    if not isinstance(value, types.ModuleType) or value.__name__ != name:
        return  # by another name only `import a.b as name` reaches it, which names the whole
    for node in ast.walk(ast.parse(source)):
        path = _dotted(node)
        if path[:1] != [name]:
            continue
        for length in range(2, len(path) + 1):
            module = ".".join(path[:length])
            if module in sys.modules:
                yield f"import {module}"


def _dotted(node: ast.AST) -> list[str]:
    """``[a, b]`` of the expression ``a.b``; empty where it is none."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def _origin_of(value: Any) -> tuple[str, str] | None:
    """Module and name by which others import it."""
    name, module = getattr(value, "__qualname__", None), getattr(value, "__module__", None)
    if not isinstance(name, str) or not isinstance(module, str) or module == "__main__" or not name.isidentifier():
        return None
    try:
        top = vars(__import__(module, fromlist=[name]))
    except Exception:  # noqa: BLE001 - whatever an import raises: nobody else can import it either
        return None
    return (module, name) if top.get(name) is value else None


def _is_constant(value: Any) -> bool:
    """Whether its ``repr`` is a literal that is equal to it."""
    if type(value) in (list, tuple):
        return all(map(_is_constant, value))
    if type(value) is dict:
        return all(_is_constant(key) and _is_constant(item) for key, item in value.items())
    if type(value) is float:
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str, bytes)


def _around(value: Any) -> Mapping[str, Any]:
    """Global names and those of the functions around it -> what they stand for now."""
    functions = [value] if isinstance(value, types.FunctionType) else list(_methods(value))
    found: dict[str, Any] = {}
    for function in functions:
        found |= {name: known for name, known in function.__globals__.items() if not name.startswith("__")}
    for function in functions:
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name != "__class__":
                found[name] = _cell_of(cell, name, function)
    return found


def _cell_of(cell: Any, name: str, function: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        raise _refused(f"uses '{name}' before that has a value", function) from None


def _methods(value: type) -> Iterator[types.FunctionType]:
    for each in vars(value).values():
        each = _undecorated(getattr(each, "fget", None) or getattr(each, "__func__", each))
        if isinstance(each, types.FunctionType) and each.__qualname__.startswith(value.__qualname__):
            yield each


def _is_lazy(value: Any) -> bool:
    """Whether its annotations are texts, as ``from __future__ import annotations`` makes them."""
    functions = [value] if isinstance(value, types.FunctionType) else _methods(value)
    return any(function.__code__.co_flags & __future__.annotations.compiler_flag for function in functions)


def _source_of(value: Any) -> str:
    """The text of a definition, with its decorators; what is indented stays so, as texts in it would change.

    ``inspect`` finds no class of a notebook, so the definition is looked for around the first line of its code.
    """
    function = value if isinstance(value, types.FunctionType) else next(_methods(value), None)
    lines = [] if function is None else linecache.getlines(function.__code__.co_filename, function.__globals__)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        tree = ast.Module([], [])
    kind = (ast.FunctionDef, ast.AsyncFunctionDef) if isinstance(value, types.FunctionType) else ast.ClassDef
    for node in ast.walk(tree):
        if isinstance(node, kind) and node.name == value.__name__ and function is not None:
            first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
            begins = function.__code__.co_firstlineno
            if first == begins if function is value else first <= begins <= (node.end_lineno or first):
                text = "".join(lines[first - 1 : node.end_lineno])
                return f"if True:\n{text}" if text[0].isspace() else text
    raise _refused(f"has no source that could be read: {_ELSEWHERE}", value)


def _used(source: str) -> list[str]:
    """Names that a definition takes from around it."""
    found: dict[str, None] = {}
    waiting = [symtable.symtable(source, "<source>", "exec")]
    while waiting:
        table = waiting.pop()
        is_top = table.get_type() == "module"
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (is_top or symbol.is_global()):
                found[symbol.get_name()] = None
        waiting += table.get_children()
    return sorted(found)


def _refused(rule: str, value: Any) -> InputError:
    return InputError(Problem("", rule, getattr(value, "__qualname__", type(value).__name__)))
