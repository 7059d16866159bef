"""Families of a user's own, ``module:function``: what works, and what each mistake is answered with."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from documentation import examples

from cnnsearch.errors import TrialError
from cnnsearch.families import find_family
from cnnsearch.training import TrialData, TrialResult, run_trial
from cnnsearch.training.programs.programs import Programs
from cnnsearch.training.trainer import Trainer

FAMILY = "own_families:build"
SEARCHED = {"width": {"choice": [4, 6]}, "rate": {"float": [0.0, 0.9]}, "penalty": {"float": [0.0, 1.0]}}
RUNTIME = ["rate", "penalty"]


def run(digits: TrialData, family: str, space: Any = None, config: Any = None, runtime: Any = ()) -> TrialResult:
    searched = tiny.experiment(space or {}, family, epochs=1, runtime=runtime)
    return run_trial(searched, tiny.filled(searched, config), digits)


def test_a_trial_of_ones_own_family(digits: TrialData) -> None:
    searched = tiny.experiment(SEARCHED, FAMILY, epochs=40, runtime=RUNTIME)
    result = run_trial(searched, {"width": 6, "rate": 0.0, "penalty": 0.0, "learning_rate": 0.01}, digits)
    assert (result.state, result.reason) == ("COMPLETED", None)
    assert result.value is not None
    assert result.value > 0.5, "ten classes: chance is 0.1"
    assert result.cost is not None
    assert result.cost["parameters"] == 65 * 6 + 7 * 10


def test_the_function_of_the_documentation() -> None:
    (example,) = (block.text for block in examples("python") if "def mlp(" in block.text)
    names: dict[str, Any] = {}
    exec(example, names)
    assert names["mlp"]({"width": 6, "rate": 0.5}, (8, 8, 1), 10).count_params() == 65 * 6 + 7 * 10


def test_parameters_are_structural_unless_they_are_said_to_be_runtime() -> None:
    configs = [{"width": 6, "rate": rate, "penalty": penalty} for rate, penalty in ((0.0, 0.0), (0.0, 0.5), (0.5, 0.5))]
    for runtime, compiled in (([], 3), (["rate"], 2), (RUNTIME, 1)):
        searched = tiny.experiment(SEARCHED, FAMILY, epochs=1, runtime=runtime)
        programs = Programs()
        found = [tiny.trained(searched, config, programs=programs) for config in configs]
        assert programs.compiled == compiled
        assert len(set(found)) == 3
    assert found[-1] == tiny.trained(searched, configs[-1]), "that of a new program"
    for width in (4, 6, 4):
        tiny.trained(searched, {"width": width, "rate": 0.1, "penalty": 0.1}, programs=programs)
    assert programs.compiled == 2


def test_runtime_values_mean_what_plain_numbers_mean() -> None:
    """The same numbers as a family of Keras's own layers, for which every value is compiled."""
    config = {"width": 6, "rate": 0.4, "penalty": 0.05}
    plain = tiny.trained(tiny.experiment(config, "own_families:stock"))
    runtime = tiny.trained(tiny.experiment(SEARCHED, FAMILY, runtime=RUNTIME), config)
    np.testing.assert_allclose(runtime.epochs, plain.epochs, atol=1e-6)
    for name in RUNTIME:
        other = tiny.trained(tiny.experiment(SEARCHED, FAMILY, runtime=RUNTIME), {**config, name: 0.0})
        assert abs(other.epochs[-1][0] - plain.epochs[-1][0]) > 1e-3


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"rate": 1.5}, "rate: the rate of Dropout must be from 0 to below 1 (got 1.5)"),
        ({"rate": -0.2}, "rate: the rate of Dropout must be from 0 to below 1 (got -0.2)"),
        ({"penalty": -1.0}, "penalty: a factor of L1L2 must be a number of at least 0 (got -1.0)"),
    ],
)
def test_a_runtime_value_out_of_its_range_fails_the_trial(digits: TrialData, config: Any, said: str) -> None:
    """A space of a family of one's own knows no ranges: what reads the value does."""
    space = {"width": 4, "rate": {"float": [-1.0, 2.0]}, "penalty": {"float": [-1.0, 1.0]}}
    result = run(digits, FAMILY, space, {"rate": 0.5, "penalty": 0.0, **config}, RUNTIME)
    assert (result.state, result.reason, result.traceback) == ("FAILED", said, None)
    plain = run(digits, FAMILY, space, {"rate": 0.5, "penalty": 0.0, **config})
    assert (plain.state, plain.reason) == ("FAILED", said.partition(": ")[2])


def test_a_layer_may_read_a_runtime_value_where_it_computes() -> None:
    searched = tiny.experiment({"rate": {"float": [0.1, 2.0]}}, "own_families:sharpened", runtime=["rate"])
    programs = Programs()
    one, other = (tiny.trained(searched, {"rate": rate}, programs=programs) for rate in (0.5, 2.0))
    assert programs.compiled == 1
    assert one != other == tiny.trained(searched, {"rate": 2.0})
    plain = tiny.trained(tiny.experiment({"rate": 2.0}, "own_families:sharpened"))
    np.testing.assert_allclose(other.epochs, plain.epochs, atol=1e-6)


@pytest.mark.parametrize(
    "how",
    [
        *("as_stock_dropout", "as_condition", "by_arithmetic", "by_comparison", "by_equality", "as_float"),
        *("as_units", "as_range", "by_power", "by_rounding", "in_numpy"),
    ],
)
def test_a_runtime_value_that_is_read_as_a_number_fails_the_trial(digits: TrialData, how: str) -> None:
    space = {"rate": {"float": [0.1, 0.5]}}
    result = run(digits, f"own_families:reads_{how}", space, {"rate": 0.3}, runtime=["rate"])
    assert (result.state, result.end_reason, result.epochs) == ("FAILED", "error", ())
    assert result.reason is not None
    assert "'rate' is a runtime parameter: read as a number while the model is built" in result.reason
    assert "leave 'rate' out of the experiment's 'runtime'" in result.reason


@pytest.mark.parametrize("how", ["in_a_tensor", "as_stock_regularizer", "the_tensor_too_early"])
def test_no_way_of_reading_it_too_early_is_silent(digits: TrialData, how: str) -> None:
    space = {"rate": {"float": [0.1, 0.5]}}
    assert run(digits, f"own_families:reads_{how}", space, {"rate": 0.3}, runtime=["rate"]).state == "FAILED"


def test_the_same_functions_are_right_where_it_is_structural(digits: TrialData) -> None:
    result = run(digits, "own_families:reads_as_stock_dropout", {"rate": {"float": [0.1, 0.5]}}, {"rate": 0.3})
    assert result.state == "COMPLETED"


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("no_such_module:build", "the model family no_such_module:build cannot be imported: No module named"),
        (
            "own_families:no_such",
            "the model family own_families:no_such cannot be imported: module 'own_families' has no attribute",
        ),
        ("own_families:gives_no_model", "own_families:gives_no_model must return a keras.Model, not str"),
        (
            "own_families:gives_too_few_logits",
            "own_families:gives_too_few_logits must return a model with logits (None, 10), not (None, 9)",
        ),
        (
            "own_families:gives_maps",
            "own_families:gives_maps must return a model with logits (None, 10), not (None, 8, 8, 10)",
        ),
        (
            "own_families:gives_two_outputs",
            "own_families:gives_two_outputs must return a model of one output, the logits (None, 10), not of 2",
        ),
        (
            "own_families:gives_a_dict",
            "own_families:gives_a_dict must return a model of one output, the logits (None, 10), not of a dict",
        ),
        (
            "own_families:takes_two_inputs",
            "own_families:takes_two_inputs must return a model of one input, the pictures, not of 2",
        ),
        (
            "own_families:sigmoid",
            "own_families:sigmoid ends in sigmoid ('last'): here each picture is of one class",
        ),
        ("own_families:raises", "ValueError: no such network"),
        ("own_families:not_a_function", "own_families:not_a_function must be a function, not int"),
    ],
)
def test_what_is_no_family_is_told(digits: TrialData, family: str, reason: str) -> None:
    result = run(digits, family)
    assert result.state == "FAILED"
    assert result.reason is not None
    assert result.reason.startswith(reason)


def test_one_number_for_two_classes_is_told() -> None:
    with pytest.raises(TrialError, match=r"gives one number a picture, .* so end in Dense.2. without"):
        find_family("own_families:gives_one_number").build({}, (4, 4, 1), 2, 1.0, 0.0)


def test_softmax_at_the_end_changes_nothing() -> None:
    """Not a bit of the training, and the exported model gives the same probabilities."""
    config = {"width": 4, "rate": 0.3, "penalty": 0.01, "label_smoothing": 0.1, "class_weights": "balanced"}
    plain, softmax = (
        Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1)
        for searched in (tiny.experiment(config, family) for family in (FAMILY, "own_families:softmax"))
    )
    expected, found = (trainer.run_epoch() for trainer in (plain, softmax))
    assert [found.values["loss"], found.values["val_loss"]] == [expected.values["loss"], expected.values["val_loss"]]
    np.testing.assert_array_equal(softmax.predictions.probabilities, plain.predictions.probabilities)
    exported = tiny.answers(softmax.export(), tiny.PIXELS.x_validation)
    np.testing.assert_allclose(exported, softmax.predictions.probabilities, atol=1e-6)


def test_a_model_for_other_pictures_is_told(digits: TrialData) -> None:
    result = run(digits, "own_families:gives_another_shape")
    assert result.state == "FAILED"
    assert result.reason is not None
    assert "expected shape=(None, 9, 8, 1)" in result.reason


def test_a_module_where_the_command_was_typed(
    digits: TrialData, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "typed_here.py").write_text("from own_families import build\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    try:
        assert run(digits, "typed_here:build").state == "COMPLETED"
    finally:
        sys.modules.pop("typed_here", None)


LOADING = """
import sys
import keras
import numpy as np
model = keras.models.load_model(sys.argv[1], safe_mode=True)
assert not [name for name in sys.modules if name.startswith(("cnnsearch", "own_families"))]
np.save(sys.argv[2], model.predict(np.load(sys.argv[3]), verbose=0))
"""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # of Keras, when it saves
def test_the_exported_model_is_of_keras_alone(tmp_path: Path) -> None:
    """It is loaded, in safe mode, by a process that knows neither this package nor the family."""
    config = {"width": 4, "rate": 0.3, "penalty": 0.01}
    searched = tiny.experiment(SEARCHED, FAMILY, epochs=2, runtime=RUNTIME)
    trainer = Trainer(searched, {**config, "learning_rate": 0.01}, tiny.PIXELS, tiny.SCALING, 1)
    while trainer.end_reason is None:
        trainer.run_epoch()
    saved, pictures, predicted = (str(tmp_path / name) for name in ("model.keras", "x.npy", "p.npy"))
    trainer.export().save(saved)
    np.save(pictures, tiny.PIXELS.x_validation)
    (tmp_path / "loading.py").write_text(LOADING, encoding="utf-8")
    command = [sys.executable, str(tmp_path / "loading.py"), saved, predicted, pictures]
    subprocess.run(command, check=True, cwd=tmp_path, timeout=200)
    np.testing.assert_allclose(np.load(predicted), trainer.predictions.probabilities, atol=1e-5)


@pytest.mark.parametrize("model", ["cnn", FAMILY])
def test_an_exported_model_holds_keras_classes_only(model: str) -> None:
    space = {"dropout": 0.3, "l1": 0.1, "l2": 0.1} if model == "cnn" else {"rate": 0.3, "penalty": 0.1}
    searched = tiny.experiment(space, model, epochs=1, runtime=RUNTIME if model == FAMILY else [])
    trainer = Trainer(searched, tiny.filled(searched), tiny.PIXELS, tiny.SCALING, 1)
    trainer.run_epoch()
    exported = trainer.export()
    parts = [*exported._flatten_layers()]
    parts += [part for layer in parts if (part := getattr(layer, "kernel_regularizer", None)) is not None]
    assert {type(part).__module__.partition(".")[0] for part in parts} == {"keras"}
    kinds = [type(part).__name__ for part in parts]
    assert "Dropout" in kinds
    assert "L1L2" in kinds
    np.testing.assert_allclose(
        tiny.answers(exported, tiny.PIXELS.x_validation), trainer.predictions.probabilities, atol=1e-5
    )
