"""Mutated files of a record through every command that reads one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from fuzzing.answering import asked, refused_or
from fuzzing.damage import bytes_damaged, lines_damaged, text_of, value_damaged
from fuzzing.examples import MANY, fuzzed
from hypothesis import strategies as st

from cnnsearch.search.replay import replay
from cnnsearch.sweep.resumption import Resumption

LINES = ("proposals.jsonl", "curves.jsonl", "trials.jsonl", "finalists.jsonl", "test_reads.jsonl")
DOCUMENTS = ("environment.json", "stages.json", "best/metrics.json", "best/mistakes/mistakes.json")

COMMANDS = (
    ("list", "--output", "{root}"),
    ("list", "--json", "--output", "{root}"),
    ("show", "{study}"),
    ("show", "--json", "{study}"),
    ("show", "--code", "0", "{study}"),
    ("report", "{study}", "-o", "{root}/report.html"),
    ("report", "{study}", "--format", "md"),
    ("report", "{study}", "{other}", "-o", "{root}/report.html"),
    ("watch", "{study}", "--once"),
    ("logs", "{study}", "0"),
    ("pack", "{study}", "-o", "{root}/packed.zip"),
)


def ask_all(root: Path, study: Path, other: Path, commands: tuple[tuple[str, ...], ...] = COMMANDS) -> None:
    for command in commands:
        (root / "packed.zip").unlink(missing_ok=True)
        answer = asked(*(part.format(root=root, study=study, other=other) for part in command))
        assert command[0] != "list" or answer.code == 0, f"one bad study ends list for all: {answer.said}"
    refused_or(lambda: Resumption.of(study).is_done)
    refused_or(lambda: list(replay(study)))


@st.composite
def damaged_records(draw: st.DrawFn, studies: Path) -> tuple[str, dict[str, bytes], tuple[tuple[str, ...], ...]]:
    """Name of the study, what each damaged file of it holds, and some commands that are asked."""
    name = draw(st.sampled_from(("searched", "finals")))
    files = [file for file in (*LINES, *DOCUMENTS) if (studies / name / file).is_file()]
    damaged = {}
    for file in draw(st.lists(st.sampled_from(files), min_size=1, max_size=2, unique=True)):
        content = (studies / name / file).read_bytes()
        how = draw(st.sampled_from(("content", "content", "content", "content", "bytes", "other")))
        if how == "other":
            damaged[file] = (studies / name / draw(st.sampled_from(files))).read_bytes()
        elif how == "bytes":
            damaged[file] = draw(bytes_damaged(content))
        elif file in LINES:
            damaged[file] = draw(lines_damaged(content))
        else:
            damaged[file] = text_of(draw(value_damaged(json.loads(content)))).encode()
    return name, damaged, tuple(draw(st.lists(st.sampled_from(COMMANDS), min_size=2, max_size=2, unique=True)))


@pytest.mark.parametrize("examples", [12, MANY])
def test_no_record_ends_a_command_without_a_word(studies: Path, copied: Path, examples: int) -> None:
    def check(drawn: tuple[str, dict[str, bytes], tuple[tuple[str, ...], ...]]) -> None:
        name, damaged, commands = drawn
        other = next(one for one in ("searched", "finals") if one != name)
        try:
            for file, content in damaged.items():
                (copied / name / file).write_bytes(content)
            ask_all(copied, copied / name, copied / other, COMMANDS if examples > 100 else commands)
        finally:
            for file in damaged:
                shutil.copyfile(studies / name / file, copied / name / file)

    fuzzed(examples, damaged_records(studies), check)
