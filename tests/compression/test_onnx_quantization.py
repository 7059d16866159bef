"""ONNX in int8: what the file holds, what it tells, and what is refused."""

from __future__ import annotations

import importlib.util
import json
from typing import Any

import numpy as np
import pytest
from tiny import quiet

pytest.importorskip("tf2onnx", reason="needs the extra onnx")
pytest.importorskip("onnxruntime", reason="needs the extra onnx")

from cnnsearch.compression import compressing, onnx_quantization
from cnnsearch.compression.compressing import check_packages
from cnnsearch.compression.onnx_quantization import OnnxSession, check_onnx_installed, quantized_onnx
from cnnsearch.compression.spec import ways_of
from cnnsearch.errors import InputError


def test_the_file_is_in_int8_by_channel_and_tells_what_keras_does(caplog: pytest.LogCaptureFixture) -> None:
    import keras
    import onnx

    keras.utils.set_random_seed(0)
    layers = keras.layers
    stack = [layers.Rescaling(1 / 255), layers.Conv2D(6, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU()]
    stack += [layers.Flatten(), layers.Dense(3), layers.Softmax()]
    model = keras.Sequential([keras.Input((8, 8, 1)), *stack])
    sample = np.random.default_rng(0).integers(0, 256, (30, 8, 8, 1)).astype("float32")
    with quiet():
        content = quantized_onnx(model, sample, {"labels": ["a", "b", "c"]})
    graph = (made := onnx.load_from_string(content)).graph
    kernels = [
        array for array in graph.initializer if array.data_type == onnx.TensorProto.INT8 and len(array.dims) == 4
    ]
    assert [list(array.dims) for array in kernels] == [[6, 1, 3, 3]]
    assert [6] in [list(array.dims) for array in graph.initializer if array.name.endswith("_scale")], "one a filter"
    assert "BatchNormalization" not in {node.op_type for node in graph.node}
    assert json.loads(next(each.value for each in made.metadata_props if each.key == "cnnsearch.labels")) == [
        "a",
        "b",
        "c",
    ]
    told = list(OnnxSession(content).one_by_one(sample))
    assert [each.shape for each in told] == [(1, 3)] * 30
    np.testing.assert_allclose(np.concatenate(told), model(sample), atol=0.05)
    # TensorFlow tells of tables that models of texts, of other tests in this process, have left in its graph.
    assert not [each for each in caplog.records if "table_initializer" not in each.getMessage()]


def test_what_cannot_be_quantized_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("no such operation: Inverse\nand so on")

    monkeypatch.setattr(onnx_quantization, "write_onnx", fails)
    with pytest.raises(InputError, match=r"--quantize: .* as ONNX in int8: no such operation: Inverse"):
        quantized_onnx(None, np.zeros((1, 2)), {})  # type: ignore[arg-type]  # which is not looked at


def test_a_file_that_cannot_be_run_is_told() -> None:
    with pytest.raises(InputError, match="--quantize: ONNX Runtime cannot run the file: "):
        OnnxSession(b"no model")


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "onnxruntime" else object())
    with pytest.raises(InputError, match=r"needs tf2onnx and onnxruntime: pip install 'cnnsearch\[onnx\]'"):
        check_onnx_installed()
    monkeypatch.setattr(compressing, "check_installed", lambda: None)
    check_packages(ways_of(["int8"], "float", ()))
    with pytest.raises(InputError, match="needs tf2onnx and onnxruntime"):
        check_packages(ways_of(["int8", "onnx-int8"], "float", ()))
