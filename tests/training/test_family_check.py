"""A family of a user's own, before the sweep: one that cannot work is refused in words, where the user's code fails."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny

from cnnsearch.errors import InputError
from cnnsearch.tasks.classification.targets import ClassTargets
from cnnsearch.training.family_check import Sample, check_family

SAMPLE = Sample((6, 6), 2, ClassTargets(np.zeros(8, np.int32), tuple("abcde")))
CONFIG = {"factor": 3.0, "width": 4, "rate": 0.2}


def check(family: str, space: Any = CONFIG, **keys: Any) -> None:
    with tiny.quiet():
        check_family(tiny.experiment(space, family if ":" in family else f"own_families:{family}", **keys), SAMPLE)


@pytest.mark.parametrize("family", ["softmax", "unwritable", "subclassed", "without_shape", "adding", "global_noise"])
def test_a_family_that_works(family: str) -> None:
    check(family, {**CONFIG, "penalty": 0.1})


def test_runtime_parameters_and_the_precision_are_those_of_a_trial() -> None:
    check("build", {**CONFIG, "penalty": {"float": [0.0, 1.0]}}, runtime=["penalty"])
    check("with_lambda", resources={"precision": "mixed_float16"})
    with pytest.raises(InputError, match="'rate' is a runtime parameter: read as a number while the model is built"):
        check("reads_as_float", {"rate": {"float": [0.1, 0.5]}}, runtime=["rate"])


@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("gives_no_model", "own_families:gives_no_model must return a keras.Model, not str"),
        ("sigmoid", "own_families:sigmoid ends in sigmoid"),
        ("averages_probabilities", "ends in a layer that merges outputs which end in softmax ('average"),
        ("gives_shares", "gives probabilities (for each picture they are at least 0 and sum to 1)"),
        ("constant_of_numpy", "gives another network each time that it is called with the same config"),
        ("reads_the_learning_rate", "reads 'learning_rate', which belongs to the training and not to the network"),
        ("reads_what_is_not_there", "reads 'widht', which the space does not name; did you mean 'width'?"),
        ("trains_itself", "returns a TrainsItself with a train_step of its own, which is not used here"),
        ("gives_another_shape", "expected shape=(None, 7, 6, 2)"),
    ],
)
def test_a_family_that_does_not(family: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        check(family)
    assert str(caught.value).startswith("model: every config that was tried fails: ")
    assert said in str(caught.value)


def test_a_network_that_memory_cannot_hold_is_refused_before_any_is_taken() -> None:
    with pytest.raises(InputError, match="out of memory before training: 1,000,079,000,005 parameters need "):
        check("huge")


def test_a_family_that_declares_itself() -> None:
    space = {"width": 4, "rate": {"float": [0.0, 0.5]}}
    check("DECLARED", space)
    with pytest.raises(InputError, match=r"MISCOUNTED counts 3 weights, and its model has 317 "):
        check("MISCOUNTED", space)


def test_a_declaration_that_is_not_what_was_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    import own_families

    searched = tiny.experiment({"width": 4}, "own_families:DECLARED")
    monkeypatch.setattr(own_families, "DECLARED", own_families.MISCOUNTED)
    assert own_families.MISCOUNTED.parameters == own_families.DECLARED.parameters
    with pytest.raises(InputError, match="declares other things now than the experiment has recorded of it"):
        check_family(searched, SAMPLE)
    with pytest.raises(InputError, match="declares parameters, and the experiment knows of none"):
        check_family(searched.updated({"declaration": None}), SAMPLE)


def test_what_it_may_read_and_what_is_not_used() -> None:
    space = {"width": 4, "depth": {"choice": [1, 3]}, "deep": {"choice": [2], "when": {"depth": 3}}}
    experiment = tiny.experiment(space, "own_families:compiles")
    with tiny.quiet():
        told = check_family(experiment, SAMPLE)
    assert told == (
        "own_families:compiles compiles its model, which is not used: the experiment says optimizer, loss and rate",
    )


def test_an_ensemble_is_read_by_keras_alone() -> None:
    keys = {"final": "ensemble", "finalists": {"top": 2, "seeds": 2}}
    check("stock", {**CONFIG, "penalty": 0.1}, **keys)
    with pytest.raises(InputError) as caught:
        check("with_lambda", **keys)
    (problem,) = caught.value.problems
    assert problem.where == "final"
    assert problem.rule.startswith("makes a file that Keras must read alone, and networks of own_families:with_lambda")


def test_where_in_the_users_code_it_fails() -> None:
    import own_families

    line = own_families.raises.__code__.co_firstlineno + 1
    with pytest.raises(InputError) as caught:
        check("raises")
    assert f"ValueError: no such network ({own_families.__file__}, line {line})" in str(caught.value)


def test_a_module_that_cannot_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "needs_more.py").write_text("import math\nimport no_such_library\n\ndef net(): ...\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(InputError) as caught:
        check("needs_more:net")
    said = "the model family needs_more:net cannot be imported: No module named 'no_such_library'"
    assert f"{said} ({tmp_path / 'needs_more.py'}, line 2)" in str(caught.value)


def test_one_config_that_works_is_enough() -> None:
    check("only_wide_ones", {"width": {"choice": [4, 200]}})
    with pytest.raises(InputError, match="every config that was tried fails: ValueError: too narrow"):
        check("only_wide_ones", {"width": {"choice": [4, 8]}})
