"""The views of segmentation."""

__all__ = ["VIEWS"]

VIEWS = {"first": ("worst_masks",), "wrong": ("mask_classes", "region_sizes")}
"""Place on the page -> folders beside this file, in their order, after the views of the search."""
