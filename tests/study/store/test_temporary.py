"""What killed processes leave lying around, and who clears it away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cnnsearch.study.hold import hold_study
from cnnsearch.study.store import LocalStore, process, temporary
from cnnsearch.study.store.atomic import replacing, write_atomic
from cnnsearch.study.store.process import TOKEN, Process
from cnnsearch.study.store.temporary import folder_beside, is_left_behind, name_beside, new_folder, temporary_folder

DEAD = """
import os, signal, sys
from pathlib import Path
from cnnsearch.study.store.atomic import replacing
from cnnsearch.study.store.process import Process
from cnnsearch.study.store.temporary import folder_beside, new_folder
print(Process.this().token)
print(new_folder("tune"), flush=True)
with replacing(Path(sys.argv[1], "report.html")), folder_beside(Path(sys.argv[1], "model.onnx")):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> tuple[Process, Path, Path]:
    """A process that was killed, the folder of what it was writing, and its temporary folder."""
    base = tmp_path_factory.mktemp("dead")
    (base / "temporary").mkdir()
    (base / "study").mkdir()
    command = [sys.executable, "-c", DEAD, str(base / "study")]
    environment = {**os.environ, "TMPDIR": str(base / "temporary")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    token, folder = done.stdout.split()
    found = Process.of(token)
    assert found is not None
    return found, base / "study", Path(folder)


class TestProcess:
    def test_this_one_lives(self) -> None:
        assert Process.this().lives is True
        assert Process.of(Process.this().token) == Process.this()
        assert re.fullmatch(TOKEN, Process.this().token)

    def test_a_killed_one_does_not(self, dead: tuple[Process, Path, Path]) -> None:
        assert dead[0].lives is False

    def test_one_that_waits_for_its_parent_to_hear_of_its_death_does_not(self) -> None:
        with subprocess.Popen([sys.executable, "-c", ""]) as child:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            assert Process(Process.this().place, child.pid, 0).lives is False

    def test_another_one_of_the_same_number_is_not_taken_for_it(self) -> None:
        this = Process.this()
        assert Process(this.place, this.pid, this.started - 1).lives is False
        assert Process(this.place, this.pid, 0).lives is True  # it is not known when it began

    def test_another_users_lives(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object) -> None:
            raise PermissionError

        with monkeypatch.context() as patched:
            patched.setattr(os, "kill", refuse)
            assert Process.this().lives is True

    def test_of_another_machines_nothing_is_known(self) -> None:
        this = Process.this()
        assert Process("0" * 8, this.pid, this.started).lives is None

    @pytest.mark.parametrize("token", ["", "a-1-2", "0123abcd-1", "0123abcd-x-1", "../../etc-1-2"])
    def test_what_names_none(self, token: str) -> None:
        assert Process.of(token) is None


class TestFiles:
    def test_what_a_killed_process_was_writing_goes_with_the_next_writing(
        self, dead: tuple[Process, Path, Path], tmp_path: Path
    ) -> None:
        left = sorted(path.name for path in dead[1].iterdir())
        assert [re.sub(rf"{TOKEN}-[0-9a-f]{{8}}", "", name) for name in left] == [".model..onnx", ".report..html"]
        for name in left:
            (tmp_path / name).write_text("half")
        write_atomic(tmp_path / "other.html", "x")
        assert len(list(tmp_path.iterdir())) == 3
        write_atomic(tmp_path / "report.html", "x")
        with folder_beside(tmp_path / "model.onnx") as folder:
            assert folder.is_dir()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["other.html", "report.html"]

    def test_what_is_being_written_stays(self, tmp_path: Path) -> None:
        with replacing(tmp_path / "report.html") as other:
            write_atomic(tmp_path / "report.html", "mine")
            LocalStore(tmp_path).clear_leftovers()
            other.write_text("theirs")
        assert (tmp_path / "report.html").read_text() == "theirs"

    def test_whoever_takes_hold_of_a_study_clears_it(self, dead: tuple[Process, Path, Path], tmp_path: Path) -> None:
        store = LocalStore(tmp_path)
        names = [name_beside(Path(name)).name for name in ("metrics.json", "report.html")]
        dead_name, living = names[0].replace(Process.this().token, dead[0].token), names[1]
        elsewhere = names[0].replace(Process.this().place, "0" * 8)
        for name in (f"best/{dead_name}", living, elsewhere, ".metrics.ab3d_fgh.json", ".notes.txt"):
            store.write("x", "x")
            (store.folder / name).parent.mkdir(exist_ok=True)
            (store.folder / name).write_text("half")
        hold_study(store).release()
        kept = [living, elsewhere, ".metrics.ab3d_fgh.json", ".notes.txt", "x"]
        assert sorted(store.entries()) == sorted(kept)
        for name in kept:
            os.utime(store.folder / name, (0, 0))
        hold_study(store).release()
        assert sorted(store.entries()) == sorted([living, ".notes.txt", "x"])

    def test_names(self) -> None:
        name = name_beside(Path("a/best model.v2.keras")).name
        assert name.startswith(".best model.v2.")
        assert name.endswith(".keras")
        assert len(name_beside(Path("x" * 250 + ".png")).name) < 200
        assert not is_left_behind(name, 0.0)
        assert not is_left_behind(".hidden.html", 0.0)


class TestFolders:
    def test_those_of_dead_processes_go_with_the_next_one_made(
        self, dead: tuple[Process, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert dead[2].name.startswith(f"cnnsearch-tune-{dead[0].token}-")
        assert dead[2].is_dir()
        outside = tmp_path / "outside"
        outside.mkdir()
        within = tmp_path / "temporary"
        within.mkdir()
        this = Process.this()
        kept = ["cnnsearch-tune-ab3d_fgh", f"cnnsearch-{this.token}-abc", f"cnnsearch-{'0' * 8}-{dead[0].pid}-1-abc"]
        for name in (*kept, f"cnnsearch-{dead[0].token}-abc", dead[2].name):
            (within / name).mkdir()
            (within / name / "file").write_text("x")
        (within / f"cnnsearch-{dead[0].token}-link").symlink_to(outside)
        monkeypatch.setattr("tempfile.tempdir", str(within))
        temporary._clear_temporary.cache_clear()
        with temporary_folder("submit") as folder:
            found = {path.name for path in within.iterdir()}
        assert found == {*kept, f"cnnsearch-{dead[0].token}-link", folder.name}
        assert not folder.exists()

    def test_other_users_are_not_touched(
        self, dead: tuple[Process, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        theirs = tmp_path / f"cnnsearch-{dead[0].token}-abc"
        theirs.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
        temporary._clear_temporary.cache_clear()
        with monkeypatch.context() as patched:
            patched.setattr(os, "geteuid", lambda: theirs.stat().st_uid + 1)
            new_folder().rmdir()
        assert list(tmp_path.iterdir()) == [theirs]


def test_a_container_is_a_place_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    here = process._place.__wrapped__()
    assert re.fullmatch("[0-9a-f]{8}", here)
    with monkeypatch.context() as patched:
        patched.setattr(os, "readlink", lambda _: "pid:[1]")
        assert process._place.__wrapped__() != here
