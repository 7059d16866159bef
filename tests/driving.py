"""Drives a page in a browser."""

from __future__ import annotations

from typing import Any


def set_theme(browser: Any, theme: str) -> None:
    """Light or dark, and nothing that moves: what is scrolled to is there at once."""
    features = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
    told = [{"name": name, "value": value} for name, value in features.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": told})


def set_width(browser: Any, width: int) -> None:
    """Of the page, in pixels."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def unfold(browser: Any) -> None:
    """Opens all questions of a report, and the views that are folded to a line."""
    browser.execute_script(
        "document.querySelectorAll('.question, .line > details').forEach((fold) => { fold.open = true; });"
    )


def ask(browser: Any, expression: str) -> Any:
    return browser.execute_script(f"return {expression};")


def next_frame(browser: Any) -> None:
    """Until what has been asked for is drawn: observers are told before a frame, and figures follow at once."""
    browser.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))"
    )


def wait_for(browser: Any, expression: str) -> None:
    """Until a JavaScript expression holds; a page that never gets there runs into the script's timeout."""
    browser.execute_async_script(
        f"const done = arguments[0]; const look = () => ({expression}) ? done() : requestAnimationFrame(look); look();"
    )
