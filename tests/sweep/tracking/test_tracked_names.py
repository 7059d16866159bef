"""Names of metrics where a tracker takes no brackets."""

from __future__ import annotations

import pytest

from cnnsearch.sweep.tracking.tracker import tracked


@pytest.mark.parametrize(
    ("metric", "name"),
    {
        "val_loss": "val_loss",
        "costs:cost": "costs:cost",
        "val_recall[cat]": "val_recall/cat",
        "recall[a/b: ü]": "recall/a_b_ _",
        "recall[..]": "recall/_",
    }.items(),
)
def test_of_a_metric(metric: str, name: str) -> None:
    assert tracked(metric) == name


def test_mlflow_takes_them() -> None:
    validation = pytest.importorskip("mlflow.utils.validation")
    for metric in ("val_loss", "costs:cost", "val_recall[cat]", "recall[../a//b]", "recall[ü\n]"):
        validation._validate_metric_name(tracked(metric))
