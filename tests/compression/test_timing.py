"""What is timed where, how long at most, and what is said of a runtime that cannot run a model."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cnnsearch.compression import timing
from cnnsearch.errors import InputError, Problem
from cnnsearch.serving import bare
from cnnsearch.serving.checked import Bare

EXAMPLE = np.zeros((1, 2), np.float32)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Suffixes of the files that were run; nothing is, and there are two CPUs."""
    found: list[str] = []

    def run_bare(file: Path, _: np.ndarray, threads: int, seconds: float) -> Bare:
        del threads, seconds
        found.append(file.suffix)
        return Bare(EXAMPLE, None, np.arange(1.0, 5.0), 100, 300, "", ())

    monkeypatch.setattr(timing, "run_bare", run_bare)
    monkeypatch.setattr(timing, "write_onnx", lambda _, file: file.write_bytes(b"onnx"))
    monkeypatch.setattr(timing, "runtime_problem", lambda _: "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    return found


def test_a_model_is_timed_in_each_runtime(runs: list[str], tmp_path: Path) -> None:
    file = tmp_path / "model.keras"
    file.write_bytes(b"model")
    whole = timing.timed(b"file", EXAMPLE).and_also(timing.timed_elsewhere(None, file, EXAMPLE))  # type: ignore[arg-type]
    found = whole.timings
    assert not whole.untimed
    assert runs == [".tflite"] * 2 + [".keras"] * 2 + [".onnx"] * 2
    assert [each.threads for each in found] == [1, 2] * 3
    assert [(each.runtime, each.file_bytes) for each in found[::2]] == [
        ("LiteRT", None),
        ("Keras", 5),
        ("ONNX Runtime", 4),
    ]
    first = found[0]
    assert (first.median_seconds, first.runs, first.idle_bytes, first.peak_bytes) == (2.5, 4, 100, 300)


def test_what_cannot_be_timed_is_told_and_costs_nothing_else(
    runs: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any, **__: Any) -> Bare:
        raise InputError(Problem("model", "has not answered for 600 s"))

    file = tmp_path / "model.keras"
    file.write_bytes(b"model")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    found = timing.timed_elsewhere(None, file, EXAMPLE)  # type: ignore[arg-type]
    assert [each.runtime for each in found.timings] == ["Keras", "Keras"]
    assert runs == [".keras", ".keras"]
    assert found.untimed == {"ONNX Runtime": "needs tf2onnx: pip install 'cnnsearch[onnx]'"}
    assert f"latency in ONNX Runtime is not measured: {found.untimed['ONNX Runtime']}" in caplog.text
    monkeypatch.setattr(timing, "run_bare", fails)
    assert timing.timed(b"file", EXAMPLE) == timing.Timed(untimed={"LiteRT": "has not answered for 600 s"})
    assert "latency in LiteRT is not measured: has not answered for 600 s" in caplog.text


@pytest.mark.parametrize(("took", "count"), [(2**-10, 500), (2**-6, 128), (2**-3, 50), (1.0, 10), (32.0, 3)])
def test_slow_models_run_less_often(took: float, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]

    def once() -> None:
        clock[0] += took

    monkeypatch.setattr(bare, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    assert len(bare._timed(once, 2.0)) == count
    assert clock[0] <= 12 + 6 * took, "a process has an end that is known"
