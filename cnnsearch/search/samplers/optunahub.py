"""OptunaHub: samplers of its registry, each a package that the user fetched once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.search.samplers.sampler import Sampler, SamplerSpec, direction_of
from cnnsearch.space import Space
from cnnsearch.space.specs import Parameters, ParameterSpec

__all__ = ["OPTUNAHUB", "check_package"]

_OWN = ("name", "package", "class")


def _make(space: Space, seed: int, mode: str, options: Mapping[str, Any]) -> Sampler:
    from cnnsearch.search.samplers.optuna.hub_package import HubPackage
    from cnnsearch.search.samplers.optuna.sampler import OptunaSampler

    package = HubPackage.of(options["package"], options["class"])
    return OptunaSampler(space, seed, [direction_of(mode)], package.way(space, _others(options)))


def check_package(options: Mapping[str, Any]) -> None:
    """See that a package is there, has a sampler, and takes the options.

    Raises:
        InputError: it is not, has none, or does not.
    """
    from cnnsearch.search.samplers.optuna.hub_package import HubPackage

    HubPackage.of(options["package"], options["class"]).check(_others(options))


def _others(options: Mapping[str, Any]) -> dict[str, Any]:
    """Those that the package's sampler is made with."""
    return {name: value for name, value in options.items() if name not in _OWN}


OPTUNAHUB = SamplerSpec(
    "optunahub",
    "a sampler of OptunaHub whose package was fetched, with the options that it takes",
    Parameters(
        ParameterSpec("package", "text", None, "of the registry, as samplers/hebo"),
        ParameterSpec("class", "text", None, "of the sampler, where the package has several", nullable=True),
    ),
    _make,
    needs={"optunahub": "pip install 'cnnsearch[optunahub]'"},
    is_open=True,
)
