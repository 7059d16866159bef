"""Choosing on the front of several objectives, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import ask
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.report import write_report

pytestmark = pytest.mark.browser

TRIALS = ((0.5, 4.0), (0.9, 8.0), (0.7, 2.0), (0.8, 6.0))
"""Value and latency; 0 is beaten by 2."""

SECTION = "document.querySelector('#study-1-front')"
SHOWN = (
    f"[...{SECTION}.querySelectorAll('tbody tr[data-trial]')].filter(row => row.offsetParent).map(r => r.dataset.trial)"
)
PICKED = f"[...{SECTION}.querySelectorAll('details[data-trial]')].filter(each => each.offsetParent)"
SAID = f"{SECTION}.querySelector('.shown').textContent"


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("front")
    trials = [
        SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": latency / 1000}) for value, latency in TRIALS
    ]
    keys = {"objective": ["val_accuracy", "latency_ms"], "scheduler": "none"}
    study = write_study(folder / "study", digits_experiment(**keys), trials)
    (study.path / "front").mkdir()
    (study.path / "front" / "000002.keras").write_text("")
    return write_report([study], folder / "report.html")


def picked(page: Any) -> list[str]:
    return list(ask(page, f"{PICKED}.map(each => each.dataset.trial)"))


def test_the_chosen_trial_is_shown_at_first_with_config_and_command(
    opened: Callable[..., Any], page_file: Path
) -> None:
    page = opened(page_file)
    assert ask(page, SHOWN) == ["1", "3", "2"]
    assert picked(page) == ["1"]
    assert ask(page, SAID) == "3 of 3 trials of the front; pick one"
    text = ask(page, f"{PICKED}[0].innerText")
    assert "Trial 1, val_accuracy 0.900, latency_ms 8.000" in text
    assert "Its model is not in the study any more. To train it again:" in text
    assert "cnnsearch rerun " in text
    assert "learning_rate" in text


def test_a_bound_leaves_those_that_keep_it_and_picks_the_best_of_them(
    opened: Callable[..., Any], page_file: Path
) -> None:
    page = opened(page_file)
    accuracy, latency = page.find_elements("css selector", "#study-1-front input[name=bound]")
    latency.send_keys("6.5")
    assert ask(page, SHOWN) == ["3", "2"]
    assert picked(page) == ["3"]
    told = "2 of 3 trials of the front keep these bounds; the best val_accuracy of them has trial 3"
    assert ask(page, SAID) == told
    accuracy.send_keys("0.85")
    assert (ask(page, SHOWN), picked(page)) == ([], [])
    assert ask(page, SAID) == "0 of 3 trials of the front keep these bounds"
    accuracy.send_keys("x")
    assert ask(page, SAID) == "not a number: 0.85x"
    page.find_element("css selector", "#study-1-front button[type=reset]").click()
    page.execute_async_script("setTimeout(arguments[0], 20)")
    assert (ask(page, SHOWN), picked(page)) == (["1", "3", "2"], ["1"])


def test_a_trial_is_picked_by_keys_and_brought_out_everywhere(opened: Callable[..., Any], page_file: Path) -> None:
    page = opened(page_file)
    first = page.find_element("css selector", "#study-1-front input[type=radio]:checked")
    first.send_keys("\ue015\ue015")  # arrow down, twice
    assert picked(page) == ["2"]
    assert ask(page, SAID) == "picked is trial 2"
    text = ask(page, f"{PICKED}[0].innerText")
    assert "Its model is in the study. To get it:" in text
    assert "--trial 2 -o trial-2.keras" in text
    assert ask(page, "document.querySelector('.selection .names').textContent") == "2"
    assert page.get_log("browser") == []
