"""What every store does, wherever it keeps a study."""

from __future__ import annotations

import io
import itertools
import pickle
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recorded import ended, epoch, proposed
from synthetic import START, digits_experiment, environment

from cnnsearch.errors import InputError
from cnnsearch.report import write_report
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import create_study, find_study, studies_in
from cnnsearch.study.folder.packed import pack
from cnnsearch.study.progress.progress import Follower
from cnnsearch.study.ranking import Ranking
from cnnsearch.study.record.lines import ATTEMPTS, CURVES, PROPOSALS, TRIALS, AttemptLine, Worker
from cnnsearch.study.record.record import Record, read_lines
from cnnsearch.study.store import Store, open_store
from cnnsearch.study.store import objects as objects_module
from cnnsearch.study.store.location import joined
from cnnsearch.study.winner.best import BestKeeper


@pytest.fixture
def store(output: str) -> Store:
    return create_study(output, "a study")


class TestFiles:
    def test_what_is_written_is_read(self, store: Store) -> None:
        store.write("notes.txt", "größer, and longer than what follows")
        assert store.read("notes.txt").decode() == "größer, and longer than what follows"
        store.write("notes.txt", b"\x00\xff")
        assert store.read("notes.txt") == b"\x00\xff"
        store.write_json("best/metrics.json", {"größe": [1, None]})
        assert store.read_json("best/metrics.json") == {"größe": [1, None]}

    def test_of_what_is_not_there_it_says_so(self, store: Store) -> None:
        with pytest.raises(FileNotFoundError):
            store.read("nothing")
        with pytest.raises(FileNotFoundError), store.as_file("nothing"):
            pass
        assert store.entry("nothing") is None
        assert not store.exists("nothing")
        assert store.entries("nothing") == {}
        assert store.appended("nothing.jsonl") == b""
        store.delete("nothing")
        assert open_store(joined(store.location, "nowhere")).folders() == []

    def test_entries_have_names_and_sizes(self, store: Store) -> None:
        names = ["a.txt", "best/model.keras", "best/mistakes/01 größe 100%#?.png"]
        for length, name in enumerate(names, start=1):
            store.write(name, bytes(length))
        found = store.entries()
        assert {name: entry.bytes for name, entry in found.items()} == dict(zip(names, (1, 2, 3), strict=True))
        assert sorted(store.entries("best")) == sorted(names[1:])
        assert store.size() == 6
        assert [store.read(name) for name in names] == [bytes(1), bytes(2), bytes(3)]
        assert store.folders() == ["best"]
        assert store.entry("a.txt") == found["a.txt"]
        assert found["a.txt"].modified > START

    def test_move_replaces(self, store: Store) -> None:
        store.write("checkpoints/3/model.keras", "new")
        store.write("best/model.keras", "old")
        store.move("checkpoints/3/model.keras", "best/model.keras")
        assert store.read("best/model.keras") == b"new"
        assert list(store.entries()) == ["best/model.keras"]

    def test_delete_takes_files_and_folders(self, store: Store) -> None:
        for name in ("checkpoints/3/a", "checkpoints/3/b/c", "checkpoints/30/a", "kept"):
            store.write(name, "x")
        store.delete("checkpoints/3")
        assert sorted(store.entries()) == ["checkpoints/30/a", "kept"]
        store.delete("kept")
        store.delete("checkpoints")
        assert store.entries() == {}

    def test_deleted_as_a_whole_it_is_gone(self, store: Store) -> None:
        store.write("experiment.yaml", "x")
        store.append(TRIALS, ["{}"], "machine")
        store.delete("")
        assert store.entries() == {}
        assert not store.is_study

    def test_as_a_file_of_this_machine(self, store: Store) -> None:
        with store.new_file("best/model.keras") as path:
            assert path.suffix == ".keras"
            path.write_bytes(b"weights")
        with store.as_file("best/model.keras") as path:
            assert path.suffix == ".keras"
            assert path.read_bytes() == b"weights"

    def test_a_new_file_that_fails_is_none(self, store: Store) -> None:
        store.write("model.keras", "old")

        def write_half() -> None:
            with store.new_file("model.keras") as path:
                path.write_bytes(b"half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_half()
        assert store.read("model.keras") == b"old"
        assert list(store.entries()) == ["model.keras"]

    def test_whoever_reads_while_it_is_replaced_sees_it_whole(self, store: Store) -> None:
        contents = [bytes([number]) * 10_000 * (1 + number) for number in range(10)]
        store.write("report.html", contents[0])
        for content in _while(lambda: store.read("report.html"), lambda: _write_all(store, contents)):
            assert content in contents

    def test_pickled_it_is_the_same_place(self, store: Store) -> None:
        store.append(TRIALS, ["1"], "machine")
        other = pickle.loads(pickle.dumps(store))
        assert (other.location, other.name, other.folder) == (store.location, "a-study", store.folder)
        other.write("checkpoints/1/model.keras", "from a worker")
        assert store.read("checkpoints/1/model.keras") == b"from a worker"
        assert other.appended(TRIALS) == b"1\n"


class TestAppending:
    def test_lines_keep_their_order(self, store: Store) -> None:
        for number in range(5):
            store.append(TRIALS, [f"{number}a", f"{number}b"], "machine")
        assert store.appended(TRIALS).split() == [f"{n}{c}".encode() for n in range(5) for c in "ab"]

    def test_a_line_is_readable_as_soon_as_it_is_written(self, store: Store) -> None:
        for keep in ("soon", "process", "machine"):
            store.append(TRIALS, [keep], keep)
        assert store.appended(TRIALS) == b"soon\nprocess\nmachine\n"

    def test_what_was_appended_before_is_kept_with_what_outlives_the_machine(self, store: Store) -> None:
        store.append(PROPOSALS, ["p"])
        store.append(CURVES, ["c"], "soon")
        store.append(TRIALS, ["t"], "machine")
        other = open_store(store.location)
        assert [other.appended(name) for name in (PROPOSALS, CURVES, TRIALS)] == [b"p\n", b"c\n", b"t\n"]

    def test_closing_keeps_everything_and_changes_nothing(self, store: Store) -> None:
        for number in range(5):
            store.append(CURVES, [str(number)], "soon")
            store.append(TRIALS, [str(number)], "process")
        store.close()
        other = open_store(store.location)
        assert other.appended(CURVES) == other.appended(TRIALS) == b"0\n1\n2\n3\n4\n"
        store.append(TRIALS, ["5"], "machine")
        assert store.appended(TRIALS) == open_store(store.location).appended(TRIALS) == b"0\n1\n2\n3\n4\n5\n"

    def test_another_writer_goes_on_where_the_last_one_was(self, store: Store) -> None:
        for number in range(4):
            open_store(store.location).append(TRIALS, [str(number)], "machine")
        assert store.appended(TRIALS) == b"0\n1\n2\n3\n"

    def test_whoever_reads_meanwhile_sees_each_line_once(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(objects_module, "MERGE_AT", 4)
        lines = [f"line {number}" for number in range(30)]
        reader = open_store(store.location)

        def write() -> None:
            for line in lines:
                store.append(TRIALS, [line], "machine")

        for content in _while(lambda: reader.appended(TRIALS), write):
            seen = content.decode().splitlines()
            assert seen == lines[: len(seen)]
        assert reader.appended(TRIALS).decode().splitlines() == lines


class TestStudies:
    def test_a_sweep_is_written_and_read(self, store: Store) -> None:
        write_small(store)
        study = Study.load(store.location)
        assert study.source == store.location
        assert study.counts["COMPLETED"] == 2
        assert study.best is not None
        assert (study.best.trial, study.best.value) == (1, 0.75)
        assert study.curves["val_accuracy"].tolist() == [0.5, 0.75]
        assert study.names == list("0123456789")
        assert study.predictions(1) is not None
        assert study.predictions(0) is None
        assert study.store.read("best/model.keras") == b"weights 1"
        assert study.store.read("best/config.yaml") == b"{filters: 8}\n"
        assert study.store.entries("checkpoints") == {}

    def test_one_that_runs_is_read_again(self, store: Store) -> None:
        write_small(store)
        study = Study.load(store)
        record = Record(store)
        record.propose(proposed(2, config={"filters": 16}, time=START + 20))
        assert Study.load(study.store).counts["INTERRUPTED"] == 1

    def test_its_report_is_written_beside_it(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("cnnsearch.report.page.render", lambda studies, *_: f"<html>{studies[0].name}</html>")
        write_small(store)
        study = Study.load(store.location)
        assert study.summary()["report"] is None
        where = write_report([study])
        assert str(where) == study.report_path == store.at("report.html")
        assert store.read("report.html") == b"<html>digits cnn</html>"
        assert study.summary()["report"] == study.report_path

    def test_a_later_format_is_refused(self, store: Store) -> None:
        write_small(store)
        store.write("experiment.yaml", store.read("experiment.yaml").replace(b"format: 1", b"format: 2"))
        with pytest.raises(
            InputError,
            match=r"experiment\.yaml.*: line 1: format: was written by a newer cnnsearch",
        ):
            Study.load(store)

    def test_they_are_created_found_and_listed(self, output: str) -> None:
        assert studies_in(output) == []
        made = []
        for name in ("One", "one", "two"):
            made.append(create_study(output, name))
            made[-1].write("experiment.yaml", "x")
        assert [store.name for store in made] == ["one", "one-2", "two"]
        assert sorted(store.name for store in studies_in(output)) == ["one", "one-2", "two"]
        assert find_study("one-2", output) == find_study(made[1].location) == made[1].location
        with pytest.raises(InputError, match="no study folder of that name or path; did you mean 'two'"):
            find_study("tow", output)
        with pytest.raises(InputError, match="is not a study folder"):
            Study.load(joined(made[0].location, "nowhere"))

    def test_one_is_packed_into_a_file(self, store: Store, tmp_path: Path) -> None:
        write_small(store)
        record = Record(store)
        record.attempt(AttemptLine(trial=1, attempt=2, why="worker died", time=START))
        record.log(1, "two\nlines\n")
        record.log(1, "and a third")
        store.close()  # what may wait a few seconds is there
        packed = Study.load(pack(store, tmp_path / "one.zip"))
        study = Study.load(store)
        assert packed.log(1) == study.log(1) == "two\nlines\nand a third\n"
        assert packed.log(0) == ""
        assert [line.why for line in read_lines(packed.store, ATTEMPTS)] == ["worker died"]
        assert not [name for name in packed.store.entries() if name.startswith(("attempts/", "trials/"))]
        assert packed.records == study.records
        assert packed.curves.equals(study.curves)
        assert packed.store.read("best/model.keras") == b"weights 1"

    def test_a_sweep_is_watched_while_it_is_written(self, store: Store) -> None:
        write_small(store)
        reader = open_store(store.location)  # as another machine sees it
        follower = Follower(Study.load(reader))
        assert (follower.read().ended, follower.read().running) == ({"COMPLETED": 2}, {})
        record = Record(store)
        for trial in range(2, 7):
            record.propose(proposed(trial, config={"filters": 8}, time=START + trial))
            assert follower.read().running == {trial: 0}
            record.end(ended(trial, 0.25, state="STOPPED", ended=START + trial))
            assert follower.read().ended == {"COMPLETED": 2, "STOPPED": trial - 1}
        store.close()  # which makes many segments one
        progress = follower.read()
        assert (progress.ended, progress.running, progress.best_trial) == ({"COMPLETED": 2, "STOPPED": 5}, {}, 1)


def write_small(store: Store) -> None:
    """Two trials as a sweep writes them: proposed, trained by a worker elsewhere, kept, ended."""
    import numpy as np

    store.write("experiment.yaml", digits_experiment().to_yaml())
    store.write_json("environment.json", environment())
    record, keeper = Record(store), BestKeeper(store, Ranking(1.0), list("0123456789"))
    worker: Store = pickle.loads(pickle.dumps(store))
    for trial, value in enumerate((0.5, 0.75)):
        config = {"filters": 8}
        record.propose(proposed(trial, config=config, time=START + trial))
        worker.write(f"checkpoints/{trial}/1/model.keras", f"weights {trial}")
        if trial == 1:
            stream = io.BytesIO()
            np.savez(stream, labels=np.arange(10), probabilities=np.eye(10))
            worker.write(f"checkpoints/{trial}/1/predictions.npz", stream.getvalue())
        metrics = {"val_accuracy": value, "loss": 1.0, "accuracy": value, "val_loss": 1.0, "val_f1": value}
        record.epochs([epoch(trial, 1, values=metrics, learning_rate=0.1, time=START + trial + 1)])
        line = ended(
            trial,
            value,
            end_reason="epochs",
            metrics={**metrics, "val_precision": value, "val_recall": value},
            cost={"parameters": 10, "wall_seconds": 1.0, "compute_seconds": 1.0, "model_bytes": 10},
            config=config,
            worker=Worker(node="n", pid=1),
            started=START + trial,
            ended=START + trial + 1,
        )
        keeper.check(line)
        record.end(line)
        keeper.settle(line)
    assert [line.trial for line in read_lines(store, TRIALS)] == [0, 1]


def _write_all(store: Store, contents: list[bytes]) -> None:
    for content in itertools.islice(itertools.cycle(contents), 20):
        store.write("report.html", content)


def _while(read: Callable[[], bytes], write: Callable[[], None]) -> Iterator[bytes]:
    """What is read, again and again, while something writes; once more afterwards."""
    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        yield read()
    writer.join()
    yield read()
