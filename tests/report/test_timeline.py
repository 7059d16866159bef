"""Busy, start-up and idle seconds of workers whose hours are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from synthetic import START, SyntheticTrial, write_finalists

from cnnsearch.report.views.timeline.figure import timeline_figure
from cnnsearch.report.views.timeline.info import Span, TimelineInfo, Worker, timeline_info
from cnnsearch.study import Study
from cnnsearch.study.record import lines
from cnnsearch.study.record.record import Record

Write = Callable[..., Study]


def test_five_trials_on_two_workers(five: Study) -> None:
    # Trial i is proposed at 10 i, starts a second later; even numbers run on worker 4000.
    assert timeline_info(five) == TimelineInfo(
        workers=(
            Worker(
                "laptop",
                4000,
                (Span("busy", 1.0, 7.0, 0, "COMPLETED"), Span("busy", 21.0, 23.0, 2, "FAILED")),
                busy_seconds=8.0,
                startup_seconds=0.0,
                idle_seconds=29.0,
            ),
            Worker(
                "laptop",
                4001,
                (Span("busy", 11.0, 15.0, 1, "STOPPED"), Span("busy", 31.0, 37.0, 3, "COMPLETED")),
                busy_seconds=10.0,
                startup_seconds=0.0,
                idle_seconds=27.0,
            ),
        ),
        seconds=37.0,
        busy=round(18 / 74, 6),
        unknown=0,
    )


def test_start_up_is_what_the_first_trial_waited_for(written: Write) -> None:
    startup = {"set_up": START + 0.5, "imported": START + 3.0, "fed": START + 4.0}
    study = written([SyntheticTrial("COMPLETED", (0.5, 0.9, 0.9, 0.9, 0.9), worker={"startup": startup})])
    (worker,) = timeline_info(study).workers
    assert worker.spans == (Span("start-up", 0.5, 4.0, 0, "COMPLETED"), Span("busy", 4.0, 11.0, 0, "COMPLETED"))
    assert (worker.startup_seconds, worker.busy_seconds, worker.idle_seconds) == (3.5, 7.0, 0.5)


def test_a_warm_worker_has_no_start_up(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,), worker={"startup": {"fed": START + 2.0}})])
    assert [span.kind for span in timeline_info(study).workers[0].spans] == ["busy"]


def test_runs_of_finalists_keep_workers_busy_too(written: Write) -> None:
    trials = [SyntheticTrial("COMPLETED", (0.9,)), SyntheticTrial("COMPLETED", (0.8,))]
    study = write_finalists(
        written(trials, finalists={"top": 2, "seeds": 2}).path, {0: (0.9, 0.8), 1: (None, "failed")}
    )
    info = timeline_info(study)
    first = next(worker for worker in info.workers if worker.pid == 4000)
    assert [(span.kind, span.start, span.end, span.trial, span.state) for span in first.spans] == [
        ("busy", 1.0, 3.0, 0, "COMPLETED"),
        ("finalist", 10_000.0, 10_005.0, 0, "COMPLETED"),
        ("finalist", 10_010.0, 10_015.0, 0, "COMPLETED"),
        ("finalist", 10_015.0, 10_015.0, 1, "FAILED"),
    ]
    assert first.busy_seconds == 12.0
    assert [trace.name for trace in timeline_figure(info).data] == ["finalist", "completed"]


def test_what_a_worker_did_before_a_trial_waited_is_no_idle_time(written: Write) -> None:
    """Trial 0 waited and ended elsewhere; 1 ended where it waited; 2 waits still."""
    trials = [
        SyntheticTrial("COMPLETED", (0.9,) * 4, proposed=20.0),
        SyntheticTrial("STOPPED", (0.9,), proposed=40.0),
        SyntheticTrial("INTERRUPTED", proposed=0.0),
    ]
    study = written(trials, scheduler={"name": "pbt", "population": 3, "interval": 1})
    of = lines.Worker(node="laptop", pid=4001)
    first = replace(study.records[0], worker=of, started=START + 1.0, ended=START + 9.0, epochs=1)
    second = study.records[1]
    third = replace(first, trial=2, started=START + 9.0, ended=START + 12.0)
    for line in (first, second, third):
        stand = lines.Ended(**{each.name: getattr(line, each.name) for each in fields(lines.Ended)})
        Record(study.store).pause(lines.PauseLine.of(stand, 1))
    workers = timeline_info(Study.load(study.store)).workers
    spans = [(worker.pid, span.start, span.end, span.trial, span.state) for worker in workers for span in worker.spans]
    assert sorted(spans, key=lambda span: span[1:]) == [
        (4001, 1.0, 9.0, 0, "COMPLETED"),
        (4001, 9.0, 12.0, 2, "INTERRUPTED"),
        (4000, 21.0, 29.0, 0, "COMPLETED"),
        (4001, 41.0, 43.0, 1, "STOPPED"),
    ]


def test_a_trial_without_a_worker_is_counted(written: Write) -> None:
    study = written([SyntheticTrial("COMPLETED", (0.9,)), SyntheticTrial("FAILED")])
    study.records[1] = replace(study.records[1], worker=lines.Worker())
    info = timeline_info(study)
    assert (len(info.workers), info.unknown) == (1, 1)
    assert timeline_info(written([], "empty")) == TimelineInfo((), 0.0, None, 0)


def test_spans_never_overlap(written: Write) -> None:
    # Both on worker 4000; the second claims to have started before the first one ended.
    trials = [
        SyntheticTrial("COMPLETED", (0.9, 0.9), proposed=0.0),
        SyntheticTrial("INTERRUPTED"),
        SyntheticTrial("COMPLETED", (0.9, 0.9), proposed=2.0),
    ]
    (worker,) = timeline_info(written(trials)).workers
    assert [(span.start, span.end) for span in worker.spans] == [(1.0, 5.0), (5.0, 7.0)]


def test_bars_stand_for_trials(five: Study) -> None:
    figure = timeline_figure(timeline_info(five))
    drawn = {trace.name: (list(trace.customdata), list(trace.base), list(trace.x)) for trace in figure.data}
    assert drawn == {
        "completed": ([0, 3], [1.0, 31.0], [6.0, 6.0]),
        "stopped": ([1], [11.0], [4.0]),
        "failed": ([2], [21.0], [2.0]),
    }
