"""The configuration that a model family recommends, as near to it as a space comes."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment.start import StartConfig
from cnnsearch.space import Config, same
from cnnsearch.space.kept import kept_parts
from cnnsearch.space.nearest import nearest_value

if TYPE_CHECKING:
    from cnnsearch.experiment.experiment import Experiment

__all__ = ["Usual", "completed_start", "nearest_config", "recommends", "start_problems"]


_POINTS = 5
"""Values that are tried of a range."""

_DRAWS = 10_000


def recommends(experiment: Experiment) -> bool:
    """Whether its family says what its parameters usually are: a function declares none of its own."""
    return not experiment.family.is_own or experiment.declaration is not None


def nearest_config(experiment: Experiment, wanted: Mapping[str, Any]) -> Config:
    """The config of the space that is nearest to what is wanted, and else to what the family recommends.

    Where that breaks a constraint, as few other values as possible are another one, but for those that are wanted.
    Where no config was found that keeps the constraints, it breaks them: :meth:`cnnsearch.space.Space.allows` tells.
    """
    config = _nearest(experiment, wanted)
    return config if experiment.space.allows(config) else next(_allowed(experiment, config, wanted), config)


def _allowed(experiment: Experiment, config: Config, wanted: Mapping[str, Any]) -> Iterator[Config]:
    """Configs that keep the constraints, those with one other value first; in the end what draws give, then a list."""
    space = experiment.space
    free = [name for name in space.searched if name in config and name not in wanted]
    for count in (1, 2):
        for names in itertools.combinations(free, count):
            for values in itertools.product(*(space[name].points(_POINTS) for name in names)):
                found = _nearest(experiment, {**config, **dict(zip(names, values, strict=True))})
                if space.allows(found):
                    yield found
    for drawn in space.draws(np.random.default_rng(experiment.seed), _DRAWS):
        if all(name in drawn and same(drawn[name], config[name]) for name in wanted if name in config):
            yield drawn
    for part in kept_parts(space, experiment.sampler.get("points")):
        if all(same(part[name], config[name]) for name in wanted if name in part and name in config):
            found = _nearest(experiment, {**config, **part})
            if space.allows(found):
                yield found


def _nearest(experiment: Experiment, wanted: Mapping[str, Any]) -> Config:
    space, points, usually = experiment.space, experiment.sampler.get("points"), Usual(experiment)
    config: Config = {}
    for name in space.ordered:
        if space.is_active(name, config):
            usual = usually.value(name, config)
            wishes = (wanted[name], usual) if name in wanted else (usual,)
            config[name] = nearest_value(space[name], wishes, None if name in wanted else points)
    return {name: config[name] for name in space if name in config}


class Usual:
    """What the family of an experiment recommends of each parameter, or else its default."""

    def __init__(self, experiment: Experiment) -> None:
        self._defaults = experiment.filled({})
        self._advice = experiment.family.recommended

    def value(self, name: str, config: Mapping[str, Any]) -> Any:
        """Of a parameter; ``None`` where nobody says. In ``config`` those are settled that come before it."""
        if name in self._advice:
            return self._advice[name].value({**self._defaults, **config})
        return self._defaults.get(name)


def completed_start(experiment: Experiment, config: Mapping[str, Any]) -> Config:
    """A config that somebody began to write, with the rest as the family recommends it.

    What it says stays, also where the space does not have it: :meth:`cnnsearch.space.Space.validate` tells.
    """
    own = experiment.space.own(config)
    return {**nearest_config(experiment, own), **own} if recommends(experiment) else own


def start_problems(experiment: Experiment) -> list[Problem]:
    """What is wrong with the configs that an experiment begins with."""
    found: list[Problem] = []
    for place, item in enumerate(experiment.start):
        if isinstance(item, StartConfig):
            found += _problems_of(experiment, item.config, f"start.{place}")
    trials = experiment.budget.trials
    if trials is not None and len(experiment.start) > trials:
        found.append(Problem("start", f"has {len(experiment.start)} items, and the budget ends after {trials} trials"))
    return found


def _problems_of(experiment: Experiment, config: Config, where: str) -> Iterable[Problem]:
    try:
        experiment.space.validate(completed_start(experiment, config))
    except InputError as error:
        for problem in error.problems:
            yield Problem(f"{where}.{problem.where}", problem.rule, problem.value)
