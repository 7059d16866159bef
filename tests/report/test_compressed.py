"""What compressing costs: paired, in words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from recorded import ended
from scipy.stats import ttest_rel
from synthetic import SyntheticTrial, write_study

from cnnsearch.cli.models.compressed import print_compressed
from cnnsearch.cli.sweeps.outcome import tell
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.report.page import render
from cnnsearch.report.statistics.crossed import crossed_mean
from cnnsearch.report.statistics.intervals import MetricInterval
from cnnsearch.report.statistics.uncertainty import paired_interval
from cnnsearch.report.views.compressed.figure import compressed_by_bytes, compressed_by_latency
from cnnsearch.report.views.compressed.info import CompressedRow, compressed_info
from cnnsearch.report.views.compressed.loss import Loss, loss_of
from cnnsearch.report.views.compressed.view import VIEW
from cnnsearch.study import Study
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.record.lines import COMPRESSIONS, ONNX, CompressionLine, Member, RefitLine, Timing
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.winner.best import MODEL, digest_of
from cnnsearch.study.winner.compressed import predictions_at
from cnnsearch.tasks.classification.predictions import ClassPredictions
from cnnsearch.tasks.contract.metrics import Metric

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
        "int8: 4.0 times smaller, 2.0 times slower, gains 1.5 points of accuracy, 95% interval of the gain 1.0 to 2.0"
    )
    assert row(None, faster=None).in_words() == "int8: 4.0 times smaller, what it loses is not known"
    assert row(Loss(-0.001, -0.02, 0.03, 1.0, "points"), smaller=0.97, faster=1.04).in_words() == (
        "int8: as large, as fast, loses 0.00 points of accuracy, "
        "95% interval of the loss -0.02 to 0.03: not told from none"
    )
    sparse = replace(row(Loss(0.3, -0.2, 0.8, 0.3, "points"), smaller=1.0), weights_gone=0.8, packed=3.1)
    assert sparse.in_words().startswith("int8: 80.0% of its weights are 0, as large (3.1 times smaller gzipped), 2.1")
    several = row(Loss(0.3, -0.2, 0.8, 0.3, "points", 5)).in_words()
    assert "loses 0.3 points of accuracy over 5 trainings, 95% interval" in several
    assert "interval of the loss 0.0 to 0.8" in row(Loss(0.3, -0.04, 0.8, 0.07, "points")).in_words()


class Items:
    """Predictions of which only is known what each picture contributes."""

    def __init__(self, *items: float) -> None:
        self.items = np.array(items)

    def per_item(self, _: str) -> np.ndarray:
        return self.items

    def __len__(self) -> int:
        return len(self.items)


def lost(before: Items, after: Items) -> Loss | None:
    return loss_of(Metric("mae", "min", "mean"), "min", [(before, after)])  # type: ignore[list-item]


def test_a_loss_of_a_mean_is_told_by_the_paired_t_test() -> None:
    before, after = Items(1.0, 2.0, 4.0, 3.0), Items(1.5, 2.25, 4.5, 3.0)
    expected = ttest_rel(after.items, before.items)
    found = lost(before, after)
    assert found is not None
    assert (found.value, found.p_value) == pytest.approx((0.3125, expected.pvalue))
    assert (found.low, found.high) == pytest.approx(tuple(expected.confidence_interval()))
    back = lost(after, before)
    assert back is not None
    assert (back.value, back.p_value) == pytest.approx((-0.3125, expected.pvalue))
    assert lost(Items(1.0), Items(2.0)) is None, "one picture tells no error"


def test_a_loss_over_several_trainings_is_of_seeds_and_pictures() -> None:
    share, before = Metric("accuracy", "max", "share", low=0.0, high=1.0), Items(1, 1, 1, 0, 1, 1, 0, 1)
    after = [Items(1, 0, 1, 0, 1, 1, 0, 1), Items(0, 0, 1, 0, 1, 1, 1, 1), Items(1, 0, 1, 0, 1, 0, 0, 1)]
    found = loss_of(share, "max", [(before, each) for each in after])  # type: ignore[misc]
    expected = crossed_mean(np.stack([before.items - each.items for each in after]))
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx(
        tuple(100 * each for each in (expected.mean, *expected.interval()))
    )
    assert (found.trainings, found.p_value) == (3, pytest.approx(2 * expected.p_above))


@pytest.mark.parametrize("rounding", [0.0, 1e-14, -1e-14])
def test_what_rounding_alone_tells_apart_is_none(rounding: float) -> None:
    found = lost(Items(1.0, 2.0, 3.0), Items(1.0 + rounding, 2.0 + rounding, 3.0 + 2 * rounding))
    assert found is not None
    assert not found.is_told
    assert rounding or str(found.value) == "0.0"
    assert (found.low, found.high) == (None, None), "it tells no error, and an interval of no width would"
    assert (
        row(found)
        .in_words()
        .endswith("in accuracy, without an interval, as it is the same on every picture: not told from none")
    )


@pytest.fixture
def study(tmp_path: Path) -> Study:
    """100 pictures: the float model has 90 right; int8 is wrong on ten of these, and float16 is the float model."""
    made = write_study(tmp_path / "study", trials=[SyntheticTrial("COMPLETED", (0.9,))])
    made.store.write(MODEL, "a model")
    labels = np.arange(100) % 10
    for name, wrong, size, seconds in (("float32", 10, 400, 4e-3), ("float16", 10, 200, 4e-3), ("int8", 20, 100, 1e-3)):
        probabilities = np.eye(10, dtype=np.float32)[np.where(np.arange(100) < wrong, (labels + 1) % 10, labels)]
        made.store.write(f"compressed/{name}.tflite", "x" * size)
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


def test_a_student_beside_itself_alone(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    """float16 stands for one that was taught, int8 for the same one alone; another seed is another student."""
    _, half, int8 = read_lines(study.store, COMPRESSIONS)
    taught, alone = ({"distill": "filters=4", "weight": weight} for weight in (0.9, 0.0))
    for extra, known in (({"student_seed": 1}, False), ({}, True)):
        Record(study.store).compress(replace(int8, way={**alone, **extra}))
        Record(study.store).compress(replace(half, way={**taught, "temperature": 4.0}))
        rows = {row.name: row for row in compressed_info(Study.load(study.path)).rows}
        assert [row.name for row in rows.values() if row.loss_to_alone] == ["float16"] * known
    loss = rows["float16"].loss_to_alone
    assert loss is not None
    assert (loss.value, loss.is_told) == (pytest.approx(-10.0), True)
    print_compressed(Study.load(study.path))
    told = " ".join(capsys.readouterr().out.split())
    assert "What teaching gains is of one training with the best model and one without" in told
    assert "; against the same student trained alone it gains 10.0 points of accuracy, 95% interval of the gain" in told


@pytest.mark.parametrize(
    ("lose", "name", "sentence"),
    [
        (0.05, "float16", "chosen: float16, the smallest of 1 of 2 models that lose at most 0.05 of accuracy"),
        (0.2, "int8", "chosen: int8, the smallest of 2 of 2 models that lose at most 0.2 of accuracy"),
    ],
)
def test_which_is_chosen_and_by_what(
    study: Study, lose: float, name: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Record(study.store).compress(replace(read_lines(study.store, COMPRESSIONS)[-1], lose=lose, then="bytes"))
    read = Study.load(study.path)
    assert compressed_info(read).chosen_names == (name,)
    print_compressed(read)
    told = " ".join(capsys.readouterr().out.split())
    assert f"{sentence} " in told
    assert "It was chosen by these same pictures: on new ones it may lose more" in told


def test_the_figures_show_all(study: Study) -> None:
    info = compressed_info(study)
    for draw, places in ((compressed_by_bytes, (0.1, 0.2, 0.4)), (compressed_by_latency, (1.0, 4.0, 4.0))):
        line, points = draw(info).data
        assert tuple(points.x) == pytest.approx(places)
        assert len(line.x) >= 2
        assert {*points.hovertext} == {row.name for row in info.rows}
        assert {*points.text} <= {*points.hovertext, ""}


def test_the_table_has_room_in_a_terminal_of_80_letters(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    timing = Timing(runtime=ONNX, threads=1, median_seconds=6.54321e-6, p95_seconds=2e-3, runs=9)
    name = "distilled-filters-8-conv-blocks-2"
    study.store.write(f"compressed/{name}.onnx", "x" * 65_700)
    study.store.write(predictions_at(name), study.store.read(predictions_at("int8")))
    way = {"quantize": "onnx-int8", "sample": 9}
    student = replace(read_lines(study.store, COMPRESSIONS)[-1], way=way, bytes=65_700)
    student = replace(student, name=name, suffix=".onnx", timings=(timing,))
    Record(study.store).compress(student)
    print_compressed(Study.load(study.path))
    told = capsys.readouterr().out
    assert "0.006543 ms\n" in told
    assert "interval" in told
    assert "…" not in told


def test_a_study_without_any(tmp_path: Path) -> None:
    assert compressed_info(write_study(tmp_path / "bare", trials=2)).rows == ()


def test_models_that_two_machines_measured_stand_in_one_table(study: Study) -> None:
    first = read_lines(study.store, COMPRESSIONS)[0]
    timings = tuple(Timing(threads=threads, median_seconds=1e-3, p95_seconds=2e-3, runs=9) for threads in (1, 4))
    Record(study.store).compress(replace(first, timings=timings, machine={"processor": "Z80", "cpus": 4}))
    read = Study.load(study.path)
    info = compressed_info(read)
    assert info.threads == (1, 4)
    assert info.machine == "Z80 with 4 CPUs and an unknown processor with unknown CPUs"
    table = render([read]).split('aria-label="Compressed models"')[1].split("</table>")[0]
    head, *rows = table.split("<tr>")[1:]
    assert len(rows) == 3
    assert {each.count("<td") + each.count("<th") for each in rows} == {head.count('<th scope="col"')}


def test_an_onnx_file_is_set_beside_the_float_model_in_its_own_runtime(study: Study) -> None:
    first, _, last = read_lines(study.store, COMPRESSIONS)
    of_float = Timing(runtime=ONNX, threads=1, median_seconds=3e-3, p95_seconds=3e-3, runs=9, file_bytes=600)
    of_onnx = replace(of_float, median_seconds=2e-3, file_bytes=None)
    Record(study.store).compress(replace(first, timings=(*first.timings, of_float)))
    study.store.write("compressed/onnx-int8.onnx", "x" * 100)
    study.store.write(predictions_at("onnx-int8"), study.store.read(predictions_at("int8")))
    way = {"quantize": "onnx-int8", "sample": 9}
    Record(study.store).compress(replace(last, name="onnx-int8", suffix=".onnx", way=way, timings=(of_onnx,)))
    info = compressed_info(Study.load(study.path))
    row = info.rows[-1]
    assert (row.smaller, row.faster, row.latency) == (6.0, 1.5, 2.0)
    assert row.in_words().startswith(
        "onnx-int8: 6.0 times smaller, 1.5 times faster in ONNX Runtime, loses 10.0 points"
    )
    assert "was run by LiteRT or ONNX Runtime on all 100 validation pictures" in VIEW.lead(info)


def test_a_file_of_another_kind_is_refused(study: Study) -> None:
    line = read_lines(study.store, COMPRESSIONS)[-1]
    Record(study.store).compress(replace(line, suffix="/../../x"))
    with pytest.raises(InputError, match=r"suffix: must be \.tflite or \.onnx"):
        read_lines(study.store, COMPRESSIONS)


def test_each_sentence_is_there_where_the_float_file_is_not(study: Study) -> None:
    (study.path / "compressed/float32.tflite").unlink()
    told = compressed_info(Study.load(study.path)).sentences
    assert [sentence.partition(":")[0] for sentence in told] == ["float16", "int8"]


def test_a_latency_of_nothing_is_compared_with_none(study: Study) -> None:
    first, _, last = read_lines(study.store, COMPRESSIONS)
    none = Timing(threads=1, median_seconds=0.0, p95_seconds=0.0, runs=9)
    Record(study.store).compress(replace(first, timings=(none,)))
    Record(study.store).compress(last)
    sentences = compressed_info(Study.load(study.path)).sentences
    assert sentences[1].startswith("int8: 4.0 times smaller, loses 10.0 points")


@pytest.mark.parametrize(
    ("members", "is_known"),
    [
        ((), True),
        ((Member(trial=0), Member(trial=1)), False),
        ((Member(trial=0, epochs=2), Member(trial=1, epochs=1)), True),
    ],
)
def test_a_refitted_model_knows_the_pictures_and_an_ensemble_of_finalists_does_not(
    study: Study, members: tuple[Member, ...], is_known: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compressed_info(study).cautions == ()
    told = {name: getattr(ended(0, 0.9), name) for name in ("trial", "state", "seed", "ended", "epochs")}
    line = RefitLine(**told, value=None, planned=1, best_epochs=(1,), pictures=360, members=members)
    Record(study.store).end_refit(line)
    print_compressed(Study.load(study.path))
    printed = capsys.readouterr().out
    assert "int8: 4.0 times smaller" in printed
    assert ("The refitted model was trained on these pictures too" in printed) == is_known


def test_a_training_that_gained_nothing_is_told(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    int8 = read_lines(study.store, COMPRESSIONS)[-1]
    Record(study.store).compress(replace(int8, best_epochs={"prune": 3, "quantize": 1}))
    assert compressed_info(Study.load(study.path)).cautions == ()
    Record(study.store).compress(replace(int8, best_epochs={"prune": 3, "quantize": 0}))
    read = Study.load(study.path)
    expected = (
        "Training for int8 gained nothing in int8: no epoch was better than the network before it, whose weights are "
        "kept.",
    )
    assert compressed_info(read).cautions == expected
    assert VIEW.notes(compressed_info(read))[2:] == expected
    print_compressed(read)
    assert capsys.readouterr().out.count(expected[0]) == 1
    Record(study.store).compress(replace(int8, best_epochs={"prune": 0}))
    (told,) = compressed_info(Study.load(study.path)).cautions
    assert told.startswith("Training after pruning gained nothing in int8: ")


@pytest.mark.parametrize(
    ("precision", "freezes", "told"),
    [
        ("mixed_float16", False, "in float32, not in mixed_float16 as the trials."),
        ("float32", True, "with all layers, whichever the trial kept frozen."),
        ("float32", False, None),
    ],
)
def test_it_is_told_where_training_without_filters_was_another_than_the_trials(
    study: Study,
    precision: str,
    freezes: bool,
    told: str | None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Experiment, "freezes", freezes)
    study.store.write("experiment.yaml", study.experiment.updated({"resources.precision": precision}).to_yaml())
    assert compressed_info(Study.load(study.path)).cautions == (), "nothing lost filters"
    int8 = read_lines(study.store, COMPRESSIONS)[-1]
    Record(study.store).compress(replace(int8, way={**int8.way, "prune": 0.5, "epochs": 2}))
    read = Study.load(study.path)
    expected = () if told is None else (f"Training afterwards was {told}",)
    assert compressed_info(read).cautions == expected
    assert VIEW.notes(compressed_info(read))[2:] == expected
    print_compressed(read)
    tell(read)
    assert capsys.readouterr().out.count("Training afterwards was") == 2 * len(expected)
