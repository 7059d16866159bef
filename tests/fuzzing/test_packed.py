"""Mutated packed studies through the commands that take one."""

from __future__ import annotations

import io
import warnings
import zipfile
from pathlib import Path

import pytest
from fuzzing.answering import asked
from fuzzing.damage import bytes_damaged
from fuzzing.examples import MANY, fuzzed
from hypothesis import strategies as st

NAMES = ("../evil", "/evil", "study/../../evil", "a\\b", "C:/evil", "finals/trials.jsonl", "", "finals/experiment.yaml")

COMMANDS = (
    ("show", "{file}"),
    ("show", "--json", "{file}"),
    ("report", "{file}", "--format", "md"),
    ("logs", "{file}", "0"),
)


@st.composite
def damaged_zips(draw: st.DrawFn, content: bytes) -> tuple[bytes, tuple[str, ...]]:
    """A file that may be a zip, and a command that is given it."""
    how = draw(st.sampled_from(("bytes", "bytes", "members", "members", "none")))
    command = draw(st.sampled_from(COMMANDS))
    if how == "bytes":
        return draw(bytes_damaged(content)), command
    if how == "none":
        return draw(st.binary(max_size=50)), command
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(made, "w") as archive:
        names = whole.namelist()
        left_out = draw(st.sets(st.sampled_from(names), max_size=2))
        for name in names:
            if name not in left_out:
                archive.writestr(name, whole.read(name))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that there is a member of that name already
            for name in draw(st.lists(st.sampled_from((*NAMES, *names)), max_size=2)):
                archive.writestr(name, draw(st.binary(max_size=20)))
    return made.getvalue(), command


@pytest.mark.parametrize("examples", [30, MANY])
def test_no_zip_ends_a_command_without_a_word(packed: Path, tmp_path: Path, examples: int) -> None:
    file = tmp_path / "inside" / "packed.zip"
    file.parent.mkdir()

    def check(drawn: tuple[bytes, tuple[str, ...]]) -> None:
        content, command = drawn
        file.write_bytes(content)
        asked(*(part.format(file=file) for part in command))
        assert [path.name for path in file.parent.iterdir()] == ["packed.zip"]
        assert [path.name for path in tmp_path.iterdir()] == ["inside"], "it has written outside of its folder"

    fuzzed(examples, damaged_zips(packed.read_bytes()), check)
