"""``queue``, ``stop-trial``, ``stop`` and ``extend``, and where ``show`` and ``watch`` tell of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import call, refuse
from synthetic import SyntheticTrial, digits_experiment, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.report.views.provenance.info import provenance_info
from cnnsearch.study import Study
from cnnsearch.study.control import asking
from cnnsearch.study.control.requests import Extend, Queue, Request, waiting
from cnnsearch.study.hold import hold_study
from cnnsearch.study.record.record import Record

SPACE = {"filters": {"choice": [8, 16, 32]}, "learning_rate": {"float": [1e-4, 1e-2]}}


@pytest.fixture
def study(tmp_path: Path) -> Study:
    trials = [
        SyntheticTrial("STOPPED", [0.5, 0.75], {"filters": 8, "learning_rate": 0.001}, end_reason="user"),
        SyntheticTrial("INTERRUPTED", [0.5], {"filters": 16, "learning_rate": 0.001}),
    ]
    return write_study(tmp_path / "one", digits_experiment(space=SPACE), trials)


def test_configs_of_files_are_queued(study: Study, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("filters: 32\nlearning_rate: 1e-3\n")
    (tmp_path / "b.yaml").write_text("- {filters: 8, learning_rate: 0.002}\n- {filters: 8, learning_rate: 0.003}\n")
    printed = call("queue", study.source, tmp_path / "a.yaml", tmp_path / "b.yaml")
    assert printed.count(f"kept in the study, and run when that is resumed: cnnsearch resume {study.source}") == 3
    assert [request.wish for request in waiting(study.store)] == [
        Queue({"filters": 32, "learning_rate": 0.001}),
        Queue({"filters": 8, "learning_rate": 0.002}),
        Queue({"filters": 8, "learning_rate": 0.003}),
    ]
    assert "3 configs queued, not yet taken: by resume" in call("show", study.source)


def test_bad_input(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("learning_rate: 1e-3\nfilters: 64\n")
    (tmp_path / "two.yaml").write_text("- {filters: 8, learning_rate: 0.002}\n\n- filters: 8\n  learning_rate: 5\n")
    (tmp_path / "tried.yaml").write_text("- filters: 8\n  learning_rate: 0.001\n- 5\n")
    (tmp_path / "torn.yaml").write_text("filters: [")
    (tmp_path / "none.yaml").write_text("")
    for given, told in [
        (("queue", study.source, tmp_path / "a.yaml"), f"error: {tmp_path}/a.yaml: line 2: filters: must be a value"),
        (
            ("queue", study.source, tmp_path / "two.yaml"),
            f"error: {tmp_path}/two.yaml: line 4: config 2: learning_rate: must be a value of",
        ),
        (
            ("queue", study.source, tmp_path / "tried.yaml"),
            f"error: {tmp_path}/tried.yaml: line 1: config 1: no config is run twice, and trial 0 has it",
        ),
        (
            ("queue", study.source, tmp_path / "tried.yaml"),
            f"{tmp_path}/tried.yaml: config 2: must map parameters to their values",
        ),
        (("queue", study.source, tmp_path / "torn.yaml"), "torn.yaml: "),
        (("queue", study.source, tmp_path / "none.yaml"), "none.yaml: must map parameters to their values"),
        (("queue", study.source, tmp_path / "b.yaml"), "cannot read the config: No such file"),
        (("stop", study.source), "no sweep of it runs"),
        (("stop-trial", study.source, 1), "no sweep of it runs"),
        (("extend", study.source, "--trials", 60), "--trials 60"),
    ]:
        assert told in refuse(monkeypatch, capsys, *given)
    assert waiting(study.store) == []


def test_an_answer_that_does_not_come_is_an_exit_code(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking.extend, "__kwdefaults__", {"wait": 0.0})
    with hold_study(study.store):
        result = CliRunner().invoke(app, ["extend", study.source, "--trials", "60"])
        assert "1 request not yet answered" in call("show", study.source)
    assert (result.exit_code, result.output.startswith("no answer yet")) == (1, True)
    assert [request.wish for request in waiting(study.store)] == [Extend(60)]


def test_show_and_watch_tell_of_what_was_asked(study: Study) -> None:
    record = Record(study.store)
    record.answer(Request("1", Extend(60), "laptop", 1.0).answered(2, 2.0, None))
    record.answer(Request("2", Queue({"filters": 32, "learning_rate": 0.001}), "laptop", 1.0).answered(2, 2.0, None))
    record.answer(Request("3", Extend(6), "laptop", 1.0).answered(2, 2.0, "the budget has 60 trials already"))
    told = [
        "asked from laptop: 60 trials in all; the budget has them",
        "asked from laptop: a config to run next; queued",
        "asked from laptop: 6 trials in all; refused: the budget has 60 trials already",
    ]
    shown = call("show", study.source).splitlines()
    assert [line.removesuffix(", not yet run") for line in shown if line.startswith("asked")] == told
    assert "trial 0 was stopped by the user after 2 epochs" in shown
    assert len(json.loads(call("show", study.source, "--json"))["asked"]) == 3
    with hold_study(study.store):
        watched = call("watch", study.source, "--once").splitlines()
    assert [line for line in watched if line.startswith("asked")] == told
    assert watched[1].startswith("1/60 trials ended")
    assert "queued: 1 config" in watched
    facts = dict(provenance_info(Study.load(study.source)).facts)
    assert "60 trials in all; the budget has them" in facts["Asked of the running sweep"]
