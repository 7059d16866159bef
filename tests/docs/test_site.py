"""The site is built without a warning, and asks no other host for anything."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from documentation import PAGES, ROOT

from cnnsearch.experiment import Experiment

LOADING = {"src", "srcset", "data", "poster", "action", "background"}
"""Attributes of HTML by which a page loads something unasked; ``href`` does in a ``link`` alone."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    options = ["--fail-on-warning", "--keep-going", "--quiet", "--conf-dir", "docs", "-d", folder / "read"]
    command = [sys.executable, "-m", "sphinx", *options, ".", folder / "site"]
    built = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (built.returncode, built.stderr) == (0, "")
    return folder / "site"


class Loaded(HTMLParser):
    """Collects what a page loads, and its text."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        loading = LOADING | ({"href"} if tag == "link" else set())
        self.addresses += [value or "" for name, value in attrs if name in loading]
        self.text += " " * (tag == "dd")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    addresses = [address for page in site.rglob("*.html") for address in Loaded(page).addresses]
    assert len(addresses) > 100
    assert [address for address in addresses if "//" in address] == []
    for style in site.rglob("*.css"):
        assert "url(http" not in (text := style.read_text(encoding="utf-8")), style
        assert "@import" not in text, style


def test_every_page_is_there(site: Path) -> None:
    assert [page for page in PAGES if not (site / page.relative_to(ROOT).with_suffix(".html")).is_file()] == []


def test_every_key_is_there(site: Path) -> None:
    words = Loaded(site / "docs" / "keys.html").text.split()
    schema = Experiment.model_json_schema()
    keys = {key for mapping in (schema, *schema["$defs"].values()) for key in mapping["properties"]}
    assert keys - {*words} == {"declaration"}, "which cnnsearch writes"
