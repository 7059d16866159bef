"""One suite over every sampler, then what each promises on its own."""

from __future__ import annotations

import copy
import itertools
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.search.samplers import SAMPLERS, Outcome, Sampler, Untried, make_sampler
from cnnsearch.search.samplers.optuna.distributions import Translation, labels_of
from cnnsearch.search.samplers.optuna.journal import Journal
from cnnsearch.space import Choice, Config, Float, Int, Space, config_key, value_key
from cnnsearch.space.constraints import parse_constraints

SCALARS = st.sampled_from([None, True, False, 0, 1, 0.0, 1.0, "1", '"1"', "true", "[1]", "[1]'", "null", "1.0"])
VALUES = SCALARS | st.lists(SCALARS, min_size=1, max_size=2).map(tuple)

OF_EVERY_SPACE = [name for name in SAMPLERS if name not in ("gp", "cma-es", "optunahub")]
"""Without packages of their own; the others have files of their own: test_gp_and_cma_es.py, test_optunahub.py."""

every_sampler = pytest.mark.parametrize("name", OF_EVERY_SPACE)

FINITE = Space(
    blocks=Int(1, 2),
    sizes=Choice([[8, 8], [12, 8], 16]),
    dense=Choice([0, 1]),
    dropout=Float(0.0, 0.3, step=0.1, when={"dense": 1}),
    padding=Choice(["same"]),
    normalized=Choice([True, False, None], when={"dense": [0]}),
    batch_size=64,
)
"""42 configs: 2 blocks, 3 sizes, and 4 dropouts or 3 normalisations."""

MIXED = Space(
    filters=Choice([4, 8, 16]),
    units=Int(8, 128, log=True),
    layers=Int(1, 7, step=3),
    rate=Float(1e-4, 1e-1, log=True),
    optimizer=Choice(["adam", "sgd"]),
    momentum=Float(0.0, 0.9, step=0.3, when={"optimizer": "sgd"}),
    smoothing=Float(0.0, 0.25, step=0.1),
    fixed=Float(0.5, 0.5),
    batch_size=32,
)
"""With ranges, and ranges whose step does not reach their end."""

EQUAL = Space(
    kind=Choice([True, 1, 1.0, "1", "true", [1, 2], "[1, 2]", [1.0, 2]]),
    low=Choice([False, 0], when={"kind": [1]}),
)
"""9 configs, of options that are one to Python, or to Optuna by their text."""


def kept(space: Space, *texts: str) -> Space:
    constraints, problems = parse_constraints(texts, space, {})
    assert not problems
    return space.kept_to(constraints)


KEPT = kept(FINITE, "not (blocks == 2 and dense == 1)", "dropout <= 0.2 or sizes == 16")
"""28 of the 42 configs: of 1 block 3 sizes with 3 dropouts, 1 more of size 16; 2 blocks, 3 sizes, 3 normalisations."""

SCARCE = kept(MIXED, "filters * units <= 64", "momentum >= 0.6 or rate > 0.01", "smoothing + 0.1 <= 0.2")
"""About a tenth of it."""

STATES = ("COMPLETED", "STOPPED", "FAILED")


def make(name: str, space: Space, seed: int = 0, mode: str = "max", **options: Any) -> Untried:
    if name in ("nsga2", "nsga3"):
        options.setdefault("population", 4)  # so that there are generations to inherit from
    if name == "grid" and space.size() is None:
        options.setdefault("points", 3)
    return make_sampler({"name": name, **SAMPLERS[name].options.filled(options)}, space, seed, mode)


def early(name: str, trials: int) -> dict[str, Any]:
    """Options with which a sampler that has a model uses it after so many trials."""
    return {"startup_trials": trials} if "startup_trials" in SAMPLERS[name].options else {}


def outcome(trial: int, config: Config) -> Outcome:
    """Of all kinds, by turns; the value is a function of the config."""
    value = (sum(config_key(config).encode()) % 100) / 100
    state = STATES[trial % 3]
    if state == "FAILED":
        return Outcome(state, None, ((1, value), (2, float("nan"))) if trial % 2 else ())
    return Outcome(state, value, tuple((epoch, value * epoch / 3) for epoch in (1, 2, 3)))


def run(sampler: Sampler, trials: int, at_once: int = 2) -> list[Config]:
    """Proposals, of which ``at_once`` are always open; what they came to is told in another order."""
    configs: list[Config] = []
    open_trials: list[int] = []
    for trial in range(trials):
        config = sampler.propose(trial)
        if config is None:
            break
        configs.append(config)
        open_trials.append(trial)
        if len(open_trials) >= at_once:
            ended = open_trials.pop(trial % at_once)
            sampler.tell(ended, outcome(ended, configs[ended]))
    for ended in open_trials:
        sampler.tell(ended, outcome(ended, configs[ended]))
    return configs


@every_sampler
@pytest.mark.parametrize("space", [FINITE, MIXED, KEPT, SCARCE], ids=["finite", "mixed", "kept", "scarce"])
def test_proposes_valid_configs_each_once(name: str, space: Space) -> None:
    trials = 30 if space in (FINITE, MIXED) else 12
    configs = run(make(name, space, startup_trials=4) if name == "tpe" else make(name, space), trials)
    assert len(configs) == trials
    for config in configs:
        space.validate(config)
        assert list(config) == [parameter for parameter in space if parameter in config]
    assert len({config_key(config) for config in configs}) == len(configs)


@every_sampler
@pytest.mark.parametrize("at_once", [1, 3])
def test_the_same_seed_and_answers_give_the_same_configs(name: str, at_once: int) -> None:
    once, again = (run(make(name, MIXED, seed=4), 25, at_once) for _ in range(2))
    assert [config_key(config) for config in once] == [config_key(config) for config in again]


@every_sampler
def test_another_seed_gives_other_configs(name: str) -> None:
    once, other = (run(make(name, MIXED, seed=seed), 10) for seed in (1, 2))
    assert [config_key(config) for config in once] != [config_key(config) for config in other]


@every_sampler
@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize(("space", "size"), [(FINITE, 42), (KEPT, 28)], ids=["finite", "kept"])
def test_a_finite_space_is_exhausted_exactly(name: str, at_once: int, space: Space, size: int) -> None:
    sampler = make(name, space)
    configs = run(sampler, 100, at_once)
    assert len(configs) == space.size() == size
    assert {config_key(config) for config in configs} == {config_key(config) for config in space.grid()}
    assert sampler.propose(42) is None
    assert sampler.propose(43) is None


@every_sampler
@pytest.mark.parametrize("cut", [0, 4])
def test_options_that_python_takes_for_equal_are_proposed_each_once(name: str, cut: int) -> None:
    """Also where the first ones are recalled from a record in JSON."""
    first = run(make(name, EQUAL, seed=1), cut)
    sampler = make(name, EQUAL, seed=1)
    for trial, config in enumerate(first):
        sampler.recall(trial, json.loads(json.dumps(config)))
        sampler.tell(trial, outcome(trial, config))
    configs = [*first, *filter(None, map(sampler.propose, range(cut, 20)))]
    assert len(configs) == EQUAL.size() == 9
    assert {config_key(config) for config in configs} == {config_key(config) for config in EQUAL.grid()}


def test_tpe_takes_every_option_for_its_own() -> None:
    space = Space(norm=Choice([True, 1, 2]), rate=Float(0.0, 1.0))
    sampler = make("tpe", space)
    seen = []
    for trial in range(60):
        config = sampler.propose(trial)
        assert config is not None
        seen.append(repr(config["norm"]))
        sampler.tell(trial, Outcome("COMPLETED", {"True": 0.1, "1": 0.9, "2": 0.2}[seen[-1]]))
    assert set(seen) == {"True", "1", "2"}
    assert max(set(seen), key=seen.count) == "1"  # the best one, which it learns


@pytest.mark.parametrize(
    "space",
    [
        Space(rate=Float(0.0, 1.0, step=1e-9), units=Int(1, 1_000_000_000, log=True), n=Int(0, 10**9, step=3)),
        Space(n=Int(0, 1_000_000_000)),
    ],
    ids=["ranges", "one"],
)
@pytest.mark.parametrize("name", [name for name in OF_EVERY_SPACE if name != "grid"])
def test_a_proposal_from_a_thousand_million_values_is_not_searched_for(name: str, space: Space) -> None:
    """Whoever lists them never comes to an end."""
    for config in run(make(name, space, **early(name, 3)), 12):
        space.validate(config)
    assert sum(1 for _ in run(make("grid", space, points=3), 30)) == (27 if len(space) == 3 else 3)


@given(st.lists(VALUES, min_size=1, max_size=8))
def test_no_two_labels_are_equal_to_python(values: list[Any]) -> None:
    options = list({value_key(value): value for value in values}.values())
    labels = labels_of(options)
    assert [labels.index(label) for label in labels] == list(range(len(options)))
    assert all(label is None or isinstance(label, (bool, int, float, str)) for label in labels)
    assert all(
        label == option for label, option in zip(labels[:1], options, strict=False) if not isinstance(option, tuple)
    )


@every_sampler
def test_a_space_of_one_config(name: str) -> None:
    sampler = make(name, Space(filters=8, sizes=Choice([[8, 12]])))
    assert sampler.propose(0) == {"filters": 8, "sizes": (8, 12)}
    assert sampler.propose(1) is None


@every_sampler
def test_conditions_are_kept(name: str) -> None:
    for config in run(make(name, FINITE), 42):
        assert ("dropout" in config) == (config["dense"] == 1)
        assert ("normalized" in config) == (config["dense"] == 0)


@every_sampler
def test_all_may_fail(name: str) -> None:
    sampler = make(name, MIXED)
    for trial in range(20):
        config = sampler.propose(trial)
        assert config is not None
        MIXED.validate(config)
        sampler.tell(trial, Outcome("FAILED", None))


@pytest.mark.parametrize("name", [name for name in OF_EVERY_SPACE if name != "grid"])  # a grid is finite by its points
def test_an_exhausted_branch_of_an_infinite_space_does_not_end_it(name: str) -> None:
    space = Space(kind=Choice(["a", "b"]), rate=Float(0, 1, when={"kind": "b"}))
    sampler = make(name, space, **early(name, 2))
    configs = []
    for trial in range(60):
        config = sampler.propose(trial)
        assert config is not None, f"ended after {trial} trials"
        configs.append(config)
        # The branch that has no more configs is by far the best.
        sampler.tell(trial, Outcome("COMPLETED", 1.0 if config["kind"] == "a" else 0.0))
    assert len({config_key(config) for config in configs}) == 60


def test_random_does_not_depend_on_what_was_told() -> None:
    configs = [run(make("random", MIXED), 12, at_once) for at_once in (1, 2, 5)]
    assert configs[0] == configs[1] == configs[2]


def test_grid_takes_points_of_ranges() -> None:
    space = Space(units=Int(1, 100), rate=Float(1e-4, 1e-2, log=True), kind=Choice(["a", "b"]))
    configs = run(make("grid", space, points=3), 100)
    assert len(configs) == 3 * 3 * 2
    assert {config["rate"] for config in configs} == {1e-4, 1e-3, 1e-2}


def test_grid_is_in_a_seeded_random_order() -> None:
    configs = run(make("grid", FINITE), 42)
    assert configs != list(FINITE.grid())
    assert len({config["blocks"] for config in configs[:8]}) == 2, "a prefix covers the space"


def quadratic(config: Config) -> float:
    return float(-((config["x"] - 0.7) ** 2) - (config["y"] + 0.3) ** 2 - (0.0 if config["kind"] == "b" else 0.2))


def best_found(name: str, seed: int, mode: str) -> float:
    sign = 1.0 if mode == "max" else -1.0
    sampler = make(name, Space(x=Float(-2, 2), y=Float(-2, 2), kind=Choice(["a", "b", "c"])), seed, mode)
    best = -np.inf
    for trial in range(60):
        config = sampler.propose(trial)
        assert config is not None
        value = quadratic(config)
        best = max(best, value)
        sampler.tell(trial, Outcome("COMPLETED", sign * value))
    return float(best)


@pytest.mark.parametrize("mode", ["max", "min"])
@pytest.mark.parametrize(("name", "seeds"), [("tpe", 5), ("bohb", 20)])
def test_a_model_finds_more_than_random(name: str, seeds: int, mode: str) -> None:
    """Medians of 5 seeds of bohb lie from -0.012 to -0.022, those of random from -0.16 to -0.22."""
    found = {
        each: statistics.median(best_found(each, seed, mode) for seed in range(seeds)) for each in (name, "random")
    }
    assert found[name] > found["random"]
    assert found[name] > -0.02


@pytest.mark.parametrize("option", [{"candidates": 1}, {"constant_liar": False}, {"multivariate": True}])
def test_what_tpe_is_told_to_do_otherwise_it_does(option: dict[str, Any]) -> None:
    plain, other = (run(make("tpe", MIXED, startup_trials=4, **given), 12, at_once=4) for given in ({}, option))
    assert plain[:4] == other[:4]
    assert plain != other


def test_tpe_is_told_of_stopped_trials_as_pruned() -> None:
    sampler = make("tpe", MIXED)
    inner = sampler._sampler  # type: ignore[attr-defined]
    run(sampler, 9, at_once=1)
    states = [trial.state.name for trial in inner._study.trials]
    assert states == ["COMPLETE", "PRUNED", "FAIL"] * 3
    assert inner._study.trials[1].intermediate_values.keys() == {1, 2, 3}


def test_tpe_is_told_what_became_of_what_was_drawn_in_its_place() -> None:
    """Nine of ten of its proposals break a constraint: what it was asked for in vain is FAIL, what ran is not."""
    sampler = make("tpe", SCARCE)
    for trial in range(8):
        config = sampler.propose(trial)
        assert config is not None
        assert SCARCE.allows(config)
        assert not any(map(SCARCE.allows, sampler.repeats))
        assert len(sampler.repeats) <= 10
        sampler.tell(trial, Outcome("COMPLETED", float(trial)))
    trials = sampler._sampler._study.trials  # type: ignore[attr-defined]
    completed = [trial for trial in trials if trial.state.name == "COMPLETE"]
    assert [trial.value for trial in completed] == [0, 1, 2, 3, 4, 5, 6, 7]
    assert all(SCARCE.allows({**trial.params, "batch_size": 32}) for trial in completed)
    assert {trial.state.name for trial in trials} == {"COMPLETE", "FAIL"}


@pytest.mark.parametrize("is_trained", [True, False])
@pytest.mark.parametrize("name", ["tpe", "bohb"])
def test_what_models_looks_where_limits_are_kept(name: str, is_trained: bool) -> None:
    """The objective is best where the limit is broken most: without it all is proposed there, with it hardly any."""

    def run_with(limit: float | None) -> list[float]:
        sampler = make(name, Space(x=Float(0.0, 1.0)), startup_trials=12)
        drawn: list[float] = []
        for trial in range(40):
            config = sampler.propose(trial)
            assert config is not None
            drawn.append(config["x"])
            excess = None if limit is None else max(0.0, config["x"] / limit - 1)
            refused = bool(excess) and not is_trained
            told = Outcome("FAILED", None) if refused else Outcome("COMPLETED", config["x"])
            sampler.tell(trial, replace(told, excess=excess))
        return drawn[20:]

    assert statistics.median(run_with(None)) > 0.8
    assert statistics.median(run_with(0.4)) < 0.45


@pytest.mark.parametrize("mode", ["max", "min"])
def test_the_journal_is_read_by_optuna(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "optuna.journal"
    journal = Journal(path, "a study", MIXED, mode)
    assert not path.exists()
    configs = run(make("random", MIXED), 6)
    for trial, config in enumerate(configs):
        journal.add(config, outcome(trial, config))
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    study = optuna.load_study(study_name="a study", storage=storage)
    assert study.direction.name == ("MAXIMIZE" if mode == "max" else "MINIMIZE")
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "PRUNED", "FAIL"] * 2
    for number, (trial, config) in enumerate(zip(study.trials, configs, strict=True)):
        told = outcome(number, config)
        assert trial.value == (told.value if told.state == "COMPLETED" else None)
        assert trial.params == {name: value for name, value in config.items() if name != "batch_size"}
        assert trial.intermediate_values == {epoch: value for epoch, value in told.curve if np.isfinite(value)}
    assert study.best_trial.number in (0, 3)


def test_the_journal_tells_lists_as_text(tmp_path: Path) -> None:
    path = tmp_path / "optuna.journal"
    journal = Journal(path, "x", FINITE, "max")
    for config in itertools.islice(FINITE.grid(), 20):
        journal.add(config, Outcome("COMPLETED", 0.5))
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    trials = optuna.load_study(study_name="x", storage=storage).trials
    assert {trial.params["sizes"] for trial in trials} == {"[8, 8]", "[12, 8]", 16}


@every_sampler
@pytest.mark.parametrize(
    ("space", "trials", "cut"),
    [
        *((space, trials, cut) for space, trials in ((FINITE, 42), (MIXED, 30)) for cut in (1, 13, 28)),
        (KEPT, 28, 20),
        (SCARCE, 12, 7),
    ],
    ids=["finite-1", "finite-13", "finite-28", "mixed-1", "mixed-13", "mixed-28", "kept", "scarce"],
)
def test_a_sampler_made_again_from_the_record_goes_on_alike(name: str, space: Space, trials: int, cut: int) -> None:
    """After ``cut`` proposals another one is made that recalls them; from there both propose the same."""
    sampler, again = make(name, space, **early(name, 4)), None
    record: list[tuple[Config, list[Config]]] = []
    told: list[tuple[int, int]] = []  # trials that ended, and how many had been proposed by then
    for trial in range(trials):
        if trial == cut:
            again = make(name, space, **early(name, 4))
            for number, (config, repeats) in enumerate(record):
                again.recall(number, json.loads(json.dumps(config)), [json.loads(json.dumps(each)) for each in repeats])
                for ended in [ended for ended, proposed in told if proposed == number + 1]:
                    again.tell(ended, outcome(ended, record[ended][0]))
        config = sampler.propose(trial)
        assert config is not None
        if again is not None:
            assert again.propose(trial) == config
        record.append((config, sampler.repeats))
        # Two are always open, and the later one ends first.
        for number in [trial - 1, trial - 2] if trial % 2 else []:
            if number >= 0:
                told.append((number, trial + 1))
                for each in filter(None, (sampler, again)):
                    each.tell(number, outcome(number, record[number][0]))
    repeated = any(repeats for _, repeats in record)
    assert repeated or name in ("grid", "qmc") or space is MIXED or space is SCARCE


@every_sampler
def test_configs_of_a_narrower_space_are_recalled(name: str) -> None:
    narrow = Space(filters=Choice([4, 8]), units=Int(8, 16))
    wide = Space(filters=Choice([4, 8, 16]), units=Int(8, 20))
    record = run(make(name, narrow), 8, at_once=1)
    sampler = make(name, wide)
    for trial, config in enumerate(record):
        sampler.recall(trial, config)
        sampler.tell(trial, outcome(trial, config))
    configs = [sampler.propose(trial) for trial in range(8, 39)]
    assert len({config_key(config) for config in [*record, *filter(None, configs)]}) == 39
    assert any(config["filters"] == 16 for config in filter(None, configs))
    assert sampler.propose(39) is None


def test_categories_are_compared_and_copied_at_once_and_are_optunas_to_a_journal() -> None:
    """Optuna looks at every one of them some ten times a proposal: of 30,000 that took two seconds."""
    space = Space(x=Choice(tuple(range(30_000))))
    mine, other = (Translation(space).distributions({"x": 1})["x"] for _ in range(2))
    assert mine == other
    assert hash(mine) == hash(other)
    assert mine != Translation(Space(x=Choice((1, 2)))).distributions({"x": 1})["x"]
    assert copy.deepcopy(mine) is mine
    again = optuna.distributions.json_to_distribution(optuna.distributions.distribution_to_json(mine))
    assert type(again) is optuna.distributions.CategoricalDistribution
    assert again == mine
    sampler = make("tpe", space, startup_trials=2)
    for trial in range(6):
        assert space["x"].contains((sampler.propose(trial) or {})["x"])
        sampler.tell(trial, Outcome("COMPLETED", trial / 10))
