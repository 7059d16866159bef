"""Any sampler of Optuna, by ask and tell."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna

from cnnsearch.search.samplers.optuna.distributions import Translation
from cnnsearch.search.samplers.optuna.private import forget_inactive, put, replace
from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, Parameter, Space, config_key

__all__ = ["OptunaSampler", "Way"]

_STATES = optuna.trial.TrialState


@dataclass(frozen=True)
class Way:
    """How a sampler of Optuna is asked and told.

    Attributes:
        make: a new one, of a seed.
        knows_conditions: it is told of active parameters only; else it is told that an inactive one had a value in the
            middle, so that the space looks the same in every trial.
        knows_limits: it is told by how much a model breaks limits; else a trial that breaks them is told as failed,
            lest it counts as good.
        stopped: as what a stopped trial is told: ``PRUNED`` where the sampler learns from those, ``COMPLETE``, with the
            best value that it had, where it learns from completed trials only, and would not know what was weak.
        retraces: it writes down at each ask what the next one needs, as a generation: a proposal of the record is
            recalled by asking again, and giving the trial what the record says.
        remembers: it may keep what it needs to itself, so one is made for all asks. Else one is made for each, so that
            nothing is kept but what Optuna's study holds.
    """

    make: Callable[[int], optuna.samplers.BaseSampler]
    knows_conditions: bool = False
    knows_limits: bool = False
    stopped: optuna.trial.TrialState = _STATES.COMPLETE
    retraces: bool = False
    remembers: bool = False


class OptunaSampler(Sampler):
    """A sampler of Optuna by ask and tell.

    Args:
        space: what to propose from.
        seed: of every draw.
        directions: of the objectives, each ``maximize`` or ``minimize``.
        way: which sampler, and how it is asked and told.
    """

    def __init__(self, space: Space, seed: int, directions: Sequence[str], way: Way) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._seed = seed
        self._way = way
        self._translation = Translation(space)
        self._study = optuna.create_study(directions=list(directions))
        self._has_curves = len(directions) == 1  # Optuna knows none of several objectives
        self._asks = 0
        self._one: optuna.samplers.BaseSampler | None = None
        self._asked: dict[int, optuna.Trial] = {}

    def propose(self, trial: int) -> Config:
        return self._ask(trial, self._seeded())

    def recall(self, trial: int, config: Config) -> None:
        if self._way.retraces:
            if config_key(self._ask(trial, self._seeded())) != config_key(config):
                self._replace(self._asked[trial], config)
            return
        self._study.enqueue_trial(self._translation.recalled(config))
        self._ask(trial, optuna.samplers.RandomSampler(0))  # every value is given: nothing is drawn

    def _replace(self, asked: optuna.Trial, config: Config) -> None:
        """Let a trial have another config than was proposed for it: by another version, or by somebody else."""
        inactive = {name: _middle(self._space[name]) for name in self._space if name not in config}
        told = self._translation.recalled({**inactive, **config})
        for name, distribution in self._translation.distributions(told).items():
            replace(asked, name, told[name], distribution)

    def _seeded(self) -> optuna.samplers.BaseSampler:
        """Seeded by the number of asks: that is the trial's number until a config comes twice."""
        if self._one is not None:
            return self._one
        seed = int(np.random.SeedSequence((self._seed, self._asks)).generate_state(1)[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # our versions are bounded
            made = self._way.make(seed)
        if self._way.remembers:
            self._one = made
        return made

    def _ask(self, trial: int, sampler: optuna.samplers.BaseSampler) -> Config:
        if trial in self._asked:
            self._study.tell(self._asked[trial], state=_STATES.FAIL)
        self._study.sampler = sampler
        asked = self._asked[trial] = self._study.ask()
        self._asks += 1
        config: Config = {}
        for name in self._space.ordered:
            if self._space.is_active(name, config):
                config[name] = self._translation.suggest(asked, name)
            elif not self._way.knows_conditions:
                self._fill(asked, name)
        if self._way.knows_conditions:
            forget_inactive(asked)
        return {name: config[name] for name in self._space if name in config}

    def _fill(self, asked: optuna.Trial, name: str) -> None:
        """Give a trial a value of a parameter that is inactive in it."""
        told = self._translation.told({name: _middle(self._space[name])})
        for distribution in self._translation.distributions(told).values():
            put(asked, name, told[name], distribution)

    def tell(self, trial: int, outcome: Outcome) -> None:
        asked = self._asked.pop(trial)
        for epoch, value in outcome.curve if self._has_curves else ():
            asked.report(value, epoch)
        if outcome.excess is not None and self._way.knows_limits:
            asked.set_constraint("limits", outcome.excess)
        if outcome.excess and outcome.value is None and self._way.stopped == _STATES.PRUNED:
            self._study.tell(asked, state=_STATES.PRUNED)  # of what FAILED nothing is learnt
        elif outcome.state == "FAILED" or outcome.value is None or (outcome.excess and not self._way.knows_limits):
            self._study.tell(asked, state=_STATES.FAIL)
        elif outcome.state == "STOPPED" and self._way.stopped == _STATES.PRUNED and self._has_curves:
            self._study.tell(asked, state=_STATES.PRUNED)
        else:
            self._study.tell(asked, [outcome.value, *outcome.beside])


def _middle(parameter: Parameter) -> Any:
    points = parameter.points(3)
    return points[len(points) // 2]
