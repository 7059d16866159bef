from __future__ import annotations

import io
import itertools
import json
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cnnsearch.errors import InputError
from cnnsearch.space import (
    Choice,
    Constant,
    Float,
    Int,
    Parameter,
    Space,
    config_key,
    parse_parameter,
    position,
    same,
    shown,
    value_key,
)

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([0.0, -0.0, 0.5, 1.0, 2.0, -2.25]),
    st.sampled_from([np.int64(1), np.float64(1.0), np.float32(0.5), np.bool_(True)]),
    st.text("abé'1", max_size=3),
)
VALUES = SCALARS | st.lists(SCALARS, min_size=1, max_size=2).map(tuple)


def distinct(values: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for value in values:
        if not any(same(value, earlier) for earlier in kept):
            kept.append(value)
    return kept


@st.composite
def floats(draw: st.DrawFn, finite: bool, when: dict[str, Any]) -> Float:
    low = draw(st.sampled_from([-1.0, 0.1, 1e-4, 0.123456789012345]) | st.floats(-100, 100))
    if finite:
        steps = draw(st.integers(1, 4))
        step = draw(st.sampled_from([0.1, 0.25, 1 / 3, 2]))
        return Float(low, low + steps * step + draw(st.sampled_from([0.0, step / 2])), step=step, when=when)
    high = low + draw(st.floats(0.01, 100))
    return Float(low, high, log=low > 0 and draw(st.booleans()), when=when)


@st.composite
def ints(draw: st.DrawFn, when: dict[str, Any]) -> Int:
    low = draw(st.integers(-3, 8))
    high = low + draw(st.integers(0, 5))
    if low > 0 and draw(st.booleans()):
        return Int(low, high, log=True, when=when)
    step = draw(st.none() | st.integers(1, high - low)) if high > low else None
    return Int(low, high, step=step, when=when)


@st.composite
def spaces(draw: st.DrawFn, finite: bool = True) -> Space:
    """Whole spaces of one to five parameters of every kind; any earlier finite parameter may be a parent."""
    made: dict[str, Parameter] = {}
    for name in ("a", "b", "c", "d", "e")[: draw(st.integers(1, 5))]:
        when = {}
        parents = [parent for parent, parameter in made.items() if parameter.size is not None]
        for parent in draw(st.lists(st.sampled_from(parents), unique=True, max_size=2)) if parents else ():
            possible = list(made[parent].values())
            when[parent] = draw(
                st.lists(st.sampled_from(range(len(possible))), unique=True, min_size=1).map(
                    lambda indices, possible=possible: [possible[index] for index in indices]
                )
            )
        kind = draw(st.sampled_from(["choice", "constant", "int", "float"] + ([] if finite else ["continuous"])))
        if kind == "choice":
            made[name] = Choice(tuple(distinct(draw(st.lists(VALUES, min_size=1, max_size=3)))), when=when)
        elif kind == "constant":
            made[name] = Constant(draw(VALUES)) if not when else Choice((draw(VALUES),), when=when)
        elif kind == "int":
            made[name] = draw(ints(when))
        else:
            made[name] = draw(floats(kind == "float", when))
    order = draw(st.permutations(list(made)))
    return Space({name: made[name] for name in order})


class TestEverySpace:
    @given(spaces(finite=False))
    def test_goes_through_json_and_back(self, space: Space) -> None:
        again = Space.from_dict(json.loads(json.dumps(space.to_dict(), allow_nan=False)))
        assert again == space
        assert again.to_dict() == space.to_dict()
        assert list(again) == list(space)

    @given(spaces())
    def test_size_is_the_number_of_configs_of_the_grid(self, space: Space) -> None:
        size = space.size()
        assert size is not None
        assume(size <= 2000)
        configs = list(space.grid())
        assert len(configs) == size
        assert len({config_key(config) for config in configs}) == size
        for config in configs[:200]:
            space.validate(config)

    @given(spaces(finite=False), st.integers(2, 4))
    def test_a_grid_of_points_has_the_size_it_says(self, space: Space, points: int) -> None:
        size = space.size(points)
        assert size is not None
        assume(size <= 2000)
        configs = list(space.grid(points))
        assert len(configs) == size == len({config_key(config) for config in configs})
        for config in configs[:200]:
            space.validate(config)

    @given(spaces(finite=False), st.integers(0, 2**32))
    def test_samples_are_valid_and_repeatable(self, space: Space, seed: int) -> None:
        config = space.sample(np.random.default_rng(seed))
        space.validate(config)
        assert config == space.sample(np.random.default_rng(seed))
        assert list(config) == [name for name in space if name in config]
        assert {name for name in space if space.is_active(name, config)} == set(config)

    @given(spaces(), st.integers(0, 100))
    def test_samples_of_a_finite_space_are_in_its_grid(self, space: Space, seed: int) -> None:
        assume((space.size() or 0) <= 500)
        keys = {config_key(config) for config in space.grid()}
        rng = np.random.default_rng(seed)
        for _ in range(10):
            assert config_key(space.sample(rng)) in keys

    @given(spaces(finite=False))
    def test_parents_come_before_their_children(self, space: Space) -> None:
        position = {name: index for index, name in enumerate(space.ordered)}
        assert sorted(position) == sorted(space)
        for name, parameter in space.items():
            assert all(position[parent] < position[name] for parent in parameter.when)

    @given(spaces(), st.integers(0, 100))
    def test_a_config_with_one_parameter_less_or_more_is_refused(self, space: Space, seed: int) -> None:
        config = space.sample(np.random.default_rng(seed))
        with pytest.raises(InputError, match="not a parameter of this space"):
            space.validate({**config, "other": 1})
        for name in config:
            with pytest.raises(InputError, match=rf"{name}: is active in this config and has no value"):
                space.validate({key: value for key, value in config.items() if key != name})


def test_the_order_of_the_draws_does_not_depend_on_hashes() -> None:
    parents = ["fox", "owl", "elk", "ant", "bee", "cow", "yak"]
    space = Space(child=Choice((1, 2), when=dict.fromkeys(parents, 1)), **dict.fromkeys(parents, Choice((1, 2))))
    assert space.ordered == (*parents, "child")


class TestFloat:
    @given(st.floats(1e-9, 1e3), st.floats(1e-9, 1e3), st.booleans(), st.integers(0, 2**32))
    def test_samples_stay_within_both_ends(self, one: float, other: float, log: bool, seed: int) -> None:
        parameter = Float(min(one, other), max(one, other), log=log)
        rng = np.random.default_rng(seed)
        assert all(parameter.contains(parameter.sample(rng)) for _ in range(20))

    def test_log_spreads_evenly_over_the_decades(self) -> None:
        rng = np.random.default_rng(0)
        drawn = np.log10([Float(1e-4, 1.0, log=True).sample(rng) for _ in range(2000)])
        counts, _ = np.histogram(drawn, bins=4, range=(-4, 0))
        assert counts.min() > 420

    def test_steps_are_counted_in_decimals(self) -> None:
        assert list(Float(0.1, 0.7, step=0.1).values()) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
        assert list(Float(-0.3, 0.3, step=0.1).values()) == [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2, 0.3]

    def test_a_step_that_does_not_fit_ends_below_high(self) -> None:
        parameter = Float(0, 1, step=0.3)
        assert list(parameter.values()) == [0.0, 0.3, 0.6, 0.9]
        assert not parameter.contains(1.0)
        assert not parameter.contains(0.45)
        assert parameter.contains(0.1 + 0.2)

    def test_the_ends_are_what_it_takes(self) -> None:
        assert Float(0, 1, step=0.3).ends == (0.0, 0.9)
        assert Float(0, 1, step=0.25).ends == Float(0, 1).ends == (0.0, 1.0)
        assert Float(0.5, 0.5).ends == (0.5, 0.5)

    @given(floats(True, {}), st.floats(-200, 200))
    def test_the_nearest_value_is_found_without_looking_at_all(self, parameter: Float, value: float) -> None:
        values = list(parameter.values())
        assert parameter.nearest(value) in values
        least = min(abs(each - value) for each in values)
        assert abs(parameter.nearest(value) - value) == pytest.approx(least, abs=1e-9)
        assert parameter.ends == (values[0], values[-1])

    @pytest.mark.parametrize("steps", [10**6, 10**9, 10**12])
    def test_many_steps_take_no_time(self, steps: int) -> None:
        parameter = Float(0, 1, step=1 / steps)
        assert parameter.size == steps + 1
        assert parameter.ends == (0.0, 1.0)
        assert parameter.points(3) == [0.0, 0.5, 1.0]
        assert parameter.nearest(0.25) == 0.25
        assert parameter.contains(0.75)
        assert parameter.contains(parameter.sample(np.random.default_rng(0)))
        assert Space(a=parameter).size() == steps + 1

    def test_points_of_a_stepped_range_are_on_its_steps(self) -> None:
        assert Float(0, 1, step=0.3).points(3) == [0.0, 0.6, 0.9]

    def test_points_spread_over_a_range(self) -> None:
        assert Float(0, 1).points(5) == [0.0, 0.25, 0.5, 0.75, 1.0]
        assert Float(1e-4, 1e-2, log=True).points(3) == [1e-4, 1e-3, 1e-2]
        assert Float(0.123456789, 0.987654321).points(2) == [0.123456789, 0.987654321]
        assert Float(0, 1).points(1) == [0.0]

    def test_values_of_a_range_without_step_cannot_be_listed(self) -> None:
        with pytest.raises(InputError, match="a float without a step has no finite list of values"):
            Float(0, 1).values()

    def test_one_value_needs_no_step(self) -> None:
        parameter = Float(0.1234567890123456, 0.1234567890123456)
        assert parameter.size == 1
        assert list(parameter.values()) == [0.1234567890123456]
        assert parameter.contains(parameter.sample(np.random.default_rng(0)))

    @pytest.mark.parametrize("value", [True, None, "0.5", math.nan, math.inf, -0.1, 1.1])
    def test_does_not_contain(self, value: object) -> None:
        assert not Float(0, 1).contains(value)


class TestInt:
    def test_values_and_steps(self) -> None:
        assert list(Int(1, 10, step=4).values()) == [1, 5, 9]
        assert Int(1, 10, step=4).size == 3
        assert not Int(1, 10, step=4).contains(10)

    def test_the_ends_are_what_it_takes(self) -> None:
        assert Int(1, 12, step=4).ends == (1, 9)
        assert Int(1, 1_000_000_000).ends == (1, 1_000_000_000)

    def test_points(self) -> None:
        assert Int(1, 3).points(5) == [1, 2, 3]
        assert Int(32, 512, log=True).points(5) == [32, 64, 128, 256, 512]
        assert Int(0, 100, step=10).points(3) == [0, 50, 100]

    def test_log_gives_the_ends_their_share(self) -> None:
        rng = np.random.default_rng(0)
        drawn = [Int(1, 4, log=True).sample(rng) for _ in range(4000)]
        shares = np.bincount(drawn, minlength=5)[1:] / 4000
        expected = np.diff(np.log([0.5, 1.5, 2.5, 3.5, 4.5])) / math.log(9)
        assert np.abs(shares - expected).max() < 0.03

    @given(st.integers(1, 50), st.integers(0, 50), st.integers(0, 2**32))
    def test_log_samples_stay_within_both_ends(self, low: int, width: int, seed: int) -> None:
        parameter = Int(low, low + width, log=True)
        rng = np.random.default_rng(seed)
        assert all(parameter.contains(parameter.sample(rng)) for _ in range(20))

    def test_numpy_bounds_are_plain_numbers(self) -> None:
        parameter = Int(np.int64(1), np.int64(9), step=np.int64(2))  # type: ignore[arg-type]
        assert json.dumps(parameter.to_dict()) == '{"int": [1, 9], "step": 2}'

    @pytest.mark.parametrize("value", [True, 1.0, "1", None, 0, 5])
    def test_does_not_contain(self, value: object) -> None:
        assert not Int(1, 4).contains(value)


class TestChoiceAndConstant:
    def test_true_is_not_one(self) -> None:
        assert not Choice((1, 2)).contains(True)
        assert not Constant(False).contains(0)
        assert Choice((True, 1)).size == 2

    def test_a_number_beyond_floats_is_refused(self) -> None:
        with pytest.raises(InputError, match="an option must be a boolean, finite number"):
            Choice((10**400,))
        with pytest.raises(InputError, match="must be finite numbers"):
            Float(0, 10**400)

    def test_numbers_of_other_types_stand_for_an_option_where_it_is_not_there_itself(self) -> None:
        assert [Choice((0.0, 0.5)).own(value) for value in (0, -0.0, 0.5, np.float32(0.5))] == [0.0, 0.0, 0.5, 0.5]
        assert repr(Choice((0.0, 0.5)).own(0)) == repr(Constant(0.0).own(0)) == "0.0"
        three = Choice((True, 1, 1.0))
        assert [three.position(value) for value in (True, 1, 1.0, np.True_, np.int8(1), np.float32(1))] == [0, 1, 2] * 2
        assert repr([three.own(value) for value in (1.0, 1, True)]) == "[1.0, 1, True]"
        assert Choice((0, 1.0)).position(False) is Choice(("1",)).position(1) is Choice((1,)).position({1}) is None
        assert Choice(((0.0, 1), "a")).own([0, 1.0]) == (0.0, 1)

    def test_an_int_of_a_float_range_is_that_float(self) -> None:
        assert repr(Float(0, 2).own(1)) == repr(Float(0, 2, step=0.5).own(1)) == "1.0"
        assert Float(0, 1, step=0.1).own(0.1 + 0.2) == 0.3
        assert Float(0, 1).own(7) == 7  # none of its values

    def test_lists_are_kept_as_tuples(self) -> None:
        choice = Choice(([3, 3], [5, 5]))  # type: ignore[arg-type]
        assert choice.options == ((3, 3), (5, 5))
        assert choice.contains([3, 3])
        assert choice.to_dict() == {"choice": [[3, 3], [5, 5]]}

    def test_a_plain_value_is_a_constant(self) -> None:
        space = Space(batch_size=64, filters=Choice((8, 16)))
        assert space["batch_size"] == Constant(64)
        assert space.searched == ("filters",)
        assert space.to_dict() == {"batch_size": 64, "filters": {"choice": [8, 16]}}

    def test_a_conditional_constant_is_written_as_a_choice(self) -> None:
        space = Space(layers=Int(0, 1), units=Constant(64, when={"layers": 1}))
        assert space.to_dict()["units"] == {"choice": [64], "when": {"layers": [1]}}
        assert list(Space.from_dict(space.to_dict()).grid()) == list(space.grid())

    def test_numpy_values_are_plain_values(self) -> None:
        assert json.dumps(Choice((np.int64(8), np.float32(0.5))).to_dict()) == '{"choice": [8, 0.5]}'


class TestConditions:
    def test_a_condition_names_the_value_of_its_parent(self) -> None:
        space = Space(
            norm=Choice((True, 1, 1.0)),
            rate=Float(0, 1, step=0.5),
            a=Choice((3, 4), when={"norm": 1}),
            b=Choice((3, 4), when={"rate": [0, 1]}),
        )
        assert space.to_dict()["b"] == {"choice": [3, 4], "when": {"rate": [0.0, 1.0]}}
        active = [value for value in (True, 1, 1.0) if space.is_active("a", {"norm": value})]
        assert repr(active) == "[1]"
        assert space.is_active("b", {"rate": 0})
        assert space.size() == len(list(space.grid())) == (2 * 2 + 1) + 2 * (2 * 2 + 1) + (2 * 2 + 1)

    SPACE = Space(
        layers=Int(0, 2), units=Choice((8, 16), when={"layers": [1, 2]}), drop=Choice((0, 1), when={"units": 16})
    )

    def test_the_grid_leaves_inactive_parameters_out(self) -> None:
        configs = list(self.SPACE.grid())
        assert self.SPACE.size() == len(configs) == 1 + 2 * (1 + 2)
        assert configs[:3] == [{"layers": 0}, {"layers": 1, "units": 8}, {"layers": 1, "units": 16, "drop": 0}]

    def test_an_inactive_parameter_is_refused(self) -> None:
        with pytest.raises(InputError, match=r"^units: is only active when \{'layers': \[1, 2\]\} \(got 8\)$"):
            self.SPACE.validate({"layers": 0, "units": 8})

    def test_every_problem_of_a_config_is_told(self) -> None:
        with pytest.raises(InputError) as caught:
            self.SPACE.validate({"layers": 3, "unit": 8, "drop": None})
        assert str(caught.value).splitlines() == [
            "unit: not a parameter of this space; did you mean 'units'?",
            "layers: must be a value of {'int': [0, 2]} (got 3)",
            "drop: is only active when {'units': [16]} (got null)",
        ]

    def test_size_of_what_no_config_reaches_does_not_count(self) -> None:
        space = Space(
            x=Choice((1, 2)),
            a=Choice((0, 1), when={"x": 1}),
            b=Choice((0, 1), when={"x": 2}),
            never=Float(0, 1, when={"a": 1, "b": 1}),
        )
        assert space.size() == len(list(space.grid())) == 4

    def test_infinite_spaces_have_no_size(self) -> None:
        assert Space(x=Choice((1, 2)), y=Float(0, 1, when={"x": 2})).size() is None
        assert Space(x=Choice((1, 2)), y=Float(0, 1, when={"x": 2})).size(points=5) == 6

    def test_huge_spaces_are_counted_without_being_listed(self) -> None:
        assert Space({f"p{number}": Int(1, 1000) for number in range(20)}).size() == 1000**20
        parents = {f"p{number}": Int(1, 1_000_000_000) for number in range(30)}
        children = {f"c{number}": Int(1, 2, when={f"p{number}": [1, 2]}) for number in range(30)}
        assert Space(parents, **children).size() == (1_000_000_000 + 2) ** 30


INVALID: list[tuple[Callable[[], object], str]] = [
    (lambda: Float(1, 0), "low must not be above high (got [1, 0])"),
    (lambda: Float(math.nan, 1), "both ends of float: [low, high] must be finite numbers (got nan)"),
    (lambda: Float(0, math.inf), "both ends of float: [low, high] must be finite numbers (got inf)"),
    (lambda: Float(False, 1), "both ends of float: [low, high] must be finite numbers (got false)"),
    (lambda: Float(0, 1, log=True), "log: true needs low above 0 (got 0)"),
    (lambda: Float(1, 2, log=True, step=0.5), "step: log and step cannot be combined; leave one out (got 0.5)"),
    (lambda: Float(0, 1, step=0), "step: must be a finite number above 0 (got 0)"),
    (lambda: Float(0, 1, step=2), "step: must not be above high - low = 1 (got 2)"),
    (lambda: Int(1.5, 2), "both ends of int: [low, high] must be whole numbers (got 1.5)"),  # type: ignore[arg-type]
    (lambda: Int(1, 2, step=0.5), "step: must be a whole number above 0 (got 0.5)"),  # type: ignore[arg-type]
    (lambda: Choice(()), "choice needs at least one option (got [])"),
    (lambda: Choice("ab"), "choice must be a list of options, as [8, 16] (got 'ab')"),  # type: ignore[arg-type]
    (lambda: Choice((3, 3)), "every option of a choice must be there once (got 3)"),
    (lambda: Choice((1.0, True, 1.0)), "every option of a choice must be there once (got 1.0)"),
    (lambda: Choice((0.0, -0.0)), "every option of a choice must be there once (got 0.0)"),
    (lambda: Choice(((1, 2), [1, 2])), "every option of a choice must be there once (got [1, 2])"),
    (
        lambda: Choice((math.nan,)),
        "an option must be a boolean, finite number, text, null or a list of them (got nan)",
    ),
    (
        lambda: Constant(math.inf),
        "a constant must be a boolean, finite number, text, null or a list of them (got inf)",
    ),
    (
        lambda: parse_parameter({"choise": [1]}),
        "a parameter needs exactly one of float, int, choice; did you mean 'choice'? (got {'choise': [1]})",
    ),
    (lambda: parse_parameter({"int": [1, 2], "stp": 1}), "stp: unknown key of an int parameter; did you mean 'step'?"),
    (lambda: parse_parameter({"float": 3}), "float must be [low, high] (got 3)"),
    (lambda: parse_parameter({"float": None}), "float must be [low, high] (got null)"),
    (lambda: parse_parameter({"float": [1, 2], "log": 1}), "log: must be true or false (got 1)"),
    (
        lambda: parse_parameter({"choice": [1], "when": None}),
        "when: must map a parameter to its values, as {dense_layers: [2, 3]} (got null)",
    ),
    (
        lambda: Space(a=Choice((1, 2)), b=Choice((1, 2), when={"aa": 1})),
        "b.when.aa: no such parameter in the space; did you mean 'a'?",
    ),
    (lambda: Space(a=Choice((1, 2)), b=Choice((1, 2), when={"a": 3})), "b.when.a: 'a' never takes this value (got 3)"),
    (
        lambda: Space(a=Choice((1, 2)), b=Choice((1, 2), when={"a": True})),
        "b.when.a: 'a' never takes this value (got true)",
    ),
    (
        lambda: Space(a=Choice((1, 2)), b=Choice((1, 2), when={"a": []})),
        "b.when.a: must list at least one value (got [])",
    ),
    (
        lambda: Space(a=Float(0, 1), b=Choice((1, 2), when={"a": 0.5})),
        "b.when.a: a condition needs a parent with a finite list of values",
    ),
    (
        lambda: Space(a=Choice((1, 2), when={"b": 1}), b=Choice((1, 2), when={"a": 1})),
        "conditions go round in a circle: a -> b -> a",
    ),
]


@pytest.mark.parametrize(("make", "message"), INVALID, ids=[message[:50] for _, message in INVALID])
def test_invalid_parameters_are_refused(make: Callable[[], object], message: str) -> None:
    with pytest.raises(InputError) as caught:
        make()
    assert str(caught.value) == message


def test_every_problem_of_a_space_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        Space.from_dict(
            {
                "a": {"int": [2, 1]},
                "b": {"choice": [], "when": {"x": 1}},
                "c": {"choice": [1, 2], "when": {"d": 1}},
                "d": {"choice": [1, 2], "when": {"c": 1}},
                "e": {"choice": [1, 2], "when": {"a": 1, "g": 1}},
            }
        )
    wheres = [problem.where for problem in caught.value.problems]
    assert wheres == ["a", "b", "e.when.g", ""]


def test_a_space_is_a_mapping_that_compares() -> None:
    space = Space(a=1, b=Int(1, 3))
    assert dict(space) == {"a": Constant(1), "b": Int(1, 3)}
    assert space == Space({"a": 1, "b": {"int": [1, 3]}})
    assert space != Space(b=Int(1, 3), a=1)
    assert space != {"a": 1}
    assert eval(repr(space)) == space
    with pytest.raises(TypeError, match="unhashable"):
        hash(space)


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2), VALUES, max_size=4), st.randoms())
def test_the_key_of_a_config_does_not_depend_on_order(config: dict[str, Any], random: Any) -> None:
    names = list(config)
    random.shuffle(names)
    assert config_key({name: config[name] for name in names}) == config_key(config)


@given(VALUES, VALUES)
def test_one_notion_says_when_two_values_are_one(one: Any, other: Any) -> None:
    assert same(one, other) == (value_key(one) == value_key(other))
    assert same(one, other) == (config_key({"a": one}) == config_key({"a": other}))
    if same(one, other):
        with pytest.raises(InputError, match="every option of a choice must be there once"):
            Choice((one, other))
    else:
        assert [Choice((one, other)).position(value) for value in (one, other)] == [0, 1]


@given(VALUES)
def test_a_value_is_the_same_after_json_and_yaml(value: Any) -> None:
    space = Space(a=Choice((value, "other")), b=value)
    again = json.loads(json.dumps(space.to_dict()))
    assert Space(again) == space
    assert same(again["b"], value)
    written = YAML(typ="safe", pure=True)
    stream = io.StringIO()
    written.dump(space.to_dict(), stream)
    assert Space(YAML(typ="safe", pure=True).load(stream.getvalue())) == space


def test_nan_is_the_same_as_itself() -> None:
    assert same(math.nan, np.float32("nan"))
    assert not same(math.nan, None)
    assert position([1.0, math.nan], float("nan")) == 1


def test_spaces_of_values_that_python_takes_for_equal_are_others() -> None:
    assert Space(a=Choice((True, 2))) != Space(a=Choice((1, 2))) != Space(a=Choice((1.0, 2)))
    assert Space(a=True) != Space(a=1) != Space(a=1.0)
    assert Choice((True,)) != Choice((1,))
    assert Constant(1) != Constant(1.0)
    assert Space(a=Choice((1, True)), b=Choice((0,), when={"a": 1})) != Space(
        a=Choice((1, True)), b=Choice((0,), when={"a": True})
    )


def test_different_configs_have_different_keys() -> None:
    configs = [{"a": 1}, {"a": 1.0}, {"a": True}, {"a": "1"}, {"a": None}, {"b": 1}, {"a": (1,)}, {"a": (1.0,)}, {}]
    for one, other in itertools.combinations(configs, 2):
        assert config_key(one) != config_key(other)


def test_values_are_shown_as_files_write_them() -> None:
    assert [repr(shown(value)) for value in (None, True, False, (1, 2), "a", 0.5)] == [
        "null",
        "true",
        "false",
        "[1, 2]",
        "'a'",
        "0.5",
    ]


class TestLimits:
    """What was exponential, quadratic or recursive once."""

    def test_many_parents_of_one_condition(self) -> None:
        parents = {f"p{number}": Choice((1, 2, 3)) for number in range(200)}
        child = Choice((1, 2), when=dict.fromkeys(parents, (1,)))
        assert Space(parents, child=child).size() == 3**200 + 1

    def test_a_chain_of_conditions(self) -> None:
        chain = {f"p{n}": Choice((1, 2), when={f"p{n - 1}": (1,)} if n else {}) for n in range(1200)}
        space = Space(chain)
        assert space.size() == 1201
        first, second = itertools.islice(space.grid(), 2)
        assert first == dict.fromkeys(chain, 1)
        assert second == {**first, "p1199": 2}

    def test_a_long_circle_is_told_in_short(self) -> None:
        circle = {f"p{n}": Choice((1, 2), when={f"p{n - 1 if n else 1199}": (1,)}) for n in range(1200)}
        with pytest.raises(InputError, match="conditions go round in a circle: p") as caught:
            Space(circle)
        assert " -> ... -> " in str(caught.value)
        assert len(str(caught.value)) < 300

    def test_a_switch_of_many_branches(self) -> None:
        children = {f"c{n}": Choice((1, 2), when={"p": (n,)}) for n in range(300)}
        assert Space(children, p=Int(0, 300)).size() == 2 * 300 + 1

    def test_conditions_that_cannot_be_counted_are_refused(self) -> None:
        parents = {f"p{number}": Choice((1, 2)) for number in range(24)}
        rng = np.random.default_rng(0)
        pairs = [pair for pair in itertools.combinations(parents, 2) if rng.random() < 0.5]
        children = {f"{one}-{other}": Choice((1, 2), when={one: (1,), other: (1,)}) for one, other in pairs}
        with pytest.raises(InputError, match="conditions hang together so that its configs cannot be counted"):
            Space(parents, **children)

    def test_too_many_parameters(self) -> None:
        with pytest.raises(InputError, match=r"^has at most 2,000 parameters \(got 2001\)$"):
            Space({f"p{number}": 1 for number in range(2001)})

    def test_the_size_is_counted_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        space = Space(x=Choice((1, 2)))
        assert (space.size(), space.size(5)) == (2, 2)
        monkeypatch.setattr("cnnsearch.space.space.configs_of", None)
        assert (space.size(), space.size(5)) == (2, 2)

    def test_many_options_are_looked_up_and_not_searched(self) -> None:
        space = Space(x=Choice(tuple(range(30_000))), y=Choice((1, 2), when={"x": [float(n) for n in range(15_000)]}))
        assert space.size() == 45_000
        assert space["x"].position(29_999.0) == 29_999
        assert space["x"].position(True) is None
        with pytest.raises(InputError) as caught:
            space.validate({"x": 30_000})
        assert str(caught.value).endswith("17, 18, '...']} (got 30000)")

    @pytest.mark.parametrize(
        ("make", "message"),
        [
            (lambda: Int(1, 2**53 + 1), "must lie between -9007199254740992 and 9007199254740992"),
            (lambda: Float(-1.7e308, 1.7e308), "high - low must be a finite number"),
            (lambda: Float(0, 1, step=1e-300), "step: must not make more than 9007199254740992 values of [0, 1]"),
        ],
    )
    def test_ranges_beyond_what_can_be_drawn(self, make: Any, message: str) -> None:
        with pytest.raises(InputError, match=re.escape(message)):
            make()
