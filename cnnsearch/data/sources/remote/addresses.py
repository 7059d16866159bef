"""Pictures that a table names by their addresses: downloaded when they are first read, and kept."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

from cnnsearch.data.sources.remote.download import DownloadError, downloaded, place_of
from cnnsearch.inputs.pictures.opened import UnreadableError, read_file
from cnnsearch.inputs.pictures.within import WithinFile

__all__ = ["Address", "placed_at"]

_ADDRESS = re.compile(r"(https?|file)://", re.IGNORECASE)


@dataclass(frozen=True)
class Address(WithinFile):
    """A picture at an address."""

    url: str

    def __fspath__(self) -> str:
        return str(place_of(self.url))

    def read(self) -> bytes:
        try:
            return read_file(downloaded(self.url, told=False).path)
        except DownloadError as error:
            raise UnreadableError(str(error)) from None


def placed_at(root: Path, name: str, base: str = "") -> os.PathLike[str]:
    """What a table calls ``name``: an address, or a path relative to ``root``, or to ``base``, the address of it.

    Backslashes are those of Windows where there is no file that has them in its name.
    """
    if base:
        return Address(urljoin(base, name))
    if _ADDRESS.match(name):
        return Address(name)
    path = root / name
    return root / name.replace("\\", "/") if "\\" in name and not path.exists() else path
