"""A search of numbers on real pictures, from a YAML file to a report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import turned_digits
from sklearn import metrics

from cnnsearch.experiment import Experiment
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

YAML = """\
name: turned
task: regression
dataset: {source: csv, path: PATH, path_column: picture, label_columns: [angle, ink], validation: 0.2, test: 0.2}
space: {filters: {choice: [2, 4]}, conv_blocks: 1, loss: huber, learning_rate: 0.01}
objective: val_rmse[angle]
sampler: grid
scheduler: none
epochs: 2
budget: {trials: 2}
finalists: {top: 2, seeds: 2}
resources: {max_concurrent: 1}
"""


def test_from_a_table_to_a_report(tmp_path: Path) -> None:
    turned_digits.write(tmp_path, 120)
    file = tmp_path / "turned.yaml"
    file.write_text(YAML.replace("PATH", str(tmp_path / "turned.csv")))
    study = run(Experiment.from_yaml(file), tmp_path / "studies")
    assert study.counts["COMPLETED"] == 2
    assert study.names == list(turned_digits.NAMES)
    for line in study.records:
        kept = np.load(study.path / "predictions" / f"{line.trial:06d}.npz")
        angles = kept["targets"][:, 0], kept["values"][:, 0]
        assert line.value == pytest.approx(metrics.root_mean_squared_error(*angles), rel=1e-6)
        assert line.metrics["val_r2"] == pytest.approx(metrics.r2_score(kept["targets"], kept["values"]), rel=1e-6)
    (read,) = study.test_reads
    kept = np.load(study.path / "predictions" / "test.npz")
    assert read.metrics["mae"] == pytest.approx(metrics.mean_absolute_error(kept["targets"], kept["values"]), rel=1e-6)
    assert read.metrics["loss"] == pytest.approx(float(kept["losses"].mean()))
    listed = json.loads((study.path / "best" / "mistakes" / "mistakes.json").read_text())
    assert listed["mistakes"][0]["true"].keys() == {*turned_digits.NAMES}
    page = (study.path / "report.html").read_text(encoding="utf-8")
    for section in ("predicted", "residuals", "numbers", "worst", "finalists"):
        assert f'id="study-1-{section}"' in page
