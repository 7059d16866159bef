"""The views of regression."""

__all__ = ["VIEWS"]

VIEWS = {"first": ("predicted", "worst"), "wrong": ("residuals", "numbers")}
"""Place on the page -> folders beside this file, in their order, after the views of the search."""
