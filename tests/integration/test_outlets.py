"""A sweep on Ray that tells others: what arrives is what the study says."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnsearch.data.stages import pixels
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.serving.prediction import evaluate_file
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

COPY = "import sys; open(sys.argv[1], 'w').write(sys.stdin.read())"


def test_a_family_that_cannot_work_is_told_before_there_is_a_study(
    small: Callable[..., Experiment], tmp_path: Path
) -> None:
    with pytest.raises(
        InputError, match="model: every config that was tried fails: own_families:sigmoid ends in sigmoid"
    ):
        run(small(model="own_families:sigmoid", space={"width": 4}), tmp_path)
    assert not list(tmp_path.iterdir())


def test_epochs_ends_and_the_result_arrive(small: Callable[..., Experiment], tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told = tmp_path / "told.json"
    study = run(
        small(
            model="own_families:prints",
            space={"rate": {"float": [0.0, 0.5]}},
            budget={"trials": 2},
            resources={"max_concurrent": 1},
            tracking={"tensorboard": str(tmp_path / "runs")},
            notify={"command": [sys.executable, "-c", COPY, str(told)], "webhook": "http://127.0.0.1:9/SECRET"},
        ),
        tmp_path,
    )
    runs = {folder.name: EventAccumulator(str(folder)).Reload() for folder in (tmp_path / "runs" / "small").iterdir()}
    assert sorted(runs) == ["000000", "000001"]
    for name, events in runs.items():
        curve = study.curves[study.curves["trial"] == int(name)]
        found = {event.step: event.value for event in events.Scalars("val_accuracy")}
        assert found == pytest.approx(dict(zip(curve["epoch"], curve["val_accuracy"], strict=True)), abs=1e-6)
        assert "_hparams_/session_start_info" in events.summary_metadata
    kept = [path for path in study.path.rglob("*") if path.is_file() and b"SECRET" in path.read_bytes()]
    assert kept == []
    assert study.experiment.notify is not None
    assert study.experiment.notify.webhook == "http://127.0.0.1:9/<hidden>"
    code = (Path(__file__).parents[1] / "own_families.py").read_bytes()
    assert study.environment["code"]["own_families.py"] == hashlib.sha256(code).hexdigest()
    assert study.store.read("source/own_families.py") == code
    message = json.loads(told.read_text(encoding="utf-8"))
    assert message["state"] == "done"
    assert {key: message[key] for key in study.summary()} == study.summary()
    for record in study.records:
        rate = record.config["rate"]
        printed = study.log(record.trial).splitlines()
        assert f"printed at {rate}" in printed
        assert f"written at {rate}" in printed
    # The best model, which Keras could not write, is what was trained.
    held = pixels(*load_data(study.experiment), None)
    best, path = study.best, study.path / "best" / "model.keras"
    assert best is not None
    with pytest.warns(UserWarning, match="beware"):  # the family builds it anew
        found = evaluate_file(path, held.x_validation, held.y_validation, study.experiment, best.config)
    assert found.scores["accuracy"] == pytest.approx(best.value)
    # Python shows a warning once a process, which runs many trials.
    assert "UserWarning: beware" in "".join(study.log(record.trial) for record in study.records)
