"""The inside of Optuna, part by part, in the installed version."""

from __future__ import annotations

import copy
from pathlib import Path

import optuna
import pytest
from optuna.distributions import (
    CategoricalDistribution,
    FloatDistribution,
    distribution_to_json,
    json_to_distribution,
)
from private_parts import Part, check

from cnnsearch.search.samplers.optuna import private
from cnnsearch.search.samplers.optuna.distributions import Translation
from cnnsearch.space import Float, Space


def proposes_for_one_parameter() -> bool:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    study.enqueue_trial({"rate": 0.25})
    distribution = FloatDistribution(0.0, 1.0)
    given, drawn = study.ask(), study.ask()
    again = [private.suggest(drawn, "rate", distribution) for _ in range(2)]
    return (
        private.suggest(given, "rate", distribution) == 0.25
        and again[0] == again[1] == drawn.params["rate"]
        and drawn.distributions["rate"] is not None
    )


def puts_a_value() -> bool:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    trial = study.ask()
    private.put(trial, "rate", 0.125, FloatDistribution(0.0, 1.0))
    return bool(study.trials[0].params == {"rate": 0.125})


def replaces_a_value() -> bool:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    trial = study.ask()
    private.suggest(trial, "kind", private.Categories(["a", "b"]))
    others = {"a": "b", "b": "a"}
    other = others[trial.params["kind"]]
    private.replace(trial, "kind", other, private.Categories(["a", "b"]))
    study.tell(trial, 0.5)
    return bool(study.trials[0].params == {"kind": other})


def forgets_what_was_drawn() -> bool:
    """TPE leaves what it drew of a group in the trial, where the next proposals of a liar find it."""
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(n_startup_trials=1, multivariate=True, seed=0))
    distributions = {name: FloatDistribution(0.0, 1.0) for name in ("rate", "decay")}
    study.add_trial(optuna.create_trial(params={"rate": 0.5, "decay": 0.5}, distributions=distributions, value=1.0))
    trial = study.ask()
    private.suggest(trial, "rate", distributions["rate"])
    before = trial.storage.get_trial_system_attrs(trial._trial_id)
    private.forget_inactive(trial)
    after = trial.storage.get_trial_system_attrs(trial._trial_id)
    return "decay" in before[private._DRAWN] and after[private._DRAWN] == "" and set(before) == set(after)


def is_found_by_the_journal() -> bool:
    categories = private.Categories(["a", "b"])
    own = CategoricalDistribution(["a", "b"])
    return (
        json_to_distribution(distribution_to_json(categories)) == own
        and categories == own
        and own == categories
        and copy.deepcopy(categories) is categories
    )


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "optuna.journal"


PARTS = [
    Part("Trial._suggest", proposes_for_one_parameter, "proposals of TPE"),
    Part("Trial._fixed_params", puts_a_value, "samplers that know no conditions: gp, nsga2, nsga3"),
    Part("set_trial_param", replaces_a_value, "samplers that are asked again when a study is resumed: cma-es, nsga2"),
    Part(
        f"the trial attribute '{private._DRAWN}'",
        forgets_what_was_drawn,
        "proposals that a resumed sweep makes again; they would depend on what no record tells",
    ),
    Part("distribution_to_json", is_found_by_the_journal, "the journal for optuna-dashboard, and fast proposals"),
]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.is_known.__name__)
@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_optuna_is_inside_what_it_was(part: Part) -> None:
    check("optuna", "search/samplers/optuna/private.py", part)


def test_the_lock_of_a_journal_stands_where_it_stood(journal: Path) -> None:
    def is_there() -> bool:
        lock = optuna.storages.journal.JournalFileBackend(str(journal))._lock
        lock.acquire()
        try:
            return private.lock_of(journal).is_symlink() or private.lock_of(journal).is_file()
        finally:
            lock.release()

    needed = "resuming after a kill: the journal would be waited for without end"
    check("optuna", "search/samplers/optuna/private.py", Part("JournalFileBackend's lock", is_there, needed))


def test_a_step_is_recalled_bit_for_bit_as_optuna_gave_it() -> None:
    """``0.3`` of the record is ``0.30000000000000004`` to Optuna: the last bit decided what was proposed next."""
    space = Space(rate=Float(0.0, 0.7, step=0.1), fine=Float(0.05, 0.95, step=0.15))
    translation = Translation(space)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(0))
    for _ in range(60):
        trial = study.ask()
        config = {name: translation.suggest(trial, name) for name in space}
        assert all(space[name].contains(value) for name, value in config.items())
        assert translation.recalled(config) == trial.params
