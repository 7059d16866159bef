"""No module needs itself: imports make no circle, those within functions counted."""

from __future__ import annotations

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import cnnsearch

ROOT = Path(cnnsearch.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in ROOT.rglob("*.py")
}


def test_there_is_no_circle() -> None:
    graph = {name: set(_imported(ast.parse(path.read_text()))) - {name} for name, path in MODULES.items()}
    graphlib.TopologicalSorter(graph).prepare()  # a CycleError tells the circle


def _imported(node: ast.AST) -> Iterator[str]:
    """Modules of ours, but for what type checkers alone need."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ImportFrom) and child.module and child.module.partition(".")[0] == "cnnsearch":
            for alias in child.names:
                inner = f"{child.module}.{alias.name}"
                yield inner if inner in MODULES else child.module
        elif isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names if alias.name in MODULES)
        elif not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)):
            yield from _imported(child)
