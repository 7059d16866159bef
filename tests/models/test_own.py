"""Where a family of the user's own is found, without importing it."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from cnnsearch.errors import InputError
from cnnsearch.models.own import find_own

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
    (tmp_path / "my_own_broken.py").write_text("x = 1\nx = = 2\n")
    (tmp_path / "my_own_raising").mkdir()
    (tmp_path / "my_own_raising" / "__init__.py").write_text("1 / 0")
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
    assert find_own(family) == str(folder.resolve())


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("family", "said"),
    [
        ("my_own_model:build", "no module 'my_own_model' in the working directory or on PYTHONPATH"),
        ("my_own_package.shallow:build", "no module 'my_own_package.shallow'"),
        ("no_such.module:build", "no module 'no_such.module'"),
        ("my_own_models:biuld", "'my_own_models' has no such function; did you mean 'build'?"),
        ("my_own_broken:build", "my_own_broken.py is not valid Python: SyntaxError: invalid syntax in line 2"),
        ("my_own_raising.nets:build", "importing its package failed: ZeroDivisionError: division by zero"),
        ("without_a_spec:build", "no module 'without_a_spec'"),
    ],
)
def test_what_is_not_there(family: str, said: str) -> None:
    with pytest.raises(InputError, match="model") as caught:
        find_own(family)
    assert said in str(caught.value)
