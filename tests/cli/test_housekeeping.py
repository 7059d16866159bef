"""``list`` with sizes, ``rm``, ``pack`` and ``export`` on synthetic studies."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest
from commands import call, refuse
from synthetic import write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.study.hold import Driver, hold_study
from cnnsearch.study.record.lines import to_json
from cnnsearch.study.store import LocalStore
from cnnsearch.study.store.process import Process
from cnnsearch.study.winner.best import Kept, write_best


def ask(answer: str, *arguments: object) -> tuple[int, str]:
    """Exit code and output of a command that asks."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=answer)
    return result.exit_code, result.output


GONE = replace(Process.this(), started=1).token
ELSEWHERE = replace(Process.this(), place="0" * 8).token


def begin(folder: Path) -> LocalStore:
    """A study whose driver was killed before it wrote anything."""
    store = LocalStore(folder)
    store.write(".driver/driver.json", replace(Driver.this(), process=GONE).to_json())
    store.write(".driver/lock", "")
    return store


class TestList:
    def test_tells_how_much_of_the_disk_a_study_takes(self, tmp_path: Path) -> None:
        write_study(tmp_path / "a")
        (tmp_path / "a" / "large").write_bytes(bytes(3_000_000))
        assert f"{LocalStore(tmp_path / 'a').size() / 1e6:.3g} MB" in call("list", "--output", tmp_path)
        assert json.loads(call("list", "--output", tmp_path, "--json"))[0]["bytes"] == LocalStore(tmp_path / "a").size()

    def test_tells_whose_sweep_runs(self, tmp_path: Path) -> None:
        running = write_study(tmp_path / "a", trials=3)
        write_study(tmp_path / "b", trials=3)
        with hold_study(running.store):
            lines = call("list", "--output", tmp_path).splitlines()
            listed = json.loads(call("list", "--output", tmp_path, "--json"))
        assert [line.split()[0] for line in lines if line.rstrip().endswith("runs")] == ["a"]
        assert {Path(study["study"]).name: study["running"] for study in listed} == {"a": True, "b": False}

    def test_tells_of_drivers_that_died_and_of_those_of_which_nothing_is_known(self, tmp_path: Path) -> None:
        for name, process in (("a", GONE), ("b", ELSEWHERE)):
            store = write_study(tmp_path / name, trials=3).store
            store.write(".driver/driver.json", replace(Driver.this(), process=process).to_json())
            store.write(".driver/lock", "")
        assert call("list", "--output", tmp_path).splitlines()[1].rstrip().endswith("died")
        assert "its driver has died: process" in call("show", tmp_path / "a")
        assert "(its driver has died: process" in call("watch", tmp_path / "a")
        shown = json.loads(call("show", tmp_path / "a", "--json"))
        assert (shown["running"], shown["sweep"]) == (False, "dead")

    def test_one_whose_lock_is_no_file_ends_no_list(self, tmp_path: Path) -> None:
        store = write_study(tmp_path / "a", trials=3).store
        store.write(".driver/driver.json", "")
        os.mkfifo(tmp_path / "a" / ".driver" / "lock")
        assert json.loads(call("list", "--output", tmp_path, "--json"))[0]["sweep"] == "unknown"
        assert call("list", "--output", tmp_path).splitlines()[1].rstrip().endswith("unknown")

    def test_tells_of_what_was_begun_and_not_written(self, tmp_path: Path) -> None:
        begun = begin(tmp_path / "begun")
        line, rest = call("list", "--output", tmp_path).splitlines()[1:]
        assert line.split()[:3] == ["begun", "begun,", "nothing"]
        assert rest.strip() == "written"
        assert line.rstrip().endswith("died")
        assert json.loads(call("list", "--output", tmp_path, "--json")) == [
            {
                "name": None,
                "study": begun.location,
                "problem": "begun, nothing written",
                "bytes": begun.size(),
                "running": False,
                "sweep": "dead",
            }
        ]


class TestRm:
    def test_asks_first(self, tmp_path: Path) -> None:
        write_study(tmp_path / "a", trials=3)
        code, said = ask("n\n", "rm", "a", "--output", tmp_path)
        assert code == 1
        assert "3 trials" in said
        assert "Delete this study?" in said
        assert (tmp_path / "a" / "trials.jsonl").is_file()

    def test_deletes_what_was_named(self, tmp_path: Path) -> None:
        for name in "abc":
            write_study(tmp_path / name, trials=3)
        assert ask("y\n", "rm", "a", "c", "--output", tmp_path)[0] == 0
        assert [path.name for path in tmp_path.iterdir()] == ["b"]

    def test_deletes_what_was_begun_and_not_written(self, tmp_path: Path) -> None:
        begin(tmp_path / "begun")
        code, said = ask("y\n", "rm", "begun", "--output", tmp_path)
        assert code == 0
        assert "begun, nothing written" in said
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(("process", "told"), [("dead", None), ("elsewhere", "look there, and delete it there")])
    def test_where_nothing_tells_whether_its_sweep_runs_it_is_kept(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        process: str,
        told: str | None,
    ) -> None:
        monkeypatch.setattr("cnnsearch.study.hold.taking.is_shared", lambda _: True)
        store = write_study(tmp_path / "a", trials=3).store
        token = GONE if process == "dead" else ELSEWHERE
        store.write(".driver/abc.json", replace(Driver.this(), process=token).to_json())
        ahead = time.time() + 3600  # by a clock that is not this machine's
        os.utime(tmp_path / "a" / ".driver" / "abc.json", (ahead, ahead))
        if told is None:
            call("rm", tmp_path / "a", "--yes")
            assert list(tmp_path.iterdir()) == []
            return
        said = refuse(monkeypatch, capsys, "rm", tmp_path / "a", "--yes")
        assert "whether its sweep runs cannot be told from here: process" in said
        assert told in said
        assert (tmp_path / "a" / "trials.jsonl").is_file()

    def test_nobody_to_ask_is_a_no(self, tmp_path: Path) -> None:
        write_study(tmp_path / "a", trials=3)
        assert ask("", "rm", "a", "--output", tmp_path)[0] == 1
        assert (tmp_path / "a").is_dir()

    def test_does_not_ask_where_told(self, tmp_path: Path) -> None:
        write_study(tmp_path / "a", trials=3)
        call("rm", "a", "--yes", "--output", tmp_path)
        assert list(tmp_path.iterdir()) == []

    def test_one_unknown_name_and_nothing_is_deleted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_study(tmp_path / "a", trials=3)
        assert "no study folder" in refuse(monkeypatch, capsys, "rm", "a", "other", "--yes", "--output", tmp_path)
        assert (tmp_path / "a").is_dir()

    def test_a_folder_that_merely_holds_an_experiment_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "experiment.yaml").write_text("name: mine\nspace: {filters: 8}\n", encoding="utf-8")
        (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
        said = refuse(monkeypatch, capsys, "rm", tmp_path, "--yes")
        assert "is not a folder that a sweep made" in said
        assert (tmp_path / "thesis.tex").is_file()

    def test_a_study_that_cannot_be_read_is_deleted_all_the_same(self, tmp_path: Path) -> None:
        study = write_study(tmp_path / "a", trials=3)
        (study.path / "trials.jsonl").write_text('{"trial": 0, "state": "DONE"}\n')
        said = call("rm", tmp_path / "a", "--yes")
        assert "a study that cannot be read (trials.jsonl, line 1: state: must be COMPLETED" in said
        assert list(tmp_path.iterdir()) == []

    def test_a_study_whose_sweep_runs_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        study = write_study(tmp_path / "a", trials=3)
        with hold_study(study.store):
            said = refuse(monkeypatch, capsys, "rm", tmp_path / "a", "--yes")
        assert f"its sweep runs: process {os.getpid()}" in said
        assert (tmp_path / "a" / "trials.jsonl").is_file()
        call("rm", tmp_path / "a", "--yes")
        assert list(tmp_path.iterdir()) == []


class TestPack:
    def test_reading_commands_take_the_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        study = write_study(tmp_path / "a")
        monkeypatch.chdir(tmp_path)
        assert "a.zip" in call("pack", "a", "--output", ".")
        shown = json.loads(call("show", "a.zip", "--json"))
        assert shown["study"] == str(tmp_path / "a.zip")
        assert shown["every_trial"] == [to_json(record) for record in study.records]
        assert call("report", "a.zip").strip() == str(tmp_path / "a.html")
        assert (tmp_path / "a.html").stat().st_size > 1_000_000  # plotly.js is in it

    def test_a_packed_one_is_neither_packed_again_nor_deleted(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_study(tmp_path / "a", trials=3)
        call("pack", tmp_path / "a", "-o", tmp_path / "b.zip")
        (tmp_path / "a" / "link").symlink_to(tmp_path)
        told = CliRunner().invoke(app, ["pack", str(tmp_path / "a"), "-o", str(tmp_path / "c.zip")])
        assert "left out: link (a link), which is no file of the study" in told.output
        assert "is packed already" in refuse(monkeypatch, capsys, "pack", tmp_path / "b.zip")
        assert "delete it as any other file" in refuse(monkeypatch, capsys, "rm", tmp_path / "b.zip", "--yes")
        assert (tmp_path / "b.zip").is_file()


class TestExport:
    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("model.h5", "must end in .keras, .onnx or .tflite"),
            ("there.keras", "is there already"),
            ("nowhere/model.keras", "must lie in a folder that is there"),
        ],
    )
    def test_a_target_that_will_not_do_is_refused(
        self, name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_study(tmp_path / "a")
        (tmp_path / "a" / "best").mkdir()
        (tmp_path / "a" / "best" / "model.keras").write_bytes(b"weights")
        (tmp_path / "there.keras").write_bytes(b"other")
        assert said in refuse(monkeypatch, capsys, "export", tmp_path / "a", "-o", tmp_path / name)
        assert (tmp_path / "there.keras").read_bytes() == b"other"

    def test_onnx_names_what_it_needs(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_study(tmp_path / "a")
        (tmp_path / "a" / "best").mkdir()
        (tmp_path / "a" / "best" / "model.keras").write_bytes(b"weights")
        monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
        assert "cnnsearch[onnx]" in refuse(monkeypatch, capsys, "export", tmp_path / "a", "-o", tmp_path / "m.onnx")

    def test_a_study_without_a_best_model_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        write_study(tmp_path / "a")
        assert "has no best model" in refuse(monkeypatch, capsys, "export", tmp_path / "a", "-o", tmp_path / "m.keras")

    @pytest.mark.parametrize("command", [["export", "-o", "m.keras"], ["predict", "picture.png"], ["evaluate", "data"]])
    def test_another_model_than_the_record_names_is_refused(
        self, command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        study = write_study(tmp_path / "a")
        study.store.write("left", "weights")
        other = study.ranked[1]
        write_best(study.store, "left", Kept.of(other), study.names)
        monkeypatch.chdir(tmp_path)
        said = refuse(monkeypatch, capsys, command[0], study.path, *command[1:])
        assert f"best/ holds the model of trial {other.trial} in the search; the record names trial" in said
        assert "cnnsearch rerun STUDY" in said
        shown = call("show", study.path, "--json")
        assert f"best/ holds the model of trial {other.trial}" in json.loads(shown)["best_model"]["problem"]
        (caution,) = [one.text for one in verdict_info(study).cautions if "best/" in one.text]
        assert caution.startswith("The model in best/ is not to be relied on: best/ holds the model of trial")

    def test_copies_the_model_and_its_classes(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cnnsearch.serving.exported.load_model", lambda *_, **__: None)  # whether it is one
        study = write_study(tmp_path / "a")
        (tmp_path / "a" / "best").mkdir()
        (tmp_path / "a" / "best" / "model.keras").write_bytes(b"weights")
        printed = call("export", tmp_path / "a", "-o", tmp_path / "m.keras").split()
        assert printed == [str(tmp_path / name) for name in ("m.keras", "m.labels.json", "m.values.json")]
        assert (tmp_path / "m.keras").read_bytes() == b"weights"
        assert json.loads((tmp_path / "m.labels.json").read_text(encoding="utf-8")) == study.names
        values = json.loads((tmp_path / "m.values.json").read_text(encoding="utf-8"))
        assert values == {"dtype": "uint8", "low": 0.0, "high": 255.0, "scale": [0.0, 255.0]}
