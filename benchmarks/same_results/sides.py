"""The two codes that are compared, each a folder that processes import cnnsearch from."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Side", "checked_out", "commit_of"]

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1")
"""On which sums are repeatable."""


@dataclass(frozen=True)
class Side:
    """A code.

    Attributes:
        name: of it in what is printed.
        code: folder that ``cnnsearch`` is imported from.
        folder: where its runs are; the folder of its processes, which must hold no cnnsearch of its own.
    """

    name: str
    code: Path
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Variables of its processes. The user's own list of studies is not touched."""
        return {**_ONE_THREAD, "PYTHONPATH": str(self.code), "XDG_STATE_HOME": str(self.folder / "state")}

    def check(self) -> None:
        """See that its processes import its code and no other.

        Raises:
            RuntimeError: they do not.
        """
        told = subprocess.run(
            [sys.executable, "-c", "import cnnsearch; print(cnnsearch.__file__)"],
            cwd=self.folder,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        if not Path(told).is_relative_to(self.code):
            raise RuntimeError(f"{self.name}: cnnsearch comes from {told}, not from {self.code}")


def commit_of(repository: Path, name: str) -> str:
    """The whole hash of a commit.

    Raises:
        ValueError: there is none of this name.
    """
    told = subprocess.run(
        ["git", "-C", str(repository), "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise ValueError(f"{repository}: there is no commit '{name}'")
    return told.stdout.strip()


@contextlib.contextmanager
def checked_out(repository: Path, commit: str) -> Iterator[Path]:
    """The files of a commit in a folder of their own, for the time of a block."""
    packed = subprocess.run(["git", "-C", str(repository), "archive", commit], capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory(prefix="cnnsearch-commit-") as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder).resolve()
