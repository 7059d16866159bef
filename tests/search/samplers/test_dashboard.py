"""optuna-dashboard on a journal as the ledger writes it, over the network of this machine."""

from __future__ import annotations

import http.client
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.search.samplers import Outcome
from cnnsearch.search.samplers.optuna.dashboard import HOST, make_dashboard
from cnnsearch.search.samplers.optuna.journal import Journal
from cnnsearch.space import Space

pytest.importorskip("optuna_dashboard", reason="needs the extra dashboard")

SPACE = Space.from_dict({"filters": {"choice": [8, 16]}, "learning_rate": {"float": [1e-4, 1e-2], "log": True}})


def add(journal: Path, *outcomes: Outcome) -> None:
    logging.getLogger("optuna").setLevel(logging.ERROR)
    writer = Journal(journal, "digits-cnn", SPACE, "max")
    for outcome in outcomes:
        writer.add({"filters": 8, "learning_rate": 1e-3}, outcome)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    path = tmp_path / "optuna.journal"
    add(path, Outcome("COMPLETED", 0.75, ((1, 0.5), (2, 0.75))), Outcome("STOPPED", 0.25, ((1, 0.25),)))
    return path


@pytest.fixture
def port(journal: Path) -> Iterator[int]:
    with make_dashboard(journal, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def ask(port: int, path: str, method: str = "GET", host: str | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request(method, path, headers={"Host": host or f"{HOST}:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def study(port: int) -> Any:
    (summary,) = json.loads(ask(port, "/api/studies")[1])["study_summaries"]
    return json.loads(ask(port, f"/api/studies/{summary['study_id']}")[1])


def test_it_shows_trials_and_their_states(port: int) -> None:
    shown = study(port)
    assert shown["name"] == "digits-cnn"
    assert [trial["state"] for trial in shown["trials"]] == ["Complete", "Pruned"]
    assert shown["trials"][0]["values"] == [0.75]
    assert ask(port, "/dashboard/")[0] == 200


def test_it_shows_what_a_running_sweep_adds(port: int, journal: Path) -> None:
    add(journal, Outcome("COMPLETED", 0.5, ((1, 0.5),)))
    assert len(study(port)["trials"]) == 3


@pytest.mark.parametrize("method", ["DELETE", "POST", "PUT"])
def test_nothing_can_be_changed(port: int, journal: Path, method: str) -> None:
    before = journal.read_bytes()
    status, said = ask(port, "/api/studies/0", method)
    assert (status, json.loads(said)["reason"]) == (405, "this dashboard only shows the study")
    assert journal.read_bytes() == before


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example:80"])
def test_pages_from_elsewhere_are_refused(port: int, host: str) -> None:
    assert ask(port, "/api/studies", host=host)[0] == 403


def test_it_listens_to_this_machine_alone(journal: Path) -> None:
    with make_dashboard(journal, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_taken_port_is_told(journal: Path, port: int) -> None:
    with pytest.raises(InputError, match=f"--port: cannot listen there: Address already in use.*{port}"):
        make_dashboard(journal, port)


def test_a_study_without_trials_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="has no ended trials yet"):
        make_dashboard(tmp_path / "optuna.journal", 0)


def test_a_journal_that_is_torn_is_told(journal: Path) -> None:
    journal.write_bytes(b"{" + journal.read_bytes())
    with pytest.raises(InputError, match="made again from the record: cnnsearch resume STUDY"):
        make_dashboard(journal, 0)


def test_the_extra_is_named_where_it_is_missing(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"cnnsearch\[dashboard\]"):
        make_dashboard(journal, 0)
