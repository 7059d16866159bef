"""From the default config to the winner, one change at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.numbers import setting_of
from cnnsearch.report.statistics.outcome import winning
from cnnsearch.report.statistics.overall_importance import overall_importance_info
from cnnsearch.report.statistics.surrogate import Surrogate, surrogate_of
from cnnsearch.space import Choice, Constant, Parameter, Space
from cnnsearch.space.values import is_number, same
from cnnsearch.study.pictures import pictures_of

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["Change", "PathInfo", "Step", "path_info"]


@dataclass(frozen=True)
class Change:
    """Of one parameter; ``before`` is empty where it was not active."""

    parameter: str
    before: str
    after: str


@dataclass(frozen=True)
class Step:
    """One config on the way.

    Attributes:
        changes: what changed; none for the first config.
        chance: whether none of the changed parameters moves the objective beyond chance by itself.
        predicted: objective by the surrogate.
        recorded: objective of the best recorded trial of just this config; ``None`` where there is none.
        trial: its number.
    """

    changes: tuple[Change, ...]
    chance: bool
    predicted: float
    recorded: float | None
    trial: int | None


@dataclass(frozen=True)
class PathInfo:
    """Greedy ablation (Fawcett and Hoos 2016) on a surrogate.

    At each step the parameter is changed to the winner's value whose change the surrogate finds best. A parameter that
    begins to be active starts from its default. Only parameters whose importance over all trials is beyond chance have
    a step of their own; the others come together at the end.

    Attributes:
        winner: number of the best trial.
        start: settings of the first config, one text each.
        moved: searched parameters whose default lies outside the space, or that have none; the nearest value, or the
            middle, stands for it.
        steps: the first config, then one a change; the last one is the winner's.
        error: root mean squared error of the surrogate on trials that it has not seen, in units of the objective (of
            its natural logarithm where ``log``).
        r2: share of the variance that it explains there.
        missing: why there is no path; ``None`` where there is.
        pictures: of the validation split; 0 where the record does not tell.
    """

    metric: str
    winner: int | None = None
    start: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    error: float | None = None
    log: bool = False
    r2: float | None = None
    missing: str | None = None
    pictures: int = 0


def path_info(study: Study) -> PathInfo:
    metric, space = study.experiment.objective.metric, study.experiment.space
    surrogate, importance = surrogate_of(study), overall_importance_info(study)
    if isinstance(surrogate, str):
        return PathInfo(metric, missing=surrogate)
    if importance.missing is not None:
        return PathInfo(metric, missing=importance.missing)
    winner = winning(study) or study.ranked[0]
    defaults, moved = _defaults(study)
    first = _active(space, defaults)
    target = {name: winner.config[name] for name in space.searched if name in winner.config}
    effective = {one.name for one in importance.parameters if one.beyond_chance}
    steps = [_step(study, surrogate, first, ())]
    config = first
    while options := _options(space, effective, defaults, config, target):
        predicted = surrogate.sign * surrogate.predict([changed for _, changed in options])
        name, changed = options[int(predicted.argmax())]
        steps.append(_step(study, surrogate, changed, (_change(space, config, changed, name),)))
        config = changed
    rest = [name for name in space.searched if name in target and not _agree(config, target, name)]
    if rest:
        changes = tuple(_change(space, config, target, name) for name in rest)
        steps.append(_step(study, surrogate, target, changes, chance=True))
    return PathInfo(
        metric=metric,
        winner=winner.trial,
        start=tuple(f"{name} {setting_of(space[name], first[name])}" for name in space.searched if name in first),
        moved=tuple(name for name in space.searched if name in moved),
        steps=tuple(steps),
        error=surrogate.error,
        log=surrogate.log,
        r2=surrogate.r2,
        pictures=pictures_of(study, "validation"),
    )


def _options(
    space: Space, effective: set[str], defaults: Mapping[str, Any], config: Mapping[str, Any], target: Mapping[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    """Each parameter that may be changed to the winner's value, and the config after that."""
    return [
        (name, _active(space, {**defaults, **config, name: target[name]}))
        for name in space.searched
        if name in effective and name in config and name in target and not same(config[name], target[name])
    ]


def _agree(config: Mapping[str, Any], target: Mapping[str, Any], name: str) -> bool:
    return name in config and same(config[name], target[name])


def _change(space: Space, config: Mapping[str, Any], changed: Mapping[str, Any], name: str) -> Change:
    before = setting_of(space[name], config[name]) if name in config else ""
    return Change(name, before, setting_of(space[name], changed[name]))


def _defaults(study: Study) -> tuple[dict[str, Any], set[str]]:
    """A value of every parameter of the space, active or not, and which of them are not the family's defaults."""
    specs = study.experiment.searchable
    defaults, moved = {}, set()
    for name, parameter in study.experiment.space.items():
        spec = specs.get(name)
        default = spec.default if spec is not None else None
        defaults[name] = _nearest(parameter, default)
        if not parameter.contains(default):
            moved.add(name)
    return defaults, moved


def _nearest(parameter: Parameter, default: Any) -> Any:
    if parameter.contains(default):
        return parameter.own(default)
    if isinstance(parameter, (Choice, Constant)):
        options = list(parameter.values())
        if is_number(default) and all(is_number(option) for option in options):
            return min(options, key=lambda option: abs(option - default))  # type: ignore[operator]
        return options[0]
    points = list(parameter.points(101))
    if not is_number(default):
        return points[len(points) // 2]
    return min(points, key=lambda point: abs(point - default))


def _active(space: Space, values: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``values`` is active, parents first."""
    config: dict[str, Any] = {}
    for name in space.ordered:
        if name in values and space.is_active(name, config):
            config[name] = values[name]
    return config


def _step(
    study: Study, surrogate: Surrogate, config: Mapping[str, Any], changes: tuple[Change, ...], chance: bool = False
) -> Step:
    same_config = next((record for record in study.ranked if _equal(study, record.config, config)), None)
    return Step(
        changes=changes,
        chance=chance,
        predicted=float(surrogate.predict([config])[0]),
        recorded=same_config.best_value if same_config else None,
        trial=same_config.trial if same_config else None,
    )


def _equal(study: Study, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    searched = study.experiment.space.searched
    return all(
        (name in one) == (name in other) and (name not in one or same(one[name], other[name])) for name in searched
    )
