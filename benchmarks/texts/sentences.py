"""Sentences of people that are on every machine that can measure: those of the documentation in installed packages."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

__all__ = ["PACKAGES", "documentation"]

PACKAGES = ("keras", "numpy", "optuna", "pandas", "ray", "scipy", "sklearn", "tensorflow")
"""The classes."""

_WORDS = (6, 40)
"""Fewest and most words of a sentence."""

_NAME = re.compile(r"\b(keras|numpy|np|optuna|pandas|pd|ray|scipy|sklearn|scikit|learn|tensorflow|tf)\b", re.IGNORECASE)
"""Left out of the sentences: who is named is no question."""


def documentation(count: int, seed: int = 0) -> tuple[list[str], list[str]]:
    """So many different sentences, as many of each package, and the package that each is of, in random order."""
    rng = np.random.default_rng(seed)
    texts: list[str] = []
    labels: list[str] = []
    seen: set[str] = set()
    for package in PACKAGES:
        folded = {each.casefold(): each for each in _sentences(package)}
        found = [each for key, each in folded.items() if key not in seen]
        seen.update(folded)
        drawn = rng.permutation(len(found))[: count // len(PACKAGES)]
        texts += [found[row] for row in drawn]
        labels += [package] * len(drawn)
    order = rng.permutation(len(texts))
    return [texts[row] for row in order], [labels[row] for row in order]


def _sentences(package: str) -> Iterator[str]:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SystemExit(f"{package} is not installed")
    for file in sorted(Path(found.origin).parent.rglob("*.py")):
        if "test" in file.as_posix():
            continue
        try:
            parsed = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError):
            continue
        for node in ast.walk(parsed):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module)):
                yield from _of(ast.get_docstring(node) or "")


def _of(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        if re.search(r">>>|^\s*[.:|=+-]{2}", paragraph, re.MULTILINE):
            continue  # code, tables and directives
        for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", " ".join(paragraph.split())):
            plain = " ".join(_NAME.sub(" ", sentence).split())
            if _WORDS[0] <= len(plain.split()) <= _WORDS[1] and re.match(r"[A-Z].*[.!?]$", plain):
                yield plain
