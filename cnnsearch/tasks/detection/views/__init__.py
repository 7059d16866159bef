"""The views of detection."""

__all__ = ["VIEWS"]

VIEWS = {
    "first": ("worst_boxes",),
    "wrong": ("box_classes", "box_precision_recall", "box_faults", "box_sizes", "box_counts"),
}
"""Place on the page -> folders beside this file, in their order, after the views of the search."""
