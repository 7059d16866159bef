"""One selection of trials over the table and all figures of a study, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import ask, next_frame, wait_for

pytestmark = pytest.mark.browser

Opened = Callable[..., Any]

SELECTED = """
const trials = new Set();
for (const trace of document.querySelector(`#study-1-${arguments[0]} .canvas`).data) {
  if (!trace.customdata) continue;
  if (trace.customdata.length === 1 && trace.x.length > 1) {
    if (trace.opacity === 1 && trace.zorder && trace.visible !== "legendonly") trials.add(trace.customdata[0]);
  } else for (const index of trace.selectedpoints ?? []) trials.add(trace.customdata[index]);
}
return [...trials].sort((a, b) => a - b);
"""


def highlighted(page: Any, view: str) -> list[int]:
    """Trials that the first figure of a view brings out, when it has been drawn anew on the screen."""
    page.execute_script(f"document.querySelector('#study-1-{view}').scrollIntoView()")
    wait_for(page, f"document.querySelector('#study-1-{view} .canvas')?.data")
    next_frame(page)
    return list(page.execute_script(SELECTED, view))


def ticked(page: Any, study: int = 1) -> list[int]:
    rows = f"[...document.querySelectorAll('#study-{study}-trials tbody tr')]"
    numbers = ask(page, f"{rows}.filter(row => row.querySelector('input').checked).map(row => row.dataset.trial)")
    return sorted(map(int, numbers))


def tick(page: Any, trial: int, study: int = 1) -> None:
    page.execute_script(f"document.querySelector('#study-{study}-trials tr[data-trial=\"{trial}\"] input').click()")


def test_rows_are_brought_out_in_every_figure(opened: Opened, realistic: Path) -> None:
    page = opened(realistic)
    tick(page, 3)
    tick(page, 7)
    assert ticked(page) == [3, 7]
    for view in ("history", "curves", "parallel"):
        assert highlighted(page, view) == [3, 7]
    assert ask(page, "document.getElementById('said').textContent") == "2 trials selected"
    assert (
        ask(page, "document.querySelector('.selection').innerText.replace(/\\s+/g, ' ')")
        == "2 trials selected 3, 7 Clear"
    )
    page.find_element("css selector", ".selection .clear").click()
    assert ticked(page) == []
    assert highlighted(page, "curves") == []
    assert ask(page, "document.getElementById('said').textContent") == "Selection cleared"
    assert not page.find_element("css selector", ".selection").is_displayed()


def test_row_is_ticked_and_cleared_by_key(opened: Opened, realistic: Path) -> None:
    page = opened(realistic)
    box = page.find_element("css selector", "#study-1-trials tbody input")
    box.send_keys(" ")
    assert len(ticked(page)) == 1
    page.find_element("css selector", "#study-1-trials th button").send_keys("\ue00c")  # Escape
    assert ticked(page) == []


def test_point_is_picked_by_a_click(opened: Opened, realistic: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page = opened(realistic)
    page.execute_script("document.querySelector('#study-1-history').scrollIntoView()")
    wait_for(page, "document.querySelector('#study-1-history path.point')")
    point = page.find_element("css selector", "#study-1-history .scatterlayer .trace:nth-of-type(2) path.point")
    # By its place on the screen: to move to an element may scroll the page, away from under the pointer.
    place = "const area = arguments[0].getBoundingClientRect(); return [area.x + 4, area.y + 4].map(Math.round)"
    click = ActionChains(page)
    click.w3c_actions.pointer_action.move_to_location(*page.execute_script(place, point)).click()
    click.perform()
    wait_for(page, "!document.querySelector('.selection').hidden")
    [trial] = ticked(page)
    assert highlighted(page, "history") == highlighted(page, "parallel") == [trial]


def test_range_on_an_axis_selects_its_lines(opened: Opened, realistic: Path) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page = opened(realistic)
    canvas = "document.querySelector('#study-1-parallel .canvas')"
    page.execute_script("document.querySelector('#study-1-parallel').scrollIntoView()")
    wait_for(page, canvas)
    page.execute_script(f"{canvas}.scrollIntoView()")
    x, top, bottom = page.execute_script(
        f"const canvas = {canvas}, area = canvas.getBoundingClientRect(), layout = canvas._fullLayout;"
        "const axes = canvas.layout.meta.axes;"
        "const x = area.left + layout._size.l + layout.xaxis.d2p(axes.length - 1);"
        "const y = (value) => area.top + layout._size.t + layout.yaxis.d2p(value);"
        "return [x, y(1.03), y(0.8)].map(Math.round);"
    )
    drag = ActionChains(page)  # from the right: on the left stand the axis's labels
    drag.w3c_actions.pointer_action.move_to_location(x + 12, top).pointer_down().move_to_location(
        x, (top + bottom) // 2
    )
    drag.w3c_actions.pointer_action.move_to_location(x - 12, bottom).pointer_up()
    drag.perform()
    wait_for(page, "!document.querySelector('.selection').hidden")
    expected = ask(page, f"{canvas}.data.filter(t => t.customdata && t.y.at(-1) >= 0.8).map(t => t.customdata[0])")
    assert len(expected) > 2
    assert ticked(page) == highlighted(page, "curves") == sorted(expected)


def test_selected_rows_can_be_shown_alone_and_all_found_be_selected(opened: Opened, realistic: Path) -> None:
    page = opened(realistic)
    page.execute_script(
        "const form = document.querySelector('#study-1-trials form'); form.elements.text.value = 'state=failed';"
        "form.dispatchEvent(new Event('input')); document.querySelector('#study-1-trials .all').click();"
        "form.elements.text.value = ''; form.elements.selected.checked = true; form.dispatchEvent(new Event('input'));"
    )
    assert ticked(page) == [13, 33]
    assert ask(page, "document.querySelectorAll('#study-1-trials tbody tr').length") == 2
