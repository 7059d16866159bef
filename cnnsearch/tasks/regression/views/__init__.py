"""The views of regression."""

__all__ = ["VIEWS"]

VIEWS = ("predicted", "residuals", "numbers", "worst")
"""Folders beside this file, in the order of the page: there they follow the views of the search."""
