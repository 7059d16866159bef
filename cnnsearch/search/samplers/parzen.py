"""Optuna's TPE, by ask and tell."""

from __future__ import annotations

import warnings

import numpy as np
import optuna

from cnnsearch.search.samplers.distributions import Translation
from cnnsearch.search.samplers.optuna_private import forget_inactive
from cnnsearch.search.samplers.sampler import Outcome, Sampler
from cnnsearch.space import Config, Space

__all__ = ["TpeSampler"]


class TpeSampler(Sampler):
    """Optuna's TPE by ask and tell: stopped trials are told as pruned, with the curve up to there.

    Bergstra et al. 2011, Algorithms for hyper-parameter optimization. Optuna 5's multivariate variant takes the widths
    of its kernels from their neighbours; beside many stopped trials these become needles around what was seen.
    """

    def __init__(self, space: Space, seed: int, direction: str, startup_trials: int, multivariate: bool) -> None:
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self._space = space
        self._seed = seed
        self._startup = startup_trials
        self._multivariate = multivariate
        self._translation = Translation(space)
        self._study = optuna.create_study(direction=direction)
        self._asked: dict[int, optuna.Trial] = {}

    def propose(self, trial: int) -> Config:
        return self._ask(trial, self._parzen())

    def recall(self, trial: int, config: Config) -> None:
        self._study.enqueue_trial(self._translation.told(config))
        self._ask(trial, optuna.samplers.RandomSampler(0))  # every value is given: nothing is drawn

    def _ask(self, trial: int, sampler: optuna.samplers.BaseSampler) -> Config:
        if trial in self._asked:
            self._study.tell(self._asked[trial], state=optuna.trial.TrialState.FAIL)
        self._study.sampler = sampler
        asked = self._asked[trial] = self._study.ask()
        config: Config = {}
        for name in self._space.ordered:
            if self._space.is_active(name, config):
                config[name] = self._translation.suggest(asked, name)
        forget_inactive(asked)
        return {name: config[name] for name in self._space if name in config}

    def _parzen(self) -> optuna.samplers.BaseSampler:
        """Seeded by the number of asks: that is the trial's number until a config comes twice."""
        asks = len(self._study.get_trials(deepcopy=False))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # group; our versions are bounded
            return optuna.samplers.TPESampler(
                n_startup_trials=self._startup,
                multivariate=self._multivariate,
                group=self._multivariate and any(parameter.when for parameter in self._space.values()),
                constant_liar=True,
                seed=int(np.random.SeedSequence((self._seed, asks)).generate_state(1)[0]),
            )

    def tell(self, trial: int, outcome: Outcome) -> None:
        asked = self._asked.pop(trial)
        for epoch, value in outcome.curve:
            asked.report(value, epoch)
        if outcome.state == "FAILED" or outcome.value is None:
            self._study.tell(asked, state=optuna.trial.TrialState.FAIL)
        elif outcome.state == "STOPPED":
            self._study.tell(asked, state=optuna.trial.TrialState.PRUNED)
        else:
            self._study.tell(asked, outcome.value)
