"""What a driver says of a sweep whose last trial has ended: without Ray."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from recorded import report
from sessions import findings_of
from synthetic import SyntheticTrial, digits_experiment, write_study

from cnnsearch.cache.told import tell
from cnnsearch.errors import StorageError, SweepError
from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.winner.best import MODEL, note_best
from cnnsearch.study.winner.best_model import line_of_best
from cnnsearch.sweep import compress, ending
from cnnsearch.sweep.driver import _turns, driving, end
from cnnsearch.sweep.session import Conclusion, Session


@pytest.fixture(autouse=True)
def no_mistakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """These studies are of no pictures."""
    monkeypatch.setattr(ending, "save_pictures", lambda *_: None)


def ended(folder: Path, trials: list[SyntheticTrial], why: str | None, **counts: int) -> Study:
    """The study of a sweep that ended so."""
    study = write_study(folder, trials=trials)
    reasons = [trial.reason for trial in trials if trial.state == "FAILED"]
    states: dict[str, int] = {"COMPLETED": 0, "STOPPED": 0, "FAILED": 0, **counts}
    conclusion = Conclusion(why, why is None, states, reasons[-1] if reasons else None, [])
    return end(session_of(study.experiment, study), conclusion)


def session_of(experiment: Experiment, study: Study) -> Session:
    return Session(findings_of(experiment, study.environment), study.store, Clock.started())


def test_each_sweep_of_a_process_tells_what_is_wrong_with_the_cache(caplog: pytest.LogCaptureFixture) -> None:
    for sweep in (1, 2):
        with driving(digits_experiment()):
            for _ in range(2):
                tell(Path("kept"), "is full")
        assert caplog.text.count("cache kept: is full") == sweep


def test_where_a_study_cannot_be_written_any_more_it_is_said_how_to_go_on(tmp_path: Path) -> None:
    study = write_study(tmp_path / "my study", trials=1)
    full = "cannot write x: No space left on device"

    def sweep(begins: bool) -> None:
        with driving(digits_experiment()) as driver:
            if begins:
                driver.begin(study.store)
            raise StorageError(full)

    with pytest.raises(StorageError, match=f"^{full}$"):
        sweep(begins=False)
    with pytest.raises(StorageError) as error:
        sweep(begins=True)
    assert str(error.value) == (
        f"{full}; what had ended is kept; when it can be written again, to go on: "
        f"cnnsearch resume '{tmp_path}/my study'"
    )


def test_where_every_trial_failed_the_sweep_does(tmp_path: Path) -> None:
    trials = [SyntheticTrial("FAILED", reason=f"impossible architecture {number}") for number in range(3)]
    with pytest.raises(SweepError) as error:
        ended(tmp_path, trials, None, FAILED=3)
    assert str(error.value) == f"all 3 trials failed; the last one: impossible architecture 2 ({tmp_path})"
    assert (tmp_path / "report.html").is_file()
    assert Study.load(tmp_path).best is None


@pytest.mark.parametrize(
    ("why", "accuracies", "interrupted"),
    [("minutes", [(0.5, 0.8)], False), ("interrupted", [(0.5, 0.8)], True), ("interrupted", [], True)],
)
def test_a_sweep_that_ended_early_says_whether_somebody_ended_it(
    tmp_path: Path, why: str, accuracies: list[Any], interrupted: bool
) -> None:
    trials = [SyntheticTrial("COMPLETED", values) for values in accuracies]
    study = ended(tmp_path, [*trials, SyntheticTrial("INTERRUPTED", (0.4,))], why, COMPLETED=len(trials))
    assert study.interrupted == interrupted
    assert study.unfinished == []
    assert (study.counts["COMPLETED"], study.counts["INTERRUPTED"]) == (len(trials), 1)
    assert (study.best is not None) == bool(trials)
    assert (tmp_path / "report.html").is_file()


@pytest.mark.parametrize(
    ("why", "states", "is_compressed"),
    [
        (None, ["COMPLETED", "FAILED"], True),
        ("minutes", ["COMPLETED", "INTERRUPTED"], True),
        ("interrupted", ["COMPLETED", "INTERRUPTED"], False),
    ],
)
def test_the_best_model_is_compressed_unless_somebody_ended_the_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str | None, states: list[Any], is_compressed: bool
) -> None:
    """Also where its minutes did, and trials of its budget are left."""
    asked: list[list[str]] = []
    monkeypatch.setattr(compress, "compressed", lambda _study, ways, *_, **__: asked.append([way.name for way in ways]))
    monkeypatch.setattr(compress, "import_quietly", lambda: None)
    monkeypatch.setattr(Study, "report", lambda _: None)
    budget = {"minutes": 10} if why == "minutes" else {"trials": 2}
    experiment = digits_experiment(budget=budget, compression=[{"quantize": ["int8", "dynamic"]}])
    trials = [SyntheticTrial(state, (0.5,) if state != "FAILED" else ()) for state in states]
    study = write_study(tmp_path, experiment, trials)
    study.store.write(MODEL, "a model")
    note_best(study.store, MODEL, line_of_best(study))
    unfinished: list[str] = []
    end(session_of(experiment, study), Conclusion(why, why is None, {"COMPLETED": 1}, None, unfinished))
    assert asked == ([["int8", "dynamic"]] if is_compressed else [])
    lost = "int8, dynamic was neither made nor found impossible"  # by what stands in for the converter
    assert [lost in told for told in unfinished] == [True] * is_compressed


@pytest.mark.parametrize("of_all", [True, False])
def test_what_the_minutes_of_all_end_counts_also_where_nothing_follows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, of_all: bool
) -> None:
    experiment = digits_experiment(budget={"minutes": 5, "all": of_all})
    study = write_study(tmp_path, experiment, [])
    ledger = Ledger(study.store, experiment, ["a", "b"], 1)
    turns = _turns(session_of(experiment, study), ledger)
    assert turns.propose() is not None
    monkeypatch.setattr(Ledger, "is_late", property(lambda _: True))
    assert turns.is_late is not of_all, "the minutes alone interrupt what runs"
    assert turns.cuts(0) is of_all, "those of all let it report"
    if of_all:
        study.store.write("checkpoints/0/1/model.keras", "")
        turns.report(0, report(0, {1: 0.4}))
        turns.end(0, finished=False)
        assert turns.propose() is None
        assert turns.is_late
        assert turns.is_over
        assert [(line.state, line.end_reason) for line in Study.load(tmp_path).records] == [("COMPLETED", "budget")]
