"""What the report says of transfer learning: stages computed once, backbones side by side, notes of trials."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from synthetic import SyntheticTrial

from cnnsearch.families.unet.spec import UNET
from cnnsearch.report import write_report
from cnnsearch.report.statistics.cautions import Caution
from cnnsearch.report.statistics.share import Share
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.backbones.info import BackboneRow, BackbonesInfo, _name, backbones_info
from cnnsearch.report.views.stages.info import StageRow, StagesInfo, stages_info
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study import Study

Write = Callable[..., Study]

USES = [
    {"stage": "pixels", "name": "160x160", "bytes": 43_008_000, "seconds": 0.1, "misses": 1, "hits": 1},
    {"stage": "features", "name": "mobilenet, average", "bytes": 573_440, "seconds": 1.5, "misses": 1, "hits": 1},
    {"stage": "features", "name": "resnet50, average", "bytes": 4_587_520, "seconds": 4.0, "misses": 2, "hits": 0},
]

FEATURES = ("mobilenet, average", "resnet50, average")

SPACE = {
    "backbone": {"choice": ["mobilenet", "resnet50"]},
    "backbone_alpha": {"choice": [0.25, 1.0], "when": {"backbone": "mobilenet"}},
    "weights": "none",
}


def config(backbone: str, alpha: float | None = None) -> dict[str, Any]:
    width = {} if alpha is None else {"backbone_alpha": alpha}
    return {"backbone": backbone, **width, "weights": "none"}


TRIALS = (
    SyntheticTrial(
        "COMPLETED", (0.5, 0.8), config("mobilenet", 0.25), cost={"saved_seconds": 3.0}, features=FEATURES[:1]
    ),
    SyntheticTrial(
        "COMPLETED",
        (0.6, 0.9),
        config("resnet50"),
        cost={"saved_seconds": 10.0, "compute_seconds": 1.0},
        features=FEATURES,
    ),
    SyntheticTrial("COMPLETED", (0.5, 0.7), config("mobilenet", 1.0), notes=["nothing was unfrozen"]),
    SyntheticTrial("STOPPED", (0.95,), config("resnet50"), notes=["nothing was unfrozen"]),
    SyntheticTrial("COMPLETED", (0.5, 0.85), config("mobilenet", 0.25), cost={"compute_seconds": 2.0}),
    SyntheticTrial("FAILED", (), config("resnet50"), "no weights"),
)


@pytest.fixture
def transfer(written: Write) -> Study:
    study = written(TRIALS, "transfer", space=SPACE, model="transfer", epochs=2, predictions=0)
    (study.path / "stages.json").write_text(json.dumps(USES))
    return Study.load(study.path)


def test_stages_are_told_with_what_they_saved(transfer: Study) -> None:
    assert stages_info(transfer) == StagesInfo(
        rows=(
            StageRow("pixels", "160x160", 43_008_000, 0.1, 1, 1, None),
            StageRow("features", "mobilenet, average", 573_440, 1.5, 1, 1, 2),
            StageRow("features", "resnet50, average", 4_587_520, 4.0, 2, 0, 1),
        ),
        trials=2,
        spent_seconds=5.5,
        avoided_seconds=13.0,
    )


@pytest.mark.parametrize("content", [None, "[]"])
def test_a_study_without_stages_has_none_to_show(five: Study, content: str | None) -> None:
    if content is not None:
        (five.path / "stages.json").write_text(content)
    assert stages_info(Study.load(five.path)) == StagesInfo((), 0, 0.0, 0.0)


@pytest.mark.parametrize("content", ["", "{}", "[{"])
def test_stages_that_are_damaged_are_left_out_and_told(
    five: Study, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    (five.path / "stages.json").write_text(content)
    assert stages_info(Study.load(five.path)) == StagesInfo((), 0, 0.0, 0.0)
    (told,) = caplog.messages
    assert told.startswith(str(five.path))
    assert "stages.json" in told
    assert told.endswith("what was computed once is not shown")


def test_backbones_are_ranked_by_their_best_completed_trial(transfer: Study) -> None:
    info = backbones_info(transfer)
    assert info.metric == "val_accuracy"
    assert [(row.name, row.trial, row.value, row.trials) for row in info.rows] == [
        ("resnet50", 1, 0.9, 2),
        ("mobilenet (0.25)", 4, 0.85, 2),
        ("mobilenet", 2, 0.7, 1),
    ]
    assert info.rows[0] == BackboneRow(
        name="resnet50",
        trials=2,
        trial=1,
        value=0.9,
        share=Share("val_accuracy", 0.9, wilson(0.9, 360)),
        train_seconds=1.0 + 10.0 / 2,  # with one pass through the frozen layers; its two epochs saved two
        parameters=32_000,
        model_bytes=148_000,
        latency_seconds=0.00125,
    )
    assert info.rows[1].train_seconds == 2.0


def test_one_backbone_alone_is_not_compared(written: Write) -> None:
    one = {**SPACE, "backbone": "resnet50", "backbone_alpha": 1.0, "dropout": {"float": [0.0, 0.5]}}
    study = written([TRIALS[1], TRIALS[3]], space=one, model="transfer", predictions=0)
    assert backbones_info(study) == BackbonesInfo("val_accuracy", "val_accuracy", ())


@pytest.mark.parametrize(("encoder", "name"), [("scratch", "scratch"), ("mobilenet", "mobilenet (0.25)")])
def test_what_is_trained_from_scratch_has_no_width(encoder: str, name: str) -> None:
    assert _name({"encoder": encoder, "backbone_alpha": 0.25}, UNET) == name


def test_other_families_have_no_backbones(five: Study) -> None:
    assert backbones_info(five).rows == ()


def test_notes_are_cautions_with_their_trials(transfer: Study) -> None:
    assert transfer.notes == {"nothing was unfrozen": [2, 3]}
    assert Caution("Trials 2, 3: nothing was unfrozen.") in verdict_info(transfer).cautions


def test_the_page_shows_them_where_there_is_something_to_show(transfer: Study, five: Study) -> None:
    page = write_report([transfer], transfer.path / "report.html").read_text()
    for part in ("study-1-backbones", "study-1-stages"):
        assert f'id="{part}"' in page
        assert f'href="#{part}"' in page
    assert "2 trials trained on what a frozen backbone gave" in page
    assert "mobilenet (0.25)" in page
    other = write_report([five], five.path / "report.html").read_text()
    assert "study-1-backbones" not in other
    assert "study-1-stages" not in other
