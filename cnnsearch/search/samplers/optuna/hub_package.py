"""A package of OptunaHub's registry, as it lies on this machine: nothing is fetched from the network here."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from optuna.samplers import BaseSampler

from cnnsearch.errors import InputError, Problem, nearest
from cnnsearch.search.samplers.optuna.distributions import Translation
from cnnsearch.search.samplers.optuna.sampler import Way
from cnnsearch.space import Space

__all__ = ["HubPackage"]

_NAME = re.compile(r"[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*")
_GIVEN = ("seed", "search_space")
"""Arguments that are ours to give."""


@dataclass(frozen=True)
class HubPackage:
    """The sampler of a package.

    Attributes:
        name: of the package, as ``samplers/hebo``.
        kind: the class of its sampler.
    """

    name: str
    kind: type[BaseSampler]

    @classmethod
    def of(cls, name: str, kind: str | None) -> HubPackage:
        """Import a package.

        Args:
            name: of the package.
            kind: name of the class, where it has several.

        Raises:
            InputError: it is not on this machine, cannot be imported, or has no such sampler.
        """
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise InputError(Problem("sampler.optunahub", "must be a package of OptunaHub, as samplers/hebo", name))
        kinds = _samplers_of(_module(name))
        if kind is not None and kind not in kinds:
            raise InputError(Problem("sampler.class", f"no sampler of {name}; {nearest(kind, kinds)}", kind))
        if not kinds:
            raise InputError(Problem("sampler.optunahub", "has no sampler of Optuna", name))
        if kind is None and len(kinds) > 1:
            raise InputError(Problem("sampler.class", f"{name} has several samplers: name one of {', '.join(kinds)}"))
        return cls(name, kinds[kind or next(iter(kinds))])

    def check(self, options: Mapping[str, Any]) -> None:
        """See that the sampler can be made with these options.

        Raises:
            InputError: it takes no seed, so that no study could be resumed; it has no such option, lacks one, or
                refuses a value.
        """
        known = inspect.signature(self.kind).parameters
        is_open = any(each.kind is each.VAR_KEYWORD for each in known.values())
        named = [name for name, each in known.items() if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
        if "seed" not in named and not is_open:
            rule = f"{self.kind.__name__} takes no seed, so that no study with it could be resumed or replayed"
            raise InputError(Problem("sampler.optunahub", rule, self.name))
        free = [name for name in named if name not in _GIVEN]
        problems = [
            Problem(f"sampler.{name}", f"not an option of {self.kind.__name__}; {_hint(name, free)}")
            for name in options
            if name in _GIVEN or (name not in free and not is_open)
        ]
        problems += [
            Problem(f"sampler.{name}", f"is missing; {self.kind.__name__} needs it")
            for name in free
            if name not in options and known[name].default is inspect.Parameter.empty
        ]
        if problems:
            raise InputError(problems)
        try:
            self.way(Space(), options).make(0)
        except Exception as error:  # noqa: BLE001 - code of others
            rule = f"{self.kind.__name__} cannot be made: {type(error).__name__}: {error}"
            raise InputError(Problem("sampler.optunahub", rule, self.name)) from None

    def way(self, space: Space, options: Mapping[str, Any]) -> Way:
        """How it is asked and told; nothing is known of what it keeps to itself."""
        known = inspect.signature(self.kind).parameters
        given = dict(options)
        if "search_space" in known:
            given["search_space"] = Translation(space).all_distributions

        def make(seed: int) -> BaseSampler:
            return self.kind(seed=seed, **given)

        return Way(make, retraces=True, remembers=True)


def _hint(name: str, free: list[str]) -> str:
    return nearest(name, free) if free else "it has none"


def _module(name: str) -> ModuleType:
    """The package, imported from where OptunaHub keeps what it fetched.

    Raises:
        InputError: it is not there, or its code cannot be imported.
    """
    import optunahub

    registry = _cache() / "github.com" / "optuna" / "optunahub-registry" / "main" / "package"
    if not (registry / name / "__init__.py").is_file():
        rule = (
            f"is not on this machine, in {registry}; fetch it once, where there is a network: "
            f"python -c \"import optunahub; optunahub.load_module('{name}')\""
        )
        raise InputError(Problem("sampler.optunahub", rule, name))
    try:
        module: ModuleType = optunahub.load_local_module(name, registry_root=str(registry))
    except ImportError as error:
        rule = f"needs {error.name}, which is not installed" if error.name else f"cannot be imported: {error}"
        raise InputError(Problem("sampler.optunahub", rule, name)) from None
    except Exception as error:  # noqa: BLE001 - code of others
        rule = f"cannot be imported: {type(error).__name__}: {error}"
        raise InputError(Problem("sampler.optunahub", rule, name)) from None
    return module


def _cache() -> Path:
    """Where OptunaHub keeps what it fetched."""
    named = os.environ.get("OPTUNAHUB_CACHE_HOME")
    if named is not None:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "optunahub"


def _samplers_of(module: ModuleType) -> dict[str, type[BaseSampler]]:
    """Its samplers by name: of what it exports, or, where it says nothing of that, of what it defines itself."""
    exported = getattr(module, "__all__", None)
    found = {}
    for name, value in vars(module).items():
        is_own = name in exported if exported is not None else getattr(value, "__module__", None) == module.__name__
        if is_own and isinstance(value, type) and issubclass(value, BaseSampler):
            found[name] = value
    return found
