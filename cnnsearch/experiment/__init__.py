"""Experiment: the frozen description of one sweep, one YAML file, validated."""

from cnnsearch.experiment.experiment import Experiment
from cnnsearch.experiment.files.file import parse_value
from cnnsearch.experiment.keys.objective import Objective
from cnnsearch.experiment.resources import Demand, Resources
from cnnsearch.experiment.sections import Preprocessing

__all__ = ["Demand", "Experiment", "Objective", "Preprocessing", "Resources", "parse_value"]
