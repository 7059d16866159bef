"""What a transfer experiment's space cannot say: parameters of one kind of backbone or head given to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cnnsearch.errors import Problem
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED, STUDY_PREFIX
from cnnsearch.families.transfer.spec import TRANSFER
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED
from cnnsearch.space import Float, Int, Parameter, Space, same
from cnnsearch.tasks import DEFAULT_TASK, TASKS

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["data_problems", "problems", "too_small"]

_FILES = (".h5", ".keras")

_TRAINED = {
    "focal_gamma": "has a loss of its own",
    **dict.fromkeys(MIXED, "is fitted to pictures of one target each"),
}
"""Parameter that a fitted head cannot have -> why."""


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    scaling = _section(keys, "preprocessing").get("scaling", "unit")
    found = []
    if scaling != "unit":
        rule = "model 'transfer' scales pictures as its backbone was trained: leave scaling out"
        found.append(Problem("preprocessing.scaling", rule, scaling))
    found += [*_alpha(space), *_weights(space), *_heads(space), *_untrained(space), *_unfitted(space, keys.get("task"))]
    if _section(keys, "augmentation").get("cached_variants") is None:
        found += _changing(space)
    return [*found, *_unknown_memory(_section(keys, "limits"), space)]


def _section(keys: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """As it was given; empty where it is none."""
    given = keys.get(name)
    given = given.model_dump() if isinstance(given, BaseModel) else given
    return given if isinstance(given, Mapping) else {}


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],
    shape: tuple[int, int] | None,  # noqa: ARG001 - the contract of every family
    channels: int,
    classes: int,  # noqa: ARG001
) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    side = min(map(min, sizes), default=None)
    return [*too_small(experiment.space, side), *_channels(experiment, channels)]


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


def _channels(experiment: Experiment, channels: int) -> Iterator[Problem]:
    names = _values(experiment.space, "backbone")
    if channels not in (1, 3) and SAVED not in names and all(name in BACKBONES for name in names):
        rule = f"backbone '{names[0]}' takes pictures of 1 or 3 channels, and these have {channels}"
        yield Problem("space.backbone", f"{rule}: a network of your own takes others, as backbone '{SAVED}'")


def _alpha(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    narrow = [name for name in _met(space, "backbone_alpha", "backbone") if not _alphas(name) and _is_known(name)]
    if narrow and any(value != 1.0 for value in _values(space, "backbone_alpha")):
        wide = [name for name in BACKBONES if BACKBONES[name].alphas]
        rule = f"backbone '{narrow[0]}' has one width: give it 'when: {{backbone: [...]}}' with some of "
        yield Problem("space.backbone_alpha", rule + ", ".join(wide))


def _unknown_memory(limits: Mapping[str, Any], space: Mapping[str, Parameter]) -> Iterator[Problem]:
    if limits.get("gpu_memory_gb") is None:
        return
    rule = "is estimated for the backbones and widths that Keras has weights of"
    names = _values(space, "backbone")
    if SAVED in names:
        yield Problem("limits.gpu_memory_gb", f"{rule}, and backbone '{SAVED}' may be any network: leave it out")
    widths = space.get("backbone_alpha")
    ranged = isinstance(widths, (Float, Int))
    for name in names:
        known = _alphas(name)
        if known and (ranged or not set(_values(space, "backbone_alpha")) <= set(known)):
            listed = ", ".join(f"{each:g}" for each in known)
            yield Problem("limits.gpu_memory_gb", f"{rule}, for '{name}' {listed}: leave it out, or name these widths")
            return


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


def _untrained(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    """What acts in training alone, where scikit-learn fits a head: another loss, and pictures of two targets."""
    for name, has in _TRAINED.items():
        parameter = space.get(name)
        if parameter is None:
            continue
        fitted = _fitted(space, parameter)
        values = [parameter.low, parameter.high] if isinstance(parameter, (Float, Int)) else list(parameter.values())
        if fitted and any(value != 0 for value in values):
            rule = f"head '{fitted[0]}' {has}: leave it out, or give it 'when: {{head: dense}}'"
            yield Problem(f"space.{name}", rule)


def _changing(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    """What changes pictures in every epoch, where a head is fitted once."""
    for name, spec in AUGMENTATION.items():
        parameter = space.get(name)
        if parameter is None or name in (*MIXED, "fill_mode") or not spec.may_act(parameter):
            continue
        if fitted := _fitted(space, parameter):
            rule = (
                f"head '{fitted[0]}' is fitted once, to features that random augmentation would change in every epoch: "
                "set augmentation.cached_variants, give it 'when: {head: dense}', or leave it out"
            )
            yield Problem(f"space.{name}", rule)


def _fitted(space: Mapping[str, Parameter], parameter: Parameter) -> list[Any]:
    """Heads that are fitted in configs in which a parameter is active."""
    when: Mapping[str, Any] = dict(parameter.when or {})
    others = {name: each for name, each in space.items() if each is not parameter}  # conditions may go in a circle
    found = [kind for kind in _values(space, "head") if kind != "dense" and kind in when.get("head", (kind,))]
    for name in when.keys() & others.keys() - {"head"}:  # where that one is inactive this one is too
        found = [kind for kind in found if kind in _fitted(others, others[name])]
    return found


def _unfitted(space: Mapping[str, Parameter], named: Any) -> Iterator[Problem]:
    """Heads that scikit-learn cannot fit for the task."""
    task = TASKS.get(named, DEFAULT_TASK) if isinstance(named, str) else DEFAULT_TASK
    for kind in _values(space, "head"):
        if kind != "dense" and kind not in task.fits:
            has = f"one of dense, {', '.join(task.fits)}" if task.fits else "dense"
            yield Problem("space.head", f"must be {has} for task '{task.name}'", kind)


def _values(space: Mapping[str, Parameter], name: str) -> list[Any]:
    """The values that a config may have of it: the ends of a range."""
    parameter = space.get(name)
    if parameter is None:
        return [TRANSFER.parameters[name].default]
    values = [parameter.low, parameter.high] if isinstance(parameter, (Float, Int)) else list(parameter.values())
    return [*values, TRANSFER.parameters[name].default] if parameter.when else values


def _met(space: Mapping[str, Parameter], name: str, other: str) -> list[Any]:
    """The values of parameter ``other`` with which ``name`` may be active."""
    parameter = space.get(name)
    conditions: Any = dict(parameter.when).get(other) if parameter is not None and parameter.when else None
    values = _values(space, other)
    if conditions is None:
        return values
    met = [space[other].own(value) if other in space else value for value in conditions]
    return [value for value in values if any(same(value, one) for one in met)]
