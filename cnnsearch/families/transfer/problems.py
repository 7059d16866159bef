"""What a transfer experiment's space cannot say: parameters of one kind of backbone or head given to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from cnnsearch.errors import Problem
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED, STUDY_PREFIX
from cnnsearch.families.transfer.spec import TRANSFER
from cnnsearch.space import Float, Int, Parameter, Space, same

__all__ = ["too_small", "transfer_problems"]

_FILES = (".h5", ".keras")

_UNSAID = {"cached_variants": None, "cache": True, "budget_gb": 4.0, "dtype": "float32"}
"""Of the two sections, what a study's own experiment file says where its author said nothing."""


def transfer_problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """What is wrong with the space of model ``transfer``, or with the sections that go with it.

    Args:
        keys: of the experiment, as they were given.
        space: those parameters of it that are valid by themselves.
    """
    if keys.get("model") != "transfer":
        return [
            Problem(section, "is for model 'transfer', whose backbone is frozen: leave it out")
            for section in ("augmentation", "features")
            if _says_anything(keys.get(section))
        ]
    scaling = _given(keys.get("preprocessing")).get("scaling", "unit")
    problems = []
    if scaling != "unit":
        rule = "model 'transfer' scales pictures as its backbone was trained: leave scaling out"
        problems.append(Problem("preprocessing.scaling", rule, scaling))
    return [*problems, *_alpha(space), *_weights(space), *_heads(space)]


def too_small(space: Space, side: int | None) -> list[Problem]:
    """Whether all configs give their backbone pictures that are smaller than it takes.

    Args:
        space: of model ``transfer``.
        side: the shorter one of every picture, where the space does not say otherwise; ``None``: they differ.
    """
    sides = _values(space, "image_size") if "image_size" in space else [side]
    longest = max((min(each) if isinstance(each, tuple) else each for each in sides if each is not None), default=None)
    names = _values(space, "backbone")
    least = min(BACKBONES[name].smallest if name in BACKBONES else 1 for name in names)
    if longest is None or longest >= least:
        return []
    rule = f"backbone '{names[0]}' takes pictures of at least {least}x{least}: set image_size to {least} or more"
    return [Problem("dataset.image_size", rule, longest)]


def _given(section: Any) -> Mapping[str, Any]:
    found = section.model_dump() if isinstance(section, BaseModel) else section
    return found if isinstance(found, Mapping) else {}


def _says_anything(section: Any) -> bool:
    """Whether a section differs from one that was left out."""
    if isinstance(section, BaseModel):
        return section != type(section)()
    return any(_given(section).get(key, default) != default for key, default in _UNSAID.items())


def _alpha(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    narrow = [name for name in _met(space, "backbone_alpha", "backbone") if not _alphas(name) and _is_known(name)]
    if narrow and any(value != 1.0 for value in _values(space, "backbone_alpha")):
        wide = [name for name in BACKBONES if BACKBONES[name].alphas]
        rule = f"backbone '{narrow[0]}' has one width: give it 'when: {{backbone: [...]}}' with some of "
        yield Problem("space.backbone_alpha", rule + ", ".join(wide))


def _is_known(name: Any) -> bool:
    return name == SAVED or name in BACKBONES


def _alphas(name: Any) -> tuple[float, ...]:
    return BACKBONES[name].alphas if name in BACKBONES else ()


def _weights(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    given = [str(value) for value in _values(space, "weights")]
    for value in given:
        if value in ("imagenet", "none") and SAVED in _met(space, "weights", "backbone") and len(given) == 1:
            rule = f"backbone '{SAVED}' needs a .keras file or {STUDY_PREFIX}PATH, which hold the network itself"
            yield Problem("space.weights", rule, value)
        elif value not in ("imagenet", "none") and not value.startswith(STUDY_PREFIX) and not value.endswith(_FILES):
            rule = f"must be imagenet, none, {STUDY_PREFIX}PATH, or a file whose name ends in .h5 or .keras"
            yield Problem("space.weights", rule, value)
    sizes = [alpha for alpha in _values(space, "backbone_alpha") if not isinstance(alpha, str)]
    for name in _values(space, "backbone"):
        alphas = _alphas(name)
        missing = [alpha for alpha in sizes if alphas and alpha not in alphas]
        if missing and "imagenet" in given:
            known = ", ".join(f"{alpha:g}" for alpha in alphas)
            yield Problem("space.backbone_alpha", f"backbone '{name}' has ImageNet weights for {known}", missing[0])


def _heads(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    fitted = [kind for kind in _met(space, "unfrozen_layers", "head") if kind != "dense"]
    if fitted and any(value != 0 for value in _values(space, "unfrozen_layers")):
        rule = f"head '{fitted[0]}' trains no layer of the backbone: give it 'when: {{head: dense}}'"
        yield Problem("space.unfrozen_layers", rule)


def _values(space: Mapping[str, Parameter], name: str) -> list[Any]:
    """The values that a config may have of it: the ends of a range."""
    parameter = space.get(name)
    if parameter is None:
        return [TRANSFER[name].default]
    values = [parameter.low, parameter.high] if isinstance(parameter, (Float, Int)) else list(parameter.values())
    return [*values, TRANSFER[name].default] if parameter.when else values


def _met(space: Mapping[str, Parameter], name: str, other: str) -> list[Any]:
    """The values of parameter ``other`` with which ``name`` may be active."""
    parameter = space.get(name)
    conditions: Any = dict(parameter.when).get(other) if parameter is not None and parameter.when else None
    values = _values(space, other)
    if conditions is None:
        return values
    met = [space[other].own(value) if other in space else value for value in conditions]
    return [value for value in values if any(same(value, one) for one in met)]
