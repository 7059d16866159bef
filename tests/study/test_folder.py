from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnsearch.errors import InputError
from cnnsearch.study.folder.folder import create_study, find_study, slug_of, studies_in

HOSTILE = [
    "../../etc/passwd",
    "/",
    ".",
    "..",
    "a/b\\c",
    "C:\\x",
    "\0",
    "-rf *",
    "~",
    "<b>",
    "naïve CNN №1",
    "数字",
    "'; --",
]


def study(folder: Path, seconds: float = 0.0) -> Path:
    folder.mkdir(parents=True)
    (folder / "experiment.yaml").write_text("name: a\n")
    os.utime(folder / "experiment.yaml", (seconds, seconds))
    return folder


class TestSlug:
    @given(st.text() | st.sampled_from(HOSTILE))
    def test_is_a_safe_word_whatever_the_name(self, name: str) -> None:
        slug = slug_of(name)
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)
        assert len(slug) <= 60

    @given(st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,20}){0,1}", fullmatch=True))
    def test_of_a_slug_is_itself(self, slug: str) -> None:
        assert slug_of(slug) == slug

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("digits cnn", "digits-cnn"),
            ("  Études: n° 3! ", "etudes-n-3"),
            ("../../etc", "etc"),
            ("数字", "study"),
            ("", "study"),
            ("a" * 59 + " b", "a" * 59),
        ],
    )
    def test_examples(self, name: str, slug: str) -> None:
        assert slug_of(name) == slug


class TestCreate:
    def test_a_taken_slug_gets_a_number(self, tmp_path: Path) -> None:
        made = [create_study(tmp_path / "results", name) for name in ("Digits", "digits", "digits!", "other")]
        assert [folder.name for folder in made] == ["digits", "digits-2", "digits-3", "other"]

    def test_nothing_is_overwritten(self, tmp_path: Path) -> None:
        (tmp_path / "digits").write_text("a file")
        (tmp_path / "digits-2").mkdir()
        (tmp_path / "digits-2" / "kept").write_text("kept")
        assert create_study(tmp_path, "digits").name == "digits-3"
        assert (tmp_path / "digits").read_text() == "a file"
        assert (tmp_path / "digits-2" / "kept").read_text() == "kept"

    @pytest.mark.parametrize("name", HOSTILE)
    def test_no_name_leads_outside(self, tmp_path: Path, name: str) -> None:
        assert create_study(tmp_path / "results", name).location == str(tmp_path / "results" / slug_of(name))

    def test_says_where_no_folder_can_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match=r"^--output: cannot make a study folder there: Not a directory \(got '"):
            create_study(tmp_path / "file" / "in", "a")
        with pytest.raises(InputError, match=r"^--output: cannot make a study folder there: File exists"):
            create_study(tmp_path / "file", "a")


class TestFind:
    def test_studies_are_listed_oldest_first(self, tmp_path: Path) -> None:
        for name, seconds in (("b", 30), ("a", 10), ("c", 20)):
            study(tmp_path / name, seconds)
        (tmp_path / "no-study").mkdir()
        (tmp_path / "file").write_text("")
        assert [folder.name for folder in studies_in(tmp_path)] == ["a", "c", "b"]
        assert studies_in(tmp_path / "none") == []
        assert studies_in(tmp_path / "file") == []

    def test_one_that_cannot_be_looked_at_is_left_to_who_loads_it(self, tmp_path: Path) -> None:
        study(tmp_path / "a", 10)
        (tmp_path / "b").mkdir()
        os.mkfifo(tmp_path / "b" / "experiment.yaml")
        (tmp_path / "c").symlink_to(tmp_path / "a")  # a folder may be reached through a link of the user's own
        assert [store.name for store in studies_in(tmp_path)] == ["b", "a", "a"]

    def test_by_slug_and_by_path(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        folder = study(tmp_path / "results" / "digits")
        monkeypatch.chdir(tmp_path)
        for given_ in ("digits", "results/digits", str(folder), "results/digits/"):
            assert find_study(given_, "results") == str(folder)

    def test_answers_an_unknown_one_with_the_nearest(self, tmp_path: Path) -> None:
        study(tmp_path / "digits-cnn")
        with pytest.raises(InputError) as caught:
            find_study("digit-cnn", tmp_path)
        assert str(caught.value) == (
            "STUDY: no study folder of that name or path; did you mean 'digits-cnn'? (got 'digit-cnn')"
        )

    @pytest.mark.parametrize("name", [*(name for name in HOSTILE if name != "\0"), ""])
    def test_says_that_there_is_none(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match=r"^STUDY: no study folder of that name or path; there is no study in"):
            find_study(name, tmp_path / "results")
