"""The one escaping of names and paths on their way out: for people to read, and as JSON.

A file's name is bytes. Python keeps those that are no UTF-8 as lone surrogates (:func:`os.fsdecode`), which no stream
and no file takes. That string is what identifies, in memory and, by JSON's own escapes, in the record; what people see
is :func:`printable`.
"""

from __future__ import annotations

import codecs
import json
import re
import shlex
from collections.abc import Callable, Iterable
from typing import Any

__all__ = [
    "PRINTABLE",
    "chat_text",
    "json_text",
    "markdown_code",
    "markdown_text",
    "printable",
    "printable_json",
    "printable_lines",
    "shell_line",
    "without_colours",
]

PRINTABLE = "cnnsearch.printable"
"""Name of the error handler of codecs that writes what cannot be encoded as :func:`printable` does."""

# Control characters, and those that turn the direction of the text: a terminal obeys them.
_CONTROLS = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_UNPRINTABLE = re.compile(f"[{_CONTROLS}\ud800-\udfff]")
_UNPRINTABLE_IN_JSON = re.compile(f"(?![\x00-\x1f])[{_CONTROLS}\ud800-\udfff]")
_UNPRINTABLE_IN_LINES = re.compile(f"(?![\n\t])[{_CONTROLS}\ud800-\udfff]")


# What gives structure anywhere in a line, also in dialects (GitHub's mathematics, links of bare addresses) ...
_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~&#@$]|(?<=:)/(?=/)|(?<=www)\.", re.IGNORECASE)
# ... and at its beginning: lists, numbers of these, underlines of headings, columns of tables.
_MARKDOWN_START = re.compile(r"^(\d*)([-+=:.)])")

_COLOURS = re.compile(r"\x1b\[[0-9;]*m|[\a\b\r]")
"""And what progress bars go back by."""

_CALLED = re.compile(r"@(?=\w)|\](?=\()")


def printable(text: str) -> str:
    """One line that any terminal, page and file can show: ``caf\\xe9`` for a byte that is no UTF-8, ``\\n`` for a new
    line, ``\\x1b`` for another control character. Only to be looked at: two names may look alike."""
    return _UNPRINTABLE.sub(_escaped, text)


def printable_lines(text: str) -> str:
    """:func:`printable` for a text of several lines: its new lines and tabs stay."""
    return _UNPRINTABLE_IN_LINES.sub(_escaped, text)


def markdown_text(text: str) -> str:
    """Text on one line that Markdown shows as it is: no heading, list, table, link, picture or HTML comes of it."""
    line = printable(" ".join(text.split()))
    return _MARKDOWN_START.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", line))


def markdown_code(text: str) -> str:
    """Text on one line as code of Markdown, fenced by more backticks than it holds, also in a table.

    One that holds a bar is no code: dialects differ in what a backslash before it means there.
    """
    line = printable(" ".join(text.split()))
    if "|" in line:
        return markdown_text(line)
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def chat_text(text: str) -> str:
    """Text on one line for Slack and Mattermost, in which nobody is called (``<!channel>``, ``@all``) and no link has
    another name than its address; the characters are those that Slack asks to be escaped."""
    line = printable(" ".join(text.split())).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALLED.sub("\\g<0>\u2060", line)


def json_text(content: Any, indent: int | None = None) -> str:
    """JSON that can be written as UTF-8 and shown anywhere, and that :func:`json.loads` reads as the same strings, lone
    surrogates and control characters too."""
    text = json.dumps(content, indent=indent, ensure_ascii=False)  # which escapes the first 32 control characters
    return _UNPRINTABLE_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def printable_json(content: Any, default: Callable[[Any], Any] | None = None) -> str:
    """JSON on one line of what a page shows: its strings are as :func:`printable_lines` gives them."""
    text = json.dumps(content, ensure_ascii=False, default=default)  # which escapes the first 32 control characters
    return _UNPRINTABLE.sub(lambda found: "\\" + _escaped(found), text)


def shell_line(words: Iterable[str]) -> str:
    """A command that is shown to be copied into a shell: one printable line, whatever its words hold.

    A word with what cannot be shown is written byte by byte as ``$'...'``, which bash, zsh and ksh read as it was.
    """
    return " ".join(_shell_word(word) if _UNPRINTABLE.search(word) else shlex.quote(word) for word in words)


def _shell_word(word: str) -> str:
    plain = "".join(letter for letter in word if letter.isprintable() and letter not in "'\\")
    written = [letter if letter in plain else "".join(f"\\{byte:03o}" for byte in _bytes(letter)) for letter in word]
    return f"$'{''.join(written)}'"


def _bytes(letter: str) -> bytes:
    """Of a letter as the file system has it: those that are no UTF-8 as :func:`os.fsdecode` keeps them."""
    return letter.encode("utf-8", "surrogateescape" if 0xDC80 <= ord(letter) <= 0xDCFF else "surrogatepass")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # how os.fsdecode keeps a byte
        return f"\\x{code - 0xDC00:02x}"
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(found[0], f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _handler(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    whole = error.object[error.start : error.end]
    known = _UNPRINTABLE.sub(_escaped, whole)
    return known.encode("ascii", "backslashreplace").decode("ascii"), error.end


codecs.register_error(PRINTABLE, _handler)


def without_colours(text: str) -> str:
    """What a program printed, as one line after the other: without its colours, and what progress bars go back by."""
    return _COLOURS.sub("", text)
