"""The samplers that an experiment may name: each one's spec and what it proposes stand in a file of its own.

A spec is light: Optuna is imported when a sampler of it is made.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from cnnsearch.errors import InputError, Problem
from cnnsearch.search.samplers.auto import AUTO, chosen_in_words
from cnnsearch.search.samplers.bohb import BOHB
from cnnsearch.search.samplers.cma_es import CMA_ES
from cnnsearch.search.samplers.gp import GP
from cnnsearch.search.samplers.grid import GRID
from cnnsearch.search.samplers.nsga2 import NSGA2
from cnnsearch.search.samplers.nsga3 import NSGA3
from cnnsearch.search.samplers.optunahub import OPTUNAHUB, check_package
from cnnsearch.search.samplers.qmc import QMC
from cnnsearch.search.samplers.random import RANDOM
from cnnsearch.search.samplers.sampler import Outcome, Sampler, SamplerSpec
from cnnsearch.search.samplers.tpe import TPE
from cnnsearch.search.samplers.wrapped.learnt import Learnt
from cnnsearch.search.samplers.wrapped.started import FirstConfig, Started
from cnnsearch.search.samplers.wrapped.untried import Holding, Untried
from cnnsearch.space import Space
from cnnsearch.table import Table

__all__ = [
    "DEFAULT_SAMPLER",
    "OPTUNAHUB",
    "SAMPLERS",
    "FirstConfig",
    "Learnt",
    "Outcome",
    "Sampler",
    "SamplerSpec",
    "Untried",
    "check_sampler",
    "chosen_in_words",
    "make_sampler",
    "never_learns",
    "settled",
]

SAMPLERS: Table[SamplerSpec] = Table("sampler")
for _spec in (AUTO, RANDOM, QMC, GRID, TPE, BOHB, GP, CMA_ES, NSGA2, NSGA3, OPTUNAHUB):
    SAMPLERS.add(_spec.name, _spec)

DEFAULT_SAMPLER = AUTO.name
"""Of an experiment that names none."""


def check_sampler(options: Mapping[str, Any]) -> None:
    """See that what a sampler needs is installed, and that a package of OptunaHub takes its options.

    Raises:
        InputError: it is not, or does not; says how to install it, and which samplers need nothing.
    """
    missing = [
        Problem("sampler", f"{options['name']} needs {module}: {how}; or take {_without_needs()}", options["name"])
        for module, how in SAMPLERS[options["name"]].needs.items()
        if importlib.util.find_spec(module) is None
    ]
    if missing:
        raise InputError(missing)
    if options["name"] == OPTUNAHUB.name:
        check_package(options)


def _without_needs() -> str:
    *others, last = (name for name, spec in SAMPLERS.items() if not spec.needs)
    return f"{', '.join(others)} or {last}"


def settled(options: Mapping[str, Any], trials: int | None) -> dict[str, Any]:
    """A sampler's options with what they leave open.

    Args:
        options: ``name`` and the sampler's options.
        trials: of the budget; ``None`` where minutes alone end the search.
    """
    return SAMPLERS[options["name"]].settled(options, trials)


def never_learns(options: Mapping[str, Any], trials: int | None, space: Space) -> str:
    """That the trials are over before a sampler that was named proposes by what it has learnt, in words; empty: not.

    What has both waits for its random configs, then for those of a first generation.

    Args:
        options: ``name`` and the sampler's options.
        trials: of the budget; ``None`` where minutes alone end the search.
        space: what it proposes from.
    """
    spec = SAMPLERS[options["name"]]
    declared = spec.options  # what those of a package mean nobody here knows
    asked = {option: options[option] for option in ("startup_trials", "population") if option in declared}
    counts = {**asked, "population": asked["population"] or spec.generation(space)} if "population" in asked else asked
    which = [option for option, count in counts.items() if count]
    first = sum(counts[option] for option in which)
    if trials is None or trials > first or options["name"] == AUTO.name:
        return ""  # auto says so itself
    drawn = f"it draws its first {first} configs before that ({' and '.join(which)})"
    return f"budget.trials: {trials} is too few for sampler {options['name']} to learn from any: {drawn}"


def make_sampler(
    options: Mapping[str, Any],
    space: Space,
    seed: int,
    mode: str | Sequence[str],
    starts: Sequence[FirstConfig] = (),
    holding: Holding | None = None,
    learnt: Sequence[Learnt] = (),
) -> Untried:
    """The sampler of an experiment, never proposing a config twice.

    Args:
        options: ``name`` and the sampler's options, as ``Experiment.sampler`` has them.
        space: what to propose from.
        seed: of every draw.
        mode: ``max`` or ``min``; of several objectives the mode of each.
        starts: what it gives before it proposes anything.
        holding: holds what it gives to limits; ``None``: there are none that are known before a config is run.
        learnt: of earlier studies.

    Raises:
        InputError: as of :func:`check_sampler`.
    """
    check_sampler(options)
    spec, chosen = SAMPLERS[options["name"]], settled(options, None)
    modes = [mode] if isinstance(mode, str) else mode
    if len(modes) > 1 and spec.make_several is not None:
        sampler = spec.make_several(space, seed, modes, chosen)
    else:
        sampler = spec.make(space, seed, modes[0], chosen)
        if spec.takes_priors:
            sampler = _guided(sampler, space, seed, modes[0], learnt)
    return Untried(Started(sampler, starts) if starts else sampler, space, holding=holding)


def _guided(sampler: Sampler, space: Space, seed: int, mode: str, learnt: Sequence[Learnt]) -> Sampler:
    """The sampler, with priors beside it where there are any."""
    if not learnt and all(getattr(parameter, "prior", None) is None for parameter in space.values()):
        return sampler
    from cnnsearch.search.samplers.densities.prior_density import of_learnt, of_parameters
    from cnnsearch.search.samplers.wrapped.guided import Guided  # SciPy is not imported for its name

    found = (of_parameters(space), *(of_learnt(each, space) for each in learnt))
    priors = [prior for prior in found if prior is not None]
    return Guided(sampler, seed, 1 if mode == "max" else -1, priors) if priors else sampler
