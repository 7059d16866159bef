"""The page of a sweep as it runs: what is added to the record comes to the page, and what a reader did there stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recorded import ended
from selenium.webdriver.support.ui import WebDriverWait
from synthetic import START, SyntheticTrial, digits_experiment, write_study

from cnnsearch.live.server import served
from cnnsearch.live.watching import Watching
from cnnsearch.study.hold import hold_study
from cnnsearch.study.record.record import Record, log_name

TRIALS = [
    *[SyntheticTrial("COMPLETED", [0.5, 0.6 + number / 50]) for number in range(8)],
    SyntheticTrial("INTERRUPTED", [0.5]),
]

DRAWN = "return document.querySelectorAll('#study-1-curves .canvas .main-svg').length > 0"


def test_the_page_follows_the_record(browser: Any, tmp_path: Path) -> None:
    study = write_study(tmp_path / "one", trials=TRIALS)
    study.store.append(log_name(8), ["first line"])
    wait = WebDriverWait(browser, 30)
    with hold_study(study.store) as hold, served(Watching(study.store), 0) as address:
        browser.get_log("browser")
        browser.get(address)
        assert "8/40 trials ended" in browser.find_element("id", "head").text
        browser.execute_script("document.getElementById('study-1-curves').scrollIntoView()")
        wait.until(lambda _: browser.execute_script(DRAWN))
        browser.execute_script("document.querySelector('#study-1-curves .canvas').mine = true; window.mine = true")
        assert "first line" in browser.find_element("css selector", "#printed details").get_attribute("textContent")
        Record(study.store).end(ended(8, state="STOPPED", ended=START + 600))
        wait.until(lambda _: "9/40 trials ended" in browser.find_element("id", "head").text)
        wait.until(lambda _: "printed nothing" in browser.find_element("id", "printed").text)
        hold.release()
        wait.until(lambda _: "The sweep has ended." in browser.find_element("id", "head").text)
        assert browser.find_element("css selector", "#study-1-verdict .verdict").text.startswith("0.740")
        kept = "return window.mine === true && document.querySelector('#study-1-curves .canvas').mine === true"
        assert browser.execute_script(kept)
        assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_what_was_chosen_on_a_front_stays(browser: Any, tmp_path: Path) -> None:
    values = ((0.5, 4.0), (0.9, 8.0), (0.7, 2.0), (0.8, 6.0))
    trials = [SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": cost / 1000}) for value, cost in values]
    experiment = digits_experiment(objective=["val_accuracy", "latency_ms"], scheduler="none")
    study = write_study(tmp_path / "one", experiment, [*trials, SyntheticTrial("INTERRUPTED", [0.5])])
    shown = "return document.querySelector('#study-1-front .shown').textContent"
    type_it = (
        "const input = document.querySelectorAll('#study-1-front [name=bound]')[1]; input.value = '6'; input.focus();"
        "input.dispatchEvent(new Event('input', { bubbles: true })); window.before = input"
    )
    said = "2 of 3 trials of the front keep these bounds; the best val_accuracy of them has trial 3"
    with hold_study(study.store), served(Watching(study.store), 0) as address:
        browser.get(address)
        browser.execute_script(type_it)
        assert browser.execute_script(shown) == said
        Record(study.store).end(ended(4, state="STOPPED", ended=START + 600))
        put = "return !document.contains(window.before)"
        WebDriverWait(browser, 30).until(lambda _: browser.execute_script(put))
        assert browser.execute_script(shown) == said
        assert browser.execute_script("return document.activeElement.name") == "bound"


def test_it_says_that_nobody_answers(browser: Any, tmp_path: Path) -> None:
    study = write_study(tmp_path / "one", trials=TRIALS)
    with hold_study(study.store):
        with served(Watching(study.store), 0) as address:
            browser.get(address)
            assert not browser.find_element("id", "away").is_displayed()
        WebDriverWait(browser, 30).until(lambda _: browser.find_element("id", "away").is_displayed())
