"""The table of bad inputs names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
NAMED = re.findall(r"tests/([\w/]+\.py)((?:::\w+)*) \|", (FOLDER / "README.md").read_text(encoding="utf-8"))


def test_there_are_forty() -> None:
    assert len(NAMED) >= 40


@pytest.mark.parametrize(("file", "names"), NAMED, ids="".join)
def test_what_the_table_names_is_there(file: str, names: str) -> None:
    body: list[ast.stmt] = ast.parse((FOLDER / file).read_text(encoding="utf-8")).body
    for name in filter(None, names.split("::")):
        (found,) = [node for node in body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name]
        body = found.body
