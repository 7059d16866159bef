"""What a search learns from earlier studies, where their best configs lie by rank; and around its start."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.search.samplers.wrapped.learnt import Learnt
from cnnsearch.space import Config
from cnnsearch.space.priors import NEAR_START
from cnnsearch.study import Study

__all__ = ["learnt_of", "near_start", "with_learnt"]

_GOOD, _LEAST, _MOST = 0.1, 3, 10
"""Of a study's trials the share that are its good ones, and how many these are at least and at most."""


def with_learnt(experiment: Experiment, find: Callable[[str], Study] | None) -> Experiment:
    """The experiment with what it learns from in place of the names of studies; arguments as of ``resolved``."""
    found = tuple(
        item if isinstance(item, EarlierStudy) else _read(experiment, item, f"learn_from.{place}", find)
        for place, item in enumerate(experiment.learn_from)
    )
    return experiment.model_copy(update={"learn_from": found})


def learnt_of(experiment: Experiment) -> tuple[Learnt, ...]:
    """What its sampler learns from earlier studies; the experiment is resolved."""
    earlier = (item for item in experiment.learn_from if isinstance(item, EarlierStudy))
    return tuple(Learnt(item.origin, item.good) for item in earlier)


def near_start(experiment: Experiment, starts: Iterable[Config]) -> tuple[Learnt, ...]:
    """The configs that a search starts with, where others are to be drawn near them (``sampler: {prior: start}``)."""
    good = tuple(starts) if experiment.sampler.get("prior") == "start" else ()
    return (Learnt(NEAR_START, good, "medium"),) if good else ()


def _read(experiment: Experiment, name: str, where: str, find: Callable[[str], Study] | None) -> EarlierStudy:
    if find is None:
        raise InputError(Problem(where, "names a study, and there are none here", name))
    try:
        return _learnt(experiment, find(name), name)
    except InputError as error:
        raise InputError([Problem(where, problem.rule, name) for problem in error.problems]) from None


def _learnt(experiment: Experiment, study: Study, name: str) -> EarlierStudy:
    """Of what both search: a value that the earlier one held constant it did not find to be good.

    Raises:
        InputError: it is of another family, has no trial with a value, or there is nothing that both search.
    """
    old = study.experiment
    if old.model != experiment.model:
        raise InputError(Problem("", f"is a study of model '{old.model}', and this one searches '{experiment.model}'"))
    shared = [each for each in experiment.space.searched if each in old.space.searched]
    if not shared:
        searched = ", ".join(old.space.searched)
        raise InputError(Problem("", f"searched nothing that this one searches: {searched or 'nothing at all'}"))
    ranked = study.ranked
    if not ranked:
        raise InputError(Problem("", "has no trial with a value to learn from"))
    count = min(max(math.ceil(_GOOD * len(ranked)), _LEAST), _MOST)
    good = tuple({each: line.config[each] for each in shared if each in line.config} for line in ranked[:count])
    return EarlierStudy(study=name, trials=len(ranked), good=good)
