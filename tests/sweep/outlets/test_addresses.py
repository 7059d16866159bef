"""Secret addresses: what a study, its pages, its package and messages keep of them, and that this is told."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sessions import begin_session
from synthetic import digits_experiment, environment, write_study

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.outlets import Notify, Tracking
from cnnsearch.report.views.provenance.info import provenance_info
from cnnsearch.report.views.setups.info import setups_info
from cnnsearch.study import Study
from cnnsearch.study.environment import describe_environment
from cnnsearch.study.folder.packed import pack
from cnnsearch.sweep.outlets.addresses import tell_secrets
from cnnsearch.sweep.outlets.notification import notify
from cnnsearch.sweep.resumption import Resumption
from cnnsearch.sweep.tracking import Followers, check_tracking, start_tracking

HOOK = "https://hooks.example/services/SECRET"
MLFLOW = "http://me:SECRET@mlflow.example:5000"
OUTLETS: dict[str, Any] = {
    "notify": {"webhook": HOOK, "command": ["curl", "-H", "Authorization: Bearer SECRET", "-d", "done"]},
    "tracking": {"mlflow": MLFLOW, "tensorboard": "runs"},
}
KEPT = {
    "notify.webhook": "https://hooks.example/<hidden>",
    "notify.command": "curl -H 'Authorization: <hidden>' -d done",
    "tracking.mlflow": "http://<hidden>@mlflow.example:5000",
}
NOT_KEPT = "its secret part is not kept in the study; give a file that names it by --file, best as env:NAME"


def experiment(**keys: Any) -> Experiment:
    return digits_experiment(**{**OUTLETS, **keys})


def of_an_earlier_version(folder: Path, trials: int = 3) -> Study:
    """A study that kept all as it was given."""
    command = ["cnnsearch", "run", "e.yaml", "--set", f"notify.webhook={HOOK}"]
    described = {**environment(), "command": command, "resumed": [{"command": command}]}
    return write_study(folder, experiment(), trials, described)


def test_what_a_study_keeps() -> None:
    kept = experiment().without_secrets()
    assert "SECRET" not in kept.to_yaml()
    assert kept.notify == Notify(
        webhook=KEPT["notify.webhook"], command=("curl", "-H", "Authorization: <hidden>", "-d", "done")
    )
    assert kept.tracking == Tracking(mlflow=KEPT["tracking.mlflow"], tensorboard="runs")
    assert Experiment.from_dict(kept.to_dict()) == kept == kept.without_secrets()
    named = digits_experiment(notify={"webhook": "env:HOOK"}, tracking={"mlflow": "sqlite:///mlflow.db"})
    assert named.without_secrets() == named


def test_the_command_line_is_kept_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["cnnsearch", "run", "e.yaml", "--set", f"notify.webhook={HOOK}"])
    kept = ["cnnsearch", "run", "e.yaml", "--set", "notify.webhook=https://hooks.example/<hidden>"]
    assert describe_environment({})["command"] == kept


def test_a_study_that_goes_on_is_written_without_them(tmp_path: Path) -> None:
    study = of_an_earlier_version(tmp_path / "one", trials=0)
    found = {"dataset": environment()["dataset"]}
    begin_session(study, study.experiment, found, lambda *_: None)
    assert b"SECRET" not in study.store.read("experiment.yaml")
    again = Study.load(study.path)
    assert again.experiment == study.experiment.without_secrets()
    begin_session(again, Resumption.of(again, experiment()).experiment, found, lambda *_: None)
    assert b"SECRET" not in study.store.read("experiment.yaml")


def test_pages_and_packages_of_earlier_studies_have_none(tmp_path: Path) -> None:
    study = of_an_earlier_version(tmp_path / "one")
    info = provenance_info(study)
    assert "SECRET" not in info.experiment
    assert dict(info.facts)["Command"].endswith("'notify.webhook=https://hooks.example/<hidden>'")
    other = write_study(tmp_path / "two", digits_experiment(), 3)
    rows = {row.key: row.values for row in setups_info([study, other]).rows}
    assert rows["notify.webhook"][0] == KEPT["notify.webhook"]
    assert "SECRET" not in str(rows)
    with zipfile.ZipFile(pack(study.store, tmp_path / "one.zip")) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    assert [name for name, content in contents.items() if b"SECRET" in content] == []
    assert json.loads(contents["one/environment.json"])["resumed"][0]["command"][-1].endswith("/<hidden>")
    with zipfile.ZipFile(pack(other.store, tmp_path / "two.zip")) as archive:
        assert archive.read("two/experiment.yaml") == other.store.read("experiment.yaml")


def test_it_is_told_before_the_first_trial(caplog: pytest.LogCaptureFixture) -> None:
    tell_secrets(experiment())
    assert set(caplog.messages) == {
        f"{key}: the study keeps no secrets, only {left}; to use it on resume too, "
        + ("read the secret in the program" if key == "notify.command" else "name it by env:NAME")
        for key, left in KEPT.items()
    }
    caplog.clear()
    tell_secrets(experiment().without_secrets())
    assert set(caplog.messages) == {f"{key}, {left}, is not used: {NOT_KEPT}" for key, left in KEPT.items()}
    caplog.clear()
    tell_secrets(digits_experiment(notify={"webhook": "env:NO_SUCH_HOOK", "command": ["notify-send", "done"]}))
    assert caplog.messages == ["notify.webhook: the environment variable NO_SUCH_HOOK holds no address"]


def test_what_was_not_kept_is_neither_run_nor_posted_to(monkeypatch: pytest.MonkeyPatch) -> None:
    def use(*_: Any, **__: Any) -> None:
        raise AssertionError("it was used")

    monkeypatch.setattr("urllib.request.build_opener", use)
    monkeypatch.setattr("subprocess.Popen", use)
    kept = experiment().without_secrets()
    assert kept.notify is not None
    assert notify(kept.notify, {}) == [f"notify.command failed: {NOT_KEPT}", f"notify.webhook failed: {NOT_KEPT}"]
    followers = start_tracking(kept.updated({"tracking.tensorboard": None}), "a", "/studies/a")
    assert followers._thread is None


def test_no_message_names_them(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError(f"no way to {HOOK} (/services/SECRET)")

    monkeypatch.setattr("urllib.request.build_opener", fail)
    assert notify(Notify(webhook=HOOK), {}) == [
        "notify.webhook failed: no way to https://hooks.example/<hidden> (<hidden>)"
    ]

    def start() -> Any:
        raise ConnectionError("me:SECRET@mlflow.example:5000 does not answer")

    Followers({"MLflow": start}, [MLFLOW]).close()
    assert "ConnectionError: me:<hidden>@mlflow.example:5000 does not answer" in caplog.text
    with pytest.raises(InputError) as caught:
        digits_experiment(notify={"webhook": f"{HOOK} x"})
    assert "(got 'https://hooks.example/<hidden> x')" in str(caught.value)


def test_mlflow_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: True)
    with pytest.raises(InputError, match=r"tracking\.mlflow: the environment variable NO_SUCH_URI holds no address"):
        check_tracking(Tracking(mlflow="env:NO_SUCH_URI"))
    monkeypatch.setenv("NO_SUCH_URI", MLFLOW)
    check_tracking(Tracking(mlflow="env:NO_SUCH_URI"))
