"""The formats that Keras converts to: each is read back and gives the model's own probabilities."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study
from tiny import quiet

from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.value_range import FILE_VALUES
from cnnsearch.serving.checked import check_file
from cnnsearch.serving.exported import export_best
from cnnsearch.serving.onnx_files import known_to_onnx
from cnnsearch.study import Study
from cnnsearch.study.folder.errands import errands_of
from cnnsearch.study.folder.trust import remember

X = np.random.default_rng(0).integers(0, 255, (3, 8, 8, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    import keras
    from tiny import save

    study = write_study(tmp_path_factory.mktemp("exported") / "one", trials=3)
    layers = keras.layers
    stack = [layers.Rescaling(1 / 255), layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(10, activation="softmax")]
    (study.path / "best").mkdir()
    save(keras.Sequential([keras.Input((8, 8, 1)), *stack]), study.path / "best" / "model.keras")
    return study


@pytest.fixture(scope="module")
def expected(study: Study) -> np.ndarray:
    import keras

    found: np.ndarray = keras.models.load_model(study.path / "best" / "model.keras").predict(X, verbose=0)
    return found


def exported(study: Study, target: Path) -> Path:
    model, labels, *others = export_best(study, target)
    assert json.loads(labels.read_text(encoding="utf-8")) == study.names
    assert sorted(target.parent.iterdir()) == sorted([model, labels, *others]), "no part of a conversion may stay"
    return model


def checked(model: Path, *libraries: str) -> None:
    """In a process that has no other libraries it tells what was recorded."""
    found = check_file(model)
    assert (found.count, found.differ, found.changed) == (16, 0, False)
    assert found.largest <= found.allowed
    assert set(found.modules) <= set(libraries), "its runtime is alone"
    assert found.runtime.partition(" ")[0] in found.modules


def test_keras(study: Study, tmp_path: Path) -> None:
    checked(exported(study, tmp_path / "model.keras"), "keras", "tensorflow")
    contract = json.loads((tmp_path / "model.contract.json").read_text("utf-8"))
    assert (contract["takes"]["shape"], contract["takes"]["dtype"]) == ([8, 8, 1], "float32")
    assert contract["takes"]["values"] == FILE_VALUES.to_dict()
    assert contract["tells"] | {"names": study.names, "shape": [10], "ordered": True} == contract["tells"]


def test_saved_model(study: Study, expected: np.ndarray, tmp_path: Path) -> None:
    import tensorflow as tf

    served: Any = tf.saved_model.load(str(exported(study, tmp_path / "served")))
    np.testing.assert_allclose(served.serve(X), expected, atol=1e-5)
    beside = tmp_path / "served" / "assets.extra"
    assert json.loads((beside / "labels.json").read_text("utf-8")) == study.names
    assert json.loads((beside / "values.json").read_text("utf-8")) == FILE_VALUES.to_dict()


@pytest.mark.exhaustive
def test_a_saved_model_alone(study: Study, tmp_path: Path) -> None:
    """TensorFlow takes seconds to start."""
    checked(exported(study, tmp_path / "served"), "tensorflow", "keras")


def test_a_model_with_code_of_ones_own(tmp_path: Path) -> None:
    """What needs no code of it can be had; a ``.keras`` file of it would be of no use to anybody."""
    import keras
    import tensorflow as tf

    from cnnsearch.families import find_family
    from cnnsearch.training.model_file import save_model

    config = {"factor": 2.0, "learning_rate": 0.01}
    experiment = digits_experiment(model="own_families:with_lambda", space=config)
    study = write_study(tmp_path / "study", experiment, [SyntheticTrial("COMPLETED", (0.9,), config)])
    model = find_family(experiment.model).build(config, (8, 8, 1), 10, 1 / 255, 0.0)
    model = keras.Model(model.input, keras.layers.Softmax(name="probabilities")(model.output))
    (study.path / "best").mkdir()
    with quiet():
        save_model(model, study.path / "best" / "model.keras")
    remember(errands_of(experiment, study.environment))  # as the sweep does
    (tmp_path / "out").mkdir()
    served: Any = tf.saved_model.load(str(exported(study, tmp_path / "out" / "served")))
    np.testing.assert_allclose(served.serve(X), model.predict(X, verbose=0), atol=1e-5)
    with pytest.raises(
        InputError, match=r"has code of own_families:with_lambda in it: export .onnx, .tflite or a folder"
    ):
        export_best(study, tmp_path / "model.keras")
    assert not list(tmp_path.glob("model*"))


def test_onnx(study: Study, expected: np.ndarray, tmp_path: Path) -> None:
    pytest.importorskip("tf2onnx", reason="needs the extra onnx")
    import onnx
    from onnx.reference import ReferenceEvaluator

    session = ReferenceEvaluator(str(exported(study, tmp_path / "model.onnx")))
    told = {prop.key: json.loads(prop.value) for prop in onnx.load(tmp_path / "model.onnx").metadata_props}
    assert told == {"cnnsearch.labels": study.names, "cnnsearch.values": FILE_VALUES.to_dict()}
    (found,) = session.run(None, {session.input_names[0]: X})
    np.testing.assert_allclose(found, expected, atol=1e-4)
    checked(tmp_path / "model.onnx", "onnxruntime")


def test_tflite(study: Study, expected: np.ndarray, tmp_path: Path) -> None:
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=UserWarning)  # TensorFlow has announced a new interpreter
        interpreter = tf.lite.Interpreter(str(exported(study, tmp_path / "model.tflite")))
    interpreter.allocate_tensors()
    given, told = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    interpreter.set_tensor(given["index"], X[:1])
    interpreter.invoke()
    np.testing.assert_allclose(interpreter.get_tensor(told["index"]), expected[:1], atol=1e-4)
    checked(tmp_path / "model.tflite", "ai_edge_litert")


def test_what_litert_cannot_compute_is_refused(tmp_path: Path) -> None:
    """Numbers that float32 cannot tell apart, as dates in seconds, end in float64."""
    import keras
    from tiny import save

    study = write_study(tmp_path / "one", trials=3)
    layers = keras.layers
    stack = [layers.Flatten(), layers.Dense(10), layers.Rescaling(1e3, 1.7e9, dtype="float64")]
    (study.path / "best").mkdir()
    save(keras.Sequential([keras.Input((8, 8, 1)), *stack]), study.path / "best" / "model.keras")
    with pytest.raises(InputError, match="-o: the model tells numbers in float64, which LiteRT cannot compute"):
        export_best(study, tmp_path / "m.tflite")
    assert not list(tmp_path.glob("m.*"))


def test_a_model_of_the_front_is_written_by_its_trial(study: Study, tmp_path: Path) -> None:
    """Its file is that of the trial, and one that is not kept is told of before anything is written."""
    import keras
    from tiny import save

    trials = [
        SyntheticTrial("COMPLETED", (value,), cost={"latency_seconds": latency})
        for value, latency in ((0.9, 3.0), (0.8, 2.0), (0.7, 1.0))
    ]
    keys = {"objective": ["val_accuracy", "latency_ms"], "scheduler": "none"}
    made = write_study(tmp_path / "several", digits_experiment(**keys), trials)
    (made.path / "front").mkdir()
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    save(keras.Sequential([keras.Input((8, 8, 1)), *layers]), made.path / "front" / "000002.keras")
    target = tmp_path / "second.keras"
    assert export_best(made, target, trial=2)[0] == target
    assert target.read_bytes() == (made.path / "front" / "000002.keras").read_bytes()
    told = (
        r"--trial: its model is not in the study \(kept are those of 2\): cnnsearch rerun STUDY 1 --export FILE trains "
        r"it again \(got 1\)"
    )
    with pytest.raises(InputError, match=told):
        export_best(made, tmp_path / "first.keras", trial=1)
    with pytest.raises(InputError, match=r"--trial: its model is not in the study \(none is kept\)|kept are those of"):
        export_best(study, tmp_path / "third.keras", trial=2)


def test_an_exact_gelu_is_written_with_what_onnx_has(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="needs the extra onnx")
    from onnx.reference import ReferenceEvaluator

    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [3]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Erfc", ["x"], ["y"])], "gelu", ends[:1], ends[1:])
    file = tmp_path / "model.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 15)]), file)
    known_to_onnx(file)
    x = np.float32([-0.5, 0.0, 2.0])
    (found,) = ReferenceEvaluator(str(file)).run(None, {"x": x})
    np.testing.assert_allclose(found, [math.erfc(each) for each in x], atol=1e-6)
