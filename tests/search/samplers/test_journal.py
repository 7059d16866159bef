"""The Optuna journal is derived: whatever happened to it, it says again what the record says."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pytest
from recorded import report

from cnnsearch.experiment import Experiment
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.rebuilding import Past
from cnnsearch.search.samplers import Outcome
from cnnsearch.search.samplers.optuna.journal import Journal, journal_of
from cnnsearch.space import Config, Space
from cnnsearch.study.store import LocalStore

Small = Callable[..., Experiment]
SPACE = Space.from_dict({"filters": {"choice": [8, 16]}, "rate": {"float": [1e-4, 1e-2], "log": True}})
ENDED: list[tuple[Config, Outcome]] = [
    ({"filters": 8, "rate": 1e-3}, Outcome("COMPLETED", 0.75, ((1, 0.5), (2, 0.75)))),
    ({"filters": 16, "rate": 2e-3}, Outcome("STOPPED", 0.25, ((1, 0.25),))),
]
TOLD = [("COMPLETE", 0.75, ENDED[0][0], {1: 0.5, 2: 0.75}), ("PRUNED", None, ENDED[1][0], {1: 0.25})]


def made(path: Path, space: Space = SPACE) -> Journal:
    return Journal(path, "s", space, "max")


def told(path: Path) -> list[Any]:
    """What Optuna reads."""
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    trials = optuna.load_study(study_name="s", storage=storage).get_trials(deepcopy=False)
    return [(trial.state.name, trial.value, trial.params, trial.intermediate_values) for trial in trials]


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A journal of two trials; nothing is synced, as the disk is not what is tested."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    monkeypatch.setattr(os, "fsync", lambda _: None)
    path = tmp_path / "optuna.journal"
    for config, outcome in ENDED:
        made(path).add(config, outcome)
    return path


def test_a_hard_link_becomes_a_file_of_the_studys_own(path: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    os.link(path, outside)
    before = outside.read_bytes()
    experiment = Experiment(name="s", space={"filters": 8})
    journal_of(LocalStore(tmp_path), experiment).catch_up([])
    assert outside.read_bytes() == before
    assert not outside.samefile(path)


def test_what_is_there_is_left_as_it_is(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A dashboard that is open reads on where it was."""
    before = path.read_bytes()
    journal = made(path)
    assert journal.holds(ENDED)
    journal.catch_up(ENDED)
    assert path.read_bytes() == before
    third: tuple[Config, Outcome] = ({"filters": 8, "rate": 3e-3}, Outcome("FAILED", None))
    assert not journal.holds([*ENDED, third])
    journal.catch_up([*ENDED, third])
    assert path.read_bytes().startswith(before)
    assert told(path) == [*TOLD, ("FAIL", None, third[0], {})]
    assert not caplog.messages


@pytest.fixture
def short(path: Path) -> bytes:
    """A journal of one trial, by its bytes."""
    path.unlink()
    made(path).add(*ENDED[0])
    return path.read_bytes()


def test_cut_at_any_byte_it_is_made_again(path: Path, short: bytes) -> None:
    for cut in range(len(short)):
        path.write_bytes(short[:cut])
        made(path).catch_up(ENDED[:1])
        assert told(path) == TOLD[:1], cut
        assert path.read_bytes().endswith(b"\n")


def test_with_any_byte_changed_it_says_what_the_record_says(path: Path, short: bytes) -> None:
    for place in range(len(short)):
        path.write_bytes(short[:place] + bytes([short[place] ^ 1]) + short[place + 1 :])
        made(path).catch_up(ENDED[:1])
        assert told(path) == TOLD[:1], place


def a_folder(path: Path) -> None:
    path.unlink()
    (path / "of somebody").mkdir(parents=True)


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


def a_link_to_nowhere(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def of_another_study(path: Path) -> None:
    path.write_text(path.read_text().replace('"study_name":"s"', '"study_name":"t"'))


def of_more_trials(path: Path) -> None:
    made(path).add(*ENDED[0])


def in_another_order(path: Path) -> None:
    path.unlink()
    for config, outcome in reversed(ENDED):
        made(path).add(config, outcome)


DAMAGES = [a_folder, a_pipe, a_link, a_link_to_nowhere, of_another_study, of_more_trials, in_another_order]


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_lies_there_gives_way_and_it_is_told(
    path: Path, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    damage(path)
    elsewhere = path.with_name("elsewhere")
    before = elsewhere.read_bytes() if elsewhere.exists() else None
    assert not made(path).holds(ENDED)
    made(path).catch_up(ENDED)
    assert told(path) == TOLD
    assert path.is_file()
    assert not path.is_symlink()
    assert before is None or elsewhere.read_bytes() == before
    assert not path.with_name("nowhere").exists()
    assert caplog.messages == [f"{path} did not hold what the record says: it was made again from that"]


def test_a_space_that_was_widened_is_no_obstacle(path: Path) -> None:
    """To Optuna a choice with other options is another parameter, and it refuses the next trial."""
    wider = made(path, Space.from_dict({"filters": {"choice": [4, 8, 16]}, "rate": SPACE["rate"].to_dict()}))
    wider.catch_up(ENDED)
    wider.add({"filters": 4, "rate": 1e-3}, Outcome("FAILED", None))
    assert told(path) == [*TOLD, ("FAIL", None, {"filters": 4, "rate": 1e-3}, {})]


def test_what_breaks_it_during_a_sweep_is_told_once_and_ends_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = made(path)
    path.write_bytes(b"torn\nby whom\n")
    for config, outcome in ENDED:
        journal.add(config, outcome)
    (message,) = caplog.messages
    assert message.startswith(f"{path} cannot be written (")
    assert message.endswith("the sweep is not affected, and the next cnnsearch resume makes it again")


def test_before_the_first_end_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "optuna.journal"
    assert made(path).holds([])
    made(path).catch_up([])
    assert not path.exists()
    path.write_text("torn")
    assert not made(path).holds([])
    made(path).catch_up([])
    assert told(path) == []


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(path.read_bytes()[:-9]), a_folder, a_pipe])
def test_a_sweep_that_goes_on_proposes_what_it_would_have(
    tmp_path: Path, small: Small, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    store = LocalStore(tmp_path)
    experiment = small(sampler={"name": "tpe", "startup_trials": 2}, budget={"trials": 9})
    ledger = Ledger(store, experiment, ["a", "b"], 9)
    for trial in range(4):
        ledger.propose()
        store.write(f"checkpoints/{trial}/1/model.keras", "")
        ledger.report(trial, report(trial, {1: 0.1 * trial}))
        ledger.end(trial, True)
    past = Past.read(store)
    damage(tmp_path / "optuna.journal")
    again = Ledger(store, experiment, ["a", "b"], 9, past=past).propose()
    undisturbed = ledger.propose()
    assert again is not None
    assert undisturbed is not None
    assert json.dumps(again.config) == json.dumps(undisturbed.config)
    assert caplog.messages == [
        f"{tmp_path / 'optuna.journal'} did not hold what the record says: it was made again from that"
    ]
