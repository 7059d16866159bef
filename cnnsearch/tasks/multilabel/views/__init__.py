"""The views of multilabel."""

__all__ = ["VIEWS"]

VIEWS = ("labels", "label_confusions", "label_mistakes")
"""Folders beside this file, in the order of the page: there they follow the views of the search."""
