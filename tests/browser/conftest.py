"""One Chromium for all tests of the page, and the pages that several of them open."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import set_theme, set_width, unfold
from synthetic import write_study

from cnnsearch.report import write_report

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the browser saves what a page hands out."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory, downloads: Path) -> Iterator[Any]:
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    if not CHROMIUM or not DRIVER:
        pytest.skip("chromium and chromedriver are not on the PATH")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def realistic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("realistic")
    return write_report([write_study(folder / "study", trials=40)], folder / "report.html")


@pytest.fixture(scope="session")
def opened(browser: Any) -> Callable[..., Any]:
    """Opens a page at a width and theme with all its questions unfolded, unless it shall stay as it comes.

    On demand every figure is drawn, and not only those on the screen.
    """

    def open_page(
        path: Path, width: int = 1600, theme: str = "light", drawn: bool = False, unfolded: bool = True
    ) -> Any:
        set_width(browser, width)
        set_theme(browser, theme)
        browser.get_log("browser"), browser.get_log("performance")
        browser.get(path.as_uri())
        if unfolded:
            unfold(browser)
        if drawn:
            browser.execute_script("dispatchEvent(new Event('beforeprint')); dispatchEvent(new Event('afterprint'));")
        return browser

    return open_page
