from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest
from synthetic import SyntheticTrial, environment

from cnnsearch.errors import InputError
from cnnsearch.report import figures, write_report
from cnnsearch.report.drawing.style import DARK, SHADES, broken, label, shade
from cnnsearch.report.page import embedded_script
from cnnsearch.report.table import COMPARISONS, FIRST, QUESTIONS, views_by_place, views_of
from cnnsearch.report.templates import embedded_json
from cnnsearch.study import Study

Write = Callable[..., Study]

HOSTILE = "</script><script>alert(1)</script>\"'`{{ 7 * 7 }} <!-- 🐙 שלום &amp; %{x}"


class Page(HTMLParser):
    """What a browser would find: elements with their attributes, and the text of those that hold some."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self._open = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.texts.append((tag, " "))

    def handle_data(self, data: str) -> None:
        self.texts.append((self._open, data))

    @property
    def ids(self) -> list[str]:
        return [str(attributes["id"]) for _, attributes in self.elements if "id" in attributes]

    @property
    def sections(self) -> list[str]:
        return [str(attributes["id"]) for tag, attributes in self.elements if tag == "section"]

    @property
    def folds(self) -> list[str]:
        """Of the questions."""
        return [str(attributes["id"]) for tag, attributes in self.elements if tag == "details" and "id" in attributes]

    @property
    def links(self) -> list[str]:
        return [str(attributes["href"]) for tag, attributes in self.elements if tag == "a"]

    @property
    def figures(self) -> list[dict[str, Any]]:
        found = [json.loads(text) for tag, text in self.texts if tag == "script" and text.startswith("{")]
        return [content for content in found if "layout" in content]

    def text(self) -> str:
        return " ".join("".join(text for tag, text in self.texts if tag not in ("script", "style")).split())


@pytest.fixture(scope="module")
def page(report_of_five: Path) -> Page:
    return Page(report_of_five)


def test_page_has_every_view(five: Study, page: Page) -> None:
    shown = [view for view in views_of(five) if not view.absent(view.info(five))]
    assert {"summary", "history", "curves", "parallel", "confusion", "trials", "provenance"} <= {v.name for v in shown}
    assert page.sections == [f"study-1-{view.name}" for view in shown]
    assert set(page.links) == {f"#{name}" for name in ("content", *page.folds, *page.sections)}
    assert len(page.ids) == len(set(page.ids))
    views = [view for view in shown if not view.missing(view.info(five))]
    drawings = [drawing for view in views for drawing in view.drawings if drawing.on_page]
    assert len(page.figures) == len(drawings) >= 5
    assert "Left out: it takes at least 10 trials with a value, and there are 3." in page.text()


def test_all_but_the_first_screen_is_folded_under_questions(five: Study, page: Page) -> None:
    assert [place for place in views_by_place(five) if place != FIRST] == list(QUESTIONS)
    assert page.folds == [f"study-1-{place}" for place in QUESTIONS]
    assert not any("open" in attributes for tag, attributes in page.elements if tag == "details")
    order = [str(attributes.get("id")) for tag, attributes in page.elements if tag in ("section", "details")]
    first = order[: order.index(page.folds[0])]
    assert [name for name in first if name != "None"] == [
        f"study-1-{name}" for name in ("verdict", "confusion", "mistakes")
    ]


def test_verdict_says_interval_and_bias(page: Page) -> None:
    text = page.text()
    assert "0.950 val_accuracy in the search (95% interval 0.922 to 0.968), trial 3" in text
    assert "On new pictures somewhat worse than accuracy 0.950 (95% interval 0.922 to 0.968)" in text
    assert "the best of many is too good" in text
    assert "33,000" in text
    assert "152 KB" in text
    assert "1.25 ms" in text
    assert "6.0 s" in text
    assert ("code", "cnnsearch resume 'digits cnn'") in page.texts


def test_page_asks_for_nothing_from_outside(page: Page) -> None:
    for _, attributes in page.elements:
        for name in ("src", "href", "action", "data", "srcset", "poster"):
            assert str(attributes.get(name, "#")).startswith(("#", "data:"))
    assert not re.search(r"url\(|@import", "".join(text for tag, text in page.texts if tag == "style"))


def test_page_is_written_without_tensorflow_keras_or_ray(five: Study, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from cnnsearch.report import write_report; from cnnsearch.study import Study\n"
        "assert not {'plotly', 'optuna', 'jinja2'} & set(sys.modules)\n"
        "write_report([Study.load(sys.argv[1])], Path(sys.argv[2]))\n"
        "assert not {'tensorflow', 'keras', 'ray'} & set(sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(five.path), str(tmp_path / "report.html")]
    subprocess.run(command, check=True, timeout=120, cwd=Path(__file__).parents[2])
    assert (tmp_path / "report.html").stat().st_size > 1_000_000


def test_report_needs_the_study_folder_alone(written: Write, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "cat").mkdir(parents=True)
    study = written(dataset={"source": "directory", "path": str(data)})
    before = write_report([study], tmp_path / "before.html").read_bytes()
    shutil.rmtree(data)
    assert write_report([Study.load(study.path)], tmp_path / "after.html").read_bytes() == before


def test_figures_are_svg_only(written: Write, tmp_path: Path) -> None:
    drawn = Page(write_report([written(30)], tmp_path / "report.html")).figures
    assert len(drawn) >= 6
    kinds = {trace["type"] for figure in drawn for trace in figure["data"]}
    assert kinds <= {"scatter", "bar", "heatmap", "box", "contour"}


def test_hostile_text_stays_text(written: Write, tmp_path: Path) -> None:
    classes = (HOSTILE, "<b>cat</b>", "<a href='javascript:alert(1)'>x</a>")
    study = written(
        [
            SyntheticTrial("COMPLETED", (0.8,)),
            SyntheticTrial("COMPLETED", (0.7,)),
            SyntheticTrial("FAILED", (0.8,), None, HOSTILE),
        ],
        name=HOSTILE,
        described={**environment(classes, unreadable=[HOSTILE]), "command": [HOSTILE], "host": HOSTILE},
    )
    page = Page(write_report([study], tmp_path / "report.html"))
    scripts = [attributes for tag, attributes in page.elements if tag == "script"]
    assert len(scripts) == len(page.figures) + 5  # the table; colours, symbols, plotly.js, our own
    assert next(text for tag, text in page.texts if tag == "title") == f"{HOSTILE} – cnnsearch"
    assert next(text for tag, text in page.texts if tag == "h1") == HOSTILE
    assert page.text().count(HOSTILE) >= 6
    matrix = figures.confusion_matrix(study).to_plotly_json()
    assert json.loads(json.dumps(matrix, default=list)) in page.figures
    ticks = matrix["layout"]["xaxis"]["ticktext"]
    assert list(ticks) == ["&lt;/script&gt;&lt;scrip…", "&lt;b&gt;cat&lt;/b&gt;", "&lt;a href='javasc…"]
    hover = matrix["data"][0]["hovertext"]
    assert "<a" not in json.dumps(hover)
    assert "%{" not in json.dumps(hover)
    assert "&#37;{x}" in hover[0][0]


def test_text_that_cannot_be_encoded_is_escaped(written: Write, tmp_path: Path) -> None:
    study = written()
    study.environment = {"dataset": {"unreadable": ["caf\udce9.jpg"]}}
    assert r"caf\xe9.jpg" in write_report([study], tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([], "No trial has a value: nothing was proposed yet."),
        (
            [SyntheticTrial("INTERRUPTED")],
            "No trial has ended with a value, and none in flight has told of an epoch yet.",
        ),
        (
            [SyntheticTrial("FAILED", (), None, "no memory")],
            "No trial has a value: none completed or was stopped with one.",
        ),
    ],
)
def test_page_without_a_value_says_so(written: Write, tmp_path: Path, trials: list[SyntheticTrial], said: str) -> None:
    text = Page(write_report([written(trials)], tmp_path / "report.html")).text()
    assert f"No result Result {said}" in text


def test_page_of_stopped_trials_only(written: Write, tmp_path: Path) -> None:
    text = Page(write_report([written([SyntheticTrial("STOPPED", (0.5, 0.6))])], tmp_path / "report.html")).text()
    assert "trial 0 (stopped: none completed)" in text
    assert "No trial completed: the best trial was stopped early" in text
    assert "the best stopped one so far" in text


def test_page_of_a_loss(written: Write, tmp_path: Path) -> None:
    text = Page(write_report([written(objective="val_loss")], tmp_path / "report.html")).text()
    interval = r"\(95% interval 0\.0\d+ to 0\.1\d+\)"
    assert re.search(rf"0\.100 val_loss in the search {interval}, trial 3", text)
    assert re.search(rf"loss 0\.100 {interval} and accuracy 0\.950 \(95% interval 0\.922 to 0\.968\)", text)
    assert "val_loss, smaller is better" in text


def test_a_comparison_links_its_studies_and_does_not_append_them(five: Study, written: Write) -> None:
    studies = [five, written(folder="other", name="other"), written([], folder="an empty #1", name="empty")]
    write_report([studies[0]])
    write_report([studies[2]])
    page = Page(write_report(studies))
    assert write_report(studies) == five.path / "comparison.html"
    assert len(page.ids) == len(set(page.ids))
    assert page.sections == [f"studies-{view.name}" for view in COMPARISONS]
    assert [text for tag, text in page.texts if tag == "h1" and text.strip()] == ["3 studies"]
    pages = [link for link in page.links if not link.startswith("#")]
    assert pages == ["report.html", "../an%20empty%20%231/report.html"] * 2  # in the contents, and in the table
    assert "A study without a link has no report beside it: cnnsearch report STUDY writes one." in page.text()
    assert "digits cnn 0.950 0.922 to 0.968 val_accuracy in the search 3 5 33,000 152 KB 1.25 ms 45 s" in page.text()
    assert "empty – – – – 0 – – – 0 s" in page.text()


def test_a_page_does_not_link_itself(five: Study, written: Write) -> None:
    write_report([five])
    studies = [five, written(folder="other", name="other")]
    page = Page(write_report(studies, five.path / "report.html"))
    assert [link for link in page.links if not link.startswith("#")] == []


def test_report_replaces_the_file_and_returns_its_path(five: Study, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    assert write_report([five], path) == path
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["report.html"]


def test_report_needs_a_study_and_a_folder(five: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least one study"):
        write_report([], tmp_path / "report.html")
    with pytest.raises(InputError, match="cannot write the report: No such file or directory"):
        write_report([five], tmp_path / "missing" / "report.html")


def test_many_classes_have_no_numbers_in_their_cells(written: Write) -> None:
    described = environment([f"class {number}" for number in range(40)], validation=80)
    heat = figures.confusion_matrix(written([SyntheticTrial("COMPLETED", (0.9,))], described=described)).data[0]
    assert heat.texttemplate is None
    assert len(heat.z) == 40


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>&lt;</b>", "&lt;b&gt;&amp;lt;&lt;/b&gt;"),
        ("%{x}", "&#37;{x}"),
        ("100%", "100%"),
        ('"it\'s"', '"it\'s"'),
        ("two\nlines", "two lines"),
    ],
)
def test_label_leaves_plotly_nothing_to_read(text: str, shown: str) -> None:
    assert label(text) == shown


def test_long_names_are_broken_at_underscores() -> None:
    assert broken("batch_normalization", 14) == "batch_<br>normalization"
    assert broken("units", 14) == "units"
    assert broken("", 14) == " "


def test_shades_go_from_worst_to_best_and_turn_round_in_the_dark() -> None:
    assert (shade(0.0), shade(1.0)) == (SHADES[0], SHADES[-1])
    assert len(set(SHADES)) == len(SHADES)

    def light(colour: str) -> int:
        return sum(int(colour[place : place + 2], 16) for place in (1, 3, 5))

    assert light(SHADES[0]) > light(SHADES[-1])
    assert light(DARK[SHADES[0]]) < light(DARK[SHADES[-1]])


def test_embedded_text_cannot_leave_its_element() -> None:
    script = embedded_script("a = '</script><!--'")
    assert "</script" not in script
    assert "<!--" not in script
    content = {"name": "</script> & <!--"}
    assert not set("<>&") & set(embedded_json(json.dumps(content)))
    assert json.loads(embedded_json(json.dumps(content))) == content


def test_every_colour_of_a_figure_has_its_dark_twin(written: Write, tmp_path: Path) -> None:
    """A colour that the page does not know would stay as it is on a dark page."""
    both = {"#e69f00", "#8a8f94", "rgba(0,0,0,0)"}  # read well on either

    def colours(value: Any, key: str = "") -> set[str]:
        if isinstance(value, str):
            return {value} if key.endswith(("color", "colorscale")) else set()
        if isinstance(value, list):
            return set().union(*(colours(item, key) for item in value))
        return set().union(*(colours(item, name) for name, item in value.items())) if isinstance(value, dict) else set()

    drawn = Page(write_report([written(30)], tmp_path / "report.html")).figures
    assert colours(drawn) - both <= set(DARK)
    assert colours(drawn) & set(DARK)
    assert isinstance(go.Figure(drawn[0]), go.Figure)  # plotly still takes what stands on the page
