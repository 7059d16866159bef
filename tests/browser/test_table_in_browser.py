"""The table of trials in a real browser: sorts, filters, pages, and hands out what it holds."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from driving import ask, wait_for
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.numbers import score
from cnnsearch.report import write_report

pytestmark = pytest.mark.browser

Opened = Callable[..., Any]
TABLE = "#study-1-trials"


def column(page: Any, heading: str) -> list[str]:
    """Texts of the rows that are shown."""
    script = (
        "const table = document.querySelector('#study-1-trials table');"
        "const head = [...table.tHead.rows[0].cells].find((cell) => cell.textContent === arguments[0]);"
        "return [...table.tBodies[0].rows].map((row) => row.cells[head.cellIndex].textContent);"
    )
    return list(page.execute_script(script, heading))


def click(page: Any, selector: str) -> None:
    page.execute_script("document.querySelector(arguments[0]).click()", f"{TABLE} {selector}")


def enter(page: Any, name: str, text: str) -> None:
    page.execute_script(
        "const field = document.querySelector(arguments[0]).elements[arguments[1]]; field.value = arguments[2];"
        "field.dispatchEvent(new Event('input', {bubbles: true}));",
        f"{TABLE} form",
        name,
        text,
    )


def heads(page: Any) -> dict[str, Any]:
    return {head.text.split(" ")[0]: head for head in page.find_elements("css selector", f"{TABLE} thead th button")}


def test_sorts_by_click_and_by_key(opened: Opened, realistic: Path) -> None:
    page = opened(realistic)
    numbers = [float(value) for value in column(page, "val_accuracy") if value != "–"]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 36
    assert column(page, "val_accuracy")[36:] == ["–"] * 4
    found = heads(page)
    found["val_accuracy"].send_keys("\ue007")  # Enter
    values = column(page, "val_accuracy")
    assert [float(value) for value in values[:36]] == numbers[::-1]
    assert values[36:] == ["–"] * 4
    sorts = "[...document.querySelectorAll('#study-1-trials th')].map(h => h.getAttribute('aria-sort')).filter(Boolean)"
    assert ask(page, sorts) == ["ascending"]
    found["state"].click()
    assert column(page, "state") == ["completed"] * 12 + ["failed"] * 2 + ["interrupted"] * 2 + ["stopped"] * 24
    found["filters"].click()
    assert [int(text) for text in column(page, "filters")] == sorted(int(text) for text in column(page, "filters"))


def test_filters_by_words_comparisons_states_and_ranges(opened: Opened, realistic: Path) -> None:
    page = opened(realistic)
    shown = f"document.querySelector('{TABLE} .shown').textContent"
    enter(page, "text", "val_accuracy>=0.9 sgd")
    assert set(column(page, "optimizer")) == {"sgd"}
    assert all(float(text) >= 0.9 for text in column(page, "val_accuracy"))
    number = len(column(page, "trial"))
    assert ask(page, shown) == f"{number} of 40 trials"
    enter(page, "text", "valaccuracy>1")
    assert ask(page, shown) == "40 trials; there is no column 'valaccuracy'"
    enter(page, "text", "state=failed")
    assert column(page, "state") == ["failed"] * 2
    enter(page, "text", "no such text anywhere")
    assert column(page, "trial") == []
    enter(page, "text", "")
    click(page, "[value=STOPPED]")
    assert column(page, "state").count("stopped") == 0
    page.execute_script(f"document.querySelector('{TABLE} [name=column]').selectedIndex = 0")  # trial
    enter(page, "low", "5")
    enter(page, "high", "2e1")
    assert all(5 <= int(text) <= 20 for text in column(page, "trial"))
    click(page, "[type=reset]")
    wait_for(page, f"{shown} === '40 trials'")


def test_downloads_hold_what_the_table_holds(opened: Opened, realistic: Path, downloads: Path) -> None:
    page = opened(realistic)
    enter(page, "text", "epochs>2")
    heads(page)["trial"].click()
    trials = [int(text) for text in column(page, "trial")]
    # Clicks of a user: a browser does not let a page save several files on its own.
    page.find_element("css selector", f"{TABLE} .csv").click()
    rows = list(csv.DictReader(saved(downloads / "digits-cnn-trials.csv").splitlines()))
    page.find_element("css selector", f"{TABLE} .json").click()
    records = json.loads(saved(downloads / "digits-cnn-trials.json"))
    assert [int(row["trial"]) for row in rows] == [record["trial"] for record in records] == trials
    lines = (realistic.parent / "study" / "trials.jsonl").read_text(encoding="utf-8").splitlines()
    ended = {line["trial"]: line for line in map(json.loads, lines)}
    for row, record in zip(rows, records, strict=True):
        told = ended[record["trial"]]
        assert record["state"] == row["state"] == told["state"]
        assert record["val_accuracy"] == float(row["val_accuracy"]) == told["value"]
        assert record["learning_rate"] == float(row["learning_rate"]) == told["config"]["learning_rate"]
        assert ("units" in record) == (row["units"] != "") == ("units" in told["config"])


def test_no_text_of_a_download_is_a_formula(opened: Opened, downloads: Path, tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@SUM(1)", "\tx", "\r=x", "\n=x", "'=x", "\uff1d1", "plain", "a=b", '"=1', "a\n=b,c"]
    space = {"=head": {"choice": texts}, "shift": {"float": [-1.0, 1.0]}, "-0": 3, "learning_rate": 0.1}
    experiment = digits_experiment(model="my_models:mlp", space=space)
    trials = [
        SyntheticTrial("COMPLETED", (0.5,), config={"=head": text, "shift": -0.5, "-0": 3, "learning_rate": 0.1})
        for text in texts
    ]
    trials.append(SyntheticTrial("FAILED", (), reason="=cmd|' /C calc'!A0"))
    page = opened(write_report([write_study(tmp_path / "study", experiment, trials)], tmp_path / "report.html"))
    page.find_element("css selector", f"{TABLE} .csv").click()
    head, *rows = csv.reader(saved(downloads / "digits-cnn-trials.csv").splitlines(keepends=True))
    for cell in [*head, *(cell for row in rows for cell in row)]:
        number = cell.removeprefix("-").replace(".", "").replace("e-", "").isdigit()
        assert number or not cell.startswith(tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")), cell
    as_read = [[cell.removeprefix("'") for cell in row] for row in (head, *rows)]
    by_trial = {int(row[0]): dict(zip(as_read[0], row, strict=True)) for row in as_read[1:]}
    assert [by_trial[number]["=head"] for number in range(len(texts))] == texts
    assert by_trial[len(texts)]["reason"] == "=cmd|' /C calc'!A0"
    third = dict(zip(head, next(row for row in rows if row[0] == "2"), strict=True))
    assert (third["'=head"], third["shift"]) == ("'-1", "-0.5")  # a text, and a number


def saved(path: Path) -> str:
    """A download; its name is there when it is whole."""
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    text = path.read_bytes().decode()  # with its own ends of lines
    path.unlink()
    return text


def test_many_trials_are_paged_and_their_numbers_read_as_elsewhere(opened: Opened, tmp_path: Path) -> None:
    values = [0.0, 0.00001234, 0.0312499, *(round(0.5 + number / 1000, 4) for number in range(124))]
    values += [0.6875, 0.8125, 0.9375]  # each lies in the middle of two
    trials = [SyntheticTrial("COMPLETED", (value,)) for value in values]
    trials[0] = SyntheticTrial("COMPLETED", (values[0],), cost={"latency_seconds": 9.0})
    limited = digits_experiment(limits={"latency_ms": 5000})
    path = write_report([write_study(tmp_path / "study", limited, trials)], tmp_path / "report.html")
    page = opened(path, unfolded=False)
    assert column(page, "trial") == [str(number) for number in range(129, 79, -1)]
    numbers = column(page, "val_accuracy")
    assert ask(page, f"document.querySelector('{TABLE} .shown').textContent") == "130 trials, rows 1 to 50"
    for _ in range(2):
        click(page, ".next")
        numbers += column(page, "val_accuracy")
    assert column(page, "trial") == [str(number) for number in range(29, -1, -1)]
    assert numbers == [score(value, 360) for value in values[::-1]]
    assert ask(page, f"document.querySelector('{TABLE} .page').textContent") == "page 3 of 3"
    assert ask(page, f"document.querySelector('{TABLE} .next').disabled")
    enter(page, "text", "trial<3")
    assert column(page, "trial") == ["2", "1", "0"]
    assert column(page, "state") == ["completed", "completed", "completed over a limit"]
