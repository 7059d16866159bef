"""A family from outside that declares itself: checked as those of this package are, and known without its code."""

from __future__ import annotations

import importlib
import json
import sys
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import pytest
from documentation import examples

import cnnsearch.families
from cnnsearch.cli.catalog import spaces
from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.families import OwnFamily, ParameterSpec, Switch, find_family, named_model
from cnnsearch.families.own.spec import declared_spec
from cnnsearch.space import Float

MODEL = "my_families:MLP"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a user who has copied the example."""
    (example,) = (block.text for block in examples("python") if "OwnFamily(" in block.text)
    (tmp_path / "my_families.py").write_text(example)
    (tmp_path / "named_again.py").write_text("from my_families import MLP as SAME\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("my_families", "named_again"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    importlib.invalidate_caches()
    return tmp_path


def experiment(space: dict[str, Any] | None = None, **keys: Any) -> Experiment:
    return Experiment(**{"name": "a", "model": MODEL, "space": space or {"width": {"int": [8, 64]}}, **keys})


def refused(space: dict[str, Any] | None = None, **keys: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        experiment(space, **keys)
    return [str(problem) for problem in caught.value.problems]


def test_its_parameters_have_types_ranges_and_defaults() -> None:
    made = experiment({"width": {"int": [8, 64]}, "rate": {"float": [0.0, 0.5]}})
    assert list(made.family.parameters) == ["width", "layers", "rate"]
    filled = made.filled({"width": 8})
    assert (filled["width"], filled["layers"], filled["rate"]) == (8, 1, 0.0)
    assert "rate" in made.active
    assert made.family.parameters["width"].refused(Float(1, 2)) is not None


@pytest.mark.parametrize(
    ("space", "keys", "told"),
    [
        ({"width": {"int": [0, 64]}}, {}, "space.width: must be a whole number from 1 to 4096 (got 0)"),
        ({"rate": 2.0}, {}, "space.rate: must be a number from 0 to 0.9 (got 2.0)"),
        ({"widht": 8}, {}, f"space.widht: not a parameter of model '{MODEL}'; did you mean 'width'?"),
        (
            {"rate": {"float": [0.0, 0.5]}},
            {"runtime": ["rate"]},
            "runtime: is declared by this family itself, as parameters that are not structural",
        ),
        ({"width": 8}, {"declaration": {"family": MODEL, "doc": "x"}}, "declaration: is no declaration of a family"),
        (
            {"filters": 8},
            {"model": "cnn", "declaration": {"doc": "x"}},
            "declaration: is for a family from outside, as model: package.module:NAME",
        ),
        (
            {"learning_rate": 0.1},
            {"model": "own_families:FOR_TEXTS"},
            "model: takes texts, and the data are pictures (got 'own_families:FOR_TEXTS')",
        ),
    ],
)
def test_what_is_wrong_is_told_as_of_every_family(space: dict[str, Any], keys: dict[str, Any], told: str) -> None:
    assert any(problem.startswith(told) for problem in refused(space, **keys)), refused(space, **keys)


def test_a_study_is_read_without_its_code(folder: Path) -> None:
    made = experiment({"width": {"int": [8, 64]}})
    written = made.to_yaml()
    (folder / "my_families.py").write_text("MLP = print()\nraise RuntimeError('not to be imported')\n")
    del sys.modules["my_families"]
    read = Experiment.from_text(written.encode(), "experiment.yaml")
    assert read == made
    assert read.filled({"width": 8})["layers"] == 1
    assert read.updated({"epochs": 3}).family == made.family
    assert Experiment.from_dict(read.to_dict()) == made
    with pytest.raises(InputError, match="my_families:MLP cannot be imported: RuntimeError: not to be imported"):
        experiment()


def test_another_model_has_another_declaration() -> None:
    made = experiment({"learning_rate": 0.1})
    assert made.updated({"model": "cnn"}).declaration is None
    assert made.updated({"model": "named_again:SAME"}).family.parameters == made.family.parameters


def test_a_function_is_not_imported(folder: Path) -> None:
    (folder / "my_families.py").write_text("raise RuntimeError('imported')\n\ndef MLP(config, shape, classes): ...\n")
    assert experiment({"anything": 3}).declaration is None


def test_from_python_it_is_given_itself() -> None:
    module = importlib.import_module("my_families")
    assert experiment(model=module.MLP).model == MODEL
    unnamed = OwnFamily("x", module.build)
    assert refused({"learning_rate": 0.1}, model=unnamed)[0].startswith("model: must stand at the top of a module")


def test_an_installed_package_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    named = [EntryPoint("mlp", MODEL, "cnnsearch.families"), EntryPoint("odd", "my_families", "cnnsearch.families")]
    monkeypatch.setattr(cnnsearch.families, "entry_points", lambda group: EntryPoints(named).select(group=group))
    made = experiment(model="mlp")
    assert (made.model, list(made.family.parameters)) == (MODEL, ["width", "layers", "rate"])
    assert refused(model="odd") == [
        "model: is what an installed package names, but not by package.module:NAME: 'my_families' (got 'odd')"
    ]
    assert "did you mean 'mlp'?" in refused({"learning_rate": 0.1}, model="mpl")[0]
    assert named_model("cnn") == "cnn"


def test_a_name_that_is_not_used_is_listed_as_such(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = [EntryPoint("cnn", MODEL, "cnnsearch.families")]
    monkeypatch.setattr(cnnsearch.families, "entry_points", lambda group: EntryPoints(named).select(group=group))
    spaces(Path("none"))
    assert (
        f"model: {MODEL}  'cnn' is cnnsearch's own; an installed package's of that name is found by its module alone"
        in (" ".join(capsys.readouterr().out.split()).replace(f"{MODEL} '", f"{MODEL}  '"))
    )


def test_the_example_builds_what_is_counted() -> None:
    family, config = find_family(MODEL), experiment().filled({"width": 8})
    assert family.count(config, (6, 6, 2), 5) == 73 * 8 + 9 * 5
    assert family.build(config, (6, 6, 2), 5, 1.0, 0.0).count_params() == 73 * 8 + 9 * 5


def test_switches_are_declared_and_recorded() -> None:
    depth = ParameterSpec("depth", "int", 1, "layers", low=1)
    both = Switch("depth", off=(1,), beside=Switch("optimizer", on=("sgd",)))
    specs = [depth, ParameterSpec("gap", "int", 2, "between", read_where=(Switch("depth", off=(1,)), both))]
    declaration = json.loads(json.dumps(OwnFamily("x", lambda *_: None, specs).to_dict()))
    assert list(declared_spec("a:B", declaration).parameters.values()) == specs
    with pytest.raises(InputError, match="other than 1 and optimizer sgd, and depth is 1"):
        Experiment(name="x", model="my_models:B", declaration=declaration, space={"gap": {"choice": [3, 4]}})


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"doc": "two\nlines"}, "doc: must be one line of documentation"),
        ({"build": 3}, "build: must be a function of config, shape and classes, not int"),
        ({"build": lambda config: config}, "build: must take three arguments: config, shape and classes"),
        ({"takes": ("sounds",)}, "takes: must be a tuple of some of pictures, texts"),
        ({"parameters": [3]}, "parameters: must hold ParameterSpecs, not int"),
        ({"parameters": [ParameterSpec("batch_size", "int", 1, "")]}, "parameters.batch_size: is a parameter of every"),
        ({"parameters": [ParameterSpec("a", "int", 1, "")] * 2}, "parameters.a: is declared twice"),
        (
            {"parameters": [ParameterSpec("a", "int", 0, "", low=1, high=9)]},
            "parameters.a: must have a default that is a whole number from 1 to 9 (got 0)",
        ),
        (
            {"parameters": [ParameterSpec("a", "text", "x", "", structural=False)]},
            "parameters.a: must be an int or a float where it is not structural",
        ),
    ],
)
def test_a_wrong_declaration_is_told(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        OwnFamily(**{"doc": "x", "build": lambda *_: None, **keys})
    assert str(caught.value.problems[0]).startswith(told)


@pytest.mark.parametrize(
    "switch",
    [
        Switch("c", on=(1,)),
        Switch("b", on=(1,)),
        Switch("a", on=("x",)),
        Switch("a", (1,), beside=Switch("c", (1,))),
        "a",
    ],
    ids=["none", "own", "value", "beside", "no"],
)
def test_a_switch_is_another_parameter_with_a_value_of_its(switch: Any) -> None:
    specs = [ParameterSpec("a", "int", 1, ""), ParameterSpec("b", "int", 1, "", read_where=(switch,))]
    with pytest.raises(InputError, match=r"parameters\.b\.read_where: must be Switches of parameters"):
        OwnFamily("x", lambda *_: None, specs)
