"""Sessions of a study without Ray: what a driver finds, and how a study goes on with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.pictures.pictures import ArrayPictures
from cnnsearch.search.places import Places
from cnnsearch.study import Study
from cnnsearch.sweep.continuation import continue_study
from cnnsearch.sweep.data import Tell
from cnnsearch.sweep.findings import Findings, Material
from cnnsearch.tasks.classification.targets import ClassTargets

LABELS = np.arange(10, dtype=np.int32) % 2
PICTURES = np.arange(30 * 16, dtype=np.uint16).reshape(30, 4, 4, 1)
DATASET = Dataset(ArrayPictures(PICTURES), ClassTargets(np.tile(LABELS, 3), ("a", "b")), None, (), "f")
SPLIT = Split(np.arange(10), np.arange(10, 20), np.arange(20, 30))


def material_of(experiment: Experiment) -> Material:
    return Material(experiment, DATASET, SPLIT, None, 0.0, 0.0)


def findings_of(experiment: Experiment, environment: Mapping[str, Any]) -> Findings:
    """On a machine on which one trial runs at once."""
    return Findings(material_of(experiment), Places.counted(1), dict(environment))


def begin_session(study: Study, experiment: Experiment, environment: Mapping[str, Any], tell: Tell) -> None:
    """Agree to go on with a study, where its driver found this."""
    continue_study(study, findings_of(experiment, environment), len(study.proposals), tell)
