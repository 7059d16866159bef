"""A study that goes on, and a trial that is trained again, keep to the folds that were recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from synthetic import digits_experiment, write_study

from cnnsearch.data.split import folded
from cnnsearch.errors import InputError
from cnnsearch.study.partitions import PARTITIONS, Partitions, recorded_partitions
from cnnsearch.study.store import LocalStore
from cnnsearch.sweep.continuation import _check_partitions
from cnnsearch.sweep.findings import Findings, Material
from cnnsearch.sweep.rerun import _divided
from cnnsearch.training import TrialData


@pytest.fixture
def findings(digits: TrialData) -> Findings:
    split = folded(digits.dataset, digits.split, 4, 2, 0)
    material = Material(digits_experiment(evaluation={"folds": 4, "repeats": 2}), digits.dataset, split, None, 0.0, 0.0)
    places: Any = SimpleNamespace()
    return Findings(material, places, {})


def test_the_partitions_of_trials_are_recorded(findings: Findings, tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    findings.keep_partitions(store)
    found = recorded_partitions(store)
    assert found is not None
    split = findings.material.split
    assert found.folds.shape == (2, split.together)
    np.testing.assert_array_equal(found.pictures, split.train)
    _check_partitions(findings, store)
    plain = replace(findings.material, split=replace(split, folds=None))
    assert plain.partitions is None


def test_others_are_refused_and_told(findings: Findings, tmp_path: Path) -> None:
    study = write_study(tmp_path, digits_experiment(evaluation={"folds": 4}), 1)
    split = findings.material.split
    assert split.folds is not None
    other = Partitions(split.train, replace(split.folds, seed=1).partitions)
    study.store.write(PARTITIONS, other.to_bytes())
    with pytest.raises(
        InputError, match=r"evaluation: would divide the pictures otherwise than the study's folds\.npz"
    ):
        _check_partitions(findings, study.store)
    assert list(_divided(study, split)) == ["the folds are not those of the study, which stand in folds.npz"]
    study.store.write(PARTITIONS, b"torn")
    with pytest.raises(InputError, match=r"folds\.npz: cannot be read"):
        recorded_partitions(study.store)
