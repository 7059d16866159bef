"""What a search begins with, resolved: configs of its space, each with where it comes from, and what it learns from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.configs.default_priors import with_default_priors
from cnnsearch.experiment.configs.recommended import completed_start, nearest_config, recommends
from cnnsearch.experiment.start import OF_STUDY, RECOMMENDED, StartConfig
from cnnsearch.search.learning import learnt_of, near_start, with_learnt
from cnnsearch.search.samplers import Untried, make_sampler
from cnnsearch.search.samplers.wrapped.started import FirstConfig
from cnnsearch.search.samplers.wrapped.untried import Holding
from cnnsearch.space import Config, config_key, shown
from cnnsearch.space.values import number_key
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import Output, find_study

__all__ = ["first_configs", "resolved", "sampler_of", "studies_in"]

_LOG = logging.getLogger("cnnsearch")

_BEST = 3
"""So many of the best trials of a study are run again."""


def resolved(experiment: Experiment, find: Callable[[str], Study] | None = None) -> Experiment:
    """The experiment with what its names stand for, so that it needs nothing else to be gone on with.

    In place of each name in ``start`` stands a config, those that are the same once; in place of each in ``learn_from``
    what that study says; and what a family recommends stands in the space where it is to be a prior.

    Args:
        experiment: what is searched. What was resolved before stays as it is.
        find: from the name of a study to the study, as :func:`studies_in`; ``None``: there is none.

    Raises:
        InputError: a study is not there, has no trial with a value, is of another family, or searched nothing of this
            space.
    """
    experiment = with_default_priors(with_learnt(experiment, find))
    found: dict[str, StartConfig] = {}
    for place, item in enumerate(experiment.start):
        for start in _of(experiment, item, f"start.{place}", find):
            key = config_key(start.config)
            # The recommended one is never stopped for being that, also where it stands there by another name.
            found[key] = start if start.origin == RECOMMENDED else found.get(key, start)
    return experiment.model_copy(update={"start": tuple(found.values())})


def studies_in(output: Output) -> Callable[[str], Study]:
    """Finds a study that ``start`` names by path, URI, or its name in ``output``."""
    return lambda name: Study.load(find_study(name, output))


def _of(
    experiment: Experiment, item: StartConfig | str, where: str, find: Callable[[str], Study] | None
) -> Iterator[StartConfig]:
    if isinstance(item, StartConfig):
        config = item.config if item.origin else completed_start(experiment, item.config)
        yield StartConfig(config=config, origin=item.origin or where, changed=item.changed)
    elif item == RECOMMENDED:
        if recommends(experiment):
            recommended = nearest_config(experiment, {})
            if _keeps(experiment, recommended, RECOMMENDED):
                yield StartConfig(config=recommended, origin=RECOMMENDED)
        elif "start" in experiment.model_fields_set:  # it is what everybody begins with who says nothing
            rule = "is a function, which recommends nothing: the search begins without it"
            _LOG.warning("start: recommended: model '%s' %s", experiment.model, rule)
    elif find is None:
        raise InputError(Problem(where, "names a study, and there are none here: give its configs", item))
    else:
        try:
            study = find(item.removeprefix(OF_STUDY))
            yield from _of_study(experiment, study, item)
        except InputError as error:
            raise InputError([Problem(where, problem.rule, item) for problem in error.problems]) from None


def _of_study(experiment: Experiment, study: Study, name: str) -> Iterator[StartConfig]:
    """Its best trials, each as near as the space comes to it."""
    model = study.experiment.model
    if model != experiment.model:
        raise InputError(Problem("", f"is a study of model '{model}', and this one searches '{experiment.model}'"))
    if not study.ranked:
        raise InputError(Problem("", "has no trial with a value to begin with"))
    for line in study.ranked[:_BEST]:
        was = study.experiment.filled(line.config)
        config = nearest_config(experiment, was)
        changed = tuple(_changes(was, experiment.filled(config)))
        origin = f"{name}, trial {line.trial}"
        if _keeps(experiment, config, origin):
            yield StartConfig(config=config, origin=origin, changed=changed)


def _keeps(experiment: Experiment, config: Config, origin: str) -> bool:
    """Whether a config that is to come first keeps the constraints; else that is told, as it would be no trial."""
    if experiment.space.allows(config):
        return True
    rule = "no config near to it was found that keeps the constraints: the search begins without it"
    _LOG.warning("start: %s: %s", origin, rule)
    return False


def _changes(was: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name, value in now.items():
        if name in was and number_key(was[name]) != number_key(value):
            yield f"{name} {shown(was[name])} became {shown(value)}"


def first_configs(experiment: Experiment) -> tuple[FirstConfig, ...]:
    """What its sampler gives before it proposes anything; resolved where it is not yet.

    Raises:
        InputError: it begins with a study, and is not resolved.
    """
    starts = (item for item in resolved(experiment).start if isinstance(item, StartConfig))
    return tuple(
        FirstConfig(completed_start(experiment, start.config), start.config, start.origin or "") for start in starts
    )


def sampler_of(experiment: Experiment, holding: Holding | None = None) -> Untried:
    """The sampler of an experiment, with what it begins with and learns from.

    Args:
        experiment: resolved, where it names studies.
        holding: as of :func:`~cnnsearch.search.samplers.make_sampler`.

    Raises:
        InputError: as of :func:`first_configs`.
    """
    modes, starts = experiment.objective.modes, first_configs(experiment)
    learnt = (*near_start(experiment, (start.config for start in starts)), *learnt_of(experiment))
    return make_sampler(experiment.sampler, experiment.space, experiment.seed, modes, starts, holding, learnt)
