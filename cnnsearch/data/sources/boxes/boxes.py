"""New data with boxes, laid out as those of a model's training were, or in another of the forms that are known."""

from __future__ import annotations

from pathlib import Path

from cnnsearch.data.sources.boxes.box_table import BoxCells, list_box_table
from cnnsearch.data.sources.boxes.coco import list_coco
from cnnsearch.data.sources.boxes.voc import list_voc
from cnnsearch.data.sources.boxes.yolo import list_yolo
from cnnsearch.data.sources.files import Listing
from cnnsearch.data.sources.keys import SPLIT_COLUMN
from cnnsearch.data.sources.spec import CocoSource, CsvSource, Source, VocSource, YoloSource
from cnnsearch.data.sources.tables.tables import read_columns

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
        cells = BoxCells(table.box_columns or _SIDES, table.box_format, table.box_unit)
        of = table.columns._replace(split=SPLIT_COLUMN, weight=None)
        of = of if of.group in read_columns(path, (of,), where) else of._replace(group=None)
        return list_box_table(path, of, cells, where)
    if isinstance(source, CocoSource) or suffix == ".json":
        return list_coco(path, source.images if isinstance(source, CocoSource) else ".", where)
    if isinstance(source, VocSource):
        return list_voc(path, source, where)
    if isinstance(source, YoloSource):
        return list_yolo(path, source, where)
    return _by_what_lies_there(path, where)


def _by_what_lies_there(path: str, where: str) -> Listing:
    root = Path(path)
    if any(any(root.glob(pattern)) for pattern in ("*.json", "*/*.json")):
        return list_coco(path, ".", where)
    if (root / "Annotations").is_dir():
        return list_voc(path, VocSource(source="voc", path=path), where)
    return list_yolo(path, YoloSource(source="yolo", path=path), where)
