"""The contract beside an exported model, and what a check makes of answers that are not what was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call, refuse
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.errors import InputError
from cnnsearch.serving import checked
from cnnsearch.serving.checked import Bare, check_file
from cnnsearch.serving.contract import Recorded, read_contract, tolerance_of, write_contract

ANSWERS = np.float32([[0.9, 0.1], [0.4, 0.6], [0.0, 1.0]])


def told(ordered: bool = True) -> dict[str, Any]:
    return {
        "takes": {"shape": [2], "dtype": "float32"},
        "tells": {"names": ["a", "b"], "shape": [2], "ordered": ordered},
        "sample": {"count": 3, "relative_tolerance": 1e-3},
    }


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"weights")
    write_contract(file, told(), Recorded(np.zeros((3, 2), np.uint8), ANSWERS, texts=("x", "yé", "")))
    return file


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What its runtime tells, once something is put in."""
    found: list[np.ndarray] = []
    monkeypatch.setattr(checked, "runtime_problem", lambda _: "")
    bare = (None, np.empty(0), 0, 0, "onnxruntime 1", ("onnxruntime",))
    monkeypatch.setattr(checked, "run_bare", lambda *_: Bare(found[0], *bare))
    return found


def test_what_is_written_is_read(model: Path) -> None:
    contract, recorded = read_contract(model)
    assert contract.tells.names == ("a", "b")
    assert recorded.inputs.dtype == np.uint8
    np.testing.assert_array_equal(recorded.answers, ANSWERS)
    assert (recorded.float_answers, recorded.texts) == (None, ("x", "yé", ""))


@pytest.mark.parametrize(
    ("shift", "differ"),
    [([[0, 0]] * 3, 0), ([[0, 0], [0.0008, 0], [0, 0]], 0), ([[0, 0], [0.002, 0], [0, 0]], 1), ([[np.nan, 0]] * 3, 3)],
)
def test_inputs_that_differ_are_counted(
    model: Path, answers: list[np.ndarray], shift: list[list[float]], differ: int
) -> None:
    answers.append(ANSWERS + np.float32(shift))
    assert check_file(model).differ == differ
    result = CliRunner().invoke(app, ["check", str(model), "--json"])
    assert (result.exit_code, json.loads(result.stdout)["differ"]) == (int(differ > 0), differ)


def test_answers_of_another_shape_all_differ(model: Path, answers: list[np.ndarray]) -> None:
    answers.append(ANSWERS[:, :1])
    assert check_file(model).to_dict() | {"differ": 3, "largest": None} == check_file(model).to_dict()


def test_a_compressed_model_of_another_shape_has_no_distance_from_the_float_one(
    model: Path, answers: list[np.ndarray]
) -> None:
    write_contract(model, told(), Recorded(np.zeros((3, 2)), ANSWERS, ANSWERS + np.float32(0.25)))
    answers.append(ANSWERS)
    assert check_file(model).from_float == pytest.approx(0.25)
    answers[:] = [np.zeros((3, 3))]
    assert (check_file(model).differ, check_file(model).from_float) == (3, None)


def test_rows_without_an_order_may_change_places(tmp_path: Path, answers: list[np.ndarray]) -> None:
    """As boxes of nearly the same score do."""
    rows = np.random.default_rng(0).random((4, 7, 6), np.float32)
    for ordered, differ in ((True, 4), (False, 0)):
        file = tmp_path / f"{ordered}.onnx"
        file.write_bytes(b"weights")
        write_contract(file, told(ordered), Recorded(np.zeros((4, 2)), rows))
        answers[:] = [rows[:, ::-1]]
        assert check_file(file).differ == differ
    answers[:] = [rows[:, [0, 0, 1, 2, 3, 4, 5]]]
    assert check_file(tmp_path / "False.onnx").differ == 4, "each row is taken once"


def test_another_file_than_was_exported_is_told(model: Path, answers: list[np.ndarray]) -> None:
    answers.append(ANSWERS)
    assert "in onnxruntime 1 alone 0 of 3 answers differ" in call("check", model)
    model.write_bytes(b"others")
    assert check_file(model).changed
    assert "the file is not the one" in CliRunner().invoke(app, ["check", str(model)]).stderr


def test_tolerances_follow_each_number() -> None:
    found = tolerance_of(np.float64([[1000.0, 5.0, 0.0], [3000.0, 5.0, 20000.0]]), 1e-3)
    np.testing.assert_allclose(found, [2.0, 2.0, 20.0])
    assert tolerance_of(np.float32([[2.0]]), 1e-3)[0] > 0, "what does not vary may be off by a rounding"


def test_what_is_refused(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(checked, "runtime_problem", lambda _: "")
    contract, sample = tmp_path / "model.contract.json", tmp_path / "model.sample.npz"
    whole = contract.read_text()
    for text, rule in (
        ("{", "is no contract of an exported model"),
        (whole.replace('"format": 1', '"format": 2'), "format: input should be 1"),
        (whole.replace('"relative_tolerance": 0.001', '"relative_tolerance": 0'), "greater than 0"),
    ):
        contract.write_text(text)
        assert rule in refuse(monkeypatch, capsys, "check", model)
    contract.write_text(whole)
    sample.write_bytes(b"another")
    assert "model.sample.npz: is not the sample that was recorded" in refuse(monkeypatch, capsys, "check", model)
    sample.unlink()
    assert "model.sample.npz: is not there" in refuse(monkeypatch, capsys, "check", model)
    contract.unlink()
    assert "a model is checked by what `cnnsearch export` writes beside it" in refuse(
        monkeypatch, capsys, "check", model
    )
    assert "must be what export writes" in refuse(monkeypatch, capsys, "check", tmp_path / "model.h5")
    assert "is not there" in refuse(monkeypatch, capsys, "check", tmp_path / "other.onnx")


def test_a_runtime_that_is_not_installed_is_named(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"needs onnxruntime: pip install 'cnnsearch\[onnx\]'"):
        check_file(model)


def test_what_a_runtime_cannot_read_is_told(model: Path) -> None:
    pytest.importorskip("onnxruntime", reason="needs the extra onnx")
    with pytest.raises(InputError, match=r"model\.onnx: cannot be run by its runtime: .*(protobuf|Protobuf)"):
        check_file(model)
