"""The views of binary classification."""

from cnnsearch.tasks.labelled.views import CALIBRATION, CLASSES, CONFUSION, MISTAKES, PAIRED, SUSPICIOUS

__all__ = ["VIEWS"]

VIEWS = ("thresholds", CONFUSION, CLASSES, PAIRED, CALIBRATION, MISTAKES, SUSPICIOUS)
"""Folders beside this file or elsewhere, in the order of the page: there they follow the views of the search."""
