from __future__ import annotations

import json
import os
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cnnsearch.errors import InputError, Problem, SweepError
from cnnsearch.escaping import (
    PRINTABLE,
    chat_text,
    json_text,
    markdown_code,
    markdown_text,
    printable,
    printable_json,
    printable_lines,
    shell_line,
)

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


ODD = st.text(st.one_of(st.sampled_from("\x1b\x9b\r\n\t\u202e[]()|\\\\*_`<>&#-+=~!@$:./1 "), st.characters()))
"""Texts in which what gives structure stands often."""


@given(ODD)
def test_json_that_anything_may_show(text: str) -> None:
    written = json_text({text: [text]}, indent=1)
    assert json.loads(written) == {text: [text]}
    assert printable_lines(written) == written


def children(markdown: str) -> list[tuple[str, str]]:
    """Type and content of all that Markdown makes of a text."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    found = []
    for token in parser.parse(markdown):
        found += [(child.type, child.content) for child in token.children or ()] if token.children else []
        found += [] if token.type == "inline" else [(token.type, token.content)]
    return found


@given(ODD)
@example("# a\n- b\n1. c\n===\n| d | e |\n| --- | --- |\n<b>[x](y)</b> ![z](w) `a` &amp; http://a")
@example("1) a")
@example("a\\\\|b")
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    shown = printable(" ".join(text.split()))
    if shown:
        found = children(f"x\n\n{markdown_text(text)}\n")[3:]
        assert {kind for kind, _ in found} <= {"paragraph_open", "text", "paragraph_close"}
        assert "".join(content for _, content in found) == shown
    for cell in (markdown_text(text), markdown_code(text)):
        found = children(f"| a | b |\n| --- | --- |\n| {cell} | end |\n")
        assert [kind for kind, _ in found].count("td_open") == 2
        kinds = {"table", "thead", "tbody", "tr", "th", "td"}
        known = {f"{kind}_{end}" for kind in kinds for end in ("open", "close")} | {"text", "code_inline"}
        assert {kind for kind, _ in found} <= known
        assert "".join(content.strip() for _, content in found) == f"ab{shown}end"


def test_addresses_make_no_links() -> None:
    assert markdown_text("see http://a.b, www.c.d") == r"see http:\//a.b, www\.c.d"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a", "`a`"),
        ("a`b", "``a`b``"),
        ("`x", "`` `x ``"),
        ("a|b", r"a\|b"),
        ("a\nb\x1b", r"`a b\x1b`"),
    ],
)
def test_settings_are_code(text: str, shown: str) -> None:
    assert markdown_code(text) == shown


def test_chats_call_nobody() -> None:
    assert chat_text("a\n<!channel> @all [x](http://y) b@c \x1b") == (
        "a &lt;!channel&gt; @\u2060all [x]\u2060(http://y) b@\u2060c \\x1b"
    )


@pytest.mark.parametrize(
    "word", ["/a b/c", "it's", "a\nb'\\\x1b", LATIN, "x\u202e\u2028é", "$(id) `id`", "half a pair \ud83d", ""]
)
def test_a_command_to_be_copied_is_one_line_and_means_the_same(word: str) -> None:
    line = shell_line(["printf", "%s", word])
    assert line.isprintable()
    assert subprocess.run(["bash", "-c", line], capture_output=True, check=True).stdout == encoded(word)


def encoded(word: str) -> bytes:
    return word.encode("utf-8", "surrogatepass" if "\ud83d" in word else "surrogateescape")
