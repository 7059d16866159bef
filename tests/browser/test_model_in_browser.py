"""The page of a model that answers: a picture that is chosen gets its labels, and what the network looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from driving import ask, wait_for
from PIL import Image
from synthetic import environment, write_study

from cnnsearch.errors import InputError, Problem
from cnnsearch.live.answering import _address
from cnnsearch.live.model import answered
from cnnsearch.serving.looking import Looked


class StandIn:
    """Knows cats."""

    reads_texts = False

    def answer(self, content: bytes, name: str) -> dict[str, Any]:
        if not content.startswith(b"\x89PNG"):
            raise InputError(Problem(name, "not a picture"))
        return {
            "label": "<b>cat</b>",
            "probabilities": {"<b>cat</b>": 0.75, "7": 0.25},
            "table": {"label": "<b>cat</b>", "probability": "0.750"},
            "size": [20, 30],
            "doubt": "",
            "looked": {
                "why": "what spoke for cat",
                "heat": [[1]],
                "picture": _address(Looked(np.ones((2, 2)), "").overlay()),
            },
        }


def test_a_picture_is_answered(browser: Any, tmp_path: Path) -> None:
    study = write_study(tmp_path / "pets", trials=2, described=environment(("cat", "dog")))
    Image.new("RGB", (30, 20)).save(tmp_path / "cat.png")
    (tmp_path / "bad.png").write_text("no picture")
    (tmp_path / "large.png").write_bytes(bytes(20_000))
    with answered(study, StandIn(), 0, most_bytes=10_000) as address:  # type: ignore[arg-type]
        browser.get_log("browser")
        browser.get(address)
        field = browser.find_element("id", "file")
        field.send_keys(str(tmp_path / "cat.png"))
        wait_for(browser, "!document.getElementById('answer').hidden")
        assert browser.find_element("css selector", "#table td").text == "<b>cat</b>"
        assert [bar.text for bar in browser.find_elements("css selector", "#bars .number")] == ["0.750", "0.250"]
        assert "Where the network looked: what spoke for cat." in browser.find_element("id", "looked").text
        wait_for(browser, "document.getElementById('picture').naturalWidth === 30")
        laid = "document.getElementById('{}').getBoundingClientRect().{}"
        for side in ("left", "top", "right", "bottom"):
            assert abs(ask(browser, f"{laid.format('heat', side)} - {laid.format('picture', side)}")) < 1, (
                "it covers it"
            )
        browser.find_element("id", "with-heat").click()
        assert not browser.find_element("id", "heat").is_displayed()
        assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
        field.send_keys(str(tmp_path / "bad.png"))
        refused = "document.getElementById('refused').textContent"
        wait_for(browser, f"{refused} === 'bad.png not a picture.'")
        assert not browser.find_element("id", "answer").is_displayed()
        field.send_keys(str(tmp_path / "large.png"))
        wait_for(browser, f"{refused} === 'large.png is larger than 0.01 MB, and no more is read.'")
