"""What the scheduler's rungs tell, on studies whose answers are known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from synthetic import SyntheticTrial

from cnnsearch.report.statistics.uncertainty import wilson
from cnnsearch.report.views.rungs.info import AuditInfo, Rung, rungs_info
from cnnsearch.report.views.rungs.view import VIEW
from cnnsearch.study import Study

Write = Callable[..., Study]
AIMS = ["val_accuracy", "latency_ms"]
ASHA = {"name": "asha", "grace_epochs": 1, "reduction": 2}


def full(first: float, second: float, last: float, **keys: object) -> SyntheticTrial:
    """Four epochs, with decisions after the first and the second."""
    return SyntheticTrial("COMPLETED", (first, second, last, last - 0.01), **keys)  # type: ignore[arg-type]


def write(written: Write, trials: list[SyntheticTrial], **keys: object) -> Study:
    return written(trials, epochs=4, scheduler=ASHA, **keys)


def test_survivors_of_each_rung(written: Write) -> None:
    trials = [
        full(0.5, 0.6, 0.9),
        SyntheticTrial("STOPPED", (0.1,)),
        SyntheticTrial("STOPPED", (0.4, 0.4)),
        SyntheticTrial("FAILED", (0.2,), None, "diverged"),
        SyntheticTrial("INTERRUPTED", (0.3, 0.5)),
        full(0.2, 0.3, 0.7, audited=1),
    ]
    info = rungs_info(write(written, trials))
    assert (info.every, info.epochs_saved, info.epochs_trained) == (2, 3 + 2, 4 + 1 + 2 + 1 + 2 + 4)
    assert info.rungs == (
        Rung(epoch=1, reached=6, stopped=2, ended=1, known=2, spearman=None, kendall=None, top=1, recall=None),
        Rung(epoch=2, reached=4, stopped=1, ended=1, known=2, spearman=None, kendall=None, top=1, recall=None),
    )


def test_how_well_a_rung_foretells(written: Write) -> None:
    """Five trials whose order after one epoch is the reverse of the final one but for the last, and right after two."""
    ends = (0.9, 0.8, 0.7, 0.6, 0.5)
    firsts = (0.2, 0.3, 0.4, 0.5, 0.1)
    first, second = rungs_info(write(written, [full(a, b - 0.1, b) for a, b in zip(firsts, ends, strict=True)])).rungs
    # Ranks 2, 3, 4, 5, 1 against 5, 4, 3, 2, 1: sum of squared differences 9 + 1 + 1 + 9 = 20.
    assert first.spearman == pytest.approx(1 - 6 * 20 / (5 * 24))
    assert first.kendall == pytest.approx((4 - 6) / 10)
    assert (first.top, first.recall) == (1, 0.0)
    assert (second.spearman, second.kendall, second.recall) == (pytest.approx(1.0), pytest.approx(1.0), 1.0)


def test_of_equals_at_a_rung_a_share_counts(written: Write) -> None:
    rung = rungs_info(write(written, [full(0.5, 0.5, end) for end in (0.9, 0.8, 0.7, 0.6)])).rungs[0]
    assert (rung.spearman, rung.kendall) == (None, None)
    assert (rung.top, rung.recall) == (1, 0.25)


def test_losses_rank_the_other_way_round(written: Write) -> None:
    trials = [full(0.4, 0.5, end) for end in (0.9, 0.8, 0.7, 0.6)]
    trials[0] = full(0.45, 0.55, 0.9)
    rung = rungs_info(write(written, trials, objective="val_loss")).rungs[0]
    assert rung.recall == 1.0


def test_the_audit_tells_the_schedulers_regret(written: Write) -> None:
    trials = [
        full(0.5, 0.6, 0.90),
        full(0.1, 0.2, 0.93, audited=1),
        full(0.1, 0.2, 0.70, audited=2),
        SyntheticTrial("STOPPED", (0.1,)),
        SyntheticTrial("STOPPED", (0.1,)),
        SyntheticTrial("FAILED", (0.1, 0.2), None, "diverged", audited=1),
    ]
    info = rungs_info(write(written, trials))
    assert info.audit == AuditInfo(
        trials=(1, 2),
        stopped=5,
        better=(1,),
        share=wilson(0.5, 2),
        lost=pytest.approx(0.03),
    )
    note = VIEW.notes(info)[-1]
    assert note.startswith("Audit: of 5 trials to be stopped, 2 finished all the same. Trial 1 came out better")
    assert note.endswith("at most by 0.030: the scheduler's regret.")


def test_who_is_never_stopped_is_no_part_of_the_audit(written: Write) -> None:
    trials = [
        full(0.1, 0.2, 0.95, audited=1, origin="recommended"),
        full(0.5, 0.6, 0.90),
        full(0.1, 0.2, 0.70, audited=2),
        SyntheticTrial("STOPPED", (0.1,)),
    ]
    info = rungs_info(write(written, trials))
    assert info.audit is not None
    assert (info.audit.trials, info.audit.stopped, info.audit.better) == ((2,), 2, ())
    assert (info.rungs[0].stopped, info.spared) == (2, {0: 1})
    notes = " ".join(VIEW.notes(info))
    assert "Trial 0 is never stopped, as it has the recommended config, and went on all the same" in notes
    assert "counted as stopped after epoch 1" in notes


def test_one_that_the_minutes_ended_did_not_run_to_its_end(written: Write) -> None:
    trials = [full(0.5, 0.6, 0.9), SyntheticTrial("COMPLETED", (0.1, 0.8, 0.2), end_reason="budget")]
    assert [rung.known for rung in rungs_info(write(written, trials)).rungs] == [1, 1]


def test_an_audit_that_found_nothing(written: Write) -> None:
    info = rungs_info(write(written, [full(0.5, 0.6, 0.90), full(0.1, 0.2, 0.8, audited=1)]))
    assert info.audit is not None
    assert (info.audit.better, info.audit.lost) == ((), 0.0)
    assert "None came out better" in VIEW.notes(info)[-1]


def test_without_an_audit_the_page_says_how_to_have_one(written: Write) -> None:
    info = rungs_info(write(written, [full(0.5, 0.6, 0.9)]))
    assert info.audit is None
    assert "audit: 0.05" in VIEW.notes(info)[-1]


def test_with_several_objectives_the_page_says_by_which_it_ranks(written: Write) -> None:
    trials = [full(0.5, 0.6, 0.9), SyntheticTrial("STOPPED", (0.1,))]
    one, several = (
        list(VIEW.notes(rungs_info(write(written, trials, objective=aims)))) for aims in ("val_accuracy", AIMS)
    )
    told = "The scheduler ranked by fronts of val_accuracy and latency_ms."
    assert [note.startswith(told) for note in several if note not in one] == [True]


def test_of_many_decisions_eight_are_shown(written: Write) -> None:
    scheduler = {"name": "median", "grace_epochs": 2, "min_trials": 3}
    trials = [SyntheticTrial("COMPLETED", tuple(0.01 * epoch for epoch in range(30)))]
    info = rungs_info(written(trials, epochs=30, scheduler=scheduler))
    assert [rung.epoch for rung in info.rungs] == [2, 6, 10, 14, 17, 21, 25, 29]
    assert info.every == 28


def test_no_scheduler_no_rungs(written: Write) -> None:
    info = rungs_info(written(scheduler="none"))
    assert info.missing == "the scheduler stops no trial"
    assert VIEW.absent(info)
    assert rungs_info(written([], folder="b")).missing == "no trial has ended"


def test_the_figures_show_every_rung(written: Write) -> None:
    info = rungs_info(write(written, [full(0.1 * index, 0.1 * index, 0.1 * index + 0.2) for index in range(5)]))
    survivors, foretelling = (drawing.draw(info) for drawing in VIEW.drawings)
    assert [list(trace.y) for trace in survivors.data] == [[5, 5]]
    assert list(foretelling.data[0].y) == pytest.approx([1.0, 1.0])
