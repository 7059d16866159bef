"""Conformance of everything that the catalog declares, and the table and parameters themselves."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.schema import searchable
from cnnsearch.families import FAMILIES, spec_of
from cnnsearch.families.spec import SHARED, SHARED_OF_TEXTS, TRAINING
from cnnsearch.inputs.pictures.spec import AUGMENTATION, PREPROCESSING
from cnnsearch.search.samplers import SAMPLERS
from cnnsearch.search.schedulers import SCHEDULERS
from cnnsearch.space import Choice, Constant, Float, Int, Space
from cnnsearch.space.specs import DEFAULTS, SIZE_RULE, Parameters, ParameterSpec, choices, is_size
from cnnsearch.tasks.classification.spec import CLASSIFICATION

SEARCHABLE = [
    pytest.param(spec, id=f"{family.name}.{spec.name}")
    for family in (each.spec for each in FAMILIES.values())
    for spec in searchable(family, CLASSIFICATION).values()
]
OPTIONS = [
    pytest.param(spec, id=f"{table.what}.{name}.{spec.name}")
    for table in (SAMPLERS, SCHEDULERS)
    for name, entry in table.items()
    for spec in entry.options.values()
]

TEXTS = {"text", "layers"}
"""Kinds that take text which the catalog cannot know: names of files, of blocks of a backbone."""

CONDITIONS: dict[str, dict[str, Any]] = {
    "transfer": {
        "backbone_alpha": {"backbone": ("mobilenet_v2",)},
        **{name: {"head": ("dense",)} for name in ("unfrozen_layers", *AUGMENTATION) if name != "fill_mode"},
    },
    **{
        family: {"backbone_alpha": {"encoder": ("mobilenet_v2",)}, "scaling": {"encoder": ("scratch",)}}
        for family in ("unet", "detector")
    },
}
"""Of each family, what may not be searched at any value of the others."""


class TestEveryParameter:
    @pytest.mark.parametrize("spec", SEARCHABLE + OPTIONS)
    def test_accepts_its_default(self, spec: ParameterSpec) -> None:
        is_required = spec.default is None and not spec.nullable
        assert spec.accepts(spec.default) != is_required
        assert json.loads(json.dumps(spec.default)) == spec.default

    @pytest.mark.parametrize("spec", SEARCHABLE + OPTIONS)
    def test_is_documented_in_one_line(self, spec: ParameterSpec) -> None:
        assert "\n" not in spec.doc
        assert 0 < len(spec.doc) <= 110
        assert not spec.doc.endswith(".")
        assert "\n" not in spec.rule

    @pytest.mark.parametrize("spec", SEARCHABLE + OPTIONS)
    def test_refuses_other_types(self, spec: ParameterSpec) -> None:
        for value in ([], {}, object(), math.nan, math.inf):
            assert not spec.accepts(value)
        assert spec.accepts("no such option") == (spec.kind in TEXTS)
        assert not spec.accepts(" ")
        assert spec.accepts(None) == spec.nullable
        assert spec.accepts(True) == (spec.kind == "bool")

    @pytest.mark.parametrize("spec", [*SEARCHABLE, *OPTIONS])
    def test_its_limits_are_included_and_final(self, spec: ParameterSpec) -> None:
        step = 1 if spec.kind == "int" else 1e-6
        for end, beyond in ((spec.low, -step), (spec.high, step)):
            if math.isfinite(end):
                assert spec.accepts(int(end) if spec.kind == "int" else end)
                assert not spec.accepts(end + beyond)

    @pytest.mark.parametrize("spec", SEARCHABLE)
    def test_its_sensible_range_is_accepted_and_worth_a_search(self, spec: ParameterSpec) -> None:
        assert spec.sensible is not None
        assert spec.sensible.size != 1
        assert spec.refused(spec.sensible) is None
        rng = np.random.default_rng(0)
        assert all(spec.accepts(spec.sensible.sample(rng)) for _ in range(50))


@pytest.mark.parametrize("family", [each.spec for each in FAMILIES.values()], ids=FAMILIES)
class TestEveryFamily:
    def test_its_defaults_and_its_sensible_ranges_make_an_experiment(self, family: Any) -> None:
        when = CONDITIONS.get(family.name, {})
        sensible = {name: replace(spec.sensible, when=when.get(name, {})) for name, spec in family.searchable.items()}
        schedules = choices(*family.searchable["learning_rate_schedule"].options)  # of which each has its parameters
        sensible["learning_rate_schedule"] = schedules
        keys: dict[str, Any] = {}
        if "boxes" in family.gives:
            keys = {"task": "detection", "dataset": {"source": "digit_boxes"}}
            sensible["cutmix"] = sensible["mixup"] = choices(0.0)
        elif "vector" not in family.gives:  # masks are judged at one size
            keys = {"task": "segmentation", "dataset": {"source": "digit_scenes"}}
            sensible["image_size"] = choices(24)
            sensible["cutmix"] = choices(0.0)
        if family.reads_texts:
            keys = {"dataset": "sentences"}
        made = Experiment(name="a", model=family.name, space=sensible, **keys)
        assert len(made.space) == len(family.searchable)
        defaults = {name: spec.default for name, spec in family.searchable.items()}
        assert Experiment(name="a", model=family.name, space=defaults, **keys).space.size() == 1

    def test_is_listed_under_its_name_with_one_line(self, family: Any) -> None:
        assert FAMILIES[family.name].spec is family
        assert "\n" not in family.doc
        own = {"scaling"} if family.scales_itself else set()
        shared = SHARED_OF_TEXTS if family.reads_texts else SHARED
        assert set(family.searchable) == {*family.parameters, *shared} - own


def test_every_family_shares_training_preprocessing_and_augmentation() -> None:
    assert set(SHARED) == {*TRAINING, *PREPROCESSING, *AUGMENTATION}


@pytest.mark.parametrize("given", [Int(1, 4), Float(1.0, 4.0), Float(2.0, 4.0, step=2.0)], ids=str)
def test_a_range_between_two_options_of_a_choice_is_refused(given: Int | Float) -> None:
    """Its ends are options, and what lies between is none."""
    strides = FAMILIES["unet"].spec.parameters["decoder_output_stride"]
    assert strides.refused(given) in (3, {"float": [given.low, given.high]})
    assert strides.refused(Int(1, 2)) is None


class TestOwnFamily:
    def test_what_is_not_shared_by_all_is_its_own(self) -> None:
        spec = spec_of("package.module:function", ["width", "learning_rate", "rate"], ["rate"])
        assert spec.name == "package.module:function"
        assert list(spec.parameters) == ["width", "rate"]
        assert set(spec.searchable) == {"width", "rate", *SHARED}
        assert (spec.parameters["width"].structural, spec.parameters["rate"].structural) == (True, False)
        assert spec.searchable["learning_rate"] == TRAINING["learning_rate"]

    def test_its_parameters_take_any_value(self) -> None:
        spec = spec_of("module:function", ["width"], []).parameters["width"]
        for value in (1, -2.5, "text", True, (3, 4), ("a", None)):
            assert spec.accepts(value)
        assert not spec.accepts(None)
        assert spec.refused(Choice((1, "a", True))) is None
        assert spec.refused(Float(0, 1)) is None

    def test_other_names_are_those_of_the_table(self) -> None:
        assert spec_of("cnn", ["width"], []) is FAMILIES["cnn"].spec


@pytest.mark.parametrize(
    ("default", "parameter", "acts"),
    [
        (0.0, None, False),
        (0.9, None, True),
        ("none", None, False),
        ("relu", None, True),
        (0.9, Constant(0.0), False),
        (0.0, Constant(0.5), True),
        (0.0, Float(0.0, 0.5), True),
        (0.9, Float(0.0, 0.0), False),
        (0.0, Int(-1, 0), True),
        (0.0, Choice((0,)), False),
        (0.0, Choice((0.0, 0.1)), True),
        ("none", Choice(("none", "balanced")), True),
        ("none", Constant("none"), False),
        (0.9, Choice((0.0,), when={"optimizer": ("sgd",)}), True),  # the default stands where it is inactive
        (0.0, Choice((0.0,), when={"optimizer": ("sgd",)}), False),
        (0.0, Float(0.0, 0.5, when={"optimizer": ("sgd",)}), True),
    ],
)
def test_whether_a_search_may_turn_it_on(default: Any, parameter: Any, acts: bool) -> None:
    assert ParameterSpec("a", "any", default, "").may_act(parameter) is acts


@pytest.mark.parametrize("table", [SAMPLERS, SCHEDULERS], ids=lambda table: table.what)
def test_samplers_and_schedulers_are_listed_under_their_name(table: Any) -> None:
    for name, spec in table.items():
        assert spec.name == name
        assert "\n" not in spec.doc
        assert spec.doc


class TestParameters:
    def test_a_name_twice_is_refused(self) -> None:
        spec = ParameterSpec("a", "int", 1, "a")
        with pytest.raises(ValueError, match="'a' is declared twice"):
            Parameters(spec, [spec])

    def test_filled_adds_defaults_and_keeps_what_is_given(self) -> None:
        parameters = Parameters(ParameterSpec("a", "int", 1, "a"), ParameterSpec("b", "int", 2, "b"))
        assert parameters.filled({"b": 5, "c": 6}) == {"a": 1, "b": 5, "c": 6}


@pytest.mark.parametrize(
    ("spec", "rule"),
    [
        (ParameterSpec("a", "int", 1, "", low=1, high=9), "a whole number from 1 to 9"),
        (ParameterSpec("a", "float", 1, "", low=0.5), "a number of at least 0.5"),
        (ParameterSpec("a", "float", 1, "", high=3), "a number of at most 3"),
        (ParameterSpec("a", "float", 1, ""), "a number"),
        (ParameterSpec("a", "bool", True, "", nullable=True), "true or false or null"),
        (ParameterSpec("a", "choice", "x", "", options=("x", "y")), "one of x, y"),
        (ParameterSpec("a", "size", 8, ""), SIZE_RULE),
    ],
)
def test_rules_are_in_words(spec: ParameterSpec, rule: str) -> None:
    assert spec.rule == rule


@pytest.mark.parametrize(
    ("parameter", "refused"),
    [
        (Int(1, 9), None),
        (Int(0, 9), "0"),
        (Int(1, 10), "10"),
        (Choice((3, 12)), "12"),
        (Choice((3, True)), "true"),
        (Choice((3, None)), "null"),
        (Choice((3, (4, 5))), "[4, 5]"),
        (Float(1, 9), "{'float': [1.0, 9.0]}"),
        (Constant("x"), "'x'"),
    ],
)
def test_the_value_of_a_space_that_is_refused(parameter: Any, refused: str | None) -> None:
    value = ParameterSpec("a", "int", 1, "", low=1, high=9).refused(parameter)
    assert (None if value is None else repr(value)) == refused


@pytest.mark.parametrize(
    ("value", "valid"),
    [
        *((size, True) for size in (96, 1, [72, 96], (1, 4096))),
        *((size, False) for size in (0, 4097, True, 9.0, [8], [8, 8, 3], [0, 8], [], "96", None)),
    ],
)
def test_sizes(value: object, valid: bool) -> None:
    assert is_size(value) is valid


def test_choices_is_a_choice() -> None:
    assert Space(a=choices(1, 2)) == Space(a=Choice((1, 2)))


def test_a_default_that_changed_is_what_it_was_to_studies_of_its_version() -> None:
    spec = ParameterSpec("momentum", "float", 0.9, "", former=((3, 0.95), (1, 0.99)))
    assert [spec.of_version(version).default for version in (1, 2, 3, 4)] == [0.99, 0.95, 0.95, 0.9]
    parameters = Parameters(spec, ParameterSpec("rate", "float", 0.1, ""))
    assert parameters.of_version(1).filled({}) == {"momentum": 0.99, "rate": 0.1}
    assert parameters.of_version(DEFAULTS) is parameters
