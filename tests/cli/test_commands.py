"""The commands in this process, on synthetic studies: what they print, where, and their exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from commands import call, refuse
from synthetic import SyntheticTrial, digits_experiment, write_study
from typer.testing import CliRunner

from cnnsearch.cli.app import app, main
from cnnsearch.cli.terminal.progress import ProgressDisplay

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "search_spaces" / "digits_cnn.yaml"


def test_list_tells_of_each_study(tmp_path: Path) -> None:
    study = write_study(tmp_path / "first-study")
    printed = call("list", "--output", tmp_path)
    assert "first-study" in printed
    assert study.best is not None
    assert f"{study.best.value:.3f}" in printed


def test_list_json_is_a_list(tmp_path: Path) -> None:
    write_study(tmp_path / "a")
    write_study(tmp_path / "b")
    listed = json.loads(call("list", "--output", tmp_path, "--json"))
    assert sorted(Path(item["study"]).name for item in listed) == ["a", "b"]
    assert json.loads(call("list", "--output", tmp_path / "none", "--json")) == []


def test_list_names_a_study_that_cannot_be_read_and_shows_the_others(tmp_path: Path) -> None:
    write_study(tmp_path / "good")
    bad = write_study(tmp_path / "bad")
    (bad.path / "trials.jsonl").write_text('{"trial": 0, "state": "DONE"}\n')
    (write_study(tmp_path / "worse").path / "experiment.yaml").write_text("[")
    printed = call("list", "--output", tmp_path)
    (table, *_) = printed.partition(f"{tmp_path}")
    assert [name for name in ("good", "bad", "worse") if f"\n{name} " in table] == ["good", "bad", "worse"]
    assert table.count("cannot") == 2
    assert f"{bad.path}: trials.jsonl, line 1: state: must be COMPLETED, STOPPED or FAILED" in printed
    listed = {Path(one["study"]).name: one for one in json.loads(call("list", "--output", tmp_path, "--json"))}
    assert listed["bad"]["name"] is None
    assert "trials.jsonl, line 1: state" in listed["bad"]["problem"]
    assert listed["good"]["headline"]["metric"] == "val_accuracy"


def test_a_report_of_several_studies_names_the_bad_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "good")
    bad = write_study(tmp_path / "bad")
    (bad.path / "curves.jsonl").write_text('{"trial": 0, "epoch": 0}\n')
    told = refuse(monkeypatch, capsys, "report", tmp_path / "good", bad.path, "--format", "md")
    assert f"error: {bad.path}: curves.jsonl, line 1: epoch: must be a whole number from 1 on" in told


def test_show_json_has_every_trial(tmp_path: Path) -> None:
    study = write_study(tmp_path / "one")
    shown = json.loads(call("show", tmp_path / "one", "--json"))
    assert shown["trials"] == study.counts
    assert [record["trial"] for record in shown["every_trial"]] == [record.trial for record in study.records]
    assert study.best is not None
    assert shown["best"]["config"] == study.best.config


def test_show_finds_a_study_by_its_name(tmp_path: Path) -> None:
    study = write_study(tmp_path / "one")
    assert study.best is not None
    printed = call("show", "one", "--output", tmp_path)
    assert f"{study.best.value:.3f}" in printed
    assert "learning_rate=" in printed


def test_show_tells_why_a_trial_failed_or_ended_early(tmp_path: Path) -> None:
    reason = "loss is nan at epoch 3: the training diverged; the best epoch before counts, 2"
    trials = [
        SyntheticTrial("COMPLETED", (0.5, 0.9), None, reason, end_reason="diverged"),
        SyntheticTrial("FAILED", (), None, "no such layer"),
    ]
    write_study(tmp_path / "one", trials=trials)
    printed = call("show", "one", "--output", tmp_path)
    assert f"trial 0 ended early: {reason}\ntrial 1 failed: no such layer\n" in printed
    assert "0.900" in printed


def test_show_prints_a_trial_as_code_and_nothing_else(tmp_path: Path) -> None:
    study = write_study(tmp_path / "one")
    assert call("show", "one", "--output", tmp_path, "--code", "3") == study.code(3)


def test_report_of_two_studies(tmp_path: Path) -> None:
    write_study(tmp_path / "a")
    write_study(tmp_path / "b")
    call("report", "a", "b", "--output", tmp_path, "-o", tmp_path / "both.html")
    assert (tmp_path / "both.html").stat().st_size > 1_000_000  # plotly.js is in it


@pytest.mark.parametrize(
    ("interrupted", "code", "first", "more"),
    [(False, 1, "The minutes are over", " --minutes N"), (True, 130, "Interrupted", "")],
)
def test_run_tells_of_a_sweep_that_ended_before_any_trial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupted: bool, code: int, first: str, more: str
) -> None:
    experiment = digits_experiment(budget={"minutes": 1})
    study = write_study(tmp_path / "one", experiment, [SyntheticTrial("INTERRUPTED", (0.5, 0.8, 0.7))])
    study.interrupted = interrupted
    monkeypatch.setattr("cnnsearch.sweep.run.run", lambda *_, **__: study)
    result = CliRunner().invoke(app, ["run", str(DIGITS), "-q"])
    assert result.exit_code == code
    lines = result.stdout.splitlines()
    assert lines[0] == f"{first}: 1 interrupted, 7.0 s"
    assert lines[1].startswith("No trial has ended with a value. The best val_accuracy so far is 0.800, at epoch 2")
    assert lines[-1] == f"To go on: cnnsearch resume {study.store.location}{more}"
    assert lines[1] in call("show", tmp_path / "one")
    assert "0.800  so far" in call("list", "--output", tmp_path)


def test_more_minutes_are_not_offered_where_searches_are_all_alike(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = digits_experiment(budget={"minutes": 1}, evaluation={"outer": 2})
    trials = [SyntheticTrial("COMPLETED", (0.5,)), SyntheticTrial("INTERRUPTED", (0.5,))]
    study = write_study(tmp_path / "one", experiment, trials)
    monkeypatch.setattr("cnnsearch.sweep.run.run", lambda *_, **__: study)
    result = CliRunner().invoke(app, ["run", str(DIGITS), "-q"])
    assert result.stdout.startswith("The minutes are over: 1 completed, 1 interrupted")
    assert "--minutes N" not in result.stdout


def test_run_json_prints_one_object_whatever_ray_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path / "one")

    def noisy(*_: object, **__: object) -> object:
        print("(raylet) A worker died or was killed")  # Ray does, from a thread of the driver
        return study

    monkeypatch.setattr("cnnsearch.sweep.run.run", noisy)
    monkeypatch.setattr(sys, "argv", ["cnnsearch", "run", str(DIGITS), "--json", "-q"])
    with pytest.raises(SystemExit) as exit_:
        main()
    captured = capsys.readouterr()
    assert exit_.value.code == 0
    told = json.loads(captured.out)
    assert told.pop("data")["counts"] == study.environment["dataset"]["counts"]
    assert told == study.summary()
    assert "A worker died" in captured.err


def test_schema_describes_the_demo() -> None:
    from ruamel.yaml import YAML

    schema = json.loads(call("schema"))
    errors = jsonschema.Draft202012Validator(schema).iter_errors(YAML(typ="safe", pure=True).load(DIGITS))
    assert list(errors) == []


def test_the_committed_schema_is_the_present_one() -> None:
    committed = json.loads((ROOT / "search_spaces" / "experiment.schema.json").read_text(encoding="utf-8"))
    assert committed == json.loads(call("schema")), "run: cnnsearch schema > search_spaces/experiment.schema.json"


def test_spaces_lists_parameters_and_files() -> None:
    printed = call("spaces", "--folder", ROOT / "search_spaces")
    for word in ("model: cnn", "conv_blocks", "learning_rate", "scaling", "structural", "runtime", "digits_cnn.yaml"):
        assert word in printed


def test_spaces_tells_of_a_file_that_is_not_valid(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("name: x\nspace: {filtres: 8}\n", encoding="utf-8")
    assert "did you mean 'filters'?" in call("spaces", "--folder", tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "nowhere.yaml"), "nowhere.yaml: cannot read the experiment file: No such file or directory"),
        (("run", DIGITS, "--set", "epochs"), "--set: must be KEY=VALUE"),
        (("run", DIGITS, "--set", "space={"), "--set space: is not valid YAML"),
        (("run", DIGITS, "--set", "space.filters={choice: []}"), "--set space.filters: choice needs at least one"),
        (("run", DIGITS, "--trials", "0"), "budget.trials"),
        (("run", DIGITS, "--epochs", "-1"), "epochs"),
        (("run", DIGITS, "--workers", "0"), "resources.max_concurrent"),
        (("run", DIGITS, "--minutes", "0"), "budget.minutes"),
        (("run", DIGITS, "--seed", "-1"), "seed"),
        (("run", DIGITS, "--name", ""), "name"),
        (
            ("run", DIGITS, "--set", "dataset={source: directory, path: nowhere, image_size: 8}"),
            "dataset.path: there is no such folder",
        ),
        (("run", DIGITS, "--set", "dataset.image_size=0"), "dataset.image_size"),
        (("show", "nowhere"), "no study folder of that name or path"),
        (("report", "nowhere"), "no study folder of that name or path"),
        (("predict", "nowhere", "x.png"), "no study folder of that name or path"),
        (("evaluate", "nowhere", "data"), "no study folder of that name or path"),
        (("run", DIGITS, "--output", "s3://KEY:SECRET@b/x"), "--output: must not hold keys"),
        (("run", DIGITS, "--set", "storage=s3://KEY:SECRET@b/x"), "storage: must not hold keys"),
        (("run", DIGITS, "--set", "storage=3"), "--set storage: must be"),
        (("list", "--output", "nothing://b/x"), "is no URI that pyarrow or fsspec can use"),
        (("show", "a", "--output", "s3://b/x?colour=red"), "is no URI of a storage"),
        (("submit", DIGITS, "--address", "http://127.0.0.1:1"), "--output: must say where studies go"),
        (("submit", DIGITS, "--address", "http://127.0.0.1:1", "--set", "storage=here"), "storage: must say where"),
        (("frobnicate",), "No such command"),
        (("run", DIGITS, "--colour", "red"), "No such option"),
    ],
)
def test_bad_input_is_refused(
    arguments: tuple[object, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert said in refuse(monkeypatch, capsys, *arguments)
    assert list(tmp_path.iterdir()) == [], "nothing may be started"


def test_predict_needs_a_best_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "one")
    assert "has no best model" in refuse(monkeypatch, capsys, "predict", tmp_path / "one", "x.png")


@pytest.mark.slow
def test_light_commands_import_nothing_heavy(tmp_path: Path) -> None:
    """One after the other in one process: what one of them imports stays."""
    write_study(tmp_path / "results" / "one")
    commands = [["--help"], ["list"], ["schema"], ["show", "one"], ["spaces"], ["watch", "one", "--once"]]
    script = (
        "import sys\n"
        "from cnnsearch.cli import main\n"
        f"for arguments in {commands!r}:\n"
        "    sys.argv = ['cnnsearch', *arguments]\n"
        "    try:\n        main()\n"
        "    except SystemExit as done:\n        assert not done.code, (arguments, done.code)\n"
        "    heavy = {'tensorflow', 'keras', 'ray', 'optuna', 'plotly', 'sklearn', 'pandas'} & set(sys.modules)\n"
        "    assert not heavy, (arguments, heavy)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_run_is_shown_before_its_slow_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray and Optuna take seconds, in which the bar moves."""
    monkeypatch.delitem(sys.modules, "cnnsearch.sweep.run", raising=False)
    shown = []

    def enter(_: ProgressDisplay) -> ProgressDisplay:
        shown.append("cnnsearch.sweep.run" in sys.modules)
        raise KeyboardInterrupt

    monkeypatch.setattr(ProgressDisplay, "__enter__", enter)
    CliRunner().invoke(app, ["run", str(DIGITS)])
    assert shown == [False]


def test_evaluate_needs_either_data_or_the_test_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_study(tmp_path / "one")
    for arguments in ((), ("pictures.npz", "--test")):
        assert "needs labelled data, or --test" in refuse(monkeypatch, capsys, "evaluate", "one", *arguments)


def test_names_from_outside_are_printed_as_they_are_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes that are no UTF-8, a colour for the terminal, and what rich would turn into a cat."""
    folder = tmp_path / os.fsdecode(b"st\xfcdies \x1b[31m :cat: [b]")
    folder.mkdir()
    write_study(folder / "one")
    for arguments in (("list", "--output", folder), ("show", folder / "one"), ("report", folder / "one")):
        monkeypatch.setattr(sys, "argv", ["cnnsearch", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        assert exit_.value.code == 0
    assert capsys.readouterr().out.count(r"st\xfcdies \x1b[31m :cat: [b]/one") == 2
    assert r"no study in st\xfcdies" in refuse(monkeypatch, capsys, "show", "x", "--output", os.fsdecode(b"st\xfcdies"))
    study = json.loads(call("show", folder / "one", "--json"))["study"]
    assert study == str(folder / "one"), "JSON is for programs: it keeps what identifies"


def test_a_terminal_of_another_encoding_gets_escapes(tmp_path: Path) -> None:
    """In a process of its own: what is printed without rich, too."""
    study = write_study(tmp_path / "one", digits_experiment(name="犬"))
    study.store.write("report.html", "")
    done = subprocess.run(
        [sys.executable, "-m", "cnnsearch", "show", str(study.path)],
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr.startswith(b"caution: has no best model"), "and nothing else: it was written without one"
    assert done.stderr.count(b"\n") == 1
    assert done.stdout.startswith(b"\\u72ac\n")


@pytest.mark.parametrize(("interrupted", "code"), [(False, 1), (True, 130)])
def test_what_could_not_be_done_after_the_last_trial_is_an_exit_code(
    interrupted: bool, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_study(tmp_path / "one")
    study.interrupted = interrupted
    study.unfinished = ["the report could not be written"]
    monkeypatch.setattr("cnnsearch.sweep.run.run", lambda *_, **__: study)
    monkeypatch.setattr(sys, "argv", ["cnnsearch", "run", str(DIGITS), "-q"])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == code
    assert "Report:" not in capsys.readouterr().out
