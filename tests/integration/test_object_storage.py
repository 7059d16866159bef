"""A sweep that stops trials, with its study on object storage, over the network; and storage that breaks meanwhile."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from object_storage import new_bucket
from typer.testing import CliRunner
from whole_sweeps import check_alone, check_record, check_workers

from cnnsearch.cli.app import app
from cnnsearch.errors import StorageError
from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Progress
from cnnsearch.sweep.data import load_data
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

Small = Callable[..., Experiment]


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_sweep_on_object_storage(small: Small, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cnnsearch.training import TrialData

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    storage = new_bucket(s3)
    experiment = small(
        name="far away",
        storage=storage,
        epochs=4,
        sampler="tpe",
        scheduler={"name": "asha", "grace_epochs": 1, "reduction": 2},
        budget={"trials": 6},
        resources={"max_concurrent": 1, "memory_gb": 0.00001},
    )
    study = run(experiment)
    assert study.source == storage.replace("?", "/far-away?")
    assert list(tmp_path.iterdir()) == [], "nothing of it is kept on this machine"
    check_record(study, 6)
    check_workers(study, 1)
    assert study.counts["FAILED"] == 0
    assert study.counts["STOPPED"] > 0
    assert {record.worker.pictures for record in study.records} == {"shared"}
    check_alone(study, TrialData(*load_data(study.experiment)))

    best = study.best
    assert best is not None
    names = set(study.store.entries())
    assert {name for name in names if "/" not in name} == {
        "completed.json",
        "environment.json",
        "experiment.yaml",
        "report.html",
        "stages.json",
    }
    assert {name.partition("/")[0] for name in names} >= {"best", "curves", "predictions", "proposals", "trials"}
    assert not {"checkpoints", ".driver"} & {name.partition("/")[0] for name in names}
    assert len([name for name in names if name.startswith(("curves/", "proposals/", "trials/"))]) == 3
    assert json.loads(study.store.read("best/metrics.json"))["trial"] == best.trial
    assert study.predictions(best.trial) is not None

    again = Study.load(study.source)
    assert again.summary() == study.summary()
    [listed] = json.loads(call("list", "--output", storage, "--json"))
    assert listed["study"] == study.source
    assert listed["bytes"] == study.store.size() > 10_000
    shown = json.loads(call("show", "far-away", "--output", storage, "--json"))
    assert shown["best"]["config"] == best.config
    study.store.delete("report.html")
    assert call("report", "far-away", "--output", storage).strip() == study.store.at("report.html")
    assert b"far away" in study.store.read("report.html")
    call("rm", "far-away", "--yes", "--output", storage)
    assert json.loads(call("list", "--output", storage, "--json")) == []


# What a worker does then, what Tune's callback makes of its error, and which error the sweep ends by, without one:
# test_worker.py, test_adapters.py.
@pytest.mark.exhaustive
def test_a_worker_that_cannot_write_ends_the_sweep_and_not_its_trial(small: Small, tmp_path: Path) -> None:
    def break_it(progress: Progress) -> None:
        candidates = tmp_path / "small" / "checkpoints"
        if sum(progress.ended.values()) == 1 and candidates.is_dir():
            candidates.rmdir()
            candidates.write_text("no folder any more")

    experiment = small(budget={"trials": 8}, resources={"max_concurrent": 1}, objective="val_loss", epochs=2)
    told = r"cannot write .*/small/checkpoints/\d/.*: (File exists|Not a directory|.* is no folder)"
    with pytest.raises(StorageError, match=told):
        run(experiment, tmp_path, observe=break_it)
    study = Study.load(tmp_path / "small")
    assert study.counts["COMPLETED"] == 1
    assert study.counts["FAILED"] == 0
    assert study.counts["INTERRUPTED"] >= 1
    assert (tmp_path / "small" / "best" / "model.keras").is_file()
    assert not (tmp_path / "small" / ".driver").exists()
