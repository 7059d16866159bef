"""Where a family of the user's own is found, without importing it."""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path

import pytest

from cnnsearch.errors import InputError, TrialError
from cnnsearch.families.own.body import network
from cnnsearch.own_code.module import find_own

SOURCE = """
raise RuntimeError("this module must not be imported")


def build(config, shape, classes):
    return None


other = build
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    for name in [name for name in sys.modules if name.startswith("my_own_package")]:
        monkeypatch.delitem(sys.modules, name)  # of an earlier test: looking for a.b imports a
    (tmp_path / "my_own_models.py").write_text(SOURCE)
    monkeypatch.setitem(sys.modules, "without_a_spec", types.ModuleType("without_a_spec"))
    package = tmp_path / "my_own_package"
    (package / "deep").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "deep" / "__init__.py").write_text("")
    (package / "stars.py").write_text("from elsewhere import *")
    (package / "deep" / "nets.py").write_text(SOURCE)
    return tmp_path


@pytest.mark.parametrize(
    "family",
    [
        "my_own_models:build",
        "my_own_models:other",
        "my_own_package.deep.nets:build",
        "my_own_package.deep.nets:other",
        "my_own_package.stars:whatever_a_star_import_brings",
    ],
)
def test_the_folder_from_which_it_is_imported(folder: Path, family: str) -> None:
    assert find_own(family, "model") == str(folder.resolve())


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("source", "said"),
    [
        (b"import keras\n\ndef build(config, shape, classes)\n    return None\n", "expected ':' ({}, line 3)"),
        (b"def build(config, shape, classes):\nreturn None\n", "expected an indented block"),
        (b"def build(): ...\n\0", "cannot be imported: "),
        (b"class Nets:\n    def build(self): ...\n", "'my_own_models' has no such function; valid: Nets"),
        (b"", "'my_own_models' has no such function; there is none"),
        (b"x = 'caf\xe9'\ndef build(): ...\n", "cannot be imported: (unicode error) 'utf-8' codec"),
        ("def build(): ...\n".encode("utf-16"), "cannot be imported: source code string cannot contain null bytes"),
        (b"build = a" + b".a" * 100_000, "cannot be imported: it is nested too deeply ({})"),
        (b"build = " + b"-" * 100_000 + b"1", "cannot be imported: it is nested too deeply ({})"),
    ],
)
def test_what_is_no_python(folder: Path, source: bytes, said: str) -> None:
    file = folder / "my_own_models.py"
    file.write_bytes(source)
    with pytest.raises(InputError) as caught:
        find_own("my_own_models:build", "model")
    assert str(caught.value).startswith("model: ")
    assert said.format(file.resolve()) in str(caught.value)


def test_a_package_that_fails(folder: Path) -> None:
    """Looking for a module in it imports it."""
    (folder / "my_own_package" / "__init__.py").write_text("x = 1\nx = 1 / 0\n")
    with pytest.raises(InputError) as caught:
        find_own("my_own_package.stars:build", "model")
    said = "the package of 'my_own_package.stars' cannot be imported: ZeroDivisionError: division by zero"
    assert f"{said} ({folder / 'my_own_package' / '__init__.py'}, line 2)" in str(caught.value)


def test_a_long_sum_is_no_deep_one(folder: Path) -> None:
    (folder / "my_own_models.py").write_text("total = 1" + " + 1" * 700 + "\ndef build(): ...\n")
    assert find_own("my_own_models:build", "model") == str(folder)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import sys\nsys.exit(3)\n", "cannot be imported: SystemExit: 3 ({}, line 2)"),
        ("import my_missing_library\n", "cannot be imported: No module named 'my_missing_library' ({}, line 1)"),
        ("def build(*given):\n    exit(4)\n", "my_script:build ends its process: SystemExit: 4 ({}, line 2)"),
        ("build = 3\n", "my_script:build must be a function, not int"),
    ],
)
def test_a_script_that_ends_itself_fails_its_trial_and_not_its_worker(
    folder: Path, source: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "my_script.py").write_text(source)
    monkeypatch.delitem(sys.modules, "my_script", raising=False)
    importlib.invalidate_caches()
    with pytest.raises(TrialError) as caught:
        network("my_script:build", {}, (8, 8, 1), 2)
    assert said.format(folder / "my_script.py") in str(caught.value)


def test_a_package_that_ends_itself(folder: Path) -> None:
    (folder / "my_own_package" / "__init__.py").write_text("raise SystemExit(4)\n")
    with pytest.raises(
        InputError, match=r"the package of 'my_own_package\.stars' cannot be imported: SystemExit: 4 \("
    ):
        find_own("my_own_package.stars:build", "model")


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("my_own_model:build", "no module 'my_own_model' in the working directory or on PYTHONPATH"),
        ("my_own_package.shallow:build", "no module 'my_own_package.shallow'"),
        ("no_such.module:build", "no module 'no_such.module'"),
        ("my_own_models:biuld", "'my_own_models' has no such function; did you mean 'build'?"),
        ("without_a_spec:build", "no module 'without_a_spec'"),
    ],
)
def test_what_is_not_there(family: str, said: str) -> None:
    with pytest.raises(InputError, match="model") as caught:
        find_own(family, "model")
    assert said in str(caught.value)
