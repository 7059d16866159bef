"""What is asked of a sweep is checked where that can be known, waited for, and told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from synthetic import SyntheticTrial, digits_experiment, write_study

import cnnsearch
from cnnsearch.errors import InputError
from cnnsearch.study import Study
from cnnsearch.study.control import asking
from cnnsearch.study.control.requests import Extend, Queue, Request, StopTrial, put, waiting
from cnnsearch.study.hold import hold_study
from cnnsearch.study.record.record import Record

TRIALS = [
    SyntheticTrial("COMPLETED", [0.5, 0.75], {"filters": 8, "units": 16}),
    SyntheticTrial("INTERRUPTED", [0.5], {"filters": 16, "units": 16}),
]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    space = {"filters": {"choice": [8, 16, 32]}, "dropout": {"float": [0.0, 0.5], "when": {"filters": 32}}, "units": 16}
    return write_study(tmp_path / "one", digits_experiment(space=space, budget={"trials": 4}), TRIALS)


@pytest.fixture
def running(study: Study) -> Iterator[Study]:
    with hold_study(study.store):
        yield study


def answering(study: Study, refused: str | None = None) -> threading.Thread:
    """A driver that answers the next request that comes."""

    def answer() -> None:
        while not (found := waiting(study.store)):
            time.sleep(0.01)
        for request in found:
            Record(study.store).answer(request.answered(2, 1.0, refused))
            study.store.delete(request.file)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


CONFIG = {"filters": 32, "dropout": 0.25}


def test_a_config_is_taken_and_its_constants_need_not_be_told(running: Study) -> None:
    driver = answering(running)
    (answer,) = cnnsearch.queue(running.source, CONFIG)
    driver.join()
    assert answer.state == "taken"
    assert answer.text.endswith(": a config to run next; queued")
    (line,) = Study.load(running.source).requests
    assert (line.what, line.config, line.refused) == ("queue", {**CONFIG, "units": 16}, None)


def test_what_the_driver_refuses_is_bad_input(running: Study) -> None:
    driver = answering(running, "this config is queued already")
    with pytest.raises(InputError, match=r"^config: .*: a config to run next; refused: this config is queued already"):
        asking.queue(running, [CONFIG])
    driver.join()


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"filters": 5}, "config: filters: must be a value of"),
        ({"filters": 32}, "config: dropout: is active in this config and has no value"),
        ({"filters": 8, "dropout": 0.25}, "config: dropout: is only active when"),
        ({**CONFIG, "filtres": 1}, "config: filtres: not a parameter of this space"),
        ({**CONFIG, "filters": {"a": 1}}, "config: filters: must be a boolean, finite number"),
        ({"filters": 8}, "config: no config is run twice, and trial 0 has it"),
        ("filters", "must map parameters to their values"),
        ([CONFIG, CONFIG], "config 2: no config is run twice, and config 1 is the same"),
        ([], "config: there is none"),
    ],
)
def test_what_cannot_be_queued_is_refused_before_anything_is_asked(running: Study, config: object, told: str) -> None:
    with pytest.raises(InputError, match=told):
        asking.queue(running, [config] if isinstance(config, str) else config)  # type: ignore[arg-type, list-item]
    assert waiting(running.store) == []


def test_a_budget_that_is_used_up_says_what_to_do(running: Study) -> None:
    configs = [{"filters": 32, "dropout": share} for share in (0.1, 0.2, 0.3)]
    with pytest.raises(InputError, match=r"2 of the 4 trials .* no room for 3 more; first: cnnsearch extend .* 5$"):
        asking.queue(running, configs)


def test_configs_are_kept_for_the_next_session_where_no_sweep_runs(study: Study) -> None:
    (answer,) = asking.queue(study.source, CONFIG)
    assert answer.state == "kept"
    assert answer.text.endswith(f": cnnsearch resume {study.source}")
    assert [request.wish for request in waiting(study.store)] == [Queue({**CONFIG, "units": 16})]
    with pytest.raises(InputError, match="config: no config is run twice, and it is queued already"):
        asking.queue(study.source, CONFIG)


def test_what_needs_a_running_sweep_says_so(study: Study) -> None:
    rule = "STUDY: no sweep of it runs"
    with pytest.raises(InputError, match=f"{rule}; there is nothing to stop"):
        asking.stop(study)
    with pytest.raises(InputError, match=f"{rule}; a trial that was interrupted goes on when"):
        asking.stop_trial(study, 1)
    with pytest.raises(InputError, match=rf"{rule}; to go on with the study: cnnsearch resume .* --trials 60"):
        asking.extend(study, 60)
    assert waiting(study.store) == []


def test_a_trial_that_does_not_run_cannot_be_stopped(running: Study) -> None:
    with pytest.raises(InputError, match=r"TRIAL: has ended: COMPLETED \(got 0\)"):
        asking.stop_trial(running, 0)
    with pytest.raises(InputError, match=r"TRIAL: there is no such trial: 2 have been proposed, counted from 0"):
        asking.stop_trial(running, 2)


@pytest.mark.parametrize(
    ("trials", "told"),
    [
        (0, "budget.trials: "),
        (2, "--trials: the budget has 4 trials already: name how many in all, 6 for 2 more"),
        (4, "name how many in all, 8 for 4 more"),
        (10**9, "budget.trials: "),
    ],
)
def test_a_budget_that_is_none_or_no_larger_is_refused(running: Study, trials: int, told: str) -> None:
    with pytest.raises(InputError, match=told):
        asking.extend(running, trials)
    assert waiting(running.store) == []


def test_nobody_answers(running: Study) -> None:
    answer = asking.extend(running, 9, wait=0)
    assert answer.state == "open"
    assert answer.text.startswith("no answer yet")
    assert [request.wish for request in waiting(running.store)] == [Extend(9)]


def test_the_sweep_ends_before_it_could_be_asked(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    hold = hold_study(study.store)
    monkeypatch.setattr(time, "sleep", lambda _: hold.release())
    answer = asking.stop_trial(study, 1)
    assert answer.state == "late"
    assert waiting(study.store) == [], "it is withdrawn, so that no later sweep is asked for it"


def test_requests_come_in_their_order_and_strange_files_are_told(
    study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    requests = [Request.of(StopTrial(1), number) for number in range(3)]
    for request in reversed(requests[1:]):
        put(study.store, request)
    put(study.store, Request.of(StopTrial(5)))
    study.store.write("control/.being-written.json", "{")
    study.store.write(requests[0].file, '{"format": 2, "what": "extend", "host": "x", "asked": 1.0}')
    assert [found.id for found in waiting(study.store)][:2] == [request.id for request in requests[1:]]
    assert "trials: is missing; it is no request that can be answered, and was removed" in caplog.text.replace(
        "\n", " "
    )
    assert not study.store.exists(requests[0].file)
    assert [found.wish for found in waiting(study.store, {requests[1].id, requests[2].id})] == [StopTrial(5)]


def test_a_search_of_nested_cross_validation_is_not_extended(tmp_path: Path) -> None:
    study = write_study(tmp_path / "nested", digits_experiment(evaluation={"outer": 2}, budget={"trials": 1}), 1)
    with pytest.raises(
        InputError, match="--trials: all searches of nested cross-validation have the same budget"
    ) as told:
        asking.extend(study, 9)
    assert "resume" not in str(told.value), "which takes no other budget either"
