"""Priors beside a sampler: what they propose, and for how long."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnsearch.search.samplers import Learnt, Outcome, Untried, make_sampler
from cnnsearch.search.samplers.densities.prior_density import PriorDensity, of_learnt, of_parameters
from cnnsearch.search.samplers.sampler import Sampler
from cnnsearch.search.samplers.wrapped.guided import Guided
from cnnsearch.search.samplers.wrapped.trust import Trust
from cnnsearch.space import Config, Space
from cnnsearch.space.constraints import parse_constraints

SPACE: dict[str, Any] = {
    "learning_rate": {"float": [1e-4, 1e-1], "log": True},
    "optimizer": {"choice": ["adam", "sgd", "rmsprop"]},
    "momentum": {"float": [0.0, 0.9], "when": {"optimizer": "sgd"}},
    "filters": {"int": [1, 64]},
}


def with_priors(**priors: Any) -> Space:
    return Space(
        {name: {**each, **({"prior": priors[name]} if name in priors else {})} for name, each in SPACE.items()}
    )


def drawn(density: PriorDensity | None, count: int = 600) -> list[Config]:
    assert density is not None
    rng = np.random.default_rng(1)
    return [config for _ in range(count) if (config := density.draw(rng)) is not None]


@pytest.mark.parametrize(
    ("sure", "others", "spread"), [("weak", 0.3, 0.22), ("medium", 0.15, 0.14), ("strong", 0.05, 0.05)]
)
def test_draws_lie_around_the_priors_and_are_as_wide_as_they_are_unsure(
    sure: str, others: float, spread: float
) -> None:
    space = with_priors(learning_rate={"value": 1e-3, "sure": sure}, optimizer={"value": "sgd", "sure": sure})
    configs = drawn(of_parameters(space))
    for config in configs:
        space.validate(config)
    places = np.array([(np.log10(config["learning_rate"]) + 4) / 3 for config in configs])
    assert np.median(places) == pytest.approx(1 / 3, abs=0.06)
    assert places.std() == pytest.approx(spread, abs=0.03)
    assert np.mean([config["optimizer"] != "sgd" for config in configs]) == pytest.approx(others, abs=0.05)
    assert np.mean([config["filters"] > 32 for config in configs]) == pytest.approx(0.5, abs=0.06)


def test_without_priors_there_is_no_density() -> None:
    assert of_parameters(Space(SPACE)) is None
    assert of_learnt(Learnt("learnt from a", ({"units": 3}, {"optimizer": "adagrad"})), Space(SPACE)) is None


def test_what_was_learnt_is_drawn_around_the_good_configs() -> None:
    good: tuple[Config, ...] = ({"filters": 1, "optimizer": "adam"}, {"filters": 64, "optimizer": "adam"}, {"units": 3})
    configs = drawn(of_learnt(Learnt("learnt from a", good), Space(SPACE)))
    assert np.mean([config["optimizer"] == "adam" for config in configs]) == pytest.approx(0.95, abs=0.05)
    assert np.mean([22 < config["filters"] < 43 for config in configs]) < 0.1


def test_a_prior_that_the_constraints_leave_nothing_of_proposes_nothing() -> None:
    space = with_priors(filters={"value": 64, "sure": "strong"})
    constraints, problems = parse_constraints(["filters < 2"], space, {})
    assert not problems
    assert drawn(of_parameters(space.kept_to(constraints)), 5) == []


def outcome(*values: float, state: Any = "COMPLETED", **keys: Any) -> Outcome:
    curve = tuple(enumerate(values, 1))
    return Outcome(state, max(values, default=None), curve if values else (), **keys)


@pytest.mark.parametrize(
    ("own", "others", "value"),
    [
        ([], [], 1.0),
        ([0.9] * 4, [], 1.0),
        ([0.9] * 4, [0.1] * 4, 1.0),
        ([0.1] * 2, [0.9] * 2, 0.0),  # (4 * 0.8 + 0) / 6 = 0.53
        ([0.1], [0.9] * 9, 0.36),  # (4 * 0.8 + 0) / 5 = 0.64, of 0.55 to 0.8
        ([0.1, 0.9] * 2, [0.1, 0.9] * 2, 0.4),  # wins half of the time: (3.2 + 4 / 2) / 8 = 0.65
    ],
)
def test_trust_follows_from_the_share_of_the_others_that_is_beaten(own: Any, others: Any, value: float) -> None:
    trust = Trust(1, 1)
    for each in own:
        trust.tell(0, outcome(each))
    for each in others:
        trust.tell(None, outcome(each))
    assert trust.values() == [pytest.approx(value)]


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        (outcome(0.1, 0.2, 0.9), outcome(0.3, 0.4, state="STOPPED"), False),  # as far as both ran
        (outcome(0.5), outcome(0.1, 0.4, state="STOPPED"), True),  # what ended by itself has its best value for ever
        (outcome(0.1), outcome(state="FAILED"), True),
        (outcome(0.9, excess=2.0), outcome(0.1, excess=0.0), False),  # too large
    ],
)
def test_trials_are_compared_after_the_epochs_that_both_ran(one: Outcome, other: Outcome, wins: bool) -> None:
    trust = Trust(1, 1)
    trust.tell(0, one)
    trust.tell(None, other)
    assert trust.values() == [pytest.approx(1.0 if wins else 0.36)]


def test_a_smaller_loss_is_better() -> None:
    trust = Trust(1, -1)
    trust.tell(0, outcome(0.1))
    trust.tell(None, outcome(0.9))
    assert trust.values() == [1.0]


class Numbered(Sampler):
    """Proposes its asks in order."""

    def __init__(self) -> None:
        self.asks = 0

    def propose(self, trial: int) -> Config:
        self.recall(trial, {})
        return {"filters": self.asks}

    def recall(self, trial: int, config: Config) -> None:  # noqa: ARG002
        self.asks += 1

    def tell(self, trial: int, outcome: Outcome) -> None:
        pass


def density(origin: str) -> PriorDensity:
    return PriorDensity(origin, Space(filters={"int": [100, 200]}), np.array([[0.5]]), [0.1])


def proposed(guided: Guided, values: dict[str | None, float], trials: range) -> list[str | None]:
    """Origins, where each has its own value."""
    found = []
    for trial in trials:
        guided.propose(trial)
        found.append(guided.origin)
        guided.tell(trial, outcome(values[guided.origin]))
    return found


def test_half_of_the_proposals_are_the_priors_while_it_is_good() -> None:
    guided = Guided(Numbered(), 0, 1, [density("prior")])
    origins = proposed(guided, {"prior": 0.9, None: 0.1}, range(200))
    assert 80 <= origins.count("prior") <= 120


def test_a_prior_that_misleads_is_dropped_after_a_few_trials() -> None:
    guided = Guided(Numbered(), 0, 1, [density("prior")])
    origins = proposed(guided, {"prior": 0.1, None: 0.9}, range(200))
    assert 1 <= origins.count("prior") <= 3
    assert "prior" not in origins[20:]


def test_of_several_the_one_that_does_well_goes_on() -> None:
    guided = Guided(Numbered(), 0, 1, [density("a"), density("b")])
    origins = proposed(guided, {"a": 0.1, "b": 0.9, None: 0.5}, range(200))
    assert origins.count("a") <= 3
    assert 80 <= origins.count("b") <= 120


def test_it_goes_on_from_its_record_as_if_it_had_not_been_cut() -> None:
    whole = Guided(Numbered(), 0, 1, [density("prior")])
    again = Guided(Numbered(), 0, 1, [density("prior")])
    for trial in range(60):
        config = whole.propose(trial)
        assert config is not None
        again.recall(trial, config)
        value = 0.4 if whole.origin == "prior" else 0.2 * (trial % 4)
        whole.tell(trial, outcome(value))
        again.tell(trial, outcome(value))
        if trial % 20 == 19:
            assert [again.propose(1000 + trial), again.origin] == [whole.propose(1000 + trial), whole.origin]


def test_asked_again_for_a_trial_it_is_the_samplers_turn() -> None:
    guided = Guided(Numbered(), 0, 1, [density("prior")])
    for trial in range(20):
        guided.propose(trial)
        for _ in range(3):
            guided.propose(trial)
            assert guided.origin is None


def test_a_prior_of_configs_that_limits_refuse_is_dropped() -> None:
    guided = Guided(Numbered(), 0, 1, [density("prior")])
    origins = []
    for trial in range(40):
        guided.propose(trial)
        origins.append(guided.origin)
        if guided.origin == "prior":
            guided.refuse(trial, 1.0)
            guided.propose(trial)
        guided.tell(trial, outcome(0.5))
    assert 1 <= origins.count("prior") <= 3


def test_a_config_that_somebody_gave_is_no_trial_of_the_prior() -> None:
    guided = Guided(Numbered(), 0, 1, [density("prior")])
    for trial in range(30):
        guided.recall(trial, {"filters": 150})
        guided.tell(trial, outcome(0.0))
    origins = proposed(guided, {"prior": 0.9, None: 0.1}, range(30, 130))
    assert 35 <= origins.count("prior") <= 65


def test_what_is_drawn_where_hardly_a_config_is_left_says_nothing_of_a_prior() -> None:
    """Its trial is none of the prior and none of the sampler, so nobody has won against it, nor lost."""
    space = Space(
        filters={"int": [1, 6], "prior": {"value": 2, "sure": "strong"}}, optimizer={"choice": ["adam", "sgd"]}
    )
    sampler = make_sampler({"name": "bohb", "startup_trials": 3, "local": 0.4, "equals": "shared"}, space, 1, "max")
    trust = sampler._sampler._trust  # type: ignore[attr-defined]
    drawn = 0
    for trial in range(12):
        assert sampler.propose(trial) is not None
        before, is_drawn = trust.values(), len(sampler.repeats) == 5
        sampler.tell(trial, outcome(0.9))
        assert not is_drawn or trust.values() == before
        drawn += is_drawn
    assert drawn >= 2
    assert sum(map(len, [*trust._of, trust._others])) == 12 - drawn


@pytest.mark.parametrize("name", ["random", "bohb", "auto"])
def test_a_sampler_says_which_proposals_are_the_priors(name: str) -> None:
    space = with_priors(filters={"value": 64, "sure": "strong"})
    options = {"name": name, "chosen": None, "startup_trials": 5, "local": 0.0, "equals": "shared", "prior": None}
    learnt = (Learnt("learnt from a", ({"filters": 1},)),)
    sampler: Untried = make_sampler(options, space, 3, "max", learnt=learnt)
    found: dict[str | None, list[int]] = {}
    for trial in range(40):
        config = sampler.propose(trial)
        assert config is not None
        found.setdefault(sampler.origin, []).append(config["filters"])
    assert set(found) == {None, "prior", "learnt from a"}
    assert min(found["prior"]) > 50
    assert max(found["learnt from a"]) < 40
