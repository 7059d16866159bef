"""A CSV file that names pictures and what is to be predicted of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from cnnsearch.data.left_out import Leftovers
from cnnsearch.data.sources.boxes.box_table import BoxCells, list_box_table
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.excerpts import excerpted
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.keys import Columns
from cnnsearch.data.sources.remote.addresses import placed_at
from cnnsearch.data.sources.spec import CsvSource
from cnnsearch.data.sources.tables.rows import Table, check_columns, check_train_rows, list_rows
from cnnsearch.data.sources.tables.separated import read_rows
from cnnsearch.inputs.pictures.pictures import PictureFile, Size

__all__ = ["list_csv", "load_csv", "read_columns"]


def load_csv(source: CsvSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """A row a picture: its path, relative to the file, its labels, and its split where a column says so, all as text.

    With ``box_columns`` a row is a box.

    Raises:
        InputError: the file or a column is missing, a cell is empty, no row is for training, or too many pictures
            cannot be read.
    """
    path = os.path.expanduser(source.path)
    if source.box_columns is not None:
        cells = BoxCells(source.box_columns, source.box_format, source.box_unit)
        boxed = list_box_table(path, source.columns, cells, "dataset.path")
        check_train_rows(boxed, source.split_column, path)
        return collect_files(boxed, source, image_size, seed, read)
    listing = list_csv(path, source.columns._replace(drops_missing=read.drops_missing), "dataset.path")
    check_train_rows(listing, source.split_column, path)
    if read.reads == "masks":
        listing = excerpted(listing, source.tiles, "dataset.path", source.group is not None)
    return collect_files(listing, source, image_size, seed, read)


def list_csv(path: str, of: Columns, where: str, base: str = "") -> Listing:
    """The pictures that the file names, in its order.

    Args:
        path: of the file.
        of: which of its columns are read.
        where: what messages call the file.
        base: the address that paths are relative to; left out, they are to the file's folder.

    Raises:
        InputError: the file or a column is missing, a cell is empty, a row has more cells than the header, or a column
            that is not read looks like splits.
    """
    columns, rows = read_rows(path, where, (of.path, *of.labels), keeps_bytes=True)
    check_columns(columns, of, where, path)
    root = Path(path).resolve().parent
    names = [row[of.path].strip() for _, row in rows]
    files = [PictureFile(placed_at(root, name, base), name) for name in names]
    return list_rows(Table(path, columns, rows), of, where, files, Leftovers())


def read_columns(path: str, of: Iterable[Columns], where: str) -> list[str]:
    """The names of the columns.

    Args:
        path: of the file.
        of: which may be read.
        where: what messages call the file.

    Raises:
        InputError: the file is missing or cannot be read.
    """
    wanted = [name for each in of for name in (each.path, *each.labels)]
    return read_rows(path, where, wanted, keeps_bytes=True)[0]
