"""What a transfer experiment's space cannot say: parameters of one kind of backbone or head given to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import Problem
from cnnsearch.families.transfer.backbone_problems import BackboneSpace, section
from cnnsearch.families.transfer.spec import TRANSFER
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED
from cnnsearch.space import Float, Int, Parameter
from cnnsearch.tasks import DEFAULT_TASK, TASKS

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment

__all__ = ["data_problems", "problems"]

_TRAINED = {
    "focal_gamma": "has a loss of its own",
    **dict.fromkeys(MIXED, "is fitted to pictures of one target each"),
}
"""Parameter that a fitted head cannot have -> why."""


def problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    scaling = section(keys, "preprocessing").get("scaling", "unit")
    found = []
    if scaling != "unit":
        rule = "model 'transfer' scales pictures as its backbone was trained: leave scaling out"
        found.append(Problem("preprocessing.scaling", rule, scaling))
    backbones = BackboneSpace(space, TRANSFER)
    found += [*backbones.problems(keys), *_heads(space), *_untrained(space), *_unfitted(space, keys.get("task"))]
    if section(keys, "augmentation").get("cached_variants") is None:
        found += _changing(space)
    return found


def data_problems(
    experiment: Experiment,
    sizes: Sequence[tuple[int, int]],
    shape: tuple[int, int] | None,  # noqa: ARG001 - the contract of every family
    channels: int,
    classes: int,  # noqa: ARG001
) -> list[Problem]:
    """See :class:`cnnsearch.families.family.Problems`."""
    backbones = BackboneSpace(experiment.space, TRANSFER)
    return [*backbones.too_small(min(map(min, sizes), default=None)), *backbones.wrong_channels(channels)]


def _heads(space: Mapping[str, Parameter]) -> Iterator[Problem]:
    fitted = [kind for kind in BackboneSpace(space, TRANSFER).met("unfrozen_layers", "head") if kind != "dense"]
    if fitted and any(value != 0 for value in BackboneSpace(space, TRANSFER).values("unfrozen_layers")):
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
    found = [
        kind
        for kind in BackboneSpace(space, TRANSFER).values("head")
        if kind != "dense" and kind in when.get("head", (kind,))
    ]
    for name in when.keys() & others.keys() - {"head"}:  # where that one is inactive this one is too
        found = [kind for kind in found if kind in _fitted(others, others[name])]
    return found


def _unfitted(space: Mapping[str, Parameter], named: Any) -> Iterator[Problem]:
    """Heads that scikit-learn cannot fit for the task."""
    task = TASKS.get(named, DEFAULT_TASK) if isinstance(named, str) else DEFAULT_TASK
    for kind in BackboneSpace(space, TRANSFER).values("head"):
        if kind != "dense" and kind not in task.fits:
            has = f"one of dense, {', '.join(task.fits)}" if task.fits else "dense"
            yield Problem("space.head", f"must be {has} for task '{task.name}'", kind)
