"""The code of a family of the user's own: which files it is, and what workers import of it."""

from __future__ import annotations

import hashlib
import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnsearch.errors import InputError
from cnnsearch.own_code.source import changes, read_code

FILES = {
    "src_nets.py": "import src_parts.blocks\nfrom src_parts import sizes\nimport json, numpy, cnnsearch.space\n",
    "src_parts/__init__.py": "",
    "src_parts/blocks.py": "from .deep import inner\nfrom . import names\n",
    "src_parts/sizes.py": "def late():\n    import src_late\n",
    "src_parts/names.py": "",
    "src_parts/deep/inner.py": "from .. import cycle\n",
    "src_parts/cycle.py": "import src_nets\n",
    "src_parts/unused.py": "",
    "src_late.py": "this is not Python\n",
    "src_unused.py": "",
    "elsewhere/src_beyond.py": "",
}
USED = [
    "src_late.py",
    "src_nets.py",
    *(f"src_parts/{name}.py" for name in ("__init__", "blocks", "cycle", "deep/inner", "names", "sizes")),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "elsewhere")])
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    for file, text in FILES.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text + "\n\ndef build(config, shape, classes):\n    return 'first'\n")
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("src_")]:
        del sys.modules[name]


def test_its_module_and_what_that_imports_from_beside_it(folder: Path) -> None:
    code = read_code({"model": "src_nets:build"})
    assert [module.file for module in code.modules] == USED
    assert code.folders == (str(folder),)
    digest = hashlib.sha256((folder / "src_nets.py").read_bytes()).hexdigest()
    assert code.digests["src_nets.py"] == digest
    assert list(code.digests) == USED


def test_a_family_and_a_metric_from_two_folders_are_one_code(folder: Path) -> None:
    (folder / "elsewhere" / "src_judged.py").write_text("def cost(): ...\n")
    code = read_code({"model": "src_nets:build", "objective.metric": "src_judged:cost"})
    assert list(code.digests) == sorted([*USED, "src_judged.py"])
    assert code.folders == (str(folder), str(folder / "elsewhere"))
    with pytest.raises(InputError, match=r"objective\.metric: 'src_judged' has no such function"):
        read_code({"objective.metric": "src_judged:cos"})


def test_what_lies_elsewhere_on_the_path_is_the_users_too(folder: Path) -> None:
    (folder / "src_nets.py").write_text("import src_beyond\ndef build(): ...\n")
    assert list(read_code({"model": "src_nets:build"}).digests) == ["src_beyond.py", "src_nets.py"]


def test_a_module_in_a_package(folder: Path) -> None:  # noqa: ARG001 - where it is
    files = ["src_parts/__init__.py", "src_parts/names.py"]
    assert list(read_code({"model": "src_parts.names:build"}).digests) == files


def test_of_an_installed_package_only_what_is_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = folder / "lib" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "src_installed.py").write_text("import src_library\n\ndef build(): ...\n")
    (installed / "src_library.py").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path, str(installed)])
    assert list(read_code({"model": "src_installed:build"}).digests) == ["src_installed.py"]
    (folder / "src_nets.py").write_text("import src_library\ndef build(): ...\n")
    assert list(read_code({"model": "src_nets:build"}).digests) == ["src_nets.py"]


def test_changes_are_told_by_file(folder: Path) -> None:
    before = read_code({"model": "src_nets:build"}).digests
    assert changes(before, dict(reversed(before.items()))) == []
    (folder / "src_parts" / "names.py").write_text("import src_unused\n")
    (folder / "src_parts" / "sizes.py").write_text("")
    assert changes(before, read_code({"model": "src_nets:build"}).digests) == [
        "src_parts/names.py has changed",
        "src_parts/sizes.py has changed",
        "src_late.py is not imported any more",
        "src_unused.py is imported too",
    ]


def test_a_worker_that_starts_later_imports_what_was_read(folder: Path) -> None:
    code = read_code({"model": "src_parts.blocks:build"})
    for module in code.modules:
        module.path.write_text("def build(config, shape, classes):\n    return 'edited'\n")
    (folder / "src_late.py").unlink()
    code.provide()
    module = importlib.import_module("src_parts.blocks")
    assert module.build(None, None, None) == "first"
    assert Path(module.__file__ or "") == folder / "src_parts" / "blocks.py", "what it reads beside itself is there"
    assert sys.modules["src_parts.names"].build(None, None, None) == "first"
    assert importlib.import_module("src_unused").build(None, None, None) == "first", "what was not read is imported too"


def test_modules_may_be_imported_meanwhile(
    folder: Path,  # noqa: ARG001 - where it is
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As another thread does, or a lazy module that is asked for anything."""

    class Lazy(types.ModuleType):
        @property
        def __loader__(self) -> None:  # type: ignore[override]
            monkeypatch.setitem(sys.modules, "src_lazily_imported", types.ModuleType("src_lazily_imported"))

    monkeypatch.setitem(sys.modules, "src_lazy", Lazy("src_lazy"))
    read_code({"model": "src_parts.blocks:build"}).provide()
    assert "src_lazily_imported" in sys.modules, "it was asked"


def test_a_process_forgets_what_it_was_given_for_another_sweep(folder: Path) -> None:
    read_code({"model": "src_parts.blocks:build"}).provide()
    assert importlib.import_module("src_parts.blocks").build(None, None, None) == "first"
    (folder / "src_parts" / "blocks.py").write_text("def build(config, shape, classes):\n    return 'edited'\n")
    read_code({"model": "src_parts.blocks:build"}).provide()
    assert importlib.import_module("src_parts.blocks").build(None, None, None) == "edited"


def test_a_module_is_forgotten_with_what_it_took_from_another(folder: Path) -> None:
    (folder / "src_taken.py").write_text("WIDTH = 3\n")
    (folder / "src_taking.py").write_text("from src_taken import WIDTH\ndef build(*_):\n    return WIDTH\n")
    read_code({"model": "src_taking:build"}).provide()
    assert importlib.import_module("src_taking").build() == 3
    (folder / "src_taken.py").write_text("WIDTH = 4\n")
    read_code({"model": "src_taking:build"}).provide()
    assert importlib.import_module("src_taking").build() == 4
