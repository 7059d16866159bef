"""What compressing costs: paired, in words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from synthetic import SyntheticTrial, write_study

from cnnsearch.report.statistics.intervals import MetricInterval
from cnnsearch.report.statistics.uncertainty import paired_interval
from cnnsearch.report.views.compressed.figure import compressed_by_bytes, compressed_by_latency
from cnnsearch.report.views.compressed.info import CompressedRow, Loss, compressed_info
from cnnsearch.study import Study
from cnnsearch.study.best import MODEL, digest_of
from cnnsearch.study.compressed import predictions_at, tflite_at
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.record.lines import CompressionLine, Timing
from cnnsearch.study.record.record import Record
from cnnsearch.tasks.classification.predictions import ClassPredictions

RIGHT = arrays(bool, st.integers(1, 60))


@given(st.data())
def test_the_paired_interval_holds_the_difference(data: st.DataObject) -> None:
    ours = data.draw(RIGHT)
    theirs = data.draw(arrays(bool, len(ours)))
    value, low, high = paired_interval(ours, theirs)
    assert value == pytest.approx(ours.mean() - theirs.mean())
    assert -1 <= low <= high <= 1
    back = paired_interval(theirs, ours)
    assert back == pytest.approx((-value, -high, -low))
    assert paired_interval(ours, ours)[1] < 0 < paired_interval(ours, ours)[2], "where none differs, more might"


def test_a_known_interval() -> None:
    """40 and 20 of 100 pictures that only the one, or only the other, has right."""
    ours, theirs = np.zeros(100, bool), np.zeros(100, bool)
    ours[:40], theirs[40:60] = True, True
    value, low, high = paired_interval(ours, theirs)
    half = 1.959964 * np.sqrt(61 - 400 / 102) / 102
    assert (value, low, high) == pytest.approx((0.2, 20 / 102 - half, 20 / 102 + half))


def row(loss: Loss | None, smaller: float = 4.0, faster: float | None = 2.1) -> CompressedRow:
    metric = MetricInterval("accuracy", 0.9)
    return CompressedRow("int8", metric, (metric,), loss, 0.99, 0.02, 100, 80, smaller, {1: (0.2, 0.3)}, faster, 9, 9)


def test_the_sentence() -> None:
    assert row(Loss(0.3, -0.2, 0.8, 0.3, "points")).in_words() == (
        "int8: 4.0 times smaller, 2.1 times faster, loses 0.3 points of accuracy, "
        "95% interval of the loss -0.2 to 0.8: not told from none"
    )
    assert row(Loss(-1.5, -2.0, -1.0, 0.01, "points"), faster=0.5).in_words() == (
        "int8: 4.0 times smaller, 2.0 times slower, gains 1.5 points of accuracy, 95% interval of the loss -2.0 to -1.0"
    )
    assert row(None, faster=None).in_words() == "int8: 4.0 times smaller, what it loses is not known"


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """100 pictures: the float model has 90 right; int8 is wrong on ten of these, and float16 is the float model."""
    made = write_study(tmp_path / "study", trials=[SyntheticTrial("COMPLETED", (0.9,))])
    made.store.write(MODEL, "a model")
    labels = np.arange(100) % 10
    for name, wrong, size, seconds in (("float32", 10, 400, 4e-3), ("float16", 10, 200, 4e-3), ("int8", 20, 100, 1e-3)):
        probabilities = np.eye(10, dtype=np.float32)[np.where(np.arange(100) < wrong, (labels + 1) % 10, labels)]
        made.store.write(tflite_at(name), "x" * size)
        made.store.write(predictions_at(name), to_bytes(ClassPredictions(labels, probabilities)))
        Record(made.store).compress(
            CompressionLine(
                trial=0,
                source=digest_of(made.store, MODEL),
                name=name,
                way={} if name == "float32" else {"quantize": name},
                file="f",
                bytes=size,
                gzipped=size,
                parameters=10,
                count=100,
                metrics={"accuracy": 1 - wrong / 100},
                timings=(Timing(threads=1, median_seconds=seconds, p95_seconds=2 * seconds, runs=9),),
                seconds=1.0,
                time=1.0,
            )
        )
    return Study.load(made.path)


def test_each_model_beside_the_float_one(study: Study) -> None:
    info = compressed_info(study)
    first, half, int8 = info.rows
    assert (info.metric, info.mode, info.pictures, first.loss) == ("accuracy", "max", 100, None)
    assert half.loss is not None
    assert (half.loss.value, half.loss.p_value, half.loss.is_told, half.agreement) == (0.0, 1.0, False, 1.0)
    assert int8.loss is not None
    assert (int8.loss.value, int8.loss.is_told) == (pytest.approx(10.0), True)
    assert int8.loss.p_value == pytest.approx(2 * 0.5**10)
    assert (int8.smaller, int8.faster, int8.agreement) == (4.0, 4.0, 0.9)
    assert [row.on_front for row in info.rows] == [("latency",), ("bytes", "latency"), ("bytes", "latency")]
    assert int8.calibration == pytest.approx(0.2)
    assert int8.metric.low is not None


def test_the_figures_show_all(study: Study) -> None:
    info = compressed_info(study)
    for draw, places in ((compressed_by_bytes, (0.1, 0.2, 0.4)), (compressed_by_latency, (1.0, 4.0, 4.0))):
        line, points = draw(info).data
        assert tuple(points.x) == pytest.approx(places)
        assert len(line.x) >= 2


def test_a_study_without_any(tmp_path: Path) -> None:
    assert compressed_info(write_study(tmp_path / "bare", trials=2)).rows == ()
