"""The server of the page of a sweep: what it answers, and to whom."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from recorded import ended
from synthetic import START, SyntheticTrial, digits_experiment, write_study

from cnnsearch.errors import InputError
from cnnsearch.experiment.nested import outer_experiments
from cnnsearch.live.server import served
from cnnsearch.live.watching import Watching
from cnnsearch.study import Study
from cnnsearch.study.hold import hold_study
from cnnsearch.study.record.record import Record, log_name
from cnnsearch.study.store import Store

TRIALS = [SyntheticTrial("COMPLETED", [0.5, 0.75]), SyntheticTrial("INTERRUPTED", [0.5])]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Of a study whose sweep runs."""
    study = write_study(tmp_path / "one", trials=TRIALS)
    with hold_study(study.store):
        yield study.store


@pytest.fixture
def address(store: Store) -> Iterator[str]:
    with served(Watching(store), 0) as address:
        yield address


def answer(address: str, **headers: str) -> tuple[int, dict[str, str], str]:
    try:
        with urlopen(Request(address, headers=headers), timeout=10) as response:
            return response.status, dict(response.headers), response.read().decode()
    except HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def test_the_page_asks_for_nothing_from_outside_and_is_kept_by_nobody(address: str) -> None:
    status, headers, page = answer(address)
    assert status == 200
    assert "1/40 trials ended (1 completed)" in page
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("path", ["", "wrong/", "wrong/now", "%2e%2e/now", "one/../experiment.yaml"])
def test_without_its_token_nothing_is_there(address: str, path: str) -> None:
    status, _, text = answer(f"http://{address.split('/')[2]}/{path}")
    assert (status, "digits" in text) == (404, False)


def test_a_name_that_leads_here_from_elsewhere_gets_nothing(address: str) -> None:
    assert answer(address, Host="example.org")[0] == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_nothing_can_be_changed(address: str, method: str) -> None:
    with pytest.raises(HTTPError) as error, urlopen(Request(address, data=b"{}", method=method), timeout=10):
        pass
    assert error.value.code == 405
    error.value.close()


def test_it_says_which_outer_fold_the_first_searches_hold_out(tmp_path: Path) -> None:
    experiment = digits_experiment(evaluation={"outer": 3})
    study = write_study(tmp_path / "one", experiment, [])
    write_study(tmp_path / "one" / "outer" / "1", outer_experiments(experiment)[0], [])
    head = Watching(study.store).now(0)["head"]
    assert "outer fold 1 of 3 is held out of the search that comes first: cnnsearch watch " in head


def test_what_has_changed_is_told_once(address: str, store: Store) -> None:
    first = json.loads(answer(f"{address}now")[2])
    assert "study-1-curves" in first["sections"]
    assert not first["over"]
    same = json.loads(answer(f"{address}now?seen={first['version']}")[2])
    assert "sections" not in same
    Record(store).end(ended(1, state="STOPPED", ended=START + 60))
    told = same
    while "sections" not in told:  # what was drawn a moment ago is not drawn again at once
        time.sleep(0.05)
        told = json.loads(answer(f"{address}now?seen={first['version']}")[2])
    assert told["version"] > first["version"]
    assert "2/40 trials ended" in told["head"]


def test_what_running_trials_print_is_shown_and_escaped(store: Store) -> None:
    store.append(log_name(1), ["\x1b[31mloss <b>nan</b>\x1b[0m"])
    printed = Watching(store).now(0)["sections"]["printed"]
    assert "loss &lt;b&gt;nan&lt;/b&gt;" in printed
    assert "cnnsearch logs &#39;digits cnn&#39; TRIAL" in printed, "as a shell takes it"


def test_a_trial_that_runs_is_not_called_interrupted(tmp_path: Path) -> None:
    study = write_study(tmp_path / "one", trials=TRIALS)
    with hold_study(study.store):
        drawn = Watching(study.store).now(0)["sections"]
    shown = drawn["study-1-history"] + drawn["study-1-curves"]
    assert "trial 1, running" in shown
    assert "interrupted" not in shown
    drawn = Watching(study.store).now(0)["sections"]
    shown = drawn["study-1-history"] + drawn["study-1-curves"]
    assert "trial 1, interrupted" in shown
    assert "running" not in shown


def test_it_says_when_the_sweep_has_ended(tmp_path: Path) -> None:
    study = write_study(tmp_path / "over", trials=TRIALS[:1])
    told = Watching(study.store).now(0)
    assert told["over"]
    assert "The sweep has ended." in told["head"]


def test_a_port_that_is_taken_is_told(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=r"--port: cannot be taken on 127.0.0.1: .*in use"),
            served(Watching(store), port),
        ):
            pass


def test_a_study_without_any_trial_has_a_page(tmp_path: Path) -> None:
    study = write_study(tmp_path / "none", trials=[])
    with hold_study(study.store):
        assert "0/40 trials ended" in Watching(Study.load(study.store).store).page()
