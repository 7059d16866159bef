"""No text of a page lies on another one or is cut, at three widths and in both themes, however long names are."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import set_theme, set_width
from synthetic import asha_trials, digits_experiment, environment, write_finalists, write_study

from cnnsearch.report import write_report
from cnnsearch.report.drawing.style import DARK

pytestmark = pytest.mark.browser

CLASSES = (
    "Strix aluco (tawny owl), juvenile, on the ground",
    "Strix aluco (tawny owl), adult, in flight at dusk",
    *(f"a_class_whose_name_is_a_path/of/several/folders/{number}" for number in range(8)),
)

WALK = r"""
const told = [];
const isSeen = (text) => text.textContent.trim() && text.getBoundingClientRect().width && !text.closest(".hoverlayer");
const isSlanted = (text) => {
  const { a, b } = text.getScreenCTM();
  return Math.min(Math.abs(a), Math.abs(b)) > 0.01;  // its box is larger than it
};
for (const canvas of document.querySelectorAll(".canvas")) {
  const name = canvas.closest("[data-view]").dataset.view;
  const area = canvas.querySelector(".main-svg").getBoundingClientRect();
  const texts = [...canvas.querySelectorAll(".main-svg text")].filter((text) => isSeen(text) && !isSlanted(text));
  const boxes = texts.map((text) => text.getBoundingClientRect());
  boxes.forEach((box, place) => {
    const cut = Math.max(area.left - box.left, box.right - area.right, area.top - box.top, box.bottom - area.bottom);
    if (cut > 2) told.push(`${name}: '${texts[place].textContent}' is cut by ${Math.round(cut)}`);
    for (let other = 0; other < place; other++) {
      const wide = Math.min(box.right, boxes[other].right) - Math.max(box.left, boxes[other].left);
      const high = Math.min(box.bottom, boxes[other].bottom) - Math.max(box.top, boxes[other].top);
      if (wide > 2 && high > 4) told.push(`${name}: '${texts[other].textContent}' and '${texts[place].textContent}'`);
    }
  });
}
for (const element of document.querySelectorAll("main :is(h1, h2, h3, h4, p, dt, dd, summary, li)")) {
  if (!element.checkVisibility() || element.closest(".scroller, .selection")) continue;
  const isCut = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== "inline";
  if (isCut) told.push(`${element.tagName} '${element.textContent.slice(0, 60)}' is cut`);
}
return told;
"""
"""What lies on what, and what is cut."""

LEGENDS = r"""
const colours = (element) => [element, ...element.querySelectorAll("*")].flatMap((part) => {
  const { fill, stroke } = part.style;
  return [fill, stroke];
}).filter((colour) => /^rgb\(/.test(colour));
return [...document.querySelectorAll(".canvas .legend .layers")].flatMap(colours);
"""


@pytest.fixture(scope="module")
def long_names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long_names")
    experiment = digits_experiment(name="a study of " + "very " * 12 + "long names", finalists={"top": 3, "seeds": 3})
    described = {**environment(CLASSES, path="/data/" + "a_long_folder/" * 12), "host": "a-node-of-a-cluster" * 3}
    study = write_study(folder / "study", experiment, asha_trials(experiment, 40), described, predictions=3)
    first = [record.trial for record in study.ranked[:3]]
    runs = {trial: [0.91 - 0.01 * place, 0.9, 0.92] for place, trial in enumerate(first)}
    return write_report([write_finalists(study.path, runs)], folder / "report.html")


@pytest.fixture(scope="module")
def page(opened: Callable[..., Any], long_names: Path) -> Any:
    """With everything open; it is loaded once."""
    return opened(long_names)


@pytest.fixture(scope="module")
def walked(page: Any, request: pytest.FixtureRequest) -> Any:
    """The page at a width and in a theme, with everything drawn, for all tests that look at it so."""
    width, theme = request.param
    set_width(page, width)
    set_theme(page, theme)
    page.execute_script("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'));")
    page.execute_async_script(
        "const canvases = [...document.querySelectorAll('.canvas')].filter((canvas) => canvas.checkVisibility());"
        "Promise.all(canvases.map(Plotly.Plots.resize)).then(() => arguments[0]());"
    )
    return page


IN_LIGHT, IN_THE_DARK = (768, "light"), (1600, "dark")


def at(*places: tuple[int, str]) -> pytest.MarkDecorator:
    """At which width and in which theme; a theme changes colours alone: by default each width in one of them."""
    given = [
        pytest.param(place, marks=[] if place in ((390, "light"), IN_LIGHT, IN_THE_DARK) else [pytest.mark.exhaustive])
        for place in places
    ]
    return pytest.mark.parametrize("walked", given, indirect=True, ids=[f"{width}-{theme}" for width, theme in places])


@at(*itertools.product((390, 768, 1600), ("light", "dark")))
def test_no_text_lies_on_another_one_or_is_cut(walked: Any) -> None:
    assert walked.execute_script("return document.querySelectorAll('.canvas .main-svg text').length") > 200
    assert walked.execute_script(WALK) == []


@at(IN_LIGHT, IN_THE_DARK)
def test_legends_have_the_colours_of_the_theme(walked: Any, request: pytest.FixtureRequest) -> None:
    _, theme = request.node.callspec.params["walked"]
    found = set(walked.execute_script(LEGENDS))
    light, dark = ({_rgb(colour) for colour in colours} for colours in (DARK.keys(), DARK.values()))
    foreign = (light - dark) if theme == "dark" else (dark - light)
    assert len(found) >= 4
    assert found & (dark if theme == "dark" else light)
    assert not found & foreign


def _rgb(colour: str) -> str:
    return f"rgb({', '.join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))})"
