"""The report in a real browser: it draws, sorts, fits the screen, and neither asks for nor runs anything foreign."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import ask, next_frame, set_theme, set_width, wait_for
from synthetic import SyntheticTrial, asha_trials, digits_experiment, environment, write_study

from cnnsearch.report import write_report
from cnnsearch.report.drawing.style import DARK, INK

pytestmark = pytest.mark.browser

HOSTILE = "</script><script>alert(1)</script>\"'` 🐙 שלום &amp; %{x}" + 12 * "very-long"
CLASSES = ("<b>cat</b>", "<a href='//x'>", "\"quoted\" 'dog'", "שלום 🐙", "&amp;", "%{x}", HOSTILE)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    experiment = digits_experiment(name=HOSTILE)
    trials = [*asha_trials(experiment, 12), SyntheticTrial("FAILED", (0.4,), None, HOSTILE)]
    described = {**environment(CLASSES, unreadable=[HOSTILE]), "command": [HOSTILE]}
    return write_report([write_study(folder / "study", experiment, trials, described)], folder / "report.html")


@pytest.fixture(scope="module")
def page(request: pytest.FixtureRequest, opened: Callable[..., Any]) -> Any:
    """A page with every figure drawn, by its name and width; opened once for all tests that follow each other with it.

    Loading and drawing it takes seconds. Tests that change it are the last ones to ask for it.
    """
    name, width = request.param
    return opened(request.getfixturevalue(name), width, drawn=True)


NARROW, WIDE, HOSTILE_NARROW, HOSTILE_WIDE = (
    (name, width) for name in ("realistic", "hostile") for width in (390, 1600)
)


def of(*pages: tuple[str, int]) -> pytest.MarkDecorator:
    """Which pages a test is of."""
    return pytest.mark.parametrize("page", pages, indirect=True, ids=[f"{name}-{width}" for name, width in pages])


@of(NARROW, HOSTILE_NARROW, WIDE, HOSTILE_WIDE)
def test_page_fits_the_screen_and_is_silent(page: Any, request: pytest.FixtureRequest) -> None:
    _, width = request.node.callspec.params["page"]
    assert ask(page, "innerWidth") == width
    assert ask(page, "document.documentElement.scrollWidth") <= width
    assert ask(page, "[...document.querySelectorAll('.figure')].every(f => f.querySelector('svg.main-svg'))")
    overflowing = (
        "[...document.querySelectorAll('.scroller')].filter(s => s.getBoundingClientRect().right > innerWidth).length"
    )
    assert ask(page, overflowing) == 0
    assert page.get_log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert urls
    assert [url for url in urls if not url.startswith(("file:", "data:"))] == []


@of(NARROW)
def test_figures_without_a_scroller_keep_to_the_width(page: Any) -> None:
    wide = (
        "[...document.querySelectorAll('.scroller:not([tabindex])')].filter(s => s.scrollWidth > s.clientWidth).length"
    )
    assert ask(page, "document.querySelectorAll('.scroller:not([tabindex]) .figure').length") >= 4
    assert ask(page, wide) == 0


@of(NARROW)
def test_tables_that_are_not_sorted_keep_to_the_width(page: Any) -> None:
    tables = "[...document.querySelectorAll('.scroller > table.plain')]"
    wide = f"{tables}.filter(t => t.scrollWidth > t.parentElement.clientWidth).length"
    assert ask(page, f"{tables}.filter(t => t.checkVisibility() && t.matches('.stacked')).length") >= 2
    assert ask(page, wide) == 0
    cut = f"{tables}.flatMap(t => [...t.querySelectorAll('td, th')]).filter(c => c.scrollWidth > c.clientWidth).length"
    assert ask(page, cut) == 0
    set_width(page, 1600)
    assert ask(page, wide) == 0
    assert ask(page, "getComputedStyle(document.querySelector('.stacked td')).display") == "table-cell"
    set_width(page, 390)


@of(NARROW)
def test_panels_stand_below_each_other_where_rows_of_them_are_too_wide(page: Any) -> None:
    panelled = "[...document.querySelectorAll('.figure[data-stacked]')]"
    stacked = f"{panelled}.map(f => f.offsetHeight === Number(f.dataset.stacked))"
    sideways = f"{panelled}.filter(f => f.parentElement.scrollWidth > f.parentElement.clientWidth).length"
    assert ask(page, stacked) == [True] * 3
    assert ask(page, sideways) == 0
    canvas = "document.querySelector('#study-1-slices .canvas')"
    domains = f"{canvas}._fullLayout._subplots.xaxis.map(x => {canvas}.layout[x.replace('x', 'xaxis')].domain)"
    assert all(domain == [0, 1] for domain in ask(page, domains))

    set_width(page, 1600)
    wait_for(page, f"{stacked}.every(is => !is)")
    assert ask(page, sideways) == 0
    page.execute_script("document.querySelector('#study-1-slices').scrollIntoView()")
    wait_for(page, f"{domains}.every(([left, right]) => right - left < 0.5)")


@of(NARROW)
def test_what_is_folded_after_it_was_drawn_is_drawn_anew_for_another_width(page: Any) -> None:
    fold, place = "document.querySelector('#study-1-search')", "document.querySelector('#study-1-curves .figure')"
    show = "document.querySelector('#study-1-curves').scrollIntoView()"
    fits = f"{place}.querySelector('.main-svg').clientWidth === {place}.clientWidth"
    set_width(page, 1600)
    page.execute_script(show)
    wait_for(page, f"{place}.clientWidth > 390 && {fits}")
    page.execute_script(f"{fold}.open = false")
    set_width(page, 390)
    page.execute_script(f"{fold}.open = true; {show}")
    wait_for(page, f"{place}.clientWidth < 390 && {fits}")


@of(HOSTILE_WIDE)
def test_hostile_text_is_shown_as_it_is(page: Any) -> None:
    assert page.title == f"{HOSTILE} – cnnsearch"
    assert ask(page, "document.querySelector('h1').textContent") == HOSTILE
    assert ask(page, "document.scripts.length") == ask(page, "document.querySelectorAll('.figure').length") + 5
    labels = ask(page, "[...document.querySelectorAll('#study-1-confusion svg text')].map(t => t.textContent)")
    assert {"<b>cat</b>", "<a href='//x'>", "\"quoted\" 'dog'", "שלום 🐙", "&amp;", "%{x}"} <= set(labels)
    assert ask(page, "document.querySelectorAll('.canvas a').length") == 0


@of(HOSTILE_WIDE)
def test_tooltip_shows_hostile_text_as_it_is(page: Any) -> None:
    page.execute_script(
        "const canvas = document.querySelector('#study-1-confusion .canvas');"
        "canvas.scrollIntoView();"
        "Plotly.Fx.hover(canvas, {xval: 5, yval: 5}, 'xy');"
    )
    tooltip = ask(page, "document.querySelector('#study-1-confusion .hoverlayer').textContent")
    assert "%{x}" in tooltip
    assert "recognised" in tooltip


@of(WIDE)
def test_nothing_can_be_sent_to_a_server(page: Any) -> None:
    contexts = ask(page, "[...document.querySelectorAll('.canvas')].map(c => c._context)")
    assert len(contexts) >= 6
    for context in contexts:
        assert not context["showSendToCloud"]
        assert context["plotlyServerURL"] == ""
        assert not context["displaylogo"]
        assert context["modeBarButtons"] == [["toImage", "zoom2d", "pan2d", "select2d", "resetScale2d"]]


@of(WIDE)
def test_figures_follow_the_theme_while_open(page: Any) -> None:
    inks = "[...new Set([...document.querySelectorAll('.canvas')].map(c => c.layout.font.color))]"
    assert ask(page, inks) == [INK]
    page.execute_script("document.querySelector('#study-1-curves').scrollIntoView()")
    set_theme(page, "dark")
    wait_for(page, f"document.querySelector('#study-1-curves .canvas').layout.font.color === '{DARK[INK]}'")
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert ask(page, inks) == [INK]  # paper is white
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert ask(page, inks) == [DARK[INK]]
    assert ask(page, "getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"


def test_page_fits_on_paper_with_everything_open(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic, 680, unfolded=False)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert ask(page, "document.querySelectorAll('main details:not([open])').length") == 0
    wait_for(page, "document.documentElement.scrollWidth <= 680")
    assert ask(page, "getComputedStyle(document.querySelector('.contents')).display") == "none"
    assert ask(page, "getComputedStyle(document.querySelector('.filter')).display") == "none"
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert ask(page, "document.querySelectorAll('main details[open]').length") == 0
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_classes_are_sorted_where_they_stand(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic)
    recall = "[...document.querySelectorAll('#study-1-confusion tbody tr')].map(r => Number(r.cells[2].dataset.value))"
    page.execute_script("document.querySelector('#study-1-confusion th:nth-child(3) button').click()")
    assert ask(page, recall) == sorted(ask(page, recall))
    page.execute_script("document.querySelector('#study-1-confusion th:nth-child(3) button').click()")
    assert ask(page, recall) == sorted(ask(page, recall), reverse=True)


CLOSED = "!document.querySelector('#study-1-search').open"


def test_only_figures_near_the_screen_are_drawn_and_folded_ones_when_they_are_opened(
    opened: Callable[..., Any], realistic: Path
) -> None:
    page = opened(realistic, 390, unfolded=False)
    drawn = "document.querySelector('#study-1-curves .main-svg')"
    page.execute_script("document.querySelector('#study-1-confusion').scrollIntoView()")
    wait_for(page, "document.querySelector('#study-1-confusion .main-svg')")
    next_frame(page)
    assert ask(page, f"{CLOSED} && !{drawn}")
    page.find_element("css selector", "#study-1-search > summary").click()
    next_frame(page)
    assert not ask(page, "document.querySelector('#study-1-timeline .main-svg')"), "it is far below"
    page.execute_script("document.querySelector('#study-1-curves').scrollIntoView()")
    wait_for(page, drawn)


def test_an_address_that_is_none_does_no_harm(browser: Any, realistic: Path) -> None:
    browser.get("about:blank")
    browser.get(f"{realistic.as_uri()}#%")
    wait_for(browser, "document.querySelector('#study-1-finalists, #study-1-verdict') && window.Plotly")
    assert ask(browser, "document.querySelectorAll('.sortable th button, .sortable th').length > 0")
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_an_address_opens_what_it_leads_to(opened: Callable[..., Any], realistic: Path, browser: Any) -> None:
    page = opened(realistic, 1600, unfolded=False)
    page.find_element("css selector", ".contents a[href='#study-1-search']").click()
    wait_for(page, "document.querySelector('#study-1-search').open")
    assert ask(page, "document.querySelector('.contents [data-of=study-1-search]').checkVisibility()")
    assert not ask(page, "document.querySelector('.contents [data-of=study-1-matters]').checkVisibility()")
    browser.get("about:blank")
    browser.get(f"{realistic.as_uri()}#study-1-provenance")
    wait_for(page, "document.querySelector('#study-1-provenance').checkVisibility()")
    assert 0 <= ask(page, "document.querySelector('#study-1-provenance').getBoundingClientRect().top") < 900
    assert ask(page, "[...document.querySelectorAll('.question[open]')].map((each) => each.id)") == ["study-1-repeated"]


@pytest.mark.parametrize(("width", "highest"), [(390, 6000), (1600, 4000)])
def test_a_page_is_short_before_anything_is_opened(
    opened: Callable[..., Any], realistic: Path, width: int, highest: int
) -> None:
    page = opened(realistic, width, unfolded=False)
    assert ask(page, "document.documentElement.scrollHeight") <= highest
    assert ask(page, "document.body.innerText.split(/\\s+/).length") <= 900
