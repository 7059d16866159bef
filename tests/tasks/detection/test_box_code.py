"""The Keras code of trials of boxes, run as ``__main__``: it trains what the trial trained, to the same numbers."""

from __future__ import annotations

import runpy
import sys
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny
from boxed import drawn, told_of
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.data.stages import Pixels, scaling
from cnnsearch.tasks.detection.code import AIMS, AVERAGE_PRECISION
from cnnsearch.tasks.detection.matching import OVERLAPS, SIZES
from cnnsearch.tasks.detection.predictions import of_boxes
from cnnsearch.training.trainer import Trainer

PIXELS = tiny.BOXED

ENCODED = {"encoder": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "finest_stride": 4, "head_filters": 4}

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "places": ({"detection_focal_gamma": 1.0}, "val_loss"),
    "anchors": (
        {
            **{"boxes_from": "anchors", "box_assignment": "overlap", "box_loss": "iou", "score_target": "one"},
            **{"map_levels": 2, "finest_stride": 2, "l2": 0.001, "box_loss_weight": 2.0},
        },
        "val_map50",
    ),
    "a frozen encoder": ({**ENCODED, "map_levels": 2}, "val_loss"),
    "an encoder of one map": ({**ENCODED, "map_levels": 1, "unfrozen_layers": 2}, "val_loss"),
    "a class": ({"feature_pyramid": False, "map_levels": 2, "box_assignment": "overlap"}, "val_map50[b]"),
}


def larger(pixels: Pixels) -> Pixels:
    """The same with six times the sides and one channel, as a pretrained encoder takes them; some of them."""
    found = {}
    for part, count in (("train", 12), ("validation", 5)):
        x, y = getattr(pixels, f"x_{part}")[:count, ..., :1], getattr(pixels, f"y_{part}")[:count].copy()
        y[..., :4] = np.where(y[..., 4:5] >= 0, 6 * y[..., :4], -1)
        found |= {f"x_{part}": x.repeat(6, axis=1).repeat(6, axis=2), f"y_{part}": y}
    return replace(pixels, **found)


@pytest.fixture(autouse=True)
def _eager() -> Iterator[None]:
    """Of a few batches, tracing would take most of the time."""
    with tiny.quiet(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config", UserWarning)
        yield
    tf.config.run_functions_eagerly(False)
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=[] if name == "places" else [pytest.mark.exhaustive]) for name in CASES]
)
def test_script_trains_what_the_trial_trained(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, aim = CASES[case]
    space = {"batch_size": 4 * tiny.COUNT, "max_detections": 10, **config}
    dataset = {"source": "digit_boxes"}
    searched = tiny.experiment(space, "detector", task="detection", dataset=dataset, objective=aim, epochs=2)
    whole = tiny.filled(searched)
    pixels = larger(PIXELS) if "encoder" in config else PIXELS
    trainer = Trainer(searched, whole, pixels, scaling(pixels, "unit"), 1000)
    while trainer.end_reason is None:
        trainer.run_epoch()
    shape = pixels.x_train.shape
    described = environment(shape=list(shape[1:3]), channels=shape[3])
    del described["dataset"]["classes"]
    described["dataset"] |= {"outputs": list(pixels.names)}
    trial = SyntheticTrial("INTERRUPTED", (), {name: whole[name] for name in searched.space})
    study = write_study(tmp_path / "study", searched, [trial], described, predictions=0)
    names = ("x_train", "y_train", "x_validation", "y_validation")
    np.savez(tmp_path / "data.npz", **{name: getattr(pixels, name) for name in names})
    (tmp_path / "script.py").write_text(study.code(0), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(sys, "argv", ["script.py", "data.npz"])
    tf.config.run_functions_eagerly(True)
    ran = runpy.run_path("script.py", run_name="__main__")
    history = ran["history"].history
    for name in ("loss", aim):
        expected = [epoch.values[name] for epoch in trainer.epochs]
        np.testing.assert_allclose(history[name], expected, rtol=5e-3, atol=5e-3, err_msg=name)
    saved: Any = keras.models.load_model("model.keras")
    assert saved.layers[-1].name == "detections"
    found = tiny.answers(saved, pixels.x_validation)
    np.testing.assert_allclose(found[..., 4], trainer.predictions.told[..., 4], atol=5e-3)


def test_a_script_says_what_it_leaves_out(tmp_path: Path) -> None:
    space = {"mosaic": 0.5, "random_flip": "both", "gaussian_noise": {"float": [0.0, 0.1]}}
    searched = tiny.experiment(space, "detector", task="detection", dataset={"source": "digit_boxes"})
    described = environment(shape=list(PIXELS.x_train.shape[1:3]), channels=PIXELS.x_train.shape[3])
    del described["dataset"]["classes"]
    described["dataset"] |= {"outputs": list(PIXELS.names)}
    whole = tiny.filled(searched, {"gaussian_noise": 0.0})
    trial = SyntheticTrial("INTERRUPTED", (), {name: whole[name] for name in searched.space})
    script = write_study(tmp_path / "study", searched, [trial], described, predictions=0).code(0)
    head = " ".join(script.partition('"""\n')[0].split())
    assert "mosaic joined pictures of a batch, boxes too" in head
    assert "random_flip moved boxes with their pictures" in head
    assert "RandomFlip" not in script


def test_a_script_judges_boxes_as_a_study_does() -> None:
    defined: dict[str, Any] = {"np": np}
    exec(AVERAGE_PRECISION.partition("def judged")[0], defined)
    true = drawn(30, 4)
    told = told_of(true, 4)
    expected = of_boxes(true, told, tuple("abcd"), 4, None)
    for metric, place in AIMS.items():
        low, high = SIZES.get(metric.removeprefix("map_"), SIZES["all"])
        overlaps = {"map50": [0.5], "map75": [0.75]}.get(metric, OVERLAPS)
        numbers = [
            [defined["average_precision"](told, true, kind, each, low, high)[place] for each in overlaps]
            for kind in range(4)
        ]
        if metric != "recall":  # which is of one class
            assert np.nanmean(numbers) == pytest.approx(expected.scores([metric])[metric], abs=1e-12)
    assert np.mean(numbers[1]) == pytest.approx(expected.scores(["recall[b]"])["recall[b]"], abs=1e-12)
