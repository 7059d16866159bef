"""Compressing a study's best model: what is made, what is measured, what is kept."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from commands import call, refuse
from synthetic import SyntheticTrial, digits_experiment, environment, write_study
from tiny import quiet
from typer.testing import CliRunner

import cnnsearch
from cnnsearch.cli.app import app
from cnnsearch.cli.models.compressed import compressed_as_json, print_compressed
from cnnsearch.cli.sweeps.outcome import tell
from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.errors import InputError, Problem, SweepError
from cnnsearch.report.views.compressed.info import compressed_info
from cnnsearch.report.views.compressed.view import VIEW
from cnnsearch.serving.checked import check_file
from cnnsearch.serving.exported import export_best
from cnnsearch.study import Study
from cnnsearch.study.folder.completion import missing_steps
from cnnsearch.study.record.lines import NOT_COMPRESSED, CompressionLine, Timing
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import MODEL, note_best
from cnnsearch.study.winner.best_model import line_of_best
from cnnsearch.study.winner.compressed import (
    file_at,
    find_compressed,
    keras_at,
    not_compressed_of,
    predictions_of,
    ways_due,
)
from cnnsearch.sweep import compress

pytest.importorskip("ai_edge_quantizer", reason="needs the extra device")
pytest.importorskip("tf2onnx", reason="needs the extra onnx")

from cnnsearch.compression import compressing, keeping, sources
from cnnsearch.compression.compressing import compressed
from cnnsearch.compression.distillation.spec import Distillation
from cnnsearch.compression.fine_tuning import Tuned
from cnnsearch.compression.litert import Interpreter, converted
from cnnsearch.compression.quantization import float_operations
from cnnsearch.compression.spec import Pruning, Quantization, TrialTraining, Way
from cnnsearch.compression.timing import Timed

ELSEWHERE = (
    Timing(runtime="Keras", threads=1, median_seconds=2e-3, p95_seconds=3e-3, runs=50, file_bytes=90_000),
    Timing(runtime="ONNX Runtime", threads=1, median_seconds=1e-3, p95_seconds=2e-3, runs=50, file_bytes=80_000),
)
INT8, HALF = Quantization("int8"), Pruning(0.5, epochs=2)
QUANTIZED = [Way(quantize=each) for each in (Quantization("float16"), Quantization("dynamic"), INT8)]
STUDENT = Distillation((("filters", 2), ("units", 8)), epochs=1)
OTHERS = [Quantization("int8", "int8"), Quantization("qat", epochs=1), Quantization("onnx-int8")]
SPARSE = Pruning(0.75, epochs=1, structured=False)
WAYS = [*QUANTIZED, *(Way(quantize=each) for each in OTHERS), Way(HALF), Way(HALF, INT8), Way(distill=STUDENT, seeds=3)]
WAYS += [Way(SPARSE), Way(SPARSE, INT8)]
NAMES = ["float32", "float16", "dynamic", "int8", "int8-io", "qat", "onnx-int8", "pruned-50", "pruned-50-int8"]
NAMES += ["distilled-filters-2-units-8", "sparse-75", "sparse-75-int8"]


def with_model(folder: Path, stack: list[Any], fingerprint: str) -> Study:
    import keras
    from tiny import save

    study = write_study(
        folder, trials=[SyntheticTrial("COMPLETED", (0.9,))], described=environment(fingerprint=fingerprint)
    )
    (folder / "best").mkdir()
    save(keras.Sequential([keras.Input((8, 8, 1)), *stack]), folder / MODEL)
    note_best(study.store, MODEL, line_of_best(study))
    return Study.load(folder)


@pytest.fixture(scope="module")
def data() -> tuple[Any, Split]:
    experiment = digits_experiment(dataset={"source": "digits", "limit": 300})
    dataset = load_dataset(experiment.dataset)
    return dataset, split_dataset(dataset, 0.4, 0.0, 0)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, data: tuple[Any, Split]) -> Study:
    """Its model has 20,000 weights, so that they are most of its file."""
    import keras

    keras.utils.set_random_seed(0)
    layers = keras.layers
    stack = [layers.Rescaling(1 / 255), layers.Conv2D(8, 3, activation="relu"), layers.Flatten()]
    stack += [layers.Dense(64, activation="relu"), layers.Dense(10), layers.Softmax(name="probabilities")]
    made = with_model(tmp_path_factory.mktemp("compressed") / "one", stack, data[0].fingerprint)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(compressing, "SAMPLE", 60)  # each costs a while, and so many have all that there is
        patched.setattr("os.cpu_count", lambda: 1)  # a process for each number of threads
        patched.setattr(
            compressing, "timed_elsewhere", lambda *_: Timed(ELSEWHERE)
        )  # TensorFlow takes seconds to start
        with quiet():
            compressed(made, WAYS, *data)
    return Study.load(made.store)


@pytest.fixture
def kept(study: Study) -> dict[str, bytes]:
    return {each.line.name: study.store.read(file_at(each.line)) for each in study.compressed}


def test_each_way_is_kept_beside_the_float_model(study: Study, kept: dict[str, bytes]) -> None:
    assert list(kept) == NAMES
    for each in study.compressed:
        line = each.line
        assert line.file == hashlib.sha256(kept[line.name]).hexdigest()
        assert (line.bytes, line.count, line.is_float) == (len(kept[line.name]), 120, line.name == "float32")
        assert each.of.name == "float32"
        assert line.timings[0].threads == 1
        assert 0 < line.timings[0].median_seconds <= line.timings[0].p95_seconds
        assert predictions_of(study, line) is not None
        filters, units = (4, 32) if line.name.startswith("pruned") else (8, 64)
        assert line.filters_gone == (0.5 if line.name.startswith("pruned") else None)
        steps = {"prune"} if line.name.startswith("pruned") else {"quantize"} if line.name == "qat" else set()
        assert line.best_epochs.keys() == steps, "what was changed before each epoch has no start that could be kept"
        assert all(0 <= epoch <= line.way["epochs"] for epoch in line.best_epochs.values())
        assert line.weights_gone == (pytest.approx(0.75, abs=1e-3) if line.name.startswith("sparse") else None)
        if line.name.startswith("distilled"):
            assert line.parameters < 2_000
            continue
        assert line.macs == 36 * filters * 9 + 36 * filters * units + units * 10
        assert line.parameters == filters * 10 + (36 * filters + 1) * units + (units + 1) * 10
    size = {each.line.name: each.line.bytes for each in study.compressed}
    assert size["float16"] < 0.6 * size["float32"]
    assert max(size["dynamic"], size["int8"], size["qat"], size["onnx-int8"], size["pruned-50"]) < 0.4 * size["float32"]
    assert size["pruned-50-int8"] < 0.6 * min(size["int8"], size["pruned-50"])
    packed = {each.line.name: each.line.gzipped for each in study.compressed}
    assert size["sparse-75"] == pytest.approx(size["float32"], rel=0.02), "names of its tensors are longer"
    assert packed["sparse-75"] < 0.5 * packed["float32"]
    assert packed["sparse-75-int8"] < 0.6 * packed["int8"]
    assert study.best is not None
    rate = pytest.approx(study.best.config["learning_rate"] / 10)
    ways = {each.line.name: each.line.way for each in study.compressed}
    assert ways["distilled-filters-2-units-8"] == {
        **{"distill": "filters=2, units=8", "weight": 0.9, "temperature": 4.0, "student_epochs": 1, "seeds": 3},
    }
    assert study.store.exists(keras_at("distilled-filters-2-units-8"))
    assert ways["pruned-50-int8"] == {
        **{"prune": 0.5, "by": "l1", "epochs": 2, "learning_rate": rate},
        **{"quantize": "int8", "io": "float", "sample": 60},
    }


def test_a_student_that_is_trained_several_times(study: Study) -> None:
    line = find_compressed(study, "distilled-filters-2-units-8").line
    scores = [line.metrics["accuracy"], *(each["accuracy"] for each in line.again)]
    assert len(set(scores)) > 1, "each on a seed of its own"
    assert len(scores) == 3
    info = compressed_info(study)
    row = next(row for row in info.rows if row.name == line.name)
    float32 = find_compressed(study, "float32").line.metrics["accuracy"]
    assert row.loss is not None
    assert row.loss.value == pytest.approx(100 * (float32 - np.mean(scores)))  # type: ignore[operator, arg-type]
    assert " over 3 trainings, 95% interval of the " in row.in_words()
    assert any(told.startswith(f"Of {line.name} what is lost is the mean over several") for told in info.cautions)


def test_the_interpreter_tells_what_keras_does(study: Study, data: tuple[Any, Split], kept: dict[str, bytes]) -> None:
    import keras

    x = data[0].pictures.at_rest(data[1].validation, None)
    expected = keras.models.load_model(study.path / MODEL).predict(x, verbose=0)
    for name, atol in {"float32": 1e-5, "float16": 2e-3, "dynamic": 0.03, "int8": 0.05, "int8-io": 0.05}.items():
        np.testing.assert_allclose(Interpreter(kept[name]).run(x), expected, atol=atol, err_msg=name)


def test_full_int8_is_full(kept: dict[str, bytes]) -> None:
    assert float_operations(kept["int8"]) == ()
    assert float_operations(kept["dynamic"]) != ()
    files = {name: Interpreter(content) for name, content in kept.items() if name != "onnx-int8"}
    ends = {name: (file.taken["dtype"], file.told["dtype"]) for name, file in files.items()}
    assert ends["int8-io"] == (np.int8, np.int8)
    assert float_operations(kept["qat"]) == float_operations(kept["pruned-50-int8"]) == ()
    assert {ends[name] for name in files if name != "int8-io"} == {(np.float32, np.float32)}


def test_what_run_tells_at_its_end(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    tell(study)
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Smaller: ")]
    assert [line.removeprefix("Smaller: ") for line in told] == list(compressed_info(study).sentences)
    assert told


def test_what_show_tells(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    print_compressed(study)
    told = capsys.readouterr().out
    assert "float32: " not in told
    assert "int8: " in told
    assert "95% interval of the loss" in told
    first, *others = compressed_as_json(study)
    assert (first["name"], first["loss"], first["smaller"]) == ("float32", None, 1.0)
    assert all(0.9 <= each["agreement"] <= 1 for each in others if not each["way"].keys() & {"epochs", "distill"})
    assert [each["runtime"] for each in first["runtimes"]] == ["LiteRT", "Keras", "ONNX Runtime"]
    memory = first["runtimes"][0]["memory_bytes"]
    assert 0 < memory["model"] < memory["peak"]
    assert [each["runtime"] for each in others[0]["runtimes"]] == ["LiteRT"]
    of_float = [line.split()[1] for line in told.splitlines() if line.startswith("float32 ")]
    assert of_float[1:] == ["LiteRT", "Keras", "ONNX"]
    assert [each["filters_gone"] for each in others] == [None] * 6 + [0.5] * 2 + [None] * 3
    assert "\npruned-50: without 50.0% of its filters, " in told
    assert "\nsparse-75: 75.0% of its weights are 0, as large (" in told
    assert any("bytes" in each["on_front"] for each in (first, *others))


def test_export_takes_one_out(study: Study, kept: dict[str, bytes], tmp_path: Path) -> None:
    written = export_best(study, tmp_path / "model.tflite", compressed="int8")
    assert written[0].read_bytes() == kept["int8"]
    assert json.loads((tmp_path / "model.labels.json").read_text("utf-8")) == study.names
    with pytest.raises(InputError, match=r"-o must end in \.tflite"):
        export_best(study, tmp_path / "other.keras", compressed="int8")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)
    found = check_file(tmp_path / "model.tflite")
    assert (found.differ, found.modules) == (0, ("ai_edge_litert",))
    assert found.from_float is not None
    assert 0 < found.from_float < 0.2


def test_the_contract_of_a_file_that_takes_integers_says_which(
    study: Study, kept: dict[str, bytes], tmp_path: Path
) -> None:
    target = tmp_path / "model.tflite"
    export_best(study, target, compressed="int8-io")
    told, file = json.loads((tmp_path / "model.contract.json").read_text("utf-8")), Interpreter(kept["int8-io"])
    for end, details in ((told["takes"], file.taken), (told["tells"], file.told)):
        scale, zero = details["quantization"]
        assert (end["dtype"], end["integers"]["zero"]) == ("int8", zero)
        assert end["integers"]["scale"] == pytest.approx(scale)
    assert check_file(target).differ == 0


def test_export_takes_the_onnx_file_out(study: Study, kept: dict[str, bytes], tmp_path: Path) -> None:
    written = export_best(study, tmp_path / "model.onnx", compressed="onnx-int8")
    assert written[0].read_bytes() == kept["onnx-int8"]
    found = check_file(tmp_path / "model.onnx")
    assert (found.differ, found.modules) == (0, ("onnxruntime",))
    with pytest.raises(InputError, match=r"-o must end in \.onnx; onnx-int8 has no other"):
        export_best(study, tmp_path / "other.tflite", compressed="onnx-int8")


def test_what_was_built_anew_is_a_keras_model_too(
    study: Study, kept: dict[str, bytes], data: tuple[Any, Split], tmp_path: Path
) -> None:
    import keras

    export_best(study, tmp_path / "small.keras", compressed="pruned-50")
    x = data[0].pictures.at_rest(data[1].validation, None)
    told = keras.models.load_model(tmp_path / "small.keras").predict(x, verbose=0)
    np.testing.assert_allclose(Interpreter(kept["pruned-50"]).run(x), told, atol=1e-5)
    other = shutil.copytree(study.path, tmp_path / "other")
    (other / keras_at("pruned-50")).write_bytes(b"another one")
    with pytest.raises(InputError, match="is not the model that was measured"):
        export_best(Study.load(other), tmp_path / "changed.keras", compressed="pruned-50")
    (other / keras_at("pruned-50")).unlink()
    with pytest.raises(InputError, match="is not there any more"):
        export_best(Study.load(other), tmp_path / "gone.keras", compressed="pruned-50")


def test_a_file_that_was_changed_is_not_exported(study: Study, kept: dict[str, bytes], tmp_path: Path) -> None:
    other = shutil.copytree(study.path, tmp_path / "other")
    (other / "compressed/int8.tflite").write_bytes(kept["int8"][:-1] + b"x")
    with pytest.raises(InputError, match="is not the file that was measured"):
        export_best(Study.load(other), tmp_path / "model.tflite", compressed="int8")
    assert not list(tmp_path.glob("model*"))


def test_a_name_that_is_not_there(study: Study) -> None:
    with pytest.raises(InputError, match=f"it has {', '.join(NAMES)}"):
        find_compressed(study, "int4")


def test_compressed_models_of_another_model_do_not_count(study: Study, tmp_path: Path) -> None:
    other = shutil.copytree(study.path, tmp_path / "other")
    (other / MODEL).write_bytes(b"another one")
    moved = Study.load(other)
    note_best(moved.store, MODEL, line_of_best(moved))
    assert Study.load(other).compressed == []


@pytest.fixture
def no_int8(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where int8 cannot be had of anything, and all else can."""
    made = compressing.quantized

    def quantized(content: bytes, way: Quantization, *others: Any) -> bytes:
        if way.kind == "int8":
            raise InputError(Problem("--quantize", "there are no integers"))
        return made(content, way, *others)

    monkeypatch.setattr(compressing, "quantized", quantized)
    return bare


def test_nothing_stays_of_what_fails(no_int8: Path, data: tuple[Any, Split]) -> None:
    with pytest.raises(InputError, match=r"^--quantize: there are no integers$"):
        compressed(Study.load(no_int8), WAYS[2:3], *data)
    assert not list(no_int8.glob("compress*"))


def test_a_way_that_fails_costs_none_of_the_others(no_int8: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reports: list[str] = []
    monkeypatch.setattr(compress, "report_again", lambda *_: reports.append("written"))
    asked = [each for kind in ("float16", "int8", "dynamic") for each in ("--quantize", kind)]
    found = CliRunner().invoke(app, ["compress", str(no_int8), *asked])
    assert isinstance(found.exception, SweepError), "exit code 1"
    assert str(found.exception).splitlines() == [
        "int8 could not be made: --quantize: there are no integers",
        "made, and kept in the study: float16, dynamic; ask again for the others alone",
    ]
    assert [each.line.name for each in Study.load(no_int8).compressed] == ["float32", "float16", "dynamic"]
    assert reports == ["written"]


def test_what_was_made_before_a_kill_is_kept(
    bare: Path, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = compressing.quantized

    def ends(content: bytes, way: Quantization, *others: Any) -> bytes:
        if way.kind == "int8":
            raise KeyboardInterrupt
        return made(content, way, *others)

    monkeypatch.setattr(compressing, "quantized", ends)
    told: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        compressed(Study.load(bare), QUANTIZED, *data, observe=told.append)
    assert [each.line.name for each in Study.load(bare).compressed] == ["float32", "float16", "dynamic"]
    assert told[1:] == ["float16 is kept in the study", "dynamic is kept in the study"]


def test_a_latency_is_compared_with_one_of_a_moment_ago(
    bare: Path, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a machine that becomes twice as slow with each look at it."""
    seconds = [2.0**count for count in range(8)]
    timing = Timing(threads=1, median_seconds=1.0, p95_seconds=2.0, runs=3)
    monkeypatch.setattr(keeping, "timed", lambda *_: Timed((replace(timing, median_seconds=seconds.pop(0)),)))
    monkeypatch.setattr(compressing, "timed_elsewhere", lambda *_: Timed(ELSEWHERE))
    monkeypatch.setattr(keeping, "_APART", 0.0)
    compressed(Study.load(bare), QUANTIZED[:2], *data)
    lines = [json.loads(line)["name"] for line in (bare / "compressions.jsonl").read_text("utf-8").splitlines()]
    assert lines == ["float32", "float16", "float32", "dynamic"]
    found = compressed_info(Study.load(bare))
    assert [(row.name, row.faster) for row in found.rows] == [("float32", 1.0), ("float16", 0.5), ("dynamic", 0.5)]
    assert [each.runtime for each in found.rows[0].runtimes] == ["LiteRT", "Keras", "ONNX Runtime"]


def test_an_operation_that_litert_has_not_is_named() -> None:
    import keras

    stack = [
        keras.layers.Reshape((8, 8)),
        _inverse(),
        keras.layers.Flatten(),
        keras.layers.Dense(10, activation="softmax"),
    ]
    made = keras.Sequential([keras.Input((8, 8, 1)), *stack])
    with pytest.raises(InputError, match=r"LiteRT cannot take this model: it has no operation tf\.MatrixInverse"):
        converted(made)


def _inverse() -> Any:
    import keras

    class Inverse(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return keras.ops.inv(x)

    return Inverse()


def test_numbers_in_float64_are_refused() -> None:
    import keras

    told = keras.layers.Rescaling(1e3, 1.7e9, dtype="float64")
    made = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(1), told])
    with pytest.raises(InputError, match=r"numbers in float64, .* subtract one number from all targets"):
        converted(made)


def test_what_is_refused_before_the_data_is_read(tmp_path: Path) -> None:
    folds = write_study(tmp_path / "folds", digits_experiment(evaluation={"folds": 5}), trials=1)
    with pytest.raises(InputError, match="was searched on folds, and models are compressed where a validation split"):
        cnnsearch.compress(folds, "int8")
    arrays = digits_experiment(dataset=(np.zeros((20, 8, 8, 1), np.uint8), np.arange(20) % 2))
    given = Study.load(write_study(tmp_path / "arrays", arrays, trials=1).path)
    with pytest.raises(
        InputError, match=r"arrays in memory: .* cnnsearch\.compress\(study, quantize, dataset=\(x, y\)\)"
    ):
        cnnsearch.compress(given, "int8")
    assert not list(tmp_path.glob("*/compress*"))


@pytest.fixture
def bare(
    study: Study, data: tuple[Any, Split], kept: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The study with nothing compressed yet; all that takes long is as it was when it was made."""
    timings = (Timing(threads=1, median_seconds=1.0, p95_seconds=2.0, runs=3),)
    monkeypatch.setattr(compress, "load_data", lambda _: data)
    monkeypatch.setattr(compress, "report_again", lambda *_: None)
    monkeypatch.setattr(sources, "converted", lambda _: kept["float32"])
    monkeypatch.setattr(compressing, "quantized", lambda _content, way, *_: kept[way.name])
    monkeypatch.setattr(keeping, "timed", lambda *_: Timed(timings))
    monkeypatch.setattr(compressing, "timed_elsewhere", lambda *_: Timed(untimed={"Keras": "it is not there"}))
    return shutil.copytree(study.path, tmp_path / "bare", ignore=shutil.ignore_patterns("compress*"))


def test_the_command_given_twice_says_the_same(bare: Path) -> None:
    first, second = (call("compress", bare, "--quantize", "int8", "--quantize", "int8") for _ in range(2))
    assert first == second
    assert "\nint8: " in first
    assert first.endswith("Latency in Keras is not measured of float32: it is not there.\n")
    assert "on 120 validation pictures; latency of one on " in first
    lines = (bare / "compressions.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["float32", "int8"] * 2, "each once a call"
    assert [each.line.name for each in Study.load(bare).compressed] == ["float32", "int8"]


def test_the_command_chooses_and_makes_nothing_twice(bare: Path) -> None:
    asked = ("compress", bare, "--quantize", "int8", "--quantize", "dynamic", "--lose", "1")
    first, second = call(*asked), call(*asked)
    assert first == second
    size = {each.line.name: each.line.bytes for each in Study.load(bare).compressed}
    least = min(size, key=lambda name: size[name])
    rows = compressed_as_json(Study.load(bare))
    assert [each["name"] for each in rows if each["chosen"]] == [least]
    assert f"\nchosen: {least}, the smallest of 2 of 2 models that lose at most 1 of accuracy\n" in first
    lines = [json.loads(line) for line in (bare / "compressions.jsonl").read_text("utf-8").splitlines()]
    assert [(line["name"], line["lose"], line["then"]) for line in lines] == [
        (name, 1.0, "bytes") for name in ("float32", "int8", "dynamic")
    ]


def test_the_command_tries_share_after_share(bare: Path, study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    """Up to 0.63 of the filters nothing is lost; the search is ended after two shares, and goes on where it was."""
    float32, tries = study.compressed[0].line, 0
    assert study.best is not None
    rate = study.best.config["learning_rate"]

    def made(way: Way, known: Timed | None) -> CompressionLine:
        share = 0.0 if way.prune is None else way.prune.sparsity
        size, told = round(1000 * (1 - share)), {"accuracy": 0.9 if share <= 0.63 else 0.8}
        study_of_bare.store.write(f"compressed/{way.name or 'float32'}.tflite", b"x" * size)
        told_way, timings = (
            way.of_trial(TrialTraining(rate, 5)),
            ELSEWHERE if known is None or way.name else known.timings,
        )
        name = way.name or "float32"
        return replace(float32, name=name, way=told_way, bytes=size, metrics=told, timings=timings, time=time.time())

    def compressed_so(_study: Study, ways: list[Way], *_: Any, known: Timed | None, choice: Any) -> list[Any]:
        nonlocal tries
        if (tries := tries + 1) == 3:
            raise InputError(Problem("compress", "enough"))
        lines = [replace(made(way, known), **choice.told) for way in (Way(), *ways)]
        for line in lines:
            Record(study_of_bare.store).compress(line)
        return lines

    study_of_bare = Study.load(bare)
    monkeypatch.setattr(compress, "compressed", compressed_so)
    asked: dict[str, Any] = {"prune": [0.2, 0.9], "step": 0.01, "lose": 0.01}
    with pytest.raises(InputError, match="enough"):
        cnnsearch.compress(bare, **asked)
    found = cnnsearch.compress(bare, **asked)
    names = [each.line.name for each in found]
    assert names == ["float32", *(f"pruned-{share}" for share in (55, 73, 64, 60, 62, 63))]
    assert [each.runtime for each in found[0].line.timings] == ["Keras", "ONNX Runtime"], "timed once, and kept"
    info = compressed_info(Study.load(bare))
    assert info.chosen_names == ("pruned-63",)
    assert info.sentences[-1] == "chosen: pruned-63, the smallest of 4 of 6 models that lose at most 0.01 of accuracy"


def test_what_follows_on_a_student_is_drawn_by_its_seed_and_told_by_the_whole_name(
    bare: Path, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    found, seeds, told = Study.load(bare), [], []
    model = keras.models.load_model(bare / MODEL)

    def fine_tuned(*given: Any) -> Any:
        *_, seed, observe, _before_epoch = given
        seeds.append(seed)
        observe(SimpleNamespace(epoch=1, values={found.experiment.objective.metric: 0.5}))
        return Tuned(model, 1)

    monkeypatch.setattr(sources, "distilled", lambda *_: model)
    monkeypatch.setattr(sources, "fine_tuned", fine_tuned)
    monkeypatch.setattr(sources, "_as_file", lambda *_: b"model")
    ways = [Way(HALF, distill=replace(STUDENT, seed=9)), Way(HALF)]
    compressed(found, ways, *data, observe=told.append)
    assert seeds == [9, found.experiment.seed]
    assert [line.partition(": epoch")[0] for line in told if ": epoch" in line] == [way.name for way in ways]


def test_a_share_that_takes_no_filter_is_the_float_model(bare: Path) -> None:
    """Of 64 units none goes up to 0.015: there more must go, and no training is tried."""
    asked: dict[str, Any] = {"prune": [0.005, 0.015], "step": 0.001, "lose": 0.01, "trials": 2}
    assert [each.line.name for each in cnnsearch.compress(bare, **asked)] == ["float32"]
    lost = not_compressed_of(Study.load(bare))
    assert list(lost) == ["pruned-1", "pruned-1-3"]
    assert set(lost.values()) == {
        "of no layer it is a whole filter: the most that may go are 64, and one of these is 0.016"
    }
    with pytest.raises(InputError, match="of no layer it is a whole filter"):
        cnnsearch.compress(bare, prune=0.005)


def test_the_command_as_json_and_where_the_report_fails(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compress, "report_again", lambda _study, _was, failures: failures.append("no report"))
    result = CliRunner().invoke(app, ["compress", str(bare), "--quantize", "int8", "--io", "int8", "--json"])
    assert result.exit_code == 1
    assert result.stderr.endswith("no report\n")
    float32, int8 = json.loads(result.stdout)
    assert (float32["name"], int8["name"], int8["faster"]) == ("float32", "int8-io", 1.0)
    assert int8["latency_ms"] == {"1": {"median": 1000.0, "p95": 2000.0}}


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        (("--quantize", "int4"), "--quantize: unknown way; did you mean"),
        (("--quantize", "int8", "--epochs", "10"), "--epochs: goes with --prune"),
        (("--quantize", "dynamic", "--quantize", "float16", "--io", "int8"), "--io: int8 goes with --quantize int8"),
    ],
)
def test_the_command_refuses(
    study: Study,
    arguments: tuple[str, ...],
    rule: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert rule in refuse(monkeypatch, capsys, "compress", study.path, *arguments)


def test_other_data_than_the_studys_are_refused(study: Study, data: tuple[Any, Split], tmp_path: Path) -> None:
    other = write_study(tmp_path / "other", trials=1, described=environment())
    with pytest.raises(InputError, match="no longer what the study was run on"):
        compressed(other, WAYS, *data)
    with pytest.raises(InputError, match="must name at least one way"):
        compressed(study, [], *data)


@pytest.fixture
def ended(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A sweep that is over, and wants int8 and float16 of its best model; float16 cannot be made."""
    asked = [{"quantize": "int8", "lose": 1}, {"quantize": "float16"}]
    keys = {"dataset": {"source": "digits", "limit": 300}, "budget": {"trials": 1}, "compression": asked}
    (bare / "experiment.yaml").write_text(digits_experiment(**keys).to_yaml(), "utf-8")
    made = compressing.quantized

    def quantized(content: bytes, way: Quantization, *others: Any) -> bytes:
        if way.kind == "float16":
            raise InputError(Problem("--quantize", "it is too small"))
        return made(content, way, *others)

    monkeypatch.setattr(compressing, "quantized", quantized)
    return Study.load(bare).store


def test_a_sweep_compresses_at_its_end(
    ended: Store, data: tuple[Any, Split], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = "the best model was not compressed: int8, float16"
    assert lacking in missing_steps(Study.load(ended))
    unfinished: list[str] = []
    compress.compress_spared(ended, *data, unfinished)
    study = Study.load(ended)
    assert [each.line.name for each in study.compressed] == ["float32", "int8"]
    assert not_compressed_of(study) == {"float16": "it is too small"}
    assert compressed_info(study).chosen_names == ("int8",)
    assert not any("compressed" in each for each in (*missing_steps(study), *unfinished))
    print_compressed(study)
    assert "float16 could not be made: it is too small\n" in capsys.readouterr().out
    shown = json.loads(call("show", study.path, "--json"))
    assert shown["not_compressed"] == {"float16": "it is too small"}
    assert [each["way"] for each in shown["compressed"]] == [{}, {"quantize": "int8", "io": "float", "sample": 180}]
    monkeypatch.setattr(compress, "compressed", lambda *_, **__: pytest.fail("it was done"))
    compress.compress_spared(ended, *data, unfinished)


def test_what_could_not_be_made_is_not_told_once_it_is(ended: Store, data: tuple[Any, Split]) -> None:
    compress.compress_spared(ended, *data, [])
    study = Study.load(ended)
    (lost,) = read_lines(ended, NOT_COMPRESSED)
    assert (lost.name, dict(lost.way)) == ("float16", {"quantize": "float16"})
    int8 = next(each.line for each in study.compressed if each.line.name == "int8")
    ended.write("compressed/float16.tflite", ended.read("compressed/int8.tflite"))
    made = replace(int8, name="float16", way={"quantize": "float16"}, time=time.time())
    Record(ended).compress(made)
    assert not_compressed_of(Study.load(ended)) == {}
    assert ways_due(Study.load(ended)) == []


def test_a_sweep_whose_float_file_cannot_be_made(
    ended: Store, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Any) -> bytes:
        raise InputError(Problem("compress", "LiteRT cannot take this model"))

    monkeypatch.setattr(sources, "converted", fails)
    compress.compress_spared(ended, *data, [])
    study = Study.load(ended)
    assert list(not_compressed_of(study)) == ["int8", "float16"]
    assert compressed_info(study).failures[0] == "int8 could not be made: LiteRT cannot take this model"
    assert "could not be made so in any of the ways" in VIEW.lead(compressed_info(study))
    assert not VIEW.absent(compressed_info(study))


def test_what_keeps_a_sweep_from_compressing_is_told_and_tried_again(
    ended: Store, data: tuple[Any, Split], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise OSError("no space")

    monkeypatch.setattr(compress, "compressed", fails)
    unfinished: list[str] = []
    compress.compress_spared(ended, *data, unfinished)
    assert unfinished[0].startswith("the best model could not be compressed (OSError: no space)")
    assert len(ways_due(Study.load(ended))) == 2
