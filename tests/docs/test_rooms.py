"""The pages for developers name files that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from documentation import ROOT

PAGES = [ROOT / "docs" / "architecture.md", *sorted((ROOT / "docs" / "rooms").glob("*.md"))]
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|json|jinja|js|toml|md)\b)")
"""A file by its path, alone or before a colon and what is in it."""

ROOMS = ("cnnsearch", "benchmarks", "docs", "search_spaces", "tests")

OF_STUDIES = {"best/labels.json", "best/metrics.json"}

KINDS = ("NAME/", "/NAME.", "TASK/")
"""Stand for any room or file of their kind."""

FILES = tuple(f"/{path.relative_to(ROOT).as_posix()}" for room in ROOMS for path in (ROOT / room).rglob("*.*"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_file_that_is_named_is_there(page: Path) -> None:
    """By its whole path, or in the room that the sentence is about."""
    found = NAMED.findall(page.read_text(encoding="utf-8"))
    named = {path for path in found if not any(kind in path for kind in KINDS)} - OF_STUDIES
    assert [path for path in sorted(named) if not any(file.endswith(f"/{path}") for file in FILES)] == []


def test_they_name_files() -> None:
    assert sum(len(NAMED.findall(page.read_text(encoding="utf-8"))) for page in PAGES) > 300
