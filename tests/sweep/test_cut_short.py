"""A driver that is killed at any step of a sweep's last moments, and ``resume``, which does the rest. Without Ray."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from commands import call
from recorded import report
from search.turns.test_ensembling import TRIALS, Steps
from sessions import DATASET, LABELS, SPLIT, findings_of, material_of
from synthetic import write_study

import cnnsearch.report
from cnnsearch.compression.spec import TrialTraining, Way
from cnnsearch.errors import InputError, Problem
from cnnsearch.experiment import Experiment
from cnnsearch.report.views.verdict.info import verdict_info
from cnnsearch.search.jobs import RefitRun, SplitReading
from cnnsearch.search.ledger.ledger import Ledger
from cnnsearch.search.turns.finalists import Finals
from cnnsearch.search.turns.reading import LastReading
from cnnsearch.search.turns.refit import Refitting
from cnnsearch.search.turns.turns import Turn, Turns
from cnnsearch.serving import held_out
from cnnsearch.serving.prediction import Evaluation, evaluation
from cnnsearch.study import Study
from cnnsearch.study.clock import Clock
from cnnsearch.study.folder.completion import cut_short, is_completed
from cnnsearch.study.folder.mark import COMPLETED
from cnnsearch.study.predictions import to_bytes
from cnnsearch.study.record.lines import CompressionLine, Ended, Reading, ReadingLine, Report, Worker
from cnnsearch.study.record.record import Record
from cnnsearch.study.store import LocalStore
from cnnsearch.study.winner.best import MODEL
from cnnsearch.study.winner.best_model import find_best
from cnnsearch.study.winner.compressed import ways_due
from cnnsearch.study.winner.finalists import fresh_seeds
from cnnsearch.sweep import compress, data, findings, nested, resumption
from cnnsearch.sweep import cut_short as ending_again
from cnnsearch.sweep.driver import end
from cnnsearch.sweep.findings import Findings, Material
from cnnsearch.sweep.resumption import Resumption, resume
from cnnsearch.sweep.session import Conclusion, Session
from cnnsearch.tasks.classification.predictions import ClassPredictions

Small = Callable[..., Experiment]

VALUES = (0.6, 0.5, 0.8)
"""What trials give: the last one, which is that of an extended search, is the best."""

CHANGES = ("write", "append", "move", "delete", "new_file")
"""What a store does to a study."""


class Killed(BaseException):
    """The process is no more."""


class Power:
    """Fails before so many changes of a study, and from then on."""

    def __init__(self) -> None:
        self.left: float = np.inf
        self.changes: list[str] = []

    def use(self, name: str) -> None:
        if self.left <= 0:
            raise Killed
        self.left -= 1
        self.changes.append(name)

    @contextlib.contextmanager
    def failing_after(self, changes: float) -> Iterator[list[str]]:
        self.left, self.changes = changes, []
        try:
            yield self.changes
        finally:
            self.left = np.inf


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> Power:
    """Over every change of a study; and a report that says what it was made of, and takes no time."""
    found = Power()
    for name in CHANGES:
        true = getattr(LocalStore, name)

        def change(store: LocalStore, first: str, *rest: Any, _true: Any = true, **keys: Any) -> Any:
            found.use(rest[0] if _true.__name__ == "move" else first)
            return _true(store, first, *rest, **keys)

        monkeypatch.setattr(LocalStore, name, change)
    true_read = Experiment.from_text
    read = functools.cache(
        lambda text: true_read(text, "experiment.yaml")
    )  # most of the time would go into YAML, and into the disk
    monkeypatch.setattr(Experiment, "from_text", lambda text, _: read(text))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(cnnsearch.report, "write_report", write_report)
    for module in (ending_again, findings):
        monkeypatch.setattr(module, "load_data", lambda _: (DATASET, SPLIT))
    monkeypatch.setattr(resumption, "connected", lambda *_, **__: contextlib.nullcontext())
    monkeypatch.setattr(resumption, "look_around", look_around)
    monkeypatch.setattr(nested, "train", train)
    return found


def write_report(studies: list[Study], _: None = None) -> None:
    (study,) = studies
    read = [line.metrics for line in study.test_reads]
    best, refit = replace(study.best, refit=None), study.best.refit and study.best.refit.epochs  # without its times
    study.store.remake("report.html", json.dumps([len(study.records), str(best), refit, read]))


def train(session: Session, _1: Any, _2: Any) -> Conclusion:
    """Workers that give what they are asked for at once."""
    store, experiment = session.store, session.experiment
    ledger = Ledger(store, experiment, ["a", "b"], 1, past=session.past)
    while (given := ledger.propose()) is not None:
        value = VALUES[given.number]
        leave(store, given.folder, value, f"weights {given.seed}")
        ledger.report(given.number, report_of(given.number, value), asked=False)
        ledger.end(given.number, True)
    given = store, experiment, ["a", "b"], 1
    later: list[Callable[[], Turn]] = [
        *([lambda: Finals(*given)] if experiment.finalists is not None else []),
        *([lambda: Refitting(*given, pictures=20)] if experiment.final == "refit" else []),
        lambda: LastReading(*given, has_test=True),
    ]
    if len(later) > 1:
        train_finalists(Turns(ledger, *later), store, experiment)
    return Conclusion(None, True, ledger.ended, None, [])


def look_around(material: Material, *_: Any) -> Findings:
    environment = {"dataset": DATASET.describe(SPLIT), "startup": {"began": time.time()}}
    return findings_of(material.experiment, environment)


def train_finalists(finals: Turns, store: LocalStore, experiment: Experiment) -> None:
    configs = {json.dumps(line.config): line.trial for line in Study.load(store).records}
    seeds = fresh_seeds(experiment.seed, 3)
    while (given := finals.propose()) is not None:
        if isinstance(given, SplitReading):
            metrics = {"accuracy": 0.7, "model": float(crc32(store.read(given.model)))}
            store.write(f"{given.folder}/predictions.npz", "of the test split")
            finals.report(given.number, Report((), Reading(count=10, metrics=metrics)))
        elif isinstance(given, RefitRun):
            (store.folder / given.folder).mkdir(parents=True, exist_ok=True)
            (store.folder / given.folder / "model.keras").write_text(f"refitted {given}")
            told = Ended(trial=given.number, state="COMPLETED", value=None, epochs=given.epochs, seed=7, ended=1.0)
            finals.report(given.number, Report((), told))
        else:
            trial, run = configs[json.dumps(given.config)], seeds.index(given.seed)
            value = VALUES[trial] + 0.01 * run
            leave(store, given.folder, value, f"weights {given.seed} of {trial}")
            finals.report(given.number, report_of(given.number, value))
        finals.end(given.number, True)


def leave(store: LocalStore, where: str, value: float, weights: str) -> None:
    """What a worker leaves, which is another process."""
    right = np.arange(10) < round(10 * value)
    guessed = np.where(right, LABELS, 1 - LABELS)
    folder = store.folder / where
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.keras").write_text(weights)
    (folder / "predictions.npz").write_bytes(to_bytes(ClassPredictions(LABELS, np.eye(2)[guessed].astype(np.float32))))


def report_of(trial: int, value: float) -> Report:
    found = report(trial, {1: value}, metrics={"val_accuracy": value}, worker=Worker(node="n", pid=1))
    return replace(found, epochs=tuple(replace(line, time=time.time()) for line in found.epochs))


@pytest.fixture
def first(tmp_path: Path, small: Small, power: Power) -> Callable[..., Path]:
    """A sweep of two trials that came to its end."""
    assert power.left > 0

    def make(**keys: Any) -> Path:
        experiment = small(budget={"trials": 2}, **keys)
        store = LocalStore(tmp_path / "first")

        clock = Clock.started()
        session = Session(look_around(material_of(experiment)), store, clock)
        store.write("experiment.yaml", experiment.to_yaml())
        store.write_json("environment.json", session.findings.environment)
        end(session, train(session, None, None))
        return store.folder

    return make


def content(folder: Path) -> dict[str, Any]:
    """Everything that must be equal, bit for bit, however often the driver died."""
    found: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.parts[len(folder.parts)] in ("best", "predictions", "report.html")
    }
    names = [path.name for path in folder.iterdir()]
    assert not {"checkpoints", "models"} & set(names), names
    return {**found, "names": sorted({*names} - {"attempts.jsonl", ".driver"})}


FINALISTS = {"finalists": {"top": 2, "seeds": 3}}
REFIT = {"final": "refit"}
ALL = {"search": {}, "finalists": FINALISTS, "refit": REFIT, "finalists and refit": FINALISTS | REFIT}


@pytest.mark.parametrize(
    "keys",
    [
        # Finalists alone and a refit alone are cut short in the last one too.
        pytest.param(keys, id=name, marks=[pytest.mark.exhaustive] if name in ("finalists", "refit") else [])
        for name, keys in ALL.items()
    ],
)
def test_an_extended_sweep_that_is_killed_at_any_step_comes_to_the_same_end(
    first: Callable[..., Path], tmp_path: Path, power: Power, keys: dict[str, Any]
) -> None:
    """It has a report already, and a model in ``best/``, of the sweep that was extended."""
    folder = first(**keys)
    whole = shutil.copytree(folder, tmp_path / "0" / folder.name)
    with power.failing_after(np.inf) as changes:
        resume(whole, trials=3)
    assert changes[0] == ".driver/driver.json"
    assert changes[1] == COMPLETED, "nothing changes before"
    assert changes[-2:] == [COMPLETED, ".driver"], "nothing follows"
    expected = content(whole)
    assert expected["best/model.keras"] != (folder / "best" / "model.keras").read_bytes()
    assert expected["report.html"] != (folder / "report.html").read_bytes()
    # Before that it is as with fewer turns.
    last = "refits.jsonl" if "final" in keys else "finalists.jsonl"
    begin = changes.index(last) - 3 if keys else 0
    for number in range(begin, len(changes)):
        killed = shutil.copytree(folder, tmp_path / str(number + 1) / folder.name)
        with power.failing_after(number), pytest.raises(Killed):
            resume(killed, trials=3)
        found = Resumption.of(killed).within(3, None, None)
        after = changes[:number]
        assert found.is_done is (number == len(changes) - 1), after
        study = resume(killed, trials=3)
        assert study.unfinished == []
        assert content(killed) == expected, after
        assert Resumption.of(killed).is_done
        assert len(study.test_reads) == len(Study.load(whole).test_reads)
        assert len((killed / "trials.jsonl").read_text().splitlines()) == 3


def test_the_end_needs_neither_worker_nor_training(
    first: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = first()
    expected = content(folder)
    for name in (COMPLETED, "report.html"):
        (folder / name).unlink()
    shutil.rmtree(folder / "best" / "mistakes")
    (folder / "checkpoints" / "7").mkdir(parents=True)
    monkeypatch.setattr(resumption, "train_nested", None)
    resume(folder)
    assert content(folder) == expected
    assert caplog.messages == [
        "what this study lacks at its end is made up for: checkpoints/ is left over; there are no "
        "pictures of the best model's mistakes; there is no report"
    ]


def damaged(folder: Path, name: str, how: str) -> None:
    path = folder / name
    if how == "torn":
        path.write_bytes(path.read_bytes()[:-3])
    else:
        path.unlink(missing_ok=True)
    if how == "folder":
        path.mkdir()


PARTS = [
    "best/labels.json",
    "best/config.yaml",
    "best/metrics.json",
    "best/mistakes/mistakes.json",
    "optuna.journal",
    "report.html",
    COMPLETED,
]


@pytest.mark.parametrize("how", ["torn", "gone", "folder"])
@pytest.mark.parametrize("name", PARTS)
def test_what_is_derived_is_made_again(first: Callable[..., Path], name: str, how: str) -> None:
    """Each file, whatever happened to it; whose model lies in ``best/`` is told by the mark too."""
    folder = first()
    expected = content(folder)
    damaged(folder, name, how)
    torn_page = (name, how) == ("report.html", "torn")  # what a page holds is not looked at
    assert Resumption.of(folder).is_done is torn_page
    if torn_page:
        (folder / COMPLETED).unlink()
    assert resume(folder).unfinished == []
    assert content(folder) == expected
    assert Resumption.of(folder).is_done


def test_stages_that_cannot_be_read_are_none(first: Callable[..., Path]) -> None:
    folder = first()
    good = {"stage": "pixels", "name": "8x8", "bytes": 1, "seconds": 0.5, "misses": 1, "hits": 2}
    bad = [{**good, "bytes": None}, {**good, "name": 5}, {**good, "seconds": float("nan")}, {}, 5, None]
    (folder / "stages.json").write_text(json.dumps([good, *bad]))
    assert Study.load(folder).stages == []
    (folder / "stages.json").write_text(json.dumps([good]))
    assert Study.load(folder).stages == [good]
    damaged(folder, "stages.json", "folder")
    assert Study.load(folder).stages == []


def test_a_study_of_an_earlier_version_is_looked_at(
    first: Callable[..., Path], tmp_path: Path, small: Small, caplog: pytest.LogCaptureFixture
) -> None:
    """It has no mark, and its data is gone: what can be checked is, and only what cannot be made good is told."""
    experiment = small().updated({"dataset": {"source": "directory", "path": str(tmp_path / "gone")}})
    folder = first(dataset=experiment.dataset.model_dump(exclude_none=True), **FINALISTS)
    (folder / COMPLETED).unlink()
    assert cut_short(Study.load(folder)) is None
    assert resume(folder).unfinished == []
    assert is_completed(Study.load(folder))
    assert not caplog.messages
    # Its test split was not read either.
    (folder / COMPLETED).unlink()
    (folder / "test_reads.jsonl").unlink()
    (told,) = resume(folder).unfinished
    assert "the test split could not be read, or the winner's model not be trained again (" in told
    assert "if it was moved, say where to: --data PATH" in told
    assert not is_completed(Study.load(folder))


def test_who_looks_is_told(first: Callable[..., Path]) -> None:
    """The commands that show a study whose end was cut short say so, and those that carry its model away."""
    folder = first(**FINALISTS)
    (folder / COMPLETED).unlink()
    (folder / "test_reads.jsonl").unlink()
    (folder / "models").mkdir()
    told = (
        "the end of this sweep was cut short (the test split was not read with the winner's model; models/ is left "
        f"over): cnnsearch resume {folder} does the rest"
    )
    assert cut_short(Study.load(folder)) == told
    assert json.loads(call("show", folder, "--json"))["cut_short"] == told
    (listed,) = json.loads(call("list", "--output", folder.parent, "--json"))
    assert listed["cut_short"] == told
    assert call("list", "--output", folder.parent).splitlines()[1].rstrip().endswith("cut short")
    assert f"caution: {told}" in call("watch", folder)
    assert f"{told[0].upper()}{told[1:]}." in [one.text for one in verdict_info(Study.load(folder)).cautions]


def test_a_later_reading_of_the_test_split_leaves_it_complete(
    first: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(study: Study, *_: Any, by: str, ask: Any) -> Evaluation:  # noqa: ARG001
        line = ReadingLine(trial=0, by=by, time=time.time(), metrics={"accuracy": 1.0})
        Record(study.store).read_test(line)
        return evaluation(study.experiment.predicted, study.answers, np.arange(2), np.eye(10, dtype=np.float32)[:2])

    monkeypatch.setattr(held_out, "read_test", read)
    monkeypatch.setattr(data, "load_data", lambda _: (DATASET, SPLIT))
    folder = first()
    call("evaluate", folder, "--test", "--json")
    assert len(Study.load(folder).test_reads) == 1
    assert Resumption.of(folder).is_done
    (folder / COMPLETED).unlink()
    call("evaluate", folder, "--test", "--json")
    assert not Resumption.of(folder).is_done


def test_the_best_model_is_not_left_out_of_a_packed_study(first: Callable[..., Path], tmp_path: Path) -> None:
    folder = first()
    left = folder / "checkpoints" / "0" / "1"
    left.mkdir(parents=True)
    (folder / "best" / "model.keras").rename(left / "model.keras")
    (folder / COMPLETED).unlink()
    with pytest.raises(InputError, match="cannot be packed with its best model"):
        call("pack", folder, "-o", tmp_path / "packed.zip")
    resume(folder)
    call("pack", folder, "-o", tmp_path / "packed.zip")
    assert is_completed(Study.load(tmp_path / "packed.zip"))


def test_whose_model_it_is_cannot_be_told_without_note_and_mark(first: Callable[..., Path]) -> None:
    folder = first()
    for name in ("best/metrics.json", COMPLETED):
        damaged(folder, name, "gone")
    study = resume(folder)
    held = find_best(study)
    assert held is not None
    assert "nothing says whose model best/ holds" in str(held.problem)
    assert not study.store.exists("best/metrics.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"best": 5}', '{"best": null, "lines": {"a": "x"}}', "[" * 99_999])
def test_a_mark_that_cannot_be_read_is_none(first: Callable[..., Path], text: str) -> None:
    folder = first()
    (folder / COMPLETED).write_text(text)
    assert not is_completed(Study.load(folder))
    resume(folder)
    assert is_completed(Study.load(folder))


def test_a_mark_of_another_record_is_none(first: Callable[..., Path]) -> None:
    """The machine died before the folder's change was on its disk: the mark is there again."""
    folder = first()
    mark = (folder / COMPLETED).read_bytes()
    resume(folder, trials=3)
    (folder / COMPLETED).write_bytes(mark)
    assert not is_completed(Study.load(folder))
    assert not Resumption.of(folder).is_done


def test_an_ensemble_that_is_too_large_is_recorded_with_the_pictures_of_its_members(
    tmp_path: Path, small: Small
) -> None:
    """Which the driver finds that looks whether a worker is needed."""
    limits = {"model_mb": 10, "networks": 1}
    experiment = small(final="ensemble", finalists={"top": 3, "seeds": 2}, limits=limits)
    write_study(tmp_path / "study", experiment, TRIALS, predictions=0)
    steps = Steps(tmp_path / "study", experiment)
    steps.turns = Turns(Finals(steps.store, experiment, ["a", "b"], 1))
    steps.work()
    ending_again.needs_worker(steps.study, experiment)
    (line,) = steps.study.refits
    assert (line.state, line.pictures) == ("FAILED", 1080)


COMPRESSION = [{"quantize": ["int8", "dynamic"]}]


@pytest.fixture
def compressing(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was compressed, name by name, which takes no time."""
    found: list[str] = []

    def compressed(study: Study, ways: list[Way], *_: Any, **__: Any) -> None:
        source = hashlib.sha256(study.store.read(MODEL)).hexdigest()
        told = {"trial": 0, "source": source, "file": "f", "bytes": 1, "gzipped": 1, "parameters": 1, "count": 10}
        found.extend(way.name for way in ways)
        for way in (Way(), *ways):
            name = way.name or "float32"
            study.store.write(f"compressed/{name}.tflite", "m")
            assert study.best is not None
            asked = way.of_trial(TrialTraining.of(study.experiment, study.experiment.filled(study.best.config)))
            line = CompressionLine(**told, name=name, way=asked, metrics={}, seconds=1.0, time=time.time())
            Record(study.store).compress(line)

    monkeypatch.setattr(compress, "compressed", compressed)
    monkeypatch.setattr(compress, "import_quietly", lambda: None)
    for module in (findings, ending_again):
        monkeypatch.setattr(module, "check_packages", lambda _: None)
    return found


def names_of(folder: Path) -> list[str]:
    return [each.line.name for each in Study.load(folder).compressed]


def test_compressing_that_is_killed_at_any_step_goes_on(
    first: Callable[..., Path], tmp_path: Path, power: Power, compressing: list[str]
) -> None:
    """Without a worker; what is there already is not made again."""
    folder = first(compression=COMPRESSION)
    assert names_of(folder) == ["float32", "int8", "dynamic"]
    assert Resumption.of(folder).is_done
    expected = content(folder)
    for name in (COMPLETED, "report.html", "compressions.jsonl"):
        (folder / name).unlink()
    shutil.rmtree(folder / "compressed")
    whole = shutil.copytree(folder, tmp_path / "0" / folder.name)
    with power.failing_after(np.inf) as changes:
        resume(whole)
    begin, end = changes.index("compressed/float32.tflite"), changes.index("report.html")
    for number in range(begin, end + 1):
        killed = shutil.copytree(folder, tmp_path / str(number + 1) / folder.name)
        with power.failing_after(number), pytest.raises(Killed):
            resume(killed)
        lines = len(names_of(killed))
        compressing.clear()
        assert resume(killed).unfinished == []
        assert compressing == ["int8", "dynamic"][max(0, lines - 1) :], changes[:number]
        assert content(killed) == expected
        assert names_of(killed) == ["float32", "int8", "dynamic"]


def test_another_best_model_is_compressed_anew(first: Callable[..., Path], compressing: list[str]) -> None:
    folder = first(compression=COMPRESSION)
    before = Study.load(folder).compressed[0].line.source
    compressing.clear()
    study = resume(folder, trials=3)
    assert compressing == ["int8", "dynamic"]
    assert {each.line.source for each in study.compressed}.isdisjoint({before})
    assert Resumption.of(folder).is_done


def test_compressing_that_cannot_be_done_again_for_want_of_data_is_told(
    first: Callable[..., Path], compressing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = first(compression=COMPRESSION)
    compressing.clear()
    for name in (COMPLETED, "compressions.jsonl"):
        (folder / name).unlink()

    def gone(*_: Any) -> None:
        raise InputError(Problem("dataset.path", "is not there"))

    monkeypatch.setattr(ending_again, "placed", gone)
    (told,) = resume(folder).unfinished
    assert told.startswith("the best model could not be compressed (")
    assert "is not there" in told
    assert compressing == []
    assert not is_completed(Study.load(folder))


def test_what_is_asked_for_otherwise_is_due_again(
    first: Callable[..., Path], small: Small, compressing: list[str]
) -> None:
    """Under the same name, as with other epochs."""
    folder = first(compression=[{"prune": {"sparsity": 0.5}}])
    compressing.clear()
    asked = small(budget={"trials": 2}, compression=[{"prune": {"sparsity": 0.5, "epochs": 3}}])
    study = resume(folder, experiment=asked)
    assert compressing == ["pruned-50"]
    assert [each.line.way for each in study.compressed][1]["epochs"] == 3
    assert ways_due(study) == []


@pytest.mark.parametrize("minutes", [None, 1e-6], ids=["all trials", "no minutes left"])
def test_compressing_is_asked_for_later_without_workers(
    minutes: float | None,
    first: Callable[..., Path],
    small: Small,
    compressing: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = first()
    budget = {"trials": 2} if minutes is None else {"trials": 9, "minutes": minutes}
    monkeypatch.setattr(resumption, "connected", lambda *_, **__: pytest.fail("Ray was started"))
    asked = small(budget=budget, compression=COMPRESSION)
    found = Resumption.of(folder, asked).within(None, None, None)
    assert not found.is_done
    assert not found.trains
    study = found.carry_out(None, lambda _: None)
    assert compressing == ["int8", "dynamic"]
    assert study.experiment.compression == asked.compression
    assert Resumption.of(folder).is_done


def test_compressing_is_not_asked_for_where_its_packages_are_missing(
    first: Callable[..., Path], small: Small, compressing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(ways: Any) -> None:
        raise InputError(Problem("compress", f"needs ai-edge-litert for {len(ways)}"))

    folder = first()
    before = content(folder)
    monkeypatch.setattr(ending_again, "check_packages", missing)
    with pytest.raises(InputError, match="needs ai-edge-litert for 2"):
        resume(folder, experiment=small(budget={"trials": 2}, compression=COMPRESSION))
    assert content(folder) == before
    assert is_completed(Study.load(folder))
    assert compressing == []


def test_somebody_who_ends_the_process_ends_compressing(
    first: Callable[..., Path], compressing: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = first(compression=COMPRESSION)
    compressing.clear()
    for name in (COMPLETED, "compressions.jsonl"):
        (folder / name).unlink()
    monkeypatch.setattr(compress, "was_asked", lambda: True)
    (told,) = resume(folder).unfinished
    assert "(somebody asked the sweep to end)" in told
    assert told.endswith(f"to do it: cnnsearch resume {folder}")
    assert compressing == []
