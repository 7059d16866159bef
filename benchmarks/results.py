"""What was measured, a JSON file a part, and the page made of all of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from cnnsearch.study.environment import processor_name

__all__ = ["Measured", "as_table", "machine_in_words", "version_of", "write_page"]

_PACKAGES = ("cnnsearch", "tensorflow", "keras", "ray", "optuna", "keras-tuner", "numpy")

_HEAD = """# Benchmarks

Made by `make bench`; each section can be made again alone by its own command, and tells when and on what that was.
Identical work for every side: the same configs, arrays, epochs and batch sizes. Sides run in processes of their own,
one after the other, interleaved; figures are medians over the repetitions, with their range.
"""


@dataclass(frozen=True)
class Measured:
    """One part's figures and where they come from.

    Attributes:
        part: its name on the command line.
        command: that makes it again.
        date: UTC.
        versions: package -> version.
        machine: processor, cores, memory.
        quick: a smoke run, whose figures mean nothing.
        figures: what the part measured, JSON.
    """

    part: str
    command: str
    date: str
    versions: dict[str, str]
    machine: str
    quick: bool
    figures: dict[str, Any]

    @classmethod
    def now(cls, part: str, command: str, quick: bool, figures: dict[str, Any]) -> Measured:
        versions = {package: version_of(package) for package in _PACKAGES}
        date = datetime.now(UTC).isoformat(timespec="minutes")
        return cls(
            part, command, date, {"python": platform.python_version(), **versions}, machine_in_words(), quick, figures
        )

    @classmethod
    def read(cls, path: Path) -> Measured:
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), ensure_ascii=False) + "\n"
        (folder / f"{self.part}.json").write_text(text, encoding="utf-8")

    def provenance(self) -> str:
        """One paragraph below the heading of a section."""
        quick = "**A smoke run: these figures mean nothing.** " if self.quick else ""
        versions = ", ".join(f"{package} {version}" for package, version in self.versions.items())
        return f"{quick}`{self.command}`, {self.date.replace('+00:00', ' UTC')}, {self.machine}; {versions}."


def write_page(path: Path, sections: Sequence[tuple[Measured, str, str]]) -> None:
    """Write the page of all sections.

    Args:
        path: of the page.
        sections: measured, title, and text in Markdown.
    """
    parts = [f"## {title}\n\n{measured.provenance()}\n\n{text.strip()}\n" for measured, title, text in sections]
    path.write_text("\n".join([_HEAD, *parts]), encoding="utf-8")


def as_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others are figures."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows)) + "\n"


def version_of(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def machine_in_words() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{processor_name()}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"
