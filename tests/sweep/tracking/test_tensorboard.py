"""Event files, read back by TensorBoard's own reader."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tracked import START, happen

pytest.importorskip("tensorboard", reason="needs the extra tensorboard")

from cnnsearch.sweep.tracking.tensorboard import TensorBoardTracker


@pytest.fixture
def runs(tmp_path: Path) -> dict[str, Any]:
    """Run -> what TensorBoard reads of it."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    happen(TensorBoardTracker(str(tmp_path), "study"))
    folders = sorted((tmp_path / "study").iterdir())
    return {folder.name: EventAccumulator(str(folder)).Reload() for folder in folders}


def hparams(run: Any, kind: str) -> Any:
    """What of HParams a run holds: ``session_start_info`` ..."""
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

    content = run.summary_metadata[f"_hparams_/{kind}"].plugin_data.content
    return getattr(HParamsPluginData.FromString(content), kind)


def test_every_trial_is_a_run(runs: dict[str, Any]) -> None:
    assert list(runs) == ["000000", "000001", "000002"]


def test_scalars_stand_at_their_epochs_and_times(runs: dict[str, Any]) -> None:
    found = [(event.step, event.value, event.wall_time) for event in runs["000000"].Scalars("val_accuracy")]
    assert found == [(1, 0.5, START + 1), (2, 0.75, START + 2), (3, 0.625, START + 3)]
    assert {"loss", "accuracy", "val_loss", "val_f1", "learning_rate"} <= set(runs["000000"].Tags()["scalars"])


def test_a_number_that_was_not_finite_is_left_out(runs: dict[str, Any]) -> None:
    assert runs["000001"].Tags()["scalars"] == ["learning_rate"]


def test_an_interrupted_trial_keeps_its_epochs(runs: dict[str, Any]) -> None:
    assert [event.value for event in runs["000002"].Scalars("val_accuracy")] == [0.25]


def test_hparams_are_the_config_and_the_best_metrics(runs: dict[str, Any]) -> None:
    given = hparams(runs["000000"], "session_start_info").hparams
    values = {name: getattr(value, value.WhichOneof("kind")) for name, value in given.items()}
    assert values == {
        "units": 8.0,
        "learning_rate": 0.01,
        "optimizer": "adam",
        "batch_normalization": True,
        "image_size": "[8, 8]",
        "state": "COMPLETED",
    }
    metrics = [info.name.tag for info in hparams(runs["000000"], "experiment").metric_infos]
    assert metrics == ["best/val_accuracy", "best/val_loss"]
    assert [(event.step, event.value) for event in runs["000000"].Scalars("best/val_accuracy")] == [(2, 0.75)]


def test_a_failed_trial_has_hparams_too(runs: dict[str, Any]) -> None:
    assert hparams(runs["000001"], "session_start_info").hparams["state"].string_value == "FAILED"
