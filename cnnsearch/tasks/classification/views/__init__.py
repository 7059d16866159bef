"""The views of classification."""

__all__ = ["VIEWS"]

VIEWS = ("confusion", "classes", "paired", "calibration", "mistakes")
"""Folders beside this file, in the order of the page: there they follow the views of the search."""
