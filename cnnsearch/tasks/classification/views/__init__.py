"""The views of classification."""

from cnnsearch.tasks.labelled.views import CALIBRATION, CONFUSION, MISTAKES, NGRAMS, PAIRED, SUSPICIOUS

__all__ = ["VIEWS"]

VIEWS = {"first": (CONFUSION, MISTAKES), "best": (PAIRED,), "wrong": (NGRAMS, CALIBRATION, SUSPICIOUS)}
"""Place on the page -> folders beside this file or elsewhere, in their order, after the views of the search."""
