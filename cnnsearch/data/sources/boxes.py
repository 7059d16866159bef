"""New data with boxes, laid out as those of a model's training were, or in another of the forms that are known."""

from __future__ import annotations

from pathlib import Path

from cnnsearch.data.sources.box_table import list_box_table
from cnnsearch.data.sources.coco import list_coco
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import SPLIT_COLUMN
from cnnsearch.data.sources.spec import CocoSource, CsvSource, Source, VocSource, YoloSource
from cnnsearch.data.sources.voc import list_voc
from cnnsearch.data.sources.yolo import list_yolo

__all__ = ["list_boxes"]

_SIDES = ("xmin", "ymin", "xmax", "ymax")
"""Columns of a table where the training had none."""


def list_boxes(path: str, source: Source | None, where: str) -> Listing:
    """The pictures that a file or folder names, with their boxes.

    Args:
        path: a ``.csv`` or ``.json`` file, or a folder.
        source: of the training; ``None``: it is not known.
        where: what messages call it.

    Raises:
        InputError: it is none of these forms.
    """
    suffix = Path(path).suffix.lower()
    if suffix in (".csv", ".tsv", ".txt"):
        table = source if isinstance(source, CsvSource) else CsvSource(source="csv", path=path)
        sides = table.box_columns or _SIDES
        return list_box_table(path, table.path_column, table.columns.labels[0], sides, SPLIT_COLUMN, where)
    if suffix == ".json" or isinstance(source, CocoSource) or any(Path(path).glob("*.json")):
        return list_coco(path, source.images if isinstance(source, CocoSource) else ".", where)
    if isinstance(source, VocSource) or (Path(path) / "Annotations").is_dir():
        return list_voc(path, source if isinstance(source, VocSource) else VocSource(source="voc", path=path), where)
    layout = source if isinstance(source, YoloSource) else YoloSource(source="yolo", path=path)
    return list_yolo(path, layout, where)
