"""Nothing of a study becomes code of a script: whatever it holds stands there as a literal, or as plain prose."""

from __future__ import annotations

import ast
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recorded import ended
from synthetic import digits_experiment, environment

from cnnsearch import scripts
from cnnsearch.scripts.writing import Code, code, joined, lines, literal, name
from cnnsearch.study import Study
from cnnsearch.study.store import LocalStore

HOSTILE = (
    '1)\n__import__("os").system("id")\n#',
    "'''\"\"\"\\",
    '"\\"',
    "{seed} {config[x]} %s",
    "\x1b]0;title\x07\r\u202e\u2028\x7f\udce9\ud83d",
    "f\\N{BULLET}\\x41\\",
)
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=12)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.lists(SCALARS, max_size=3).map(tuple)


@given(VALUES | st.dictionaries(TEXTS, VALUES, max_size=3))
def test_a_literal_is_printable_and_gives_its_value_back(value: Any) -> None:
    written = literal(value)
    assert written.isprintable()
    assert repr(ast.literal_eval(written)) == repr(value)


def test_what_has_no_literal_is_refused() -> None:
    class Number(int):
        def __repr__(self) -> str:
            return "exit()"

    assert literal(math.inf) == 'float("inf")'
    assert literal(-math.inf) == 'float("-inf")'
    assert literal([math.nan]) == '[float("nan")]'
    for value in (Number(3), {1}, object(), b"x"):
        with pytest.raises(TypeError, match="has no literal"):
            literal(value)
    for text in ("a b", "import", "x;y", "", "a.", "a\n"):
        with pytest.raises(ValueError, match="is no name"):
            name(text)


def test_only_code_of_ours_goes_into_a_script() -> None:
    assert code("f({a}, {b}) {{}}", a=name("x.y"), b='"') == 'f(x.y, "\\"") {}'
    assert lines("a\nb = {c}", "d", c=1) == ["a", "b = 1", "d"]
    with pytest.raises(TypeError, match="no code of ours: 'x'"):
        joined([code("a"), "x"])  # type: ignore[list-item]
    with pytest.raises(KeyError):
        code("{a.__class__}", a=1)
    with pytest.raises(ValueError, match="no formats"):
        code("{a:>3}", a=1)


ROOM = Path(scripts.__file__).parent
SOURCES = sorted([*ROOM.glob("*.py"), *ROOM.parent.glob("families/*/code*.py"), *ROOM.parent.glob("tasks/*/code.py")])


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: f"{source.parent.stem}-{source.stem}")
def test_templates_are_written_out_where_they_are_used(source: Path) -> None:
    """A template that is put together from values would let them in again."""
    if source.stem == "writing":
        return
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("code", "lines"):
            assert all(map(_is_ours, node.args)), f"{source.name}, line {node.lineno}"
        assert not (isinstance(node, ast.Name) and node.id == "Code" and isinstance(node.ctx, ast.Store))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id != Code.__name__, f"{source.name}, line {node.lineno}: code() makes it"


def _is_ours(template: ast.expr) -> bool:
    if isinstance(template, ast.IfExp):
        return _is_ours(template.body) and _is_ours(template.orelse)
    if isinstance(template, ast.Subscript):  # a table of ours
        return _is_ours(template.value)
    if isinstance(template, ast.Name):  # a constant of the module
        return template.id.isupper()
    return isinstance(template, ast.Constant) and isinstance(template.value, str)


def _shape(script: str) -> str:
    """A script's tree without the values of its literals: names, calls and statements stay."""

    class Blank(ast.NodeTransformer):
        def visit_Constant(self, node: ast.Constant) -> ast.Constant:
            return ast.Constant(type(node.value).__name__)

    return ast.dump(Blank().visit(ast.parse(script)))


def _script(model: str, space: dict[str, Any], study: str, label: str) -> str:
    """Of a study that lies nowhere: what a file cannot hold is no matter here."""
    keys: dict[str, Any] = {"preprocessing": {"image_size": 32}} if model == "transfer" else {}
    experiment = digits_experiment(name=study, model=model, space=space, **keys)
    found = Study(LocalStore(Path("nowhere")), experiment, environment(classes=(label, "b"), dtype=label))
    found.records = [ended(0, None, reason=label, config=space)]
    return found.code(0)


@pytest.mark.parametrize(
    ("model", "key", "fixed"),
    [
        ("my.nets:build", "width", {}),
        ("transfer", "weights", {"backbone": "saved"}),
        ("transfer", "unfrozen_layers", {"backbone": "saved", "weights": "/x/a.keras"}),
    ],
)
@settings(max_examples=15, deadline=None)
@given(value=TEXTS.filter(str.strip), study=TEXTS.filter(str.strip), label=TEXTS)
def test_any_text_leaves_the_script_what_it_is(
    model: str, key: str, fixed: dict[str, Any], value: str, study: str, label: str
) -> None:
    value = f"/{value}.keras" if key == "weights" else value
    study = study.encode("utf-8", "replace").decode()  # an experiment takes no other name
    script = _script(model, {**fixed, key: value}, study, label)
    innocent = _script(model, {**fixed, key: "/x/a.keras"}, "study", "a")
    assert _shape(script) == _shape(innocent)
    assert all(line.isprintable() for line in script.split("\n"))
    read = [node.value for node in ast.walk(ast.parse(script)) if isinstance(node, ast.Constant)]
    assert value in read
