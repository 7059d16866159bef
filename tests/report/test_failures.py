"""Failed trials by cause."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.views.failures import view
from cnnsearch.report.views.failures.info import FailureGroup, FailuresInfo, failures_info
from cnnsearch.study import Study

Write = Callable[..., Study]


def config(filters: int, dropout: float = 0.0) -> dict[str, float]:
    return {"filters": filters, "dense_layers": 0, "dropout": dropout, "batch_size": 64}


def test_one_cause_is_one_group_whatever_its_numbers(written: Write) -> None:
    oom = "ResourceExhaustedError: OOM when allocating tensor with shape[{},32] by '{}'"
    trials = [
        SyntheticTrial("FAILED", (0.5,), config(32, 0.1), oom.format(64, "a")),
        SyntheticTrial("COMPLETED", (0.9,), config(8)),
        SyntheticTrial("FAILED", (0.5, 0.6), config(32, 0.2), oom.format(128, "b")),
        SyntheticTrial("FAILED", (), config(8), "loss is nan at epoch 3: the training diverged"),
        SyntheticTrial("FAILED", (0.5,), config(32, 0.3), oom.format(7, "c")),
        SyntheticTrial("STOPPED", (0.9,), config(16)),
    ]
    assert failures_info(written(trials)) == FailuresInfo(
        groups=(
            FailureGroup("out of memory", oom.format(64, "a"), (0, 2, 4), 0.75, 8.0, ("filters 32",)),
            FailureGroup("training diverged", "loss is nan at epoch 3: the training diverged", (3,), 0.25, 0.0, ()),
        ),
        failed=4,
        ended=6,
    )


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("out of memory before training: 1,000 parameters need about 3.0 GB, 1.0 GB are free", "out of memory"),
        ("impossible architecture: the pooling of block 4 would shrink its 1x1 feature map", "impossible architecture"),
        ("val_loss is inf at epoch 2: the training diverged (a lower learning rate may help)", "training diverged"),
        ("worker died 4 times", "worker died"),
        ("ValueError: information about a name", "error"),
        (None, "error"),
    ],
)
def test_kinds(written: Write, reason: str | None, kind: str) -> None:
    (group,) = failures_info(written([SyntheticTrial("FAILED", (), config(8), reason)])).groups
    assert group.kind == kind
    assert group.reason == (reason or "no reason recorded")


def test_view_is_left_out_where_nothing_failed(written: Write) -> None:
    assert view.VIEW.absent(failures_info(written([SyntheticTrial("COMPLETED", (0.9,))])))
