"""The code of the user's own, as it is at one moment: what a study records, and what its workers import."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.own_code.module import find_own

__all__ = ["Module", "OwnCode", "changes", "code_of", "read_code"]


@dataclass(frozen=True)
class Module:
    """One file of code.

    Attributes:
        name: as it is imported, ``package.module``.
        file: below the folder that it is imported from, with slashes.
        path: of the file on this machine.
        content: of the file.
    """

    name: str
    file: str
    path: Path
    content: bytes

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"


@dataclass(frozen=True)
class OwnCode:
    """Modules of the user's, and whatever they import from beside them: files that no installed package brings.

    What is imported under a name that is only known when the code runs is not among them, nor are files that it reads.

    Attributes:
        folders: from which they are imported.
        modules: sorted by file.
    """

    folders: tuple[str, ...]
    modules: tuple[Module, ...]

    @cached_property
    def digests(self) -> dict[str, str]:
        """File -> its sha256."""
        return {module.file: hashlib.sha256(module.content).hexdigest() for module in self.modules}

    def provide(self) -> None:
        """From now on this process imports these modules as they were read, whatever the files hold by now.

        What it was provided with before, for another sweep, is forgotten where it was other code.
        """
        for folder in self.folders:
            if folder not in sys.path:
                sys.path.insert(0, folder)
        modules = {module.name: module for module in self.modules}
        provided = {name: loader.content for name, loader in _provided()}
        if any(name not in modules or content != modules[name].content for name, content in provided.items()):
            for name in provided:  # those that have not changed may have taken something from one that has
                del sys.modules[name]
        sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, _Finder)]
        sys.meta_path.insert(0, _Finder(modules))


def _provided() -> list[tuple[str, _Loader]]:
    """Modules that this process has imported as they were provided for a sweep."""
    # Of a copy: another thread may be importing TensorFlow, and a lazy module imports when it is asked for anything.
    loaders = ((name, getattr(module, "__loader__", None)) for name, module in sys.modules.copy().items())
    return [(name, loader) for name, loader in loaders if isinstance(loader, _Loader)]


def code_of(named: Mapping[str, str]) -> OwnCode | None:
    """The user's own code that an experiment names; ``None`` where it names none.

    Raises:
        InputError: as of :func:`read_code`.
    """
    return read_code(named) if named else None


def read_code(named: Mapping[str, str]) -> OwnCode:
    """The code of what is named; nothing is imported.

    Args:
        named: key of the experiment -> ``module:name``.

    Raises:
        InputError: there is no such thing, or a file of it cannot be read.
    """
    found: dict[str, Module] = {}
    folders = []
    for where, name in named.items():
        folder = find_own(name, where)
        folders.append(folder)
        _follow(name.partition(":")[0], where, Path(folder), found)
    return OwnCode(tuple(dict.fromkeys(folders)), tuple(sorted(found.values(), key=lambda module: module.file)))


def _follow(first: str, where: str, folder: Path, found: dict[str, Module]) -> None:
    """Add a module below ``folder`` to those that were found, and all that it imports."""
    # Of an installed package its own modules only: what lies beside it are other packages.
    packages = {first.partition(".")[0]} if _is_installed(folder) else None
    places = [folder, *(place for place in map(Path, sys.path) if not _is_installed(place))]
    waiting = [first]
    while waiting:
        name = waiting.pop()
        top = name.partition(".")[0]
        if top == "cnnsearch" or (packages is not None and top not in packages):
            continue
        for module in _modules(name, places, where):
            if module.name not in found:
                found[module.name] = module
                waiting += _imported(module)


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """How code differs, in words, one file each.

    Args:
        before, now: file -> its sha256.
    """
    told = {
        "has changed": [file for file in before if file in now and now[file] != before[file]],
        "is not imported any more": [file for file in before if file not in now],
        "is imported too": [file for file in now if file not in before],
    }
    return [f"{file} {what}" for what, files in told.items() for file in files]


def _is_installed(place: Path) -> bool:
    inside = Path(sysconfig.get_path("stdlib"))
    return place.suffix == ".zip" or "site-packages" in place.parts or "dist-packages" in place.parts or place == inside


def _modules(name: str, places: list[Path], where: str) -> Iterator[Module]:
    """A module and the packages around it, as far as they are files below the first place that has the outermost."""
    parts = name.split(".")
    place = next((each for each in places if (each / f"{parts[0]}.py").is_file() or (each / parts[0]).is_dir()), None)
    if place is None:
        return  # a library
    for count in range(1, len(parts) + 1):
        at = place.joinpath(*parts[:count])
        path = next((each for each in (at / "__init__.py", at.with_name(f"{at.name}.py")) if each.is_file()), None)
        if path is not None:
            file = path.relative_to(place).as_posix()
            yield Module(".".join(parts[:count]), file, path.resolve(), _content(path, where))


def _content(path: Path, where: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(Problem(where, f"cannot be read: {error.strerror or error}", str(path))) from None


def _imported(module: Module) -> list[str]:
    """Names that may be modules; of ``from a import b`` both ``a`` and ``a.b``."""
    try:
        tree = ast.parse(module.content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []  # whoever imports it is told
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*_around(module, node.level), *((node.module or "").split("."))]
            origin = ".".join(filter(None, base))
            names += [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return [name for name in names if name]


def _around(module: Module, level: int) -> list[str]:
    """What a relative import of so many dots starts from."""
    if not level:
        return []
    parts = module.name.split(".")
    return parts[: len(parts) - level + module.is_package]


class _Finder(MetaPathFinder):
    def __init__(self, modules: Mapping[str, Module]) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:  # noqa: ARG002
        module = self._modules.get(fullname)
        if module is None:
            return None
        within = [str(module.path.parent)] if module.is_package else None
        loader = _Loader(module)
        return importlib.util.spec_from_file_location(
            fullname, module.path, loader=loader, submodule_search_locations=within
        )


class _Loader(SourceFileLoader):
    def __init__(self, module: Module) -> None:
        super().__init__(module.name, str(module.path))
        self.content = module.content

    def get_data(self, path: str) -> bytes:
        return self.content if path == self.path else super().get_data(path)

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - the signature of a loader
        code: CodeType = self.source_to_code(self.content, self.path)  # not what lies compiled beside the file
        return code
