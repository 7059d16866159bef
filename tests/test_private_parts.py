"""Private parts of libraries: touched in one file a library, within bounds that its test has seen."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from private_parts import Part, check

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cnnsearch"

LIBRARIES = {
    "keras": "networks/keras_private.py",
    "tensorflow": "training/tensorflow_private.py",
    "optuna": "search/samplers/optuna/private.py",
    "ray": "sweep/ray_private",
    "rich": "cli/terminal/rich_private.py",
}
"""Library, as pip names it -> the file or the folder that reaches inside."""

INSIDE = {"keras.src", "ray._private", "ray._raylet", "ray.tune.execution", "ray.tune.registry", "tensorflow.python"}
"""Modules that are not documented, though no name in them begins with an underscore."""

DOCUMENTED = {"_exit", "_asdict", "_replace", "_fields"}
"""Of Python itself."""

_ASKED_BY_NAME = {"getattr", "hasattr", "setattr", "delattr", "attrgetter", "object"}
"""``object`` as of ``patch.object``."""


def is_private(name: object) -> bool:
    return isinstance(name, str) and name.startswith("_") and not name.startswith("__") and name not in DOCUMENTED


def own_names(nodes: list[ast.AST]) -> Iterator[str]:
    """Names that a module gives to something of its own."""
    for node in nodes:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
            yield node.id if isinstance(node, ast.Name) else node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__setattr__":
            yield from (each.value for each in node.args if isinstance(each, ast.Constant))


def modules_of(node: ast.AST) -> list[str]:
    """Full names of what an import statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def is_inside(name: str) -> bool:
    """Whether a module or what is imported from it is a library's own affair."""
    if name.startswith("cnnsearch."):
        return False
    return any(map(is_private, name.split("."))) or any(f"{name}.".startswith(f"{each}.") for each in INSIDE)


def private_names(nodes: list[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and name of all that a module touches and that is private by its name, of ours or of a library."""
    for node in nodes:
        yield from ((node.lineno, name) for name in modules_of(node) if is_inside(name))
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            yield node.lineno, node.attr
        elif isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
            names = [name for name in texts if called in _ASKED_BY_NAME and is_private(name)]
            names += [option.arg for option in node.keywords if is_private(option.arg)]
            yield from ((node.lineno, name) for name in names)


def reaching_inside(texts: dict[str, str]) -> list[str]:
    """Where modules, file -> text, touch a private part of a library: a name that none of them gives itself."""
    touched: dict[tuple[str, int, str], None] = {}
    own: set[str] = set()
    for file, text in texts.items():
        nodes = list(ast.walk(ast.parse(text)))
        own.update(own_names(nodes))
        touched.update(((file, *each), None) for each in private_names(nodes))
    return [f"{file}:{line}: {name}" for file, line, name in touched if name not in own]


def is_theirs(path: Path) -> bool:
    """Whether a file may reach inside of a library."""
    return any(path.is_relative_to(PACKAGE / file) for file in LIBRARIES.values())


def test_nothing_else_reaches_inside_of_a_library() -> None:
    ours = [path for path in PACKAGE.rglob("*.py") if not is_theirs(path)]
    found = reaching_inside({str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8") for path in ours})
    assert not found, (
        f"private parts of libraries belong into {', '.join(LIBRARIES.values())}, each with a test: {found}"
    )


@pytest.mark.parametrize(
    "text",
    [
        "from keras.src.backend.common import global_state",
        "import ray._private.worker",
        "from ray import _raylet",
        "from ray.tune.execution import tune_controller",
        "model._flatten_layers()",
        "self._get_variable_index(variable)",
        "getattr(layer, '_seed_generators', [])",
        "patch.object(tune_controller, '_ObjectCache', ours)",
        "ray.init(_node_ip_address='127.0.0.1')",
    ],
)
def test_what_reaches_inside_is_seen(text: str) -> None:
    assert len(reaching_inside({"ours.py": text})) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from cnnsearch.networks.keras_private import nodes_of",
        "from ray.tune import Callback",
        "os._exit(1)",
        "self._own = other._own",
        "layer.__class__",
        "suffixes = ('', '_validation')",
    ],
)
def test_what_does_not_is_let_be(text: str) -> None:
    assert not reaching_inside({"ours.py": text})


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_version_that_no_test_has_seen_is_not_installed(library: str) -> None:
    """The next one may move what is private: of all that have a file here, Rich alone keeps to its major versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    needed = [Requirement(text) for text in (*project["dependencies"], *(text for extra in extras for text in extra))]
    ranges = [each.specifier for each in needed if each.name == library]
    installed = Version(version(library))
    following = f"{installed.major + 1}.0" if library == "rich" else f"{installed.major}.{installed.minor + 1}"
    assert ranges
    assert all(installed in each and Version(following) not in each for each in ranges)


def test_a_part_that_moved_is_told_in_words() -> None:
    part = Part("Layer._flatten_layers", lambda: object()._flatten_layers, "the weights of a backbone")  # type: ignore[attr-defined]
    with pytest.raises(AssertionError) as caught:
        check("keras", "networks/keras_private.py", part)
    assert str(caught.value) == (
        f"keras {version('keras')} has changed inside: Layer._flatten_layers is not what it was "
        "(AttributeError: 'object' object has no attribute '_flatten_layers'). Needed for: the weights of a backbone. "
        "Find what takes its place and change cnnsearch/networks/keras_private.py, the only file that touches it; "
        "or keep keras below this version in pyproject.toml and constraints.txt"
    )
