"""Experiment: the frozen description of one sweep, one YAML file, validated."""

from cnnsearch.experiment.experiment import Experiment
from cnnsearch.experiment.file import FORMAT, parse_value
from cnnsearch.experiment.keys.objective import Metric, Objective
from cnnsearch.experiment.resources import Demand, Resources
from cnnsearch.experiment.sections import Budget, EarlyStopping, Preprocessing

__all__ = [
    "FORMAT",
    "Budget",
    "Demand",
    "EarlyStopping",
    "Experiment",
    "Metric",
    "Objective",
    "Preprocessing",
    "Resources",
    "parse_value",
]
