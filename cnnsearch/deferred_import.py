"""Modules whose code runs when somebody looks into them, and not when they are imported."""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

__all__ = ["defer"]


def defer(*names: str) -> None:
    """From now on these modules are run at the first look at something in them; those that are there already stay.

    What asks all modules for names with two underscores, as ``inspect`` and ``pickle`` do, looks for nothing of theirs.
    """
    if not any(isinstance(finder, _Finder) and finder.names == names for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(names))


class _Finder(MetaPathFinder):
    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(fullname, path, target) if fullname in self.names else None
        if spec is not None and spec.loader is not None:
            spec.loader = _Deferred(spec.loader)
        return spec


class _Deferred(Loader):
    """What loads such a module.

    Args:
        loader: its own, which runs its code.
    """

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._lock = threading.RLock()
        self._has_begun = False

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        def look(name: str) -> Any:
            is_asked_of_all = name.startswith("__") and name != "__all__"
            with self._lock:
                if not self._has_begun and not is_asked_of_all:
                    self._has_begun = True
                    self._loader.exec_module(module)
            if name not in vars(module):
                raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
            return vars(module)[name]

        vars(module)["__getattr__"] = (
            look  # asked for what the module has not (PEP 562); its own takes this one's place
        )
