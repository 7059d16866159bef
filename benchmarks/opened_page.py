"""Opens a page in headless Chromium and prints what that took, as JSON."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["open_page"]

_FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_FIRST_VIEW = """
const done = arguments[0];
const look = () => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  if (!navigation.loadEventEnd || !paint) return setTimeout(look, 20);
  const found = {paint: paint.startTime / 1e3, usable: navigation.loadEventEnd / 1e3};
  requestAnimationFrame(() => setTimeout(() => done(found)));
};
look();
"""


def open_page(page: Path) -> dict[str, Any]:
    """Seconds to the first paint and until every script has run; messages of the console; addresses asked for."""
    from selenium import webdriver

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        raise RuntimeError("chromium and chromedriver are not on the PATH")
    with tempfile.TemporaryDirectory() as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for flag in (*_FLAGS, f"--user-data-dir={profile}", "--window-size=1600,900"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            browser.get("about:blank")
            browser.get_log("performance")
            browser.get(page.resolve().as_uri())
            seconds = browser.execute_async_script(_FIRST_VIEW)
            messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
            urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
            foreign = [url for url in urls if not url.startswith(("file:", "data:"))]
            return {**seconds, "console": len(browser.get_log("browser")), "requests": len(foreign)}
        finally:
            browser.quit()


if __name__ == "__main__":
    print(json.dumps(open_page(Path(sys.argv[1]))))
