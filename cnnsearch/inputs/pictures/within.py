"""Pictures that are no files of their own, but lie within one: of an archive, or of a table."""

from __future__ import annotations

import os
from abc import abstractmethod
from dataclasses import dataclass

__all__ = ["Content", "WithinFile"]


class WithinFile(os.PathLike[str]):
    """Where such a picture lies; it can be compared and sent to another process. If its path has a file, that is it."""

    @abstractmethod
    def read(self) -> bytes:
        """Its content, as of a file of its own.

        Raises:
            UnreadableError: it cannot be read.
            OSError: what it lies in cannot be read.
        """

    def sent(self) -> WithinFile:
        """The same, for a process that reads some of several: its content where that comes with that of others.

        Raises:
            UnreadableError, OSError: as of :meth:`read`.
        """
        return self


@dataclass(frozen=True)
class Content(WithinFile):
    """What was read already.

    Attributes:
        path: of what it was read from.
        content: all of it.
    """

    path: str
    content: bytes

    def __fspath__(self) -> str:
        return self.path

    def read(self) -> bytes:
        return self.content
