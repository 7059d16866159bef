"""The server of a model that answers: what it takes, what it refuses, and what it says of an answer."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import numpy as np
import pytest
from commands import refuse
from PIL import Image
from synthetic import environment, write_study

from cnnsearch.errors import InputError, Problem
from cnnsearch.live.answering import Answering
from cnnsearch.live.model import answered
from cnnsearch.serving.looking import Looking
from cnnsearch.serving.prediction import Asked, Prediction
from cnnsearch.study import Study
from cnnsearch.tasks.binary.answers import BinaryAnswer
from cnnsearch.tasks.classification.answers import ClassAnswer
from cnnsearch.tasks.segmentation.answers import MaskAnswer

PAIR = ClassAnswer((("cat", 0.75), ("dog", 0.25)))


@dataclass
class StandIn:
    """Says the same of everything, but of what begins with 'bad'."""

    answer: Any = PAIR
    output: Any = (0.75, 0.25)
    model: Any = None

    def ask(self, content: bytes, name: str) -> Asked:
        if content.startswith(b"bad"):
            raise InputError(Problem(name, "not a picture"))
        told = Prediction(name, self.answer, (600, 1200))
        return Asked(told, np.zeros((1, 8, 8, 1)), np.array(self.output))


class Cam:
    """Looks at the first of four places, for whatever it is asked."""

    def heat(self, given: np.ndarray, index: int, sign: int = 1) -> np.ndarray:
        del given
        self.asked = index, sign
        return np.float32([[1, 0], [0, 0]])


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    monkeypatch.setattr("cnnsearch.serving.looking.GradCam.of", lambda _: Cam())
    return write_study(tmp_path / "pets", trials=2, described=environment(("cat", "dog")))


@pytest.fixture
def address(study: Study) -> Iterator[str]:
    with answered(study, Answering(study, StandIn()), 0, most_bytes=1000) as address:  # type: ignore[arg-type]
        yield address


def post(address: str, content: bytes | None, **headers: str) -> tuple[int, Any]:
    request = Request(address, data=content, headers=headers, method="POST" if content is not None else "GET")
    try:
        with urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_an_answer_is_that_of_predict_and_where_it_looked(address: str) -> None:
    status, told = post(f"{address}predict?name=a.png", b"picture")
    assert status == 200
    assert told | {**PAIR.to_dict(), "picture": "a.png", "size": [600, 1200], "doubt": ""} == told
    assert told["table"] == {"label": "cat", "probability": "0.750", "then": "dog 0.250"}
    assert told["looked"]["why"] == "what spoke for cat"
    assert told["looked"]["heat"] == [[1, 0], [0, 0]]
    assert told["looked"]["picture"].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    ("content", "status", "rule"),
    [
        (b"bad", 422, "not a picture"),
        (b"", 400, "is empty"),
        (bytes(1001), 413, "is larger than 0.001 MB, and no more is read"),
    ],
    ids=["bad", "empty", "large"],
)
def test_what_is_refused_is_told(address: str, content: bytes, status: int, rule: str) -> None:
    code, told = post(f"{address}predict", content)
    assert code == status
    assert rule in json.loads(told)["error"]


def test_without_its_token_nothing_is_answered(address: str) -> None:
    root = address.rsplit("/", 2)[0]
    assert post(f"{root}/wrong/predict", b"picture")[0] == 404
    assert post(f"{address}predict", b"picture", Host="example.org")[0] == 400
    assert post(f"{address}predict", None)[0] == 405
    host, port = address.split("/")[2].split(":")
    with socket.create_connection((host, int(port)), timeout=10) as asked:
        asked.sendall(f"OPTIONS * HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert asked.recv(100).startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), "a path without a slash"


def test_the_page_says_whose_model_it_is(address: str) -> None:
    with urlopen(address, timeout=10) as response:
        page = response.read().decode()
        assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "Model: trial " in page
    assert "At most 0.001 MB" in page


@pytest.mark.parametrize(("label", "probability", "sign"), [("dog", 0.6, 1), ("cat", 0.2, -1)])
def test_of_two_classes_it_looks_at_what_spoke_for_the_one_that_was_decided(
    study: Study, monkeypatch: pytest.MonkeyPatch, label: str, probability: float, sign: int
) -> None:
    cam = Cam()
    monkeypatch.setattr("cnnsearch.serving.looking.GradCam.of", lambda _: cam)
    predictor = StandIn(BinaryAnswer(label, "dog", probability, 0.5), (probability,))
    looked = Looking(study, predictor).at(predictor.ask(b"picture", "a.png"))  # type: ignore[arg-type]
    assert looked is not None
    assert looked.why == f"what spoke for {label}"
    assert cam.asked == (0, sign)


def test_a_mask_is_sent_as_a_small_picture(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    import base64

    monkeypatch.setattr("cnnsearch.serving.looking.GradCam.of", lambda _: None)
    answering = Answering(study, StandIn(MaskAnswer(np.eye(4, dtype=np.uint8), ("cat", "dog"))))  # type: ignore[arg-type]
    answering._columns = ("classes",)
    told = answering.answer(b"picture", "a.png")
    assert told["looked"] is None
    mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(told["mask"].partition(",")[2]))))
    assert mask.shape == (256, 512)
    assert set(np.unique(mask)) == {0, 1}


def test_an_address_that_is_none(
    study: Study, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refuse(monkeypatch, capsys, "serve", study.path, "--host", "example.org")
    assert "--host: must be an IPv4 address of this machine" in said
