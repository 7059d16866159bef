"""What is wrong with the backbones of a space, of whichever family that begins with one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem
from cnnsearch.families.family import FamilySpec
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED, STUDY_PREFIX
from cnnsearch.space import Float, Int, Parameter, same

__all__ = ["BackboneSpace", "section"]

_FILES = (".h5", ".keras")


def section(keys: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Of an experiment, as it was given; empty where it is none."""
    given = keys.get(name)
    given = given.model_dump() if isinstance(given, BaseModel) else given
    return given if isinstance(given, Mapping) else {}


@dataclass(frozen=True)
class BackboneSpace:
    """A space of a family with backbones.

    Attributes:
        space: parameters that are valid by themselves.
        family: of it; the first parameter of :attr:`FamilySpec.frozen_by` names the backbone.
    """

    space: Mapping[str, Parameter]
    family: FamilySpec

    @property
    def key(self) -> str:
        """The parameter that names the backbone."""
        return self.family.frozen_by[0]

    @property
    def names(self) -> list[Any]:
        """Those that a config may have."""
        return self._backbones(self.values(self.key))

    def problems(self, keys: Mapping[str, Any]) -> Iterator[Problem]:
        """Of the space alone, and with the keys of the experiment, as they were given."""
        yield from self._alpha()
        yield from self._weights()
        yield from self._unknown_memory(section(keys, "limits"))

    def too_small(self, side: int | None) -> list[Problem]:
        """Whether all configs give their backbone pictures that are smaller than it takes.

        Args:
            side: the shorter one of every picture, where the space does not say otherwise; ``None``: they differ.
        """
        sides = self.values("image_size") if "image_size" in self.space else [side]
        longest = max(
            (min(each) if isinstance(each, tuple) else each for each in sides if each is not None), default=None
        )
        least = min((BACKBONES[name].smallest if name in BACKBONES else 1 for name in self.names), default=1)
        if longest is None or longest >= least or len(self.names) < len(self.values(self.key)):
            return []
        takes = f"{self.key} '{self.names[0]}' takes pictures of at least {least}x{least}"
        rule = f"{takes}: set image_size to {least} or more"
        return [Problem("dataset.image_size", rule, longest)]

    def wrong_channels(self, channels: int) -> Iterator[Problem]:
        """Whether no config has a network that takes pictures of so many channels."""
        every = self.values(self.key)
        if channels not in (1, 3) and all(name in BACKBONES for name in every):
            rule = f"{self.key} '{every[0]}' takes pictures of 1 or 3 channels, and these have {channels}"
            other = next(name for name in self.family.parameters[self.key].options if name not in BACKBONES)
            yield Problem(f"space.{self.key}", f"{rule}: {self.key} '{other}' takes others")

    def values(self, name: str) -> list[Any]:
        """The values that a config may have of a parameter: the ends of a range."""
        parameter = self.space.get(name)
        default = self.family.searchable[name].default
        if parameter is None:
            return [default]
        values = [parameter.low, parameter.high] if isinstance(parameter, (Float, Int)) else list(parameter.values())
        return [*values, default] if parameter.when else values

    def met(self, name: str, other: str) -> list[Any]:
        """The values of parameter ``other`` with which ``name`` may be active."""
        parameter = self.space.get(name)
        conditions: Any = dict(parameter.when).get(other) if parameter is not None and parameter.when else None
        values = self.values(other)
        if conditions is None:
            return values
        met = [self.space[other].own(value) if other in self.space else value for value in conditions]
        return [value for value in values if any(same(value, one) for one in met)]

    def _backbones(self, values: list[Any]) -> list[Any]:
        """Without what stands for none."""
        return [value for value in values if self.family.is_frozen({self.key: value})]

    def _alpha(self) -> Iterator[Problem]:
        met = self._backbones(self.met("backbone_alpha", self.key))
        narrow = [name for name in met if not _alphas(name) and _is_known(name)]
        if narrow and any(value != 1.0 for value in self.values("backbone_alpha")):
            wide = [name for name in BACKBONES if BACKBONES[name].alphas]
            rule = f"{self.key} '{narrow[0]}' has one width: give it 'when: {{{self.key}: [...]}}' with some of "
            yield Problem("space.backbone_alpha", rule + ", ".join(wide))

    def _unknown_memory(self, limits: Mapping[str, Any]) -> Iterator[Problem]:
        if limits.get("gpu_memory_gb") is None:
            return
        rule = "is estimated for the backbones and widths that Keras has weights of"
        names = self.names
        if SAVED in names:
            yield Problem("limits.gpu_memory_gb", f"{rule}, and {self.key} '{SAVED}' may be any network: leave it out")
        widths = self.space.get("backbone_alpha")
        ranged = isinstance(widths, (Float, Int))
        for name in names:
            known = _alphas(name)
            if known and (ranged or not set(self.values("backbone_alpha")) <= set(known)):
                listed = ", ".join(f"{each:g}" for each in known)
                also = f"{rule}, for '{name}' {listed}: leave it out, or name these widths"
                yield Problem("limits.gpu_memory_gb", also)
                return

    def _weights(self) -> Iterator[Problem]:
        given = [str(value) for value in self.values("weights")]
        names = self.names
        for value in given if names else []:
            if value in ("imagenet", "none") and SAVED in self.met("weights", self.key) and len(given) == 1:
                rule = f"{self.key} '{SAVED}' needs a .keras file or {STUDY_PREFIX}PATH, which hold the network itself"
                yield Problem("space.weights", rule, value)
            elif (
                value not in ("imagenet", "none") and not value.startswith(STUDY_PREFIX) and not value.endswith(_FILES)
            ):
                rule = f"must be imagenet, none, {STUDY_PREFIX}PATH, or a file whose name ends in .h5 or .keras"
                yield Problem("space.weights", rule, value)
        sizes = [alpha for alpha in self.values("backbone_alpha") if not isinstance(alpha, str)]
        for name in names:
            alphas = _alphas(name)
            missing = [alpha for alpha in sizes if alphas and alpha not in alphas]
            if missing and "imagenet" in given:
                known = ", ".join(f"{alpha:g}" for alpha in alphas)
                rule = f"{self.key} '{name}' has ImageNet weights for {known}"
                yield Problem("space.backbone_alpha", rule, missing[0])


def _is_known(name: Any) -> bool:
    return name == SAVED or name in BACKBONES


def _alphas(name: Any) -> tuple[float, ...]:
    return BACKBONES[name].alphas if name in BACKBONES else ()
