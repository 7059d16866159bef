"""The views of multilabel."""

__all__ = ["VIEWS"]

VIEWS = {"first": ("label_confusions", "label_mistakes"), "wrong": ("labels",)}
"""Place on the page -> folders beside this file, in their order, after the views of the search."""
