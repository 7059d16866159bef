"""The state of a newly built model, made again from a seed without building it."""

from __future__ import annotations

import copy
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnsearch.networks.keras_private import (
    draws_of,
    forget_global_generator,
    has_global_generator,
    recorded_draws,
    recorded_initializers,
    seed_states,
)
from cnnsearch.training.tensorflow_private import seeding_state

__all__ = ["InitialState"]


@dataclass(frozen=True)
class _Drawn:
    """A variable whose initializer is seeded by one of the draws."""

    initializer: Any
    draw: int

    def value(self, variable: Any, seeds: list[int]) -> Any:
        # The layer keeps the initializer itself: with another seed it would be saved and built with that.
        initializer = copy.copy(self.initializer)
        initializer.seed = seeds[self.draw]
        return initializer(variable.shape, dtype=variable.dtype)


@dataclass(frozen=True)
class _Seed:
    """The state of a seed generator that one of the draws started."""

    draw: int

    def value(self, variable: Any, seeds: list[int]) -> Any:  # noqa: ARG002 - the signature of a rule
        return np.array([seeds[self.draw], 0])


@dataclass(frozen=True)
class _Constant:
    """What does not depend on the seed: zeros, ones, loaded weights."""

    constant: Any

    def value(self, variable: Any, seeds: list[int]) -> Any:  # noqa: ARG002 - the signature of a rule
        return self.constant


_Rule = _Drawn | _Seed | _Constant


class InitialState:
    """How the variables of a model that ``build`` gives come from the seed.

    After :meth:`reset` they equal, bit for bit, those of ``keras.utils.set_random_seed(seed); build()``. Where every
    variable is proven to be drawn by one of Keras's initializers, to start a seed generator or to be the same for any
    seed, the initializers are replayed; otherwise a new model is built and copied.

    Args:
        build: gives a new model of the same architecture each time.
        seed: of the first model.
        draws_by_keras: ``build`` draws random numbers through Keras only, not through TensorFlow. Seeding TensorFlow
            makes it optimise every compiled function anew at its next call, 0.2 s each.

    Attributes:
        model: the first model.
        is_resettable: whether :meth:`reset` can be used at all: not where a layer draws from Keras's global generator,
            nor where ``build`` draws what Keras did not ask for, which may stand in the graph and in no variable.
    """

    def __init__(self, build: Callable[[], keras.Model], seed: int, draws_by_keras: bool) -> None:
        self._make: _Make = partial(_built, build, _seed_keras if draws_by_keras else keras.utils.set_random_seed)
        self._seed = seed
        self.model, self._built = self._make(seed)
        self._first: list[Any] | None = [tf.identity(variable) for variable in self.model.variables]
        self._rules: tuple[_Rule, ...] | None = None
        self.is_resettable = self._built.is_accounted and not self._built.used_global_generator

    @property
    def is_replayed(self) -> bool:
        """Whether resetting replays the initializers rather than building anew."""
        self._prove()
        return self._rules is not None

    def reset(self, seed: int) -> None:
        """Give every variable of the model the value that a model newly built from ``seed`` would have."""
        self._prove()
        if self._rules is None:
            fresh, _ = self._make(seed)
            for variable, other in zip(self.model.variables, fresh.variables, strict=True):
                variable.assign(other)
            return
        seeds = draws_of(random.Random(seed), len(self._built.seeds))
        for variable, rule in zip(self.model.variables, self._rules, strict=True):
            variable.assign(rule.value(variable, seeds))

    def _prove(self) -> None:
        """Find the rules when they are first needed: many a program serves one trial only."""
        if self._first is None:
            return
        self._rules = _proven_rules(self.model, self._first, self._built, self._make, self._seed)
        self._first = None


@dataclass(frozen=True)
class _Built:
    """What building a model left to see.

    Attributes:
        initializers: id of a variable -> the initializer that gave its value.
        seeds: draws of seeds, in order.
        is_accounted: whether these are all the random numbers that were drawn.
        used_global_generator: whether a layer draws from Keras's global generator.
    """

    initializers: dict[int, Any]
    seeds: list[int]
    is_accounted: bool
    used_global_generator: bool


_Make = Callable[[int], tuple[keras.Model, _Built]]


def _built(build: Callable[[], keras.Model], set_seed: Callable[[int], None], seed: int) -> tuple[keras.Model, _Built]:
    set_seed(seed)
    before = _numpy_state(), seeding_state()
    with recorded_initializers() as initializers, recorded_draws() as seeds:
        model = build()
    # Draws beside those that were seen leave the generator elsewhere than as many draws of Keras would have.
    generator = random.Random(seed)
    is_accounted = (
        draws_of(generator, len(seeds)) == seeds
        and generator.getstate() == random.getstate()
        and (_numpy_state(), seeding_state()) == before
    )
    return model, _Built(initializers, seeds, is_accounted, has_global_generator())


def _numpy_state() -> bytes:
    """Of NumPy's global generator, from which an initializer of the user's own may draw."""
    return pickle.dumps(np.random.get_state(legacy=False))


def _seed_keras(seed: int) -> None:
    """As ``keras.utils.set_random_seed``, and TensorFlow's own seed stays as it is."""
    forget_global_generator()
    random.seed(seed)
    np.random.seed(seed)


def _proven_rules(
    model: keras.Model, first: list[Any], built: _Built, make: _Make, seed: int
) -> tuple[_Rule, ...] | None:
    """A rule for every variable that gives its value for any seed, or ``None`` where that cannot be shown.

    Args:
        model: built from ``seed``.
        first: the values of its variables then.
        built: what building it left to see.
        make: builds another one from a seed.
        seed: of the first one.
    """
    if not built.is_accounted:
        return None
    generators = {id(state) for state in seed_states(model)}
    rules = [_rule(variable, value, built, generators) for variable, value in zip(model.variables, first, strict=True)]
    unclear = [
        position
        for position, (variable, rule, value) in enumerate(zip(model.variables, rules, first, strict=True))
        if rule is None or not _equal(rule.value(variable, built.seeds), value)
    ]
    if unclear:  # loaded weights are the same for another seed
        # What two seeds share is a constant: whatever draws would give another value.
        other, _ = make(seed + 1)
        if len(other.variables) != len(rules):
            return None
        for position in unclear:
            if not _equal(other.variables[position], first[position]):
                return None
            rules[position] = _Constant(first[position])
    return tuple(rule for rule in rules if rule is not None)


def _rule(variable: Any, value: Any, built: _Built, generators: set[int]) -> _Rule | None:
    if id(variable) in generators:
        # The state is the seed and a count of what was drawn since, which is 0 in a new model.
        start = int(np.asarray(value)[0])
        return _Seed(built.seeds.index(start)) if start in built.seeds else None
    initializer: Any = built.initializers.get(id(variable))
    if not type(initializer).__module__.startswith("keras."):
        return None
    seed = getattr(initializer, "seed", None)
    if seed is None:
        return _Constant(initializer(variable.shape, dtype=variable.dtype))
    return _Drawn(initializer, built.seeds.index(seed)) if seed in built.seeds else None


def _equal(left: Any, right: Any) -> bool:
    return np.array_equal(np.asarray(left), np.asarray(right), equal_nan=True)
