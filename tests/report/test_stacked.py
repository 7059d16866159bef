"""Cells of wide tables learn what their columns are called, for a screen that has no room beside each other."""

from __future__ import annotations

from cnnsearch.report.stacked import stacked

HEAD = "<thead><tr>{}</tr></thead>"
ROW = '<tbody>\n<tr class="best"><th scope="row">7</th><td class="number">0.9</td><td>a</td>{}</tr></tbody>'


def table(columns: list[str], more: str) -> str:
    names = "".join(f'<th scope="col" class="number">{name}</th>' for name in columns)
    return f'<table class="plain roomy front">\n{HEAD.format(names)}\n{ROW.format(more)}</table>'


def test_each_cell_of_a_wide_table_is_named_after_its_column() -> None:
    wide = table(["trial", "mean &lt;b&gt; &#34;f1&#34;", '<span class="unseen">picked</span>', "p"], "<td></td>")
    found = stacked(f"<table><tr><td>1</td></tr></table>{wide}<p>after</p>")
    assert found.startswith("<table><tr><td>1</td></tr></table>")
    assert found.endswith("<p>after</p>")
    assert '<table class="plain roomy stacked front">' in found
    assert '<th data-label="trial" scope="row">7</th>' in found
    assert '<td data-label="mean &lt;b&gt; &#34;f1&#34;" class="number">0.9</td>' in found
    assert '<td data-label="picked">a</td><td data-label="p"></td>' in found
    assert found.count("data-label") == 4, "headers have none"


def test_a_table_that_a_phone_has_room_for_stays_as_it_is() -> None:
    narrow = table(["trial", "value", "p"], "")
    assert stacked(narrow) == narrow
