"""The report in a real browser: it draws, sorts, fits the screen, and neither asks for nor runs anything foreign."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from synthetic import SyntheticTrial, asha_trials, digits_experiment, environment, write_study

from cnnsearch.report import write_report
from cnnsearch.report.figure.style import DARK, INK

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM or not DRIVER, reason="chromium and chromedriver are not on the PATH"),
]

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
HOSTILE = "</script><script>alert(1)</script>\"'` 🐙 שלום &amp; %{x}"
CLASSES = ("<b>cat</b>", "<a href='//x'>", "\"quoted\" 'dog'", "שלום 🐙", "&amp;", "%{x}", HOSTILE)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def realistic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("realistic")
    return write_report([write_study(folder / "study", trials=40)], folder / "report.html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    experiment = digits_experiment(name=HOSTILE)
    trials = [*asha_trials(experiment, 12), SyntheticTrial("FAILED", (0.4,), None, HOSTILE)]
    described = {**environment(CLASSES, unreadable=[HOSTILE]), "command": [HOSTILE]}
    return write_report([write_study(folder / "study", experiment, trials, described)], folder / "report.html")


@pytest.fixture
def opened(browser: Any) -> Callable[..., Any]:
    """Opens a page at a width and theme, with every figure drawn."""

    def open_page(path: Path, width: int = 1600, theme: str = "light") -> Any:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        set_theme(browser, theme)
        browser.get_log("browser"), browser.get_log("performance")
        browser.get(path.as_uri())
        browser.execute_script("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'));")
        return browser

    return open_page


def set_theme(browser: Any, theme: str) -> None:
    feature = {"name": "prefers-color-scheme", "value": theme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})


def ask(browser: Any, expression: str) -> Any:
    return browser.execute_script(f"return {expression};")


@pytest.mark.parametrize("width", [390, 1600])
@pytest.mark.parametrize("name", ["realistic", "hostile"])
def test_page_fits_the_screen_and_is_silent(
    opened: Callable[..., Any], request: pytest.FixtureRequest, name: str, width: int
) -> None:
    page = opened(request.getfixturevalue(name), width)
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


def test_figures_without_a_scroller_keep_to_the_width(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic, 390)
    wide = (
        "[...document.querySelectorAll('.scroller:not([tabindex])')].filter(s => s.scrollWidth > s.clientWidth).length"
    )
    assert ask(page, "document.querySelectorAll('.scroller:not([tabindex]) .figure').length") == 4
    assert ask(page, wide) == 0


def test_hostile_text_is_shown_as_it_is(opened: Callable[..., Any], hostile: Path) -> None:
    page = opened(hostile)
    assert page.title == f"{HOSTILE} – cnnsearch"
    assert ask(page, "document.querySelector('h1').textContent") == HOSTILE
    assert ask(page, "document.scripts.length") == ask(page, "document.querySelectorAll('.figure').length") + 3
    labels = ask(page, "[...document.querySelectorAll('#study-1-confusion svg text')].map(t => t.textContent)")
    assert {"<b>cat</b>", "<a href='//x'>", "\"quoted\" 'dog'", "שלום 🐙", "&amp;", "%{x}"} <= set(labels)
    assert ask(page, "document.querySelectorAll('.canvas a').length") == 0


def test_tooltip_shows_hostile_text_as_it_is(opened: Callable[..., Any], hostile: Path) -> None:
    page = opened(hostile)
    page.execute_script(
        "const canvas = document.querySelector('#study-1-confusion .canvas');"
        "canvas.scrollIntoView();"
        "Plotly.Fx.hover(canvas, {xval: 5, yval: 5}, 'xy');"
    )
    tooltip = ask(page, "document.querySelector('#study-1-confusion .hoverlayer').textContent")
    assert "%{x}" in tooltip
    assert "recognised" in tooltip


def test_nothing_can_be_sent_to_a_server(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic)
    contexts = ask(page, "[...document.querySelectorAll('.canvas')].map(c => c._context)")
    assert len(contexts) == 6
    for context in contexts:
        assert not context["showSendToCloud"]
        assert context["plotlyServerURL"] == ""
        assert not context["displaylogo"]
        assert context["modeBarButtons"] == [["toImage", "zoom2d", "pan2d", "resetScale2d"]]


def column(page: Any, heading: str) -> list[str]:
    return list(
        page.execute_script(
            "const head = [...document.querySelectorAll('.sortable th')].find(h => h.textContent === arguments[0]);"
            "return [...document.querySelector('.sortable tbody').rows].map(r => r.cells[head.cellIndex].textContent);",
            heading,
        )
    )


def test_table_sorts_by_click_and_by_key(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic)
    heads = {head.text.split(" ")[0]: head for head in page.find_elements("css selector", ".sortable th button")}
    assert column(page, "trial") == [str(number) for number in range(40)]

    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", heads["val_accuracy"])
    heads["val_accuracy"].click()
    values = column(page, "val_accuracy")
    numbers = [float(value) for value in values if value != "–"]
    assert numbers == sorted(numbers)
    assert len(numbers) == 36
    assert values[36:] == ["–"] * 4
    heads["val_accuracy"].send_keys("\ue007")  # Enter
    values = column(page, "val_accuracy")
    assert [float(value) for value in values[:36]] == numbers[::-1]
    assert values[36:] == ["–"] * 4
    sorts = ask(
        page, "[...document.querySelectorAll('.sortable th')].map(h => h.getAttribute('aria-sort')).filter(Boolean)"
    )
    assert sorts == ["descending"]

    heads["state"].click()
    assert column(page, "state") == ["completed"] * 12 + ["failed"] * 2 + ["interrupted"] * 2 + ["stopped"] * 24
    heads["filters"].click()
    assert [int(text) for text in column(page, "filters")] == sorted(int(text) for text in column(page, "filters"))


def test_figures_follow_the_theme_while_open(opened: Callable[..., Any], realistic: Path) -> None:
    page = opened(realistic, theme="light")
    inks = "[...new Set([...document.querySelectorAll('.canvas')].map(c => c.layout.font.color))]"
    assert ask(page, inks) == [INK]
    set_theme(page, "dark")
    page.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(() => arguments[0]()))")
    assert ask(page, inks) == [DARK[INK]]
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert ask(page, inks) == [INK]  # paper is white
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert ask(page, inks) == [DARK[INK]]
    assert ask(page, "getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 22)"


def test_only_figures_near_the_screen_are_drawn(browser: Any, realistic: Path) -> None:
    size = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.get(realistic.as_uri())
    drawn = "document.querySelectorAll('.figure .main-svg').length"
    wait = "const done = arguments[0]; setTimeout(done, 300)"
    browser.execute_async_script(wait)
    assert ask(browser, f"document.querySelector('#study-1-confusion').{drawn.removeprefix('document.')}") == 0
    browser.execute_script("document.querySelector('#study-1-confusion').scrollIntoView()")
    browser.execute_async_script(wait)
    assert ask(browser, f"document.querySelector('#study-1-confusion').{drawn.removeprefix('document.')}") > 0
