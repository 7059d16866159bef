"""Every view's numbers, on studies whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from synthetic import SyntheticTrial, environment, write_finalists

from cnnsearch.report.statistics.outcome import spread
from cnnsearch.report.statistics.share import Share, share_of
from cnnsearch.report.statistics.summary import Setting, summary_info
from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.comparison.info import comparison_info
from cnnsearch.report.views.curves.info import MOST_CURVES, Curve, CurvesInfo, curves_info
from cnnsearch.report.views.history import info as history
from cnnsearch.report.views.history.info import HistoryInfo, Point, history_info
from cnnsearch.report.views.parallel import view as parallel_view
from cnnsearch.report.views.parallel.figure import parallel_figure
from cnnsearch.report.views.parallel.info import INACTIVE, MOST_LINES, Axis, Line, ParallelInfo, parallel_info
from cnnsearch.report.views.provenance.info import provenance_info
from cnnsearch.report.views.trials.info import Row, TrialsInfo, trials_info
from cnnsearch.study import Best, Study
from cnnsearch.tasks.labelled.views.confusion.by_class import classes_info
from cnnsearch.tasks.labelled.views.confusion.info import ConfusionInfo, Mistaken, confusion_info

Write = Callable[..., Study]

CONFIGS = (
    ("filters 8", "dense_layers 0", "dropout 0"),
    ("filters 16", "dense_layers 1", "units 10", "dropout 0.25"),
    ("filters 32", "dense_layers 0", "dropout 0.5"),
    ("filters 32", "dense_layers 2", "units 100", "dropout 0.1"),
    ("filters 8", "dense_layers 0", "dropout 0.2"),
)
UNITS = ((0.150515, "20"), (0.349485, "50"), (0.5, "100"), (0.650515, "200"), (0.849485, "500"))
BEST_METRICS = {"loss": 0.09, "accuracy": 0.96, "val_loss": 0.1, "val_accuracy": 0.95, "val_f1": 0.94}


def test_summary(five: Study) -> None:
    info = summary_info(five)
    assert (info.name, info.metric, info.mode, info.seed, info.model) == ("digits cnn", "val_accuracy", "max", 7, "cnn")
    assert info.best == Best(
        3,
        "COMPLETED",
        0.95,
        {"filters": 32, "dense_layers": 2, "units": 100, "dropout": 0.1, "batch_size": 64},
        {**BEST_METRICS, "val_precision": 0.945, "val_recall": 0.935},
        {
            "parameters": 33_000,
            "model_bytes": 152_000,
            "latency_seconds": 0.00125,
            "wall_seconds": 6.0,
            "compute_seconds": 5.4,
        },
    )
    assert info.counts == {"COMPLETED": 2, "STOPPED": 1, "FAILED": 1, "INTERRUPTED": 1}
    assert info.sweep_seconds == 45.0, "to the last epoch of the interrupted trial"
    assert info.scheduler == "asha (grace_epochs=2, reduction=3)"
    assert info.settings[:5] == (
        Setting("filters", 32, "searched"),
        Setting("dense_layers", 2, "searched"),
        Setting("units", 100, "searched"),
        Setting("dropout", 0.1, "searched"),
        Setting("batch_size", 64, "fixed"),
    )
    assert Setting("optimizer", "adam", "default") in info.settings[5:]
    assert {setting.origin for setting in info.settings[5:]} == {"default"}


def test_an_inactive_parameter_of_the_best_trial_is_a_default(written: Write) -> None:
    config = {"filters": 8, "dense_layers": 0, "dropout": 0.1, "batch_size": 64}
    info = summary_info(written([SyntheticTrial("COMPLETED", (0.9,), config)]))
    origins = {setting.name: (setting.value, setting.origin) for setting in info.settings}
    assert origins["units"] == (128, "default")
    assert origins["dense_layers"] == (0, "searched")


def test_summary_without_a_value(written: Write) -> None:
    info = summary_info(written([SyntheticTrial("FAILED")]))
    assert info.best is None
    assert info.settings == ()


def test_best_is_stopped_where_none_completed(written: Write) -> None:
    info = summary_info(written([SyntheticTrial("STOPPED", (0.7,)), SyntheticTrial("STOPPED", (0.9,))]))
    assert info.best is not None
    assert (info.best.trial, info.best.state) == (1, "STOPPED")


def test_the_share_of_a_search_by_loss_still_has_its_interval(written: Write) -> None:
    study = written(objective="val_loss")
    info = summary_info(study)
    assert info.best is not None
    assert (info.best.trial, info.best.value) == (3, 0.1)
    assert info.mode == "min"
    assert share_of(study, info.best.metrics, 3) == Share("val_accuracy", 0.95, wilson(0.95, 360))


def test_summary_without_environment(written: Write) -> None:
    study = written(predictions=0)
    study.environment = {}
    assert share_of(study, {"val_accuracy": 0.9}, 0) is None
    assert provenance_info(study).splits == ()


def hours(seconds: float) -> float:
    return round(seconds / 3600, 9)


def test_history(five: Study) -> None:
    assert history_info(five) == HistoryInfo(
        metric="val_accuracy",
        mode="max",
        basis="COMPLETED",
        points=(
            Point(0, "COMPLETED", 0.9, round(7 / 60, 6), hours(6), CONFIGS[0]),
            Point(1, "STOPPED", 0.4, round(15 / 60, 6), hours(10), CONFIGS[1]),
            Point(2, "FAILED", None, round(23 / 60, 6), hours(12), CONFIGS[2]),
            Point(3, "COMPLETED", 0.95, round(37 / 60, 6), hours(18), CONFIGS[3]),
            Point(4, "INTERRUPTED", None, round(45 / 60, 6), hours(23), CONFIGS[4]),
        ),
        by_trial=((0, 0.9), (3, 0.95)),
        by_time=((round(7 / 60, 6), 0.9), (round(37 / 60, 6), 0.95)),
        by_worker_hours=((hours(6), 0.9), (hours(18), 0.95)),
        total=5,
        log=False,
        pictures=360,
    )


def test_history_over_time_follows_the_ends_not_the_numbers(written: Write) -> None:
    trials = [
        SyntheticTrial("COMPLETED", (0.9,), epoch_seconds=119.0),  # ends after 2 minutes
        SyntheticTrial("COMPLETED", (0.5,), proposed=0.0, epoch_seconds=59.0),
        SyntheticTrial("COMPLETED", (0.7,), proposed=60.0, epoch_seconds=29.0),
    ]
    info = history_info(written(trials))
    assert info.by_trial == ((0, 0.9), (1, 0.9), (2, 0.9))
    assert info.by_time == ((1.0, 0.5), (1.5, 0.7), (2.0, 0.9))
    # After a minute the first two have worked 59 s each; after 1.5 min, 89 + 59 + 29 s.
    assert info.by_worker_hours == ((hours(118), 0.5), (hours(177), 0.7), (hours(207), 0.9))


def test_history_of_many_trials_is_thinned_but_counts_all(written: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "MOST_POINTS", 40)
    info = history_info(written([SyntheticTrial("COMPLETED", (round(0.9 - n / 1000, 3),)) for n in range(100)]))
    assert info.total == 100
    assert len(info.points) <= 40
    assert {point.trial for point in info.points} >= set(range(30))
    assert [trial for trial, _ in info.by_trial] == list(range(100))


def test_history_of_a_loss_goes_down(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (accuracy,)) for accuracy in (0.5, 0.4, 0.8)]
    assert history_info(written(trials, objective="val_loss")).by_trial == ((0, 1.0), (1, 1.0), (2, 0.4))


def test_history_counts_stopped_trials_where_none_completed(written: Write) -> None:
    info = history_info(written([SyntheticTrial("STOPPED", (0.5,)), SyntheticTrial("INTERRUPTED")]))
    assert (info.basis, info.by_trial) == ("STOPPED", ((0, 0.5),))
    assert info.points[1].minutes == round(10 / 60, 6)  # never trained: its proposal


def test_far_apart_losses_need_a_logarithmic_axis(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (accuracy,)) for accuracy in (0.999, 0.5)]
    assert history_info(written(trials, objective="val_loss")).log
    assert curves_info(written(trials, folder="other", objective="val_loss")).log
    assert not history_info(written(trials, folder="third")).log


def test_curves(five: Study) -> None:
    assert curves_info(five) == CurvesInfo(
        metric="val_accuracy",
        curves=(
            Curve(0, "COMPLETED", (1, 2, 3), (0.5, 0.8, 0.9), CONFIGS[0]),
            Curve(1, "STOPPED", (1, 2), (0.3, 0.4), CONFIGS[1]),
            Curve(2, "FAILED", (1,), (0.2,), CONFIGS[2]),
            Curve(3, "COMPLETED", (1, 2, 3), (0.6, 0.95, 0.93), CONFIGS[3]),
            Curve(4, "INTERRUPTED", (1, 2), (0.5, 0.6), CONFIGS[4]),
        ),
        top=(0, 1, 2, 3, 4),
        best=3,
        best_epoch=2,
        total=5,
        log=False,
        pictures=360,
    )


def test_curves_of_another_objective_with_a_gap(written: Write) -> None:
    info = curves_info(written([SyntheticTrial("FAILED", (0.5, None))], objective="val_loss"))
    assert info.curves[0].values == (1.0, None)
    assert info.best is None


def test_curves_of_a_study_that_has_none(written: Write) -> None:
    assert curves_info(written([])) == CurvesInfo("val_accuracy", (), (), None, None, 0, False, pictures=360)


def test_many_curves_are_thinned_evenly_and_keep_the_best(written: Write) -> None:
    states = ["FAILED" if n % 100 == 7 else "COMPLETED" if n % 4 == 0 else "STOPPED" for n in range(400)]
    study = written([SyntheticTrial(state, (0.3 + n / 1000,)) for n, state in enumerate(states)])
    kept = spread(study, list(range(400)), 200)
    assert len(set(kept)) == len(kept)
    assert kept == sorted(kept)
    assert 190 <= len(kept) <= 200
    assert {record.trial for record in study.ranked[:30]} <= set(kept)
    rest = [trial for trial in kept if trial not in {record.trial for record in study.ranked[:30]}]
    shares = {state: sum(states[n] == state for n in rest) / len(rest) for state in set(states)}
    # Without the best 30 there are 70 completed, 296 stopped and 4 failed ones.
    assert shares == pytest.approx({"COMPLETED": 70 / 370, "STOPPED": 296 / 370, "FAILED": 4 / 370}, abs=0.02)
    assert len(curves_info(study).curves) <= MOST_CURVES
    assert len(history_info(study).points) == history_info(study).total == 400
    assert curves_info(study).total == 400
    assert curves_info(study).top == tuple(record.trial for record in study.ranked[:10])
    assert len(parallel_info(study).lines) <= MOST_LINES
    assert parallel_info(study).lines[-1].trial == 396


def test_parallel(five: Study) -> None:
    assert parallel_info(five) == ParallelInfo(
        metric="val_accuracy",
        axes=(
            Axis("filters", ((0.0, "8"), (0.5, "16"), (1.0, "32"))),
            Axis("dense_layers", ((0.0, "0"), (0.5, "1"), (1.0, "2"))),
            Axis("units", ((0.0, "10"), *UNITS, (1.0, "1000")), conditional=True),
            Axis("dropout", ((0.0, "0"), (0.4, "0.2"), (0.8, "0.4"), (1.0, "0.5"))),
            Axis(
                "val_accuracy",
                ((0.0, "0.4"), (0.363636, "0.6"), (0.727273, "0.8"), (1.0, "0.95")),
            ),
        ),
        lines=(
            Line(2, "FAILED", None, (1.0, 0.0, INACTIVE, 1.0, INACTIVE), None, CONFIGS[2]),
            Line(1, "STOPPED", 0.4, (0.5, 0.5, 0.0, 0.5, 0.0), 0.0, CONFIGS[1]),
            Line(0, "COMPLETED", 0.9, (0.0, 0.0, INACTIVE, 0.0, 0.909091), 0.909091, CONFIGS[0]),
            Line(3, "COMPLETED", 0.95, (1.0, 1.0, 0.5, 0.2, 1.0), 1.0, CONFIGS[3]),
        ),
        best=3,
        named=False,
        total=4,
        shades=(0.4, 0.95),
        pictures=360,
    )


def test_parallel_brings_out_the_winner_of_the_finalists(written: Write, tmp_path: Path) -> None:
    written(finalists={"top": 2, "seeds": 2})
    study = write_finalists(tmp_path / "study", {3: (0.80, 0.82), 0: (0.90, 0.91)}, errors="none")
    info = parallel_info(study)
    assert (info.best, info.named) == (0, True)
    assert [(line.trial, line.shade) for line in info.lines[-2:]] == [(3, 1.0), (0, 0.909091)]
    thick = [trace.customdata for trace in parallel_figure(info).data if trace.line.width == 4]
    assert thick == [(0,)]
    assert "The thick one is trial 0, which won on fresh seeds" in parallel_view.VIEW.lead(info)


def test_parallel_puts_the_lower_loss_higher(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (accuracy,)) for accuracy in (0.5, 0.9)]
    info = parallel_info(written(trials, objective="val_loss"))
    assert [(line.value, line.positions[-1], line.shade) for line in info.lines] == [(1.0, 0.0, 0.0), (0.2, 1.0, 1.0)]
    assert info.axes[-1].ticks[0] == (0.0, "1")
    assert info.axes[-1].ticks[-1] == (1.0, "0.2")


def test_parallel_of_one_value_only(written: Write) -> None:
    info = parallel_info(written([SyntheticTrial("COMPLETED", (0.9,))]))
    assert (info.lines[0].positions[-1], info.lines[0].shade, info.axes[-1].ticks) == (0.5, 1.0, ((0.5, "0.9"),))


def test_trials(five: Study) -> None:
    assert trials_info(five) == TrialsInfo(
        file="digits-cnn-trials",
        mode="max",
        metric="val_accuracy",
        parameters=("filters", "dense_layers", "units", "dropout"),
        rows=(
            Row(0, "COMPLETED", 0.9, 3, 3, {"filters": 8, "dense_layers": 0, "dropout": 0.0}, 6.0, None),
            Row(1, "STOPPED", 0.4, 2, 2, {"filters": 16, "dense_layers": 1, "units": 10, "dropout": 0.25}, 4.0, None),
            Row(
                2,
                "FAILED",
                None,
                None,
                1,
                {"filters": 32, "dense_layers": 0, "dropout": 0.5},
                2.0,
                "the loss is not finite",
            ),
            Row(
                3, "COMPLETED", 0.95, 2, 3, {"filters": 32, "dense_layers": 2, "units": 100, "dropout": 0.1}, 6.0, None
            ),
            Row(4, "INTERRUPTED", None, None, 2, {"filters": 8, "dense_layers": 0, "dropout": 0.2}, None, None),
        ),
        best=3,
        pictures=360,
    )


def test_trials_say_that_patience_ended_one(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,), end_reason="patience")])
    assert trials_info(study).rows[0].reason == "patience"


def test_confusion(written: Write) -> None:
    described = environment(classes=("cat", "dog", "owl"), validation=10)  # 4, 3, 3
    # 8 of 10 are right; the last two owls are taken for cats.
    study = written([SyntheticTrial("COMPLETED", (0.8,))], described=described)
    assert confusion_info(study) == ConfusionInfo(
        trial=0,
        classes=("cat", "dog", "owl"),
        matrix=((4, 0, 0), (0, 3, 0), (2, 0, 1)),
        supports=(4, 3, 3),
        recall=(1.0, 1.0, 1 / 3),
        precision=(4 / 6, 1.0, 1.0),
        mistakes=(Mistaken("owl", "cat", 2),),
        accuracy=0.8,
        by_class=classes_info(study),
    )


def test_confusion_of_a_class_without_pictures(written: Write) -> None:
    described = environment(classes=("cat", "dog", "owl"), validation=2)
    info = confusion_info(written([SyntheticTrial("COMPLETED", (1.0,))], described=described))
    assert (info.recall, info.precision, info.mistakes) == ((1.0, 1.0, None), (1.0, 1.0, None), ())


# NumPy itself leaves a torn file open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_confusion_says_what_is_missing(written: Write) -> None:
    study = written(predictions=0)
    assert confusion_info(study).missing == "no predictions of trial 3 were kept"
    (study.path / "predictions").mkdir()
    (study.path / "predictions" / "000003.npz").write_bytes(b"PK\x03\x04 torn")
    assert "cannot be read" in str(confusion_info(study).missing)
    assert confusion_info(written([], folder="empty")).missing == "no trial has a value"


def test_provenance(five: Study) -> None:
    info = provenance_info(five)
    facts = dict(info.facts)
    assert facts["Data fingerprint"] == "5f1d7a9c0b3e4d21"
    assert facts["Pictures"] == "8 x 8, 1 channel, uint8"
    assert facts["Command"] == "cnnsearch run search_spaces/digits_cnn.yaml"
    assert facts["Hardware"] == "2 CPUs, 8.0 GB memory"
    assert facts["Workers"] == "2 processes on 1 node (laptop)"
    assert facts["Split"] == (
        "by class and seed 7: a share of 0.2 for validation and 0.2 for the test, unless the source brings splits of "
        "its own"
    )
    assert facts["Seeds of trials"] == "one each, in the record; that of trial 3 is 1003"
    assert facts["Test split"] == "never read"
    assert info.notes == ()
    assert info.splits == ("train", "validation", "test")
    assert info.totals == (1080, 360, 360)
    assert info.rows[0].name == "0"
    assert info.rows[0].pictures == (108, 36, 36)
    assert ("keras", "3.15.0") in info.versions
    assert "ray" not in dict(info.versions)
    assert info.experiment == (five.path / "experiment.yaml").read_text()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "by class and seed 7: a share of 0.2 for validation and 0.2 for the test"),
        (
            ["train", "test"],
            "the data's own: train, test; for validation a share of 0.2 of train, by class and seed 7",
        ),
        (["train", "validation"], "the data's own: train, validation"),
    ],
)
def test_provenance_tells_whose_the_splits_are(written: Write, given: list[str] | None, said: str) -> None:
    info = provenance_info(written(described=environment(given=given, notes=["9 pictures lie deeper"])))
    assert dict(info.facts)["Split"] == said
    assert [remark.text for remark in info.remarks] == ["9 pictures lie deeper."]


def test_provenance_tells_who_went_on(written: Write) -> None:
    later = {
        "started": "2025-06-15T16:00:00+00:00",
        "command": ["cnnsearch", "resume", "a b"],
        "packages": {"keras": "3.16.0", "tensorflow": "2.21.0"},
        "host": "desk",
        "python": "3.11.2",
        "proposed": 4,
        "replaced": {"space": {}},
    }
    facts = provenance_info(written(described={**environment(), "resumed": [later, {"proposed": 5}]})).facts
    assert [text for name, text in facts if name == "Resumed"] == [
        "2025-06-15T16:00:00+00:00, after 4 proposals: cnnsearch resume 'a b' (with keras 3.16.0, another space, host "
        "desk)",
        "at a time that is not known, after 5 proposals",
    ]


def test_provenance_tells_weights_and_notes(written: Write) -> None:
    described = {
        **environment(resize="Pillow LANCZOS"),
        "weights": {"/data/net.h5": "ab12"},
        "code": {"nets.py": "cd34"},
    }
    info = provenance_info(written([SyntheticTrial("FAILED", notes=["stayed frozen"])] * 2, described=described))
    assert dict(info.facts)["Weights"] == "/data/net.h5 (sha256 ab12)"
    assert dict(info.facts)["Model code"] == "nets.py (sha256 cd34)"
    assert dict(info.facts)["Resized by"] == "Pillow LANCZOS"
    assert info.notes == (("stayed frozen", (0, 1)),)


def test_comparison(five: Study, written: Write) -> None:
    other = written(folder="other", name="other")
    info = comparison_info([five, other])
    assert [summary.name for summary in info.studies] == ["digits cnn", "other"]
    assert info.doubts == ()
    strange = written(folder="strange", objective="val_loss", described=environment(fingerprint="another"))
    assert len(comparison_info([five, strange]).doubts) == 2
    assert comparison_info([five, strange]).answer == "", "by another objective"


def test_comparison_says_which_is_best(written: Write) -> None:
    low, high, near = (
        written([SyntheticTrial("COMPLETED", (value,))], folder=name, name=name)
        for name, value in (("low", 0.6), ("high", 0.9), ("near", 0.88))
    )
    assert comparison_info([low, high]).answer == (
        "high has the best value: 0.900 (95% interval 0.865 to 0.927). No other interval reaches into its own."
    )
    assert comparison_info([low, near, high]).answer.endswith("Its interval overlaps with that of near.")
