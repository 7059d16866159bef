"""One Parquet file: its columns as text, and where each of its pictures lies."""

from __future__ import annotations

import functools
import json
import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnsearch.data.sources.remote.addresses import placed_at
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.opened import UnreadableError, read_file
from cnnsearch.inputs.pictures.pictures import PictureFile
from cnnsearch.inputs.pictures.within import Content, WithinFile

__all__ = ["Cell", "ParquetFile"]

_KEPT = 4
"""Groups of rows whose pictures a process keeps: those that its threads read at once."""

_LOCK = threading.Lock()


@dataclass(frozen=True)
class Cell(WithinFile):
    """The picture of a row.

    Attributes:
        file: of Parquet.
        group, row: number of the group of rows, and of the row in it.
        column: its name.
    """

    file: str
    group: int
    row: int
    column: str

    def __fspath__(self) -> str:
        return f"{self.file}/{self.group}/{self.row}"

    def read(self) -> bytes:
        import pyarrow

        try:
            stamp = os.stat(self.file).st_mtime_ns
            with _LOCK:
                cells = _cells(self.file, stamp, self.group, self.column)
            value = cells[self.row].as_py()
        except (pyarrow.ArrowException, IndexError) as error:
            raise UnreadableError(f"damaged: {' '.join(str(error).split())[:80]}") from None
        found = value.get("bytes") if isinstance(value, dict) else value
        path = value.get("path") if isinstance(value, dict) else None
        if found is None and path:
            return read_file(Path(self.file).parent / path)
        if not found:
            raise UnreadableError("a picture of no bytes")
        return bytes(found)

    def sent(self) -> WithinFile:
        # Each process would read nearly each group of rows, and keep some.
        return Content(os.fspath(self), self.read())


@functools.lru_cache(maxsize=_KEPT)
def _cells(file: str, stamp: int, group: int, column: str) -> Any:  # noqa: ARG001 - of a file that changed others
    from pyarrow import parquet

    with parquet.ParquetFile(file) as opened:
        return opened.read_row_group(group, columns=[column]).column(column)


class ParquetFile:
    """A file whose columns can be read.

    Args:
        path: of it.
        where: what messages call it.

    Attributes:
        columns: their names.

    Raises:
        InputError: it is no such file.
    """

    def __init__(self, path: Path, where: str) -> None:
        import pyarrow
        from pyarrow import parquet

        self._path, self._where = path, where
        try:
            with parquet.ParquetFile(path) as opened:
                self._schema, self._metadata = opened.schema_arrow, opened.metadata
        except (OSError, pyarrow.ArrowException) as error:
            raise self._unreadable(error) from None
        self.columns: list[str] = list(self._schema.names)

    def classes(self, column: str) -> list[str]:
        """The names of the classes of a column of whole numbers, where the header tells them as Hugging Face does."""
        try:
            told = json.loads((self._schema.metadata or {})[b"huggingface"])
            names = told["info"]["features"][column]["names"]
        except (KeyError, TypeError, ValueError):
            return []
        return [str(name) for name in names] if isinstance(names, list) else []

    def is_plain(self, column: str) -> bool:
        """Whether the cells of a column are numbers, words or the like, and not pictures or lists."""
        from pyarrow import types

        kind = self._schema.field(column).type
        return not (types.is_nested(kind) or types.is_binary(kind) or types.is_large_binary(kind))

    def text(self, columns: Iterable[str]) -> dict[str, list[str]]:
        """The cells of columns by their names, of classes their names; empty where there is nothing.

        Raises:
            InputError: a column has lists or the like, or cannot be read.
        """
        wanted = list(columns)
        for column in wanted:
            if not self.is_plain(column):
                rule = (
                    f"column '{column}' holds {self._schema.field(column).type}, and must hold a word or number a row"
                )
                raise InputError(Problem(self._where, rule, str(self._path)))
        return {column: _told(self._read([column]).column(column), self.classes(column)) for column in wanted}

    def strings(self, column: str) -> list[str]:
        """The texts of a column; empty where there is nothing.

        Raises:
            InputError: the column holds something else, or cannot be read.
        """
        from pyarrow import types

        kind = self._schema.field(column).type
        if types.is_dictionary(kind):
            kind = kind.value_type
        if not (types.is_string(kind) or types.is_large_string(kind)):
            rule = f"column '{column}' holds {kind}, and must hold texts"
            raise InputError(Problem(self._where, rule, str(self._path)))
        return self.text([column])[column]

    def pictures(self, column: str, base: str = "") -> list[PictureFile]:
        """The picture of each row.

        Args:
            column: of their bytes or paths.
            base: the address that paths are relative to; left out, they are to the file's folder.

        Raises:
            InputError: the column holds something else, or cannot be read.
        """
        from pyarrow import types

        kind = self._schema.field(column).type
        if types.is_dictionary(kind):
            kind = kind.value_type
        if types.is_string(kind) or types.is_large_string(kind):
            names = [name or "" for name in self._read([column]).column(column).to_pylist()]
            return [PictureFile(placed_at(self._path.resolve().parent, name, base), name) for name in names]
        has_bytes = types.is_struct(kind) and "bytes" in [field.name for field in kind]
        if not (has_bytes or types.is_binary(kind) or types.is_large_binary(kind)):
            rule = f"column '{column}' holds {kind}, and must hold the bytes of picture files, or their paths"
            raise InputError(Problem(self._where, rule, str(self._path)))
        names = self._names(column) if has_bytes and "path" in [field.name for field in kind] else []
        places = [
            (group, row)
            for group in range(self._metadata.num_row_groups)
            for row in range(self._metadata.row_group(group).num_rows)
        ]
        names = names or [f"row {number}" for number in range(1, len(places) + 1)]
        return [
            PictureFile(Cell(str(self._path), *place, column), name) for place, name in zip(places, names, strict=True)
        ]

    def empty(self, column: str) -> list[bool]:
        """Of each row whether it has no picture: neither bytes nor a path.

        Raises:
            InputError: the column cannot be read.
        """
        found: list[bool] = []
        for group in range(self._metadata.num_row_groups):
            count = self._metadata.row_group(group).num_rows
            found += self._empty_cells(group, column) if self._may_lack(group, column) else [False] * count
        return found

    def _may_lack(self, group: int, column: str) -> bool:
        """Whether a picture may be missing, by statistics alone: else all pictures would be read once more."""
        chunks = [self._metadata.row_group(group).column(place) for place in range(self._metadata.num_columns)]
        told = [chunk.statistics for chunk in chunks if chunk.path_in_schema in (column, f"{column}.bytes")]
        return any(one is None or not one.has_null_count or one.null_count > 0 for one in told)

    def _empty_cells(self, group: int, column: str) -> list[bool]:
        from pyarrow import compute, types

        cells = self._read([column], group).column(column)
        held = cells.is_valid()
        if types.is_struct(cells.type):
            held = compute.is_valid(compute.struct_field(cells, "bytes"))
            if "path" in [field.name for field in cells.type]:
                has_path = compute.not_equal(compute.struct_field(cells, "path"), "")
                held = compute.or_(held, compute.fill_null(has_path, False))
        return [not there for there in held.to_pylist()]

    def _names(self, column: str) -> list[str]:
        """Paths beside the bytes, where each has one of its own."""
        cells = self._read([f"{column}.path"]).column(column).to_pylist()
        names = [cell.get("path") if isinstance(cell, dict) else None for cell in cells]
        return [str(name) for name in names] if all(names) and len({*names}) == len(names) else []

    def _read(self, columns: list[str], group: int | None = None) -> Any:
        import pyarrow
        from pyarrow import parquet

        try:
            with parquet.ParquetFile(self._path) as opened:
                return opened.read(columns=columns) if group is None else opened.read_row_group(group, columns=columns)
        except (OSError, pyarrow.ArrowException) as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> InputError:
        reason = " ".join(str(error).split())[:200]
        return InputError(Problem(self._where, f"cannot be read as Parquet: {reason}", str(self._path)))


def _told(cells: Any, classes: list[str]) -> list[str]:
    values = cells.to_pylist()
    if classes:
        values = [classes[value] if isinstance(value, int) and 0 <= value < len(classes) else value for value in values]
    return ["" if value is None else str(value) for value in values]
