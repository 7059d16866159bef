"""A search for several labels, from an experiment file to its report, with finalists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import call
from scattered_digits import NAMES, write
from sklearn import metrics

from cnnsearch.experiment import Experiment
from cnnsearch.study import Study
from cnnsearch.study.predictions import TEST_PREDICTIONS, from_bytes
from cnnsearch.sweep.run import run

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

FILE = """
name: scattered
task: multilabel
dataset: {{source: csv, path: {path}, label_columns: [{names}]}}
space: {{filters: 4, conv_blocks: 1, units: 8, learning_rate: {{float: [0.003, 0.03]}}, batch_size: 32}}
epochs: 2
scheduler: none
budget: {{trials: 2}}
finalists: {{top: 2, seeds: 2}}
resources: {{max_concurrent: 1}}
"""


@pytest.mark.exhaustive  # regression has the same way by default
def test_from_a_file_to_a_report(tmp_path: Path) -> None:
    write(tmp_path / "digits", 240)
    table, names = tmp_path / "digits" / "columns.csv", NAMES[:4]
    file = tmp_path / "scattered.yaml"
    file.write_text(FILE.format(path=table, names=", ".join(names)), encoding="utf-8")
    study = run(Experiment.from_yaml(file), tmp_path)
    assert tuple(study.names) == names
    assert study.best is not None
    assert study.finals is not None
    decided = {name: study.best.metrics[f"val_threshold[{name}]"] for name in names}
    check_test_split(study, decided)
    page = Path(study.report_path).read_text(encoding="utf-8")
    assert all(heading in page for heading in ("Labels mistaken for each other", "Worst mistakes"))
    told = json.loads(call("evaluate", study.path, table, "--json"))
    assert {name: of["threshold"] for name, of in told["labels"].items()} == decided
    assert told["count"] == 240
    (predicted,) = json.loads(call("predict", study.path, tmp_path / "digits" / "pictures" / "00000.png", "--json"))
    probabilities = predicted["probabilities"]
    assert {*predicted["labels"]} == {name for name in names if probabilities[name] >= decided[name]}
    call("export", study.path, "-o", tmp_path / "model.keras")
    assert json.loads((tmp_path / "model.decision.json").read_text()) == {"thresholds": decided}


def check_test_split(study: Study, decided: dict[str, float]) -> None:
    """Its metrics are scikit-learn's at the thresholds that were searched on the validation split."""
    kept = from_bytes(study.store.read(TEST_PREDICTIONS), study.experiment.predicted, study.names)
    true, probabilities = kept.pair
    told = probabilities.astype(float) >= list(decided.values())
    lines = (study.path / "test_reads.jsonl").read_text(encoding="utf-8").splitlines()
    read = json.loads(lines[-1])["metrics"]
    assert read["average_precision"] == pytest.approx(metrics.average_precision_score(true, probabilities), abs=1e-6)
    assert read["f1"] == pytest.approx(metrics.f1_score(true, told, average="macro", zero_division=0), abs=1e-6)
    assert read["exact_match"] == pytest.approx(metrics.accuracy_score(true, told), abs=1e-6)
