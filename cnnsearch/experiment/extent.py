"""How far a search can go: the configs that its sampler has, and the trials that its budget leaves of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from cnnsearch.experiment.configs.recommended import completed_start
from cnnsearch.experiment.experiment import Experiment
from cnnsearch.experiment.start import StartConfig
from cnnsearch.space import config_key, value_key

__all__ = ["configs_tried", "in_words", "most_configs", "most_trials", "size_of_search"]


def size_of_search(experiment: Experiment) -> int | None:
    """Number of configs that the sampler may propose: those of the space, or of the grid's points; ``None``: no end.

    ``None``, too, where constraints leave more than is counted.
    """
    return experiment.space.size(experiment.sampler.get("points"))


def in_words(configs: int | None, most: int | None) -> str:
    """A number of configs for people.

    Args:
        configs: as :func:`size_of_search`.
        most: the same without the constraints.
    """
    if configs is not None:
        return f"{configs:,} configs"
    return "infinitely many configs" if most is None else f"some of {most:,} configs"


def configs_tried(experiment: Experiment, configs: Iterable[Mapping[str, Any]]) -> int:
    """How many of :func:`size_of_search` are among ``configs``; others of these are of another sampler or space."""
    space, points = experiment.space, experiment.sampler.get("points")
    listed = {} if points is None else {name: set(map(value_key, space[name].points(points))) for name in space}
    own = [space.own(config) for config in configs]
    return len(
        {
            config_key(config)
            for config in own
            if all(name in space for name in config)
            and all((name in config) == space.is_active(name, config) for name in space)
            and all(space[name].contains(value) for name, value in config.items())
            and space.allows(config)
            and all(value_key(config[name]) in keys for name, keys in listed.items() if name in config)
        }
    )


def most_trials(experiment: Experiment, configs: Iterable[Mapping[str, Any]] = ()) -> int | None:
    """The trials with which the search ends at the latest; ``None`` where minutes alone end it.

    Args:
        experiment: of the search.
        configs: of the trials that it has, some of which may be of another sampler or space.
    """
    budget, size = experiment.budget.trials, size_of_search(experiment)
    if size is None or (budget is not None and budget <= size):
        return budget
    least = most_configs(experiment, configs)
    return least if budget is None or least is None else min(budget, least)


def most_configs(experiment: Experiment, configs: Iterable[Mapping[str, Any]] = ()) -> int | None:
    """The configs that there are for the search, whatever its budget; ``None``: no end. Arguments as above."""
    size = size_of_search(experiment)
    if size is None:
        return None
    known = list(configs)
    keys = set(map(config_key, known))
    known += [config for config in _beginning(experiment) if config_key(config) not in keys]
    return len(known) + size - configs_tried(experiment, known)


def _beginning(experiment: Experiment) -> Iterator[Mapping[str, Any]]:
    """Configs that run before the sampler proposes any, of which it may have none."""
    for item in experiment.start:
        if isinstance(item, StartConfig):
            yield completed_start(experiment, item.config)
