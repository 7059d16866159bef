from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from cnnsearch.report import written
from cnnsearch.report.written import WrittenReport
from cnnsearch.study import Study


def test_report_is_a_path_that_a_notebook_shows_as_the_page(five: Study, tmp_path: Path) -> None:
    path = five.report(tmp_path / "report.html")
    assert isinstance(path, Path)
    assert path == tmp_path / "report.html"
    shown = path._repr_html_()
    [page] = re.findall(r'<iframe srcdoc="([^"]*)"', shown)
    assert html.unescape(page) == path.read_text(encoding="utf-8")


def test_notebook_shows_a_link_to_what_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "_MOST_EMBEDDED", 3)
    path = WrittenReport(tmp_path / "a&b.html")
    assert "is not there any more" in path._repr_html_()
    path.write_text("<p>1</p>", encoding="utf-8")
    assert f'<a href="{path.as_uri()}">' in path._repr_html_()
    assert "a&amp;b.html</a>" in path._repr_html_()
    assert "iframe" not in path._repr_html_()
