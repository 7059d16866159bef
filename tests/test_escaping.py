from __future__ import annotations

import json
import os
import subprocess

import pytest

from cnnsearch.errors import InputError, Problem, SweepError
from cnnsearch.escaping import PRINTABLE, json_text, printable, printable_json, printable_lines, shell_line

LATIN = os.fsdecode(b"caf\xe9.png")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("café 犬 🐈.png", "café 犬 🐈.png"),
        (LATIN, r"caf\xe9.png"),
        ("a\nb\tc\r", r"a\nb\tc\r"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("gnp.\u202etac", r"gnp.\u202etac"),
        ("\x85\u2028", r"\x85\u2028"),
        ("half a pair \ud83d", r"half a pair \ud83d"),
        (r"C:\xe9", r"C:\xe9"),
    ],
)
def test_what_is_shown_can_be_shown_anywhere(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    assert printable(text).isprintable()
    assert json.loads(printable_json({"name": text})) == {"name": printable_json_string(text)}


def printable_json_string(text: str) -> str:
    """The control characters that JSON itself escapes come back as they were: a page does not obey them."""
    return "".join(letter if letter < " " else printable(letter) for letter in text)


def test_lines_of_a_text_stay_lines() -> None:
    assert printable_lines(f"one\n\ttwo {LATIN}\x1b\n") == "one\n\ttwo caf\\xe9.png\\x1b\n"


@pytest.mark.parametrize("name", [LATIN, "\x1b\n", "é", "\ud800"])
def test_json_keeps_what_identifies(name: str) -> None:
    content = {name: [name, 1, None]}
    written = json_text(content, indent=2).encode()
    assert json.loads(written) == content


def test_what_an_encoding_lacks_is_escaped_alike() -> None:
    assert f"{LATIN} → é".encode("latin-1", PRINTABLE) == b"caf\\xe9.png \\u2192 \xe9"
    assert f"{LATIN}".encode("utf-8", PRINTABLE) == b"caf\\xe9.png"


def test_errors_can_be_shown_anywhere() -> None:
    problem = Problem(f"{LATIN}\n: x", f"no class '{LATIN}'", [LATIN, r"C:\udce9", "\n"])
    shown = r"caf\xe9.png\n: x: no class 'caf\xe9.png' (got ['caf\xe9.png', 'C:\\udce9', '\n'])"
    assert str(problem) == shown
    assert str(InputError([problem, problem], LATIN)) == "\n".join([rf"caf\xe9.png: {shown}"] * 2)
    assert problem.where == f"{LATIN}\n: x"
    assert str(SweepError(f"cannot write {LATIN}\n")) == "cannot write caf\\xe9.png\n"


@pytest.mark.parametrize(
    "word", ["/a b/c", "it's", "a\nb'\\\x1b", LATIN, "x\u202e\u2028é", "$(id) `id`", "half a pair \ud83d", ""]
)
def test_a_command_to_be_copied_is_one_line_and_means_the_same(word: str) -> None:
    line = shell_line(["printf", "%s", word])
    assert line.isprintable()
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout == encoded(word)


def encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass" if "\ud83d" in word else "surrogateescape")
