from __future__ import annotations

import gc
import os
import stat
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import refuse
from synthetic import SyntheticTrial, write_study

from cnnsearch import unzipping
from cnnsearch.errors import InputError
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import find_study
from cnnsearch.study.folder.packed import is_packed, pack, unpack
from cnnsearch.study.store import LocalStore


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return write_study(tmp_path / "one", trials=12)


@pytest.fixture
def file(study: Study, tmp_path: Path) -> Path:
    return pack(study.store, tmp_path / "one.zip")


def altered(file: Path, name: str, content: str = "x", mode: int = 0o644, kind: int = zipfile.ZIP_STORED) -> Path:
    """The packed study with one more member."""
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(member, content, kind)
    return file


class TestPack:
    def test_a_packed_study_reads_as_its_folder_does(self, study: Study, file: Path) -> None:
        packed = Study.load(file)
        assert packed.records == study.records
        assert packed.proposals == study.proposals
        assert packed.experiment == study.experiment
        assert packed.environment == study.environment
        assert packed.curves.equals(study.curves)
        assert study.best is not None
        assert packed.predictions(study.best.trial) is not None

    def test_it_is_a_zip_of_one_folder_named_as_the_study(self, file: Path) -> None:
        names = zipfile.ZipFile(file).namelist()
        assert {name.partition("/")[0] for name in names} == {"one"}
        assert stat.S_IMODE(file.stat().st_mode) == 0o644

    def test_the_name_of_its_folder_may_be_of_any_bytes(self, study: Study, tmp_path: Path) -> None:
        folder = study.path.rename(tmp_path / os.fsdecode(b"caf\xe9"))
        file = pack(LocalStore(folder), tmp_path / "packed.zip")
        assert Study.load(file).counts == study.counts

    def test_what_only_a_running_sweep_needs_is_left_out(self, study: Study, tmp_path: Path) -> None:
        for name in ("checkpoints/3/model.keras", ".tune/state.json", "best/.model.keras.abc", "logs/000003.txt"):
            (study.path / name).parent.mkdir(parents=True, exist_ok=True)
            (study.path / name).write_text("x")
        names = zipfile.ZipFile(pack(study.store, tmp_path / "a.zip")).namelist()
        assert "one/logs/000003.txt" in names
        assert not [name for name in names if "checkpoints" in name or "/." in name]

    def test_links_are_left_out(self, study: Study, tmp_path: Path) -> None:
        (study.path / "link").symlink_to("/etc/hostname")
        assert "one/link" not in zipfile.ZipFile(pack(study.store, tmp_path / "a.zip")).namelist()

    def test_the_record_is_read_the_other_way_round_than_it_is_written(self, file: Path) -> None:
        names = [name for name in zipfile.ZipFile(file).namelist() if name.endswith(".jsonl")]
        assert names == ["one/trials.jsonl", "one/curves.jsonl", "one/proposals.jsonl"]

    def test_overwrites_nothing(self, study: Study, file: Path) -> None:
        before = file.read_bytes()
        with pytest.raises(InputError, match="is there already"):
            pack(study.store, file)
        assert file.read_bytes() == before

    def test_leaves_nothing_behind_where_it_cannot_write(self, study: Study, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="cannot write the packed study: No such file"):
            pack(study.store, tmp_path / "nowhere" / "one.zip")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["one"]


class TestLoad:
    def test_the_temporary_folder_goes_with_the_study(self, file: Path) -> None:
        packed = Study.load(file)
        folder = packed.path
        assert folder.is_dir()
        del packed
        gc.collect()
        assert not folder.exists()

    def test_it_tells_of_the_file_and_not_of_the_folder(self, file: Path) -> None:
        packed = Study.load(file)
        assert packed.source == str(file)
        assert str(file) in repr(packed)
        assert packed.summary()["study"] == str(file)
        assert packed.report_path == str(file.with_suffix(".html"))

    def test_is_found_by_its_name(self, file: Path, tmp_path: Path) -> None:
        assert find_study("one.zip", str(tmp_path)) == str(file)

    def test_a_folder_zipped_by_hand_will_do(self, study: Study, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "flat.zip", "w") as archive:
            for name in ("experiment.yaml", "trials.jsonl"):
                archive.write(study.path / name, name)
        assert Study.load(tmp_path / "flat.zip").records == study.records


class TestUnpack:
    @pytest.mark.parametrize(
        "name",
        ["../out.txt", "one/../../out.txt", "/out.txt", "one\\..\\..\\out.txt", "C:/out.txt", "one/a/../../../b"],
    )
    def test_a_member_that_leaves_the_folder_is_refused(self, file: Path, name: str, tmp_path: Path) -> None:
        into = tmp_path / "in" / "to"
        into.mkdir(parents=True)
        with pytest.raises(InputError, match="written outside of its folder"):
            unpack(altered(file, name), into)
        assert list(into.iterdir()) == []

    def test_a_link_is_refused(self, file: Path, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="written outside of its folder"):
            unpack(altered(file, "one/link", "/etc", stat.S_IFLNK | 0o777), tmp_path)

    def test_more_than_the_disk_holds_is_refused(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=100))
        with pytest.raises(InputError, match=r"needs .* GB to be unpacked"):
            unpack(file, tmp_path)

    def test_a_zip_of_something_else_is_refused(self, tmp_path: Path) -> None:
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("a/b/experiment.yaml", "name: too deep")
        assert is_packed(tmp_path / "a.zip")
        with pytest.raises(InputError, match="is not a packed study: it has no"):
            Study.load(tmp_path / "a.zip")

    def test_a_damaged_one_is_refused_and_leaves_nothing(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        content = bytearray(file.read_bytes())
        content[200:260] = bytes(60)
        file.write_bytes(content)
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(temporary))
        with pytest.raises(InputError, match="STUDY: "):
            Study.load(file)
        assert list(temporary.iterdir()) == []

    @pytest.mark.parametrize(
        ("damage", "message"),
        [
            (lambda raw: raw[:-40], "it has no experiment.yaml, or its end is missing"),
            (lambda raw: raw[: len(raw) // 2], "is a file, and no packed study: it is no zip, or its end is missing"),
            (
                lambda raw: raw.replace(b"one/trials.jsonl", b"one/tr\xff\xff\xff\xff\xff\xff\xff\xff"),
                "that can be read: ",
            ),
            (lambda raw: raw[:30] + bytes(8) + raw[38:], "is not a packed study that can be read: "),
        ],
        ids=["cut", "half", "names that are no text", "names that differ"],
    )
    def test_damage_is_told_in_words(
        self, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], damage: Any, message: str
    ) -> None:
        file.write_bytes(damage(file.read_bytes()))
        assert message in refuse(monkeypatch, capsys, "show", file)

    def test_a_member_twice_is_refused(self, file: Path) -> None:
        with pytest.raises(InputError, match="is refused: it holds 'one/a' twice"):
            Study.load(altered(altered(file, "one/a"), "one/./a"))

    def test_far_more_than_its_own_size_is_refused(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        altered(file, "one/zeros", "0" * 5_000_000, kind=zipfile.ZIP_DEFLATED)
        assert Study.load(file).counts["COMPLETED"] > 0
        monkeypatch.setattr(unzipping, "UNSUSPECTED", 1_000_000)
        with pytest.raises(InputError, match=r"would unpack to 0\.0 GB, .* times its own size, .* unpack it by hand"):
            Study.load(file)

    def test_many_members_are_refused(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(unzipping, "MOST_MEMBERS", 3)
        with pytest.raises(InputError, match="members, and at most 3 are unpacked: where you trust it, unpack it by"):
            Study.load(file)

    @pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
    def test_other_ways_to_compress_are_refused(self, file: Path, kind: int) -> None:
        with pytest.raises(InputError, match=f"compressed by method {kind}; only deflate is read"):
            Study.load(altered(file, "one/a", kind=kind))

    def test_an_encrypted_one_is_refused(self, file: Path) -> None:
        with zipfile.ZipFile(altered(file, "one/a"), "a") as archive:
            archive.infolist()[-1].flag_bits |= 1
            archive._didModify = True  # type: ignore[attr-defined]
        with pytest.raises(InputError, match="has 'one/a' encrypted, which is not read"):
            Study.load(file)

    def test_a_size_that_lies_is_a_damage(self, file: Path, tmp_path: Path) -> None:
        with zipfile.ZipFile(altered(file, "one/zeros", "0" * 100_000, kind=zipfile.ZIP_DEFLATED), "a") as archive:
            archive.infolist()[-1].file_size = 10
            archive._didModify = True  # type: ignore[attr-defined]
        (tmp_path / "into").mkdir()
        with pytest.raises(InputError, match="is not a packed study that can be read: Bad CRC-32"):
            unpack(file, tmp_path / "into")
        assert (tmp_path / "into" / "study" / "zeros").stat().st_size <= 10


def test_disk_use_counts_every_file(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(bytes(1000))
    (tmp_path / "a" / "b" / "two").write_bytes(bytes(234))
    assert LocalStore(tmp_path / "a").size() == 1234
    assert LocalStore(tmp_path / "nowhere").size() == 0


def test_disk_use_does_not_follow_links(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(bytes(100_000))
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "link").symlink_to(tmp_path / "large")
    assert LocalStore(tmp_path / "a").size() < 1000


def test_trials_of_every_state_survive(tmp_path: Path) -> None:
    trials = [SyntheticTrial("FAILED", [], reason="x"), SyntheticTrial("INTERRUPTED", [0.2])]
    study = write_study(tmp_path / "two", trials=trials)
    assert Study.load(pack(study.store, tmp_path / "two.zip")).counts == study.counts
