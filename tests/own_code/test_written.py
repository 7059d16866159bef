"""Functions of scripts and notebooks as modules: what is written, and that it does what the function did."""

from __future__ import annotations

import linecache
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import InputError, TrialError
from cnnsearch.own_code.module import find_own, imported
from cnnsearch.own_code.source import read_code
from cnnsearch.own_code.written import written_folder, written_name

CELL = """
import json as j
from math import floor

SIZES = {"small": [1, 2], "large": (3.5, None)}
UNUSED = object()

def outer(function):
    return function

class Kept:
    def told(self):
        return SIZES["small"]

def even(n):
    return n == 0 or odd(n - 1)

def odd(n):
    return n != 0 and even(n - 1)

@outer
def mlp(config, shape, classes=len("ab")):
    # a word of the author
    UNUSED = "a name of its own"
    return [j.dumps(Kept().told()), floor(SIZES["large"][0]), even(4), classes, [UNUSED for SIZE in shape]]
"""


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield
    for name in [name for name in sys.modules if name.startswith("from_main_")]:
        del sys.modules[name]


def cell(text: str, number: int = 1) -> dict[str, Any]:
    """What a cell of a notebook leaves in ``__main__``."""
    name = f"<cell {number} of {text.count(chr(10))}>"
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    main = types.ModuleType("__main__")
    exec(compile(text, name, "exec"), vars(main))
    return vars(main)


def test_a_module_does_what_the_function_did() -> None:
    mlp = cell(CELL)["mlp"]
    name = written_name(mlp)
    again = imported(name, "the model family")
    assert again({}, (1, 2)) == mlp({}, (1, 2)) == ["[1, 2]", 3, True, 2, ["a name of its own"] * 2]
    text = (written_folder() / f"{name.partition(':')[0]}.py").read_text(encoding="utf-8")
    assert "# a word of the author" in text
    assert "object()" not in text
    assert written_name(cell(CELL)["mlp"]) == name


def test_its_source_is_recorded_and_sent() -> None:
    name = written_name(cell(CELL)["mlp"])
    assert find_own(name, "model") == str(written_folder())
    code = read_code({"model": name})
    assert [module.name for module in code.modules] == [name.partition(":")[0]]


def test_another_version_is_another_module() -> None:
    before, after = (written_name(cell(text)["mlp"]) for text in (CELL, CELL.replace("[1, 2]", "[1, 3]")))
    assert before != after
    assert imported(before, "it")({}, ())[0] == "[1, 2]"
    assert imported(after, "it")({}, ())[0] == "[1, 3]"


def test_what_a_function_around_it_says_goes_with_it() -> None:
    def made(width: int) -> Any:
        def inner(_config: Any, _shape: Any, classes: int) -> int:
            return width * classes + len(CELL)

        return inner

    again = imported(written_name(made(3)), "it")
    assert again({}, (), 2) == 6 + len(CELL)
    assert written_name(made(3)) != written_name(made(4))


WRAPPED = """
import functools
import xml.dom.minidom
import xml.etree.ElementTree

def twice(times):
    def wrapping(function):
        @functools.wraps(function)
        def inner(*given):
            return [function(*given)] * times
        return inner
    return wrapping

TIMES = 2

class Tag:
    @twice(TIMES)
    def of(self, name):
        return xml.etree.ElementTree.Element(name).tag

@twice(TIMES)
def mlp(config, shape, classes):
    return [*Tag().of("a"), xml.dom.minidom.Node.ELEMENT_NODE]
"""


def test_decorators_and_modules_in_modules_go_with_it() -> None:
    mlp = cell(WRAPPED)["mlp"]
    name = written_name(mlp)
    lines = (written_folder() / f"{name.partition(':')[0]}.py").read_text(encoding="utf-8").splitlines()
    assert {"import xml.etree.ElementTree", "import xml.dom.minidom"} <= {*lines}, "who imports xml has neither"
    assert imported(name, "it")({}, (), 1) == mlp({}, (), 1) == [["a", "a", 1]] * 2


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("import numpy as np\nx = np.zeros(3)\ndef mlp(c, s, n): return x", r"uses 'x' \(ndarray\), which stands"),
        ("mlp = lambda c, s, n: 3", "that has a name"),
        ("def inner(c, s, n): return 3\nmlp = [inner]", "must be a function, not list"),
        ("def other(): return 1\nalias = other\ndef mlp(c, s, n): return alias()", "uses 'other' by the name 'alias'"),
    ],
)
def test_what_is_refused(made: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        written_name(cell(made + "\n")["mlp"])
    assert caught.value.problems[0].where == ""


def test_without_a_source_it_is_refused() -> None:
    main = types.ModuleType("__main__")
    exec("def mlp(c, s, n): return 3", vars(main))
    with pytest.raises(InputError, match="has no source that could be read"):
        written_name(vars(main)["mlp"])


def test_what_is_indented_keeps_its_texts() -> None:
    text = (
        "def made():\n"
        "    def inner(c, s, n):\n"
        "# at the left edge\n"
        "        return '''\n"
        "    one\n"
        "  two'''\n"
        "    return inner\n"
    )
    inner = cell(text)["made"]()
    assert imported(written_name(inner), "it")({}, (), 1) == inner({}, (), 1) == "\n    one\n  two"


def test_elsewhere_the_copy_of_the_study_is_named() -> None:
    hint = "a copy is the file source/from_main_0123456789ab.py of the study"
    with pytest.raises(InputError, match=hint):
        find_own("from_main_0123456789ab:mlp", "model")
    with pytest.raises(TrialError, match=hint):
        imported("from_main_0123456789ab:mlp", "the model family")


def test_an_array_inside_of_the_function_is_its_own() -> None:
    """A global of the same name as a local is none of the function's."""
    again = written_name(cell("x = object()\ndef mlp(c, s, n):\n    x = 3\n    return x\n")["mlp"])
    assert imported(again, "it")({}, (), 1) == 3
