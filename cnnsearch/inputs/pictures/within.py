"""Pictures that are no files of their own, but lie within one: of an archive, or of a table."""

from __future__ import annotations

import os
from abc import abstractmethod

__all__ = ["WithinFile"]


class WithinFile(os.PathLike[str]):
    """Where such a picture lies; it can be compared and sent to another process. If its path has a file, that is it."""

    @abstractmethod
    def read(self) -> bytes:
        """Its content, as of a file of its own.

        Raises:
            UnreadableError: it cannot be read.
            OSError: what it lies in cannot be read.
        """
