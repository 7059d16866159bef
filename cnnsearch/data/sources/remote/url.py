"""A data set at an address: an archive, a table, a ``.npz`` or Parquet file, downloaded once and read as such."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from cnnsearch.data.sources.archive import load_archive
from cnnsearch.data.sources.arrays import load_npz
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.files import Listing, collect_files
from cnnsearch.data.sources.keys import TableSource
from cnnsearch.data.sources.kinds import kind_of
from cnnsearch.data.sources.remote.download import Download, DownloadError, downloaded, place_of
from cnnsearch.data.sources.spec import ArchiveSource, CsvSource, NpzSource, ParquetSource, UrlSource
from cnnsearch.data.sources.tables.parquet import list_parquet
from cnnsearch.data.sources.tables.rows import check_train_rows
from cnnsearch.data.sources.tables.tables import list_csv
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.pictures.pictures import Size

__all__ = ["fetched", "load_url"]

_OWN = {"source", "url", "sha256"}


def load_url(source: UrlSource, image_size: Size | None, seed: int, read: Read) -> Collected:
    """What a zip, tar, ``.npz``, Parquet file or table at the address holds; a table may name pictures by addresses.

    Raises:
        InputError: it cannot be downloaded, has another content than ``sha256`` says, or cannot be used.
    """
    path = fetched(source).path
    kind = kind_of(path)
    if kind == "npz":
        return load_npz(NpzSource(source="npz", **_keys(NpzSource, source, path)), image_size, seed, read)
    if kind == "archive":
        inner = ArchiveSource(source="archive", **_keys(ArchiveSource, source, path))
        return load_archive(inner, image_size, seed, read)
    table, listing = _table(source, path, kind == "parquet", read.drops_missing)
    check_train_rows(listing, source.split_column, source.url)
    return collect_files(listing, table, image_size, seed, read)


def _table(source: UrlSource, path: Path, is_parquet: bool, drops_missing: bool) -> tuple[TableSource, Listing]:
    if is_parquet:
        columnar = ParquetSource(source="parquet", **_keys(ParquetSource, source, path))
        of = columnar.columns._replace(drops_missing=drops_missing)
        return columnar, list_parquet(str(path), of, "dataset.url", base=source.url)
    table = CsvSource(source="csv", **_keys(CsvSource, source, path))
    of = table.columns._replace(drops_missing=drops_missing)
    return table, list_csv(str(path), of, "dataset.url", base=source.url)


def fetched(source: UrlSource) -> Download:
    """The file itself.

    Raises:
        InputError: it cannot be had; says where it may be put by hand.
    """
    try:
        return downloaded(source.url, source.sha256)
    except DownloadError as error:
        is_local = source.url.lower().startswith("file:")
        place = "" if is_local else f". Without a network, put the file in place yourself: {place_of(source.url)}"
        raise InputError(Problem("dataset.url", f"{error}{place}", source.url)) from None


def _keys(kind: type[BaseModel], source: UrlSource, path: Path) -> dict[str, Any]:
    """The keys of the source for what it turned out to be.

    Raises:
        InputError: one of them is for something else.
    """
    given = {key: getattr(source, key) for key in UrlSource.model_fields if key not in _OWN}
    unread = [key for key in given if key not in kind.model_fields and given[key] != _default(key)]
    if unread:
        (name,) = get_args(kind.model_fields["source"].annotation)
        rule = f"is not read: {source.url} is of the kind '{name}', which has no such key"
        raise InputError([Problem(f"dataset.{key}", rule, given[key]) for key in unread])
    return {"path": str(path)} | {key: value for key, value in given.items() if key in kind.model_fields}


def _default(key: str) -> Any:
    return UrlSource.model_fields[key].default
