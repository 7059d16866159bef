"""Samplers: each proposes configs by trial number and is told what became of them."""

from __future__ import annotations

import itertools
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import optuna

from cnnsearch.search.samplers.distributions import Translation
from cnnsearch.search.samplers.optuna_private import forget_inactive
from cnnsearch.space import Config, Space, config_key
from cnnsearch.table import Table

__all__ = ["SAMPLER_FACTORIES", "Outcome", "Sampler", "Untried", "make_sampler"]


@dataclass(frozen=True)
class Outcome:
    """What became of a config.

    Attributes:
        state: ``COMPLETED``, ``STOPPED`` or ``FAILED``.
        value: its objective; ``None`` where it failed.
        curve: epoch, counted from 1, and objective after it.
    """

    state: Literal["COMPLETED", "STOPPED", "FAILED"]
    value: float | None
    curve: tuple[tuple[int, float], ...] = ()


class Sampler(ABC):
    """Proposes configs. The same numbers asked and told in the same order give the same configs."""

    @abstractmethod
    def propose(self, trial: int) -> Config | None:
        """The config of trial number ``trial``; ``None`` where the space holds no more."""

    @abstractmethod
    def recall(self, trial: int, config: Config) -> None:
        """Be as if :meth:`propose` had just given ``config`` for ``trial``, and spare its cost.

        Args:
            trial, config: as the record has them. The config may come from a narrower space.
        """

    @abstractmethod
    def tell(self, trial: int, outcome: Outcome) -> None:
        """What became of the config of ``trial``."""


class RandomSampler(Sampler):
    """Independent draws. Seeded by trial number, so that arrivals do not change what is proposed."""

    def __init__(self, space: Space, seed: int) -> None:
        self._space = space
        self._seed = seed
        self._drawn: dict[int, np.random.Generator] = {}

    def propose(self, trial: int) -> Config:
        # Asked again for the same trial (its config had been tried), the draw goes on where it was.
        rng = self._drawn.setdefault(trial, np.random.default_rng((self._seed, trial)))
        return self._space.sample(rng)

    def recall(self, trial: int, config: Config) -> None:
        """Nothing: each trial has draws of its own."""

    def tell(self, trial: int, outcome: Outcome) -> None:  # noqa: ARG002 - a random draw learns nothing
        self._drawn.pop(trial, None)


class GridSampler(Sampler):
    """Every config of a finite space once, in a seeded random order, so that any prefix covers the space."""

    def __init__(self, space: Space, seed: int, points: int | None) -> None:
        self._configs = list(space.grid(points))
        np.random.default_rng(seed).shuffle(self._configs)
        self._next = 0
        self._recalled: set[str] = set()

    def propose(self, trial: int) -> Config | None:  # noqa: ARG002 - the grid has an order of its own
        for config in self._configs[self._next :]:
            self._next += 1
            if not self._recalled or config_key(config) not in self._recalled:
                return config
        return None

    def recall(self, trial: int, config: Config) -> None:  # noqa: ARG002
        self._recalled.add(config_key(config))  # by its key, as a widened grid has another order

    def tell(self, trial: int, outcome: Outcome) -> None:
        pass


class TpeSampler(Sampler):
    """Optuna's TPE by ask and tell: stopped trials are told as pruned, with the curve up to there.

    Bergstra et al. 2011, Algorithms for hyper-parameter optimization; Optuna's multivariate variant.
    """

    def __init__(self, space: Space, seed: int, direction: str, startup_trials: int) -> None:
        self._space = space
        self._seed = seed
        self._startup = startup_trials
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
                multivariate=True,
                group=any(parameter.when for parameter in self._space.values()),
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


_MOST_DRAWS = 10_000
"""Draws from a space after which hardly anything in it is untried."""


class Untried(Sampler):
    """Wraps a sampler so that no config comes twice; ends where the space holds no other.

    Args:
        sampler: the sampler that proposes.
        space: searched for what is left, once proposals only repeat.
        attempts: proposals that may repeat before that; each costs what a proposal of the sampler costs.

    Attributes:
        repeats: what the sampler proposed before the last config, and had been tried.
    """

    def __init__(self, sampler: Sampler, space: Space, attempts: int = 5) -> None:
        self._sampler = sampler
        self._space = space
        self._size = space.size()
        self._attempts = attempts
        self._tried: set[str] = set()
        self._own: set[int] = set()
        self.repeats: list[Config] = []

    def propose(self, trial: int) -> Config | None:
        self.repeats = []
        if self._size is not None and len(self._tried) >= self._size:
            return None
        for _ in range(self._attempts):
            config = self._sampler.propose(trial)
            if config is None or self._is_new(config):
                return config
            self.repeats.append(config)
        self._own.add(trial)
        return next((config for config in self._left(trial) if self._is_new(config)), None)

    def _left(self, trial: int) -> Iterator[Config]:
        """Configs that may be untried: draws from the space, then, where it is finite, each one that it has."""
        rng = np.random.default_rng(trial)
        draws = (self._space.sample(rng) for _ in range(_MOST_DRAWS))
        return itertools.chain(draws, self._space.grid() if self._size is not None else ())

    def recall(self, trial: int, config: Config, repeats: Sequence[Config] = ()) -> None:
        """As of any sampler; ``repeats`` are what :attr:`repeats` was then."""
        config = self._space.own(config)
        for repeat in repeats:
            self._sampler.recall(trial, self._space.own(repeat))
        self._is_new(config)
        if len(repeats) < self._attempts:
            self._sampler.recall(trial, config)
        else:
            self._own.add(trial)

    def tell(self, trial: int, outcome: Outcome) -> None:
        # What this wrapper found itself, the sampler must not take for the last thing that it proposed.
        self._sampler.tell(trial, Outcome("FAILED", None) if trial in self._own else outcome)

    def _is_new(self, config: Config) -> bool:
        key = config_key(config)
        new = key not in self._tried
        self._tried.add(key)
        return new


Factory = Callable[[Space, int, str, Mapping[str, Any]], Sampler]

SAMPLER_FACTORIES: Table[Factory] = Table("sampler")
SAMPLER_FACTORIES.add("random", lambda space, seed, _direction, _options: RandomSampler(space, seed))
SAMPLER_FACTORIES.add("grid", lambda space, seed, _direction, options: GridSampler(space, seed, options["points"]))
SAMPLER_FACTORIES.add(
    "tpe", lambda space, seed, direction, options: TpeSampler(space, seed, direction, options["startup_trials"])
)


def make_sampler(options: Mapping[str, Any], space: Space, seed: int, mode: str) -> Untried:
    """The sampler of an experiment, never proposing a config twice.

    Args:
        options: ``name`` and the sampler's options, as ``Experiment.sampler`` has them.
        space: what to propose from.
        seed: of every draw.
        mode: ``max`` or ``min``.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    direction = "maximize" if mode == "max" else "minimize"
    return Untried(SAMPLER_FACTORIES[options["name"]](space, seed, direction, options), space)
