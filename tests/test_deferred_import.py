"""A module that is run at the first look into it."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnsearch.deferred_import import defer

CODE = """
import os
os.environ["DEFERRED"] = os.environ.get("DEFERRED", "") + "run "
from deferred_parts.inner import *
"""


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """deferred_parts, which imports its wrappers, which import another module of it."""
    folder = tmp_path / "deferred_parts"
    (folder / "wrappers").mkdir(parents=True)
    (folder / "__init__.py").write_text("from deferred_parts import wrappers as wrappers\n")
    (folder / "inner.py").write_text("class Wrapper: pass\n")
    (folder / "wrappers" / "__init__.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("DEFERRED", raising=False)
    monkeypatch.setattr(sys, "meta_path", sys.meta_path.copy())
    defer("deferred_parts.wrappers")
    yield
    for name in [name for name in sys.modules if name.startswith("deferred_parts")]:
        del sys.modules[name]


def is_run() -> bool:
    return "deferred_parts.inner" in sys.modules


def test_it_is_run_once_at_the_first_look() -> None:
    package = importlib.import_module("deferred_parts")
    assert not is_run()
    first = package.wrappers.Wrapper
    assert is_run()
    assert package.wrappers.Wrapper is first is sys.modules["deferred_parts.inner"].Wrapper
    assert package.wrappers.os.environ["DEFERRED"] == "run "
    with pytest.raises(AttributeError, match=r"^module 'deferred_parts.wrappers' has no attribute 'Other'$"):
        _ = package.wrappers.Other


def test_it_gives_its_names() -> None:
    from deferred_parts.wrappers import Wrapper  # type: ignore[import-not-found]

    assert Wrapper.__module__ == "deferred_parts.inner"


def test_what_asks_all_modules_does_not_run_it() -> None:
    package = importlib.import_module("deferred_parts")
    inspect.getmodule(test_it_gives_its_names)
    assert not hasattr(package.wrappers, "__wrapped__")
    assert Path(package.wrappers.__file__).name == "__init__.py"
    assert not is_run()


def test_others_are_run_as_always_and_none_is_deferred_twice() -> None:
    before = sys.meta_path.copy()
    defer("deferred_parts.wrappers")
    assert sys.meta_path == before
    assert importlib.import_module("deferred_parts.inner").Wrapper.__name__ == "Wrapper"
