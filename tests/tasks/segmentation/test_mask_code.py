"""The Keras code of trials of masks, run as ``__main__``: it trains what the trial trained, to the same numbers."""

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
from synthetic import SyntheticTrial, environment, write_study

from cnnsearch.data.stages import Pixels, scaling
from cnnsearch.tasks.segmentation.masks import Mask
from cnnsearch.tasks.segmentation.targets import MaskTargets
from cnnsearch.training.trainer import Trainer

PIXELS = tiny.MASKED


def larger(pixels: Pixels) -> Pixels:
    """The same with six times the sides and one channel, as a pretrained encoder takes them; some of them."""

    def enlarged(array: np.ndarray) -> np.ndarray:
        return array[:20].repeat(6, axis=1).repeat(6, axis=2)

    x_train, x_validation = (enlarged(x)[..., :1] for x in (pixels.x_train, pixels.x_validation))
    y_train, y_validation = map(enlarged, (pixels.y_train, pixels.y_validation))
    return replace(pixels, x_train=x_train, x_validation=x_validation, y_train=y_train, y_validation=y_validation)


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "Dice and cross-entropy": ({"mask_loss": "cross_entropy_dice"}, "val_mean_iou"),
    "focal and Tversky": ({"mask_loss": "focal_tversky", "skip_connections": False}, "val_loss"),
    "a frozen encoder": (
        {"encoder": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "depth": 2, "filters": 2},
        "val_mean_iou",
    ),
    "a frozen encoder of one map": (
        {
            **{"encoder": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "depth": 2, "filters": 2},
            "skip_connections": False,
        },
        "val_mean_iou",
    ),
    "a class": ({"upsampling": "nearest", "l2": 0.001}, "val_iou[c]"),
    "a stride": ({"depth": 2, "decoder_output_stride": 2}, "val_mean_iou"),
    "a frozen encoder with a stride": (
        {
            **{"encoder": "mobilenet", "backbone_alpha": 0.25, "weights": "none", "depth": 3, "filters": 2},
            "decoder_output_stride": 4,
        },
        "val_mean_iou",
    ),
    "boundaries": ({}, "val_mean_boundary_f1"),
    "distances of a class": ({}, "val_hausdorff_95[c]"),
}


@pytest.fixture(autouse=True)
def _eager() -> Iterator[None]:
    """Of a few batches, tracing would take most of the time."""
    with tiny.quiet(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Even though the `tf.config", UserWarning)
        yield
    tf.config.run_functions_eagerly(False)
    keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize(
    "case", [pytest.param(name, marks=[] if "focal" in name else [pytest.mark.exhaustive]) for name in CASES]
)
def test_script_trains_what_the_trial_trained(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config, aim = CASES[case]
    pixels = larger(PIXELS) if "encoder" in config else PIXELS
    space = {"batch_size": 4 * tiny.COUNT, **config}
    dataset = {"source": "digit_scenes"}
    searched = tiny.experiment(space, "unet", task="segmentation", dataset=dataset, objective=aim)
    whole = tiny.filled(searched)
    trainer = Trainer(searched, whole, pixels, scaling(pixels, "unit"), 1000)
    while trainer.end_reason is None:
        trainer.run_epoch()
    shape = pixels.x_train.shape
    described = environment(shape=list(shape[1:3]), channels=shape[3])
    del described["dataset"]["classes"]
    targets = MaskTargets(tuple(map(Mask.of, pixels.y_train)), pixels.names)
    described["dataset"] |= targets.describe({"train": np.arange(len(pixels.y_train))})
    trial = SyntheticTrial("INTERRUPTED", (), {name: whole[name] for name in searched.space})
    study = write_study(tmp_path / "study", searched, [trial], described, predictions=0)
    names = ("x_train", "y_train", "x_validation", "y_validation")
    np.savez(tmp_path / "data.npz", **{name: getattr(pixels, name) for name in names})
    (tmp_path / "script.py").write_text(study.code(0), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    monkeypatch.setattr(sys, "argv", ["script.py", "data.npz"])
    tf.config.run_functions_eagerly(True)
    history = runpy.run_path("script.py", run_name="__main__")["history"].history
    for name in ("loss", "pixel_accuracy", "val_pixel_accuracy", aim):
        expected = [epoch.values[name] for epoch in trainer.epochs]
        np.testing.assert_allclose(history[name], expected, rtol=5e-3, atol=5e-3, err_msg=name)
    saved = keras.models.load_model("model.keras")
    assert saved.layers[-1].name == "probabilities"
    told = tiny.answers(saved, pixels.x_validation).argmax(axis=-1)  # type: ignore[union-attr]
    assert (told == trainer.predictions.told).mean() > 0.98


def script(folder: Path, space: dict[str, Any], **config: Any) -> str:
    searched = tiny.experiment(space, "unet", task="segmentation", dataset={"source": "digit_scenes"})
    described = environment(shape=[40, 40], channels=1)
    del described["dataset"]["classes"]
    described["dataset"] |= {"outputs": ["a", "b"]}
    whole = tiny.filled(searched, config)
    trial = SyntheticTrial("INTERRUPTED", (), {name: whole[name] for name in searched.space})
    return write_study(folder / "study", searched, [trial], described, predictions=0).code(0)


def test_nothing_of_an_encoder_is_in_the_script_of_a_network_without(tmp_path: Path) -> None:
    """In a search of both, whatever its config says of the encoder."""
    unfrozen = {"unfrozen_layers": 2, "layer_decay": 0.5, "fine_tune_epochs": 1}
    space = {"encoder": {"choice": ["scratch", "mobilenet"]}, "weights": "none", **unfrozen}
    assert "lower_rates" not in script(tmp_path / "scratch", space, encoder="scratch")
    assert "lower_rates(optimizer, model, backbone, 0.5)" in script(tmp_path / "both", space, encoder="mobilenet")


@pytest.mark.parametrize(
    ("skips", "end"),
    [(True, "(backbone.inputs, [\n"), (False, "(backbone.inputs, backbone.layers[-64].output)\n")],
)
def test_an_encoder_of_one_map_gives_a_tensor_and_no_list(skips: bool, end: str, tmp_path: Path) -> None:
    """Which the next layer could not take."""
    code = script(tmp_path, {"encoder": "mobilenet", "weights": "none", "depth": 2, "skip_connections": skips})
    assert end in code
    assert ("encoder_1, encoder_2 = x" in code) == skips


def test_what_moves_pictures_is_left_out_in_words(tmp_path: Path) -> None:
    space = {"random_flip": "both", "random_rotation": 0.1, "gaussian_noise": 0.1}
    searched = tiny.experiment(space, "unet", task="segmentation", dataset={"source": "digit_scenes"})
    described = environment(shape=[6, 6], channels=2)
    del described["dataset"]["classes"]
    described["dataset"] |= {"outputs": ["a", "b"]}
    trial = SyntheticTrial("INTERRUPTED", (), {name: tiny.filled(searched)[name] for name in searched.space})
    code = write_study(tmp_path / "study", searched, [trial], described, predictions=0).code(0)
    assert "random_flip, random_rotation moved masks with their pictures" in " ".join(code.split())
    assert "RandomFlip" not in code
    assert "Noise(0.1" in code
