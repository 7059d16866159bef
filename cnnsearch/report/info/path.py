"""From the default config to the winner, one change at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.report.info.outcome import winning
from cnnsearch.report.info.surrogate import Surrogate, surrogate_of
from cnnsearch.report.numbers import setting_of
from cnnsearch.space import Choice, Constant, Parameter, Space
from cnnsearch.space.values import is_number, same

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["PathInfo", "Step", "path_info", "start_config"]


@dataclass(frozen=True)
class Step:
    """One config on the way.

    Attributes:
        parameter: what changed; ``None`` for the first config.
        before, after: its settings as texts; of a parameter that was not active ``before`` is empty.
        predicted: objective by the surrogate.
        recorded: objective of the best recorded trial of just this config; ``None`` where there is none.
        trial: its number.
    """

    parameter: str | None
    before: str
    after: str
    predicted: float
    recorded: float | None
    trial: int | None


@dataclass(frozen=True)
class PathInfo:
    """Greedy ablation (Fawcett and Hoos 2016) on a surrogate.

    At each step the parameter is changed to the winner's value whose change the surrogate finds best. A parameter that
    begins to be active starts from its default.

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


def path_info(study: Study) -> PathInfo:
    metric, space = study.experiment.objective.metric, study.experiment.space
    surrogate = surrogate_of(study)
    if isinstance(surrogate, str):
        return PathInfo(metric, missing=surrogate)
    winner = winning(study) or study.ranked[0]
    defaults, moved = _defaults(study)
    config = _active(space, defaults)
    target = {name: winner["config"][name] for name in space.searched if name in winner["config"]}
    searched = [name for name in space.searched if name in config]
    steps = [_step(study, surrogate, config, None, "")]
    while True:
        options = [
            (name, _active(space, {**defaults, **config, name: target[name]}))
            for name in space.searched
            if name in config and name in target and not same(config[name], target[name])
        ]
        if not options:
            break
        predicted = surrogate.sign * surrogate.predict([changed for _, changed in options])
        name, changed = options[int(predicted.argmax())]
        steps.append(_step(study, surrogate, changed, name, setting_of(space[name], config[name])))
        config = changed
    return PathInfo(
        metric=metric,
        winner=winner["trial"],
        start=tuple(f"{name} {setting_of(space[name], _active(space, defaults)[name])}" for name in searched),
        moved=tuple(name for name in space.searched if name in moved),
        steps=tuple(steps),
        error=surrogate.error,
        log=surrogate.log,
        r2=surrogate.r2,
    )


def start_config(study: Study) -> dict[str, Any]:
    """The family's default of each searched parameter, or the nearest value of the space."""
    return _active(study.experiment.space, _defaults(study)[0])


def _defaults(study: Study) -> tuple[dict[str, Any], set[str]]:
    """A value of every parameter of the space, active or not, and which of them are not the family's defaults."""
    specs = study.experiment.family.searchable
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


def _step(study: Study, surrogate: Surrogate, config: Mapping[str, Any], name: str | None, before: str) -> Step:
    same_config = next((record for record in study.ranked if _equal(study, record["config"], config)), None)
    return Step(
        parameter=name,
        before=before,
        after=setting_of(study.experiment.space[name], config[name]) if name else "",
        predicted=float(surrogate.predict([config])[0]),
        recorded=float(same_config["value"]) if same_config else None,
        trial=same_config["trial"] if same_config else None,
    )


def _equal(study: Study, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    searched = study.experiment.space.searched
    return all(
        (name in one) == (name in other) and (name not in one or same(one[name], other[name])) for name in searched
    )
