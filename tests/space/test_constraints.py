"""Constraints: the expression language, what it refuses, and what a space with constraints keeps."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnsearch.errors import InputError
from cnnsearch.space import Choice, Config, Float, Int, Space, config_key
from cnnsearch.space.constraints import Constraint, parse_constraint, parse_constraints
from cnnsearch.space.kept import none_keeps, share_kept

SPACE = Space(
    filters=Choice([8, 16, 32]),
    dense_layers=Int(0, 2),
    units=Int(1, 40, when={"dense_layers": [1, 2]}),
    optimizer=Choice(["adam", "sgd"]),
    momentum=Float(0.0, 0.9, step=0.3, when={"optimizer": "sgd"}),
    normalized=Choice([True, False]),
    unfrozen=Choice([0, 0.5, "block_4"]),
    image_size=Choice([64, [64, 96], None]),
    rate=Float(1e-4, 1e-1, log=True),
)
LEFT_OUT = {"batch_size": 64, "l2": 0.0, "threshold": None}


def parsed(text: str, space: Mapping[str, Any] = SPACE) -> Constraint:
    return parse_constraint(text, space, LEFT_OUT)


@pytest.mark.parametrize(
    ("text", "config", "holds"),
    [
        ("filters * units <= 512", {"filters": 16, "units": 32}, True),
        ("filters * units <= 512", {"filters": 16, "units": 33}, False),
        ("not (optimizer == 'sgd' and rate < 0.001)", {"optimizer": "sgd", "rate": 0.0009}, False),
        ("not (optimizer == 'sgd' and rate < 0.001)", {"optimizer": "sgd", "rate": 0.001}, True),
        ("8 < filters <= 32", {"filters": 8}, False),
        ("8 < filters <= 32", {"filters": 32}, True),
        ("filters in [8, 16] or normalized", {"filters": 32, "normalized": True}, True),
        ("filters not in (8, 16)", {"filters": 16}, False),
        ("unfrozen != 'block_4'", {"unfrozen": 0.5}, True),
        ("unfrozen in [0, 'block_4']", {"unfrozen": 0.5}, False),
        ("image_size == [64, 96]", {"image_size": (64, 96)}, True),
        ("image_size == null or image_size == 64", {"image_size": None}, True),
        ("normalized == true", {"normalized": False}, False),
        ("not normalized", {"normalized": False}, True),
        ("filters // 3 + filters % 3 - 2 ** dense_layers == -1", {"filters": 8, "dense_layers": 0}, False),
        ("filters // 3 + filters % 3 - 2 ** dense_layers == 0", {"filters": 8, "dense_layers": 2}, True),
        ("filters / batch_size <= 0.25", {"filters": 16}, True),
        ("filters / batch_size <= 0.25", {"filters": 32}, False),
        ("-filters < -8", {"filters": 8}, False),
        # as people who write it mean it: 0.1 + 0.2 is 0.3, and 3 * 0.3 is 0.9
        ("momentum * 3 <= 0.9", {"momentum": 0.3}, True),
        ("momentum + 0.1 + 0.2 > momentum + 0.3", {"momentum": 0.0}, False),
        ("not (\n  filters == 8\n  and normalized)", {"filters": 8, "normalized": True}, False),
    ],
)
def test_a_condition_is_what_it_says(text: str, config: Config, holds: bool) -> None:
    assert parsed(text).is_broken(config) != holds


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("layers == 1", [1]),
        ("1.0 == layers", [1.0]),
        ("layers != 1.0", [0.0, 1, True, "block"]),
        ("layers in [0, 1, 'block']", [0.0, 1, "block"]),  # 0 can only be meant as 0.0
        ("layers not in [true, 1]", [0.0, 1.0, "block"]),
        ("part == 1", [1.0]),
    ],
)
def test_of_options_that_differ_by_their_types_the_one_that_is_written_is_meant(text: str, kept: list[Any]) -> None:
    """One layer and all of them: ``unfrozen_layers: 1`` and ``1.0``."""
    space = Space(layers=Choice([0.0, 1, 1.0, True, "block"]), part=Choice([0.5, 1.0]))
    constraint, name = parsed(text, space), text.replace("'", " ").split()[0]
    name = name if name in space else "layers"
    left = [value for value in space[name].values() if not constraint.is_broken({name: value})]
    assert [(type(value), value) for value in left] == [(type(value), value) for value in kept]
    assert constraint.truths == {True, False}


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("units > 8", False),
        ("filters * units <= 8", False),
        ("not (units > 8)", False),
        ("filters == 8 or units > 8", False),
        ("filters == 8 and units > 8", True),  # as the two constraints 'filters == 8' and 'units > 8'
        ("units in [4]", False),
        ("units == 4 and momentum == 0.3", False),
    ],
)
def test_what_is_inactive_has_no_value_and_breaks_nothing_by_itself(text: str, broken: bool) -> None:
    assert parsed(text).is_broken({"filters": 16, "dense_layers": 0, "optimizer": "adam"}) is broken


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("filter * 2 < 4", "'filter' is no parameter; did you mean 'filters'? (column 1)"),
        ("filters * unit < 4", "'unit' is no parameter; did you mean 'units'? (column 11)"),
        ("filters < 'adam'", "< takes numbers, and this may be a text (column 11)"),
        ("optimizer < 3", "< takes numbers, and 'optimizer' may be a text (column 1)"),
        ("unfrozen > 1", "> takes numbers, and 'unfrozen' may be a text (column 1)"),
        ("threshold > 1", "> takes numbers, and 'threshold' may be null (column 1)"),
        ("normalized + 1 > 1", "+ takes numbers, and 'normalized' may be true or false (column 1)"),
        ("filters and normalized", "and takes conditions, and 'filters' may be a number (column 1)"),
        ("not filters", "not takes conditions, and 'filters' may be a number (column 5)"),
        ("filters * 2", "must be true or false of a config, and is a number (column 1)"),
        ("optimizer == 3", "compares a text with a number, which are never equal (column 1)"),
        ("optimizer == 'sdg'", "'optimizer' never takes 'sdg'; did you mean 'sgd'? (column 14)"),
        ("'sdg' != optimizer", "'optimizer' never takes 'sdg'; did you mean 'sgd'? (column 1)"),
        ("optimizer in ['adam', 'sdg']", "'optimizer' never takes 'sdg'; did you mean 'sgd'? (column 23)"),
        ("filters == 12", "'filters' never takes 12; valid: 8, 16, 32 (column 12)"),
        ("units == 41", "'units' never takes 41, of {'int': [1, 40], 'when': {'dense_layers': [1, 2]}} (column 10)"),
        ("filters in units", "'in' needs a list of values, as filters in [8, 16] (column 12)"),
        ("filters / dense_layers < 3", "/ divides by what may be 0: multiply both sides by it (column 1)"),
        ("9 ** 9 ** 9 > filters", "** may be larger than 1e+300 (column 1)"),
        (
            "(dense_layers - 1) ** rate > 1",
            "** takes a negative number to a power that may be no whole number (column 1)",
        ),
        ("dense_layers ** (0 - 1) > 1", "** takes 0 to a power that may be negative (column 1)"),
    ],
)
def test_what_can_mean_nothing_is_refused(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(text)
    assert [problem.rule for problem in caught.value.problems] == [told]


@pytest.mark.timeout(20)  # none of them may be computed, as 9**9**9
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("filters = 8", "cannot be read: invalid syntax"),
        ("filters <", "cannot be read: invalid syntax"),
        ("", "cannot be read: invalid syntax"),
        ("filters \0 < 3", "cannot be read: "),
        ("(" * 300, "cannot be read: "),
        ("len(optimizer) < 4", "cannot hold a call; a condition is made of parameters, numbers"),
        ("__import__('os').system('ls') == 0", "cannot hold a call"),
        ("optimizer.upper == 3", "cannot hold an attribute"),
        ("image_size[0] == 64", "cannot hold an index"),
        ("(lambda: normalized)", "cannot hold a function"),
        ("[f for f in (1, 2)] == image_size", "cannot hold "),
        ("f'{filters}' == optimizer", "cannot hold a text with values in it"),
        ("normalized if filters else normalized", "cannot hold if and else"),
        ("(x := 8) == filters", "cannot hold an assignment"),
        ("filters & 8 == 8", "cannot hold &: write and, or, not"),
        ("~filters < 3", "cannot hold ~: write not"),
        ("filters is 8", "cannot hold 'is': write == or !="),
        ("filters < 1j", "a list holds numbers, texts, true, false and null"),
        ("filters < 1e999", "a list holds numbers, texts, true, false and null"),
        ("image_size == [[1], 2]", "a list holds numbers, texts, true, false and null"),
        ("not " * 200 + "normalized", "is nested more than 50 deep"),
        ("filters < 9 " + "or filters < 9 " * 80, "must be of at most 1000 characters"),
    ],
)
def test_only_a_few_words_of_python_are_known(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        parsed(text)
    assert [problem.rule.startswith(told) for problem in caught.value.problems] == [True], str(caught.value)


def test_the_column_counts_characters_of_what_was_written() -> None:
    with pytest.raises(InputError, match=r"'unit' is no parameter; .* \(column 24\)"):
        parsed("  optimizer != 'é' and unit < 3", {**SPACE, "optimizer": Choice(["é", "a"])})


def test_every_problem_is_told_with_its_place() -> None:
    constraints, problems = parse_constraints(["filter < 3", "filters < 9", "units <"], SPACE, LEFT_OUT)
    assert [constraint.text for constraint in constraints] == ["filters < 9"]
    assert [problem.where for problem in problems] == ["constraints.0", "constraints.2"]


@pytest.mark.parametrize(
    ("text", "truths"),
    [
        ("filters < 33", {True}),
        ("filters * units <= 32 * 40", {True}),
        ("filters * units <= 32 * 40 - 1", {True, False}),
        ("units > 40", {False}),
        ("units >= 1 and filters > 0", {True}),
        ("units > 1 and filters > 32", {False}),
        ("not (units > 40)", {True}),
        ("1 <= units <= 40", {True}),
        ("batch_size == 64", {True}),
        ("batch_size == 64 and l2 > 0", {False}),
        ("0.1 + 0.2 + momentum * 0 <= 0.3", {True}),
    ],
)
def test_what_the_ends_tell_of_a_condition(text: str, truths: set[bool]) -> None:
    assert parsed(text).truths == truths


NUMBERS = Space(a=Int(-3, 4, step=2), b=Choice([1, 2, 5]), c=Int(0, 2, when={"d": True}), d=Choice([True, False]))


@st.composite
def numbers(draw: st.DrawFn, depth: int = 2) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["a", "b", "c"]) | st.integers(-4, 6).map(str))
    sign = draw(st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]))
    right = draw(st.sampled_from(["2", "3"])) if sign == "**" else draw(numbers(depth - 1))
    return f"({draw(numbers(depth - 1))} {sign} {right})"


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> str:
    kind = draw(st.integers(0, 5)) if depth else 0
    if kind == 1:
        return f"(not {draw(conditions(depth - 1))})"
    if kind in (2, 3):
        return f"({draw(conditions(depth - 1))} {'and' if kind == 2 else 'or'} {draw(conditions(depth - 1))})"
    if kind == 4:
        return draw(st.sampled_from(["d", "d == False", "b in [1, 5]", "b not in [2]", "-1 <= a < b"]))
    sign = draw(st.sampled_from(["<", "<=", ">", ">=", "!="]))
    return f"({draw(numbers())} {sign} {draw(numbers())})"


def readable(text: str) -> Constraint | None:
    """What divides by what may be 0 is refused."""
    try:
        return parse_constraint(text, NUMBERS, {})
    except InputError:
        return None


@given(conditions())
@settings(max_examples=60)
def test_it_is_python_and_never_says_more_than_it_knows(text: str) -> None:
    constraint = readable(text)
    if constraint is None:
        return
    for a, b, c, d in itertools.product((-3, -1, 1, 3), (1, 5), (0, 2), (True, False)):
        config = {"a": a, "b": b, "c": c, "d": d}
        # Of exact numbers: a condition takes 3 * 0.1 for 0.3.
        exact = {name: Fraction(value) if name != "d" else value for name, value in config.items()}
        truth = eval(text, {}, exact)
        assert constraint.is_broken(config) == (not truth)
        assert truth in constraint.truths
        for left_out in "abcd":  # what is broken without a value is broken with every one
            if constraint.is_broken({name: value for name, value in config.items() if name != left_out}):
                assert not truth


@given(st.lists(conditions(), min_size=1, max_size=3), st.integers(0, 100))
@settings(max_examples=25)
def test_a_space_draws_lists_counts_and_allows_what_keeps_its_constraints(texts: list[str], seed: int) -> None:
    constraints = [constraint for text in texts if (constraint := readable(text)) is not None]
    whole = Space({**NUMBERS, "e": Choice([1, 2], when={"d": True}), "f": Int(1, 3, when={"e": 1, "b": [2, 5]})})
    space = whole.kept_to(constraints)
    kept = [config for config in whole.grid() if not any(each.is_broken(config) for each in constraints)]
    assert [config_key(config) for config in space.grid()] == [config_key(config) for config in kept]
    assert space.size() == len(kept)
    assert space.size(2) == len(list(space.grid(2)))
    keys = set(map(config_key, kept))
    drawn = list(space.draws(np.random.default_rng(seed), 20))
    everything = list(whole.draws(np.random.default_rng(seed), 20))
    assert drawn == [config for config in everything if config_key(config) in keys]
    for config in everything:
        assert space.allows(config) == (config_key(config) in keys)
    assert space.kept_to(()) == whole == pickle.loads(pickle.dumps(space)).kept_to(())
    assert pickle.loads(pickle.dumps(space)) == space


def kept(*texts: str, space: Space = SPACE) -> Space:
    constraints, problems = parse_constraints(texts, space, LEFT_OUT)
    assert problems == []
    return space.kept_to(constraints)


def test_validate_names_the_constraint_and_what_breaks_it() -> None:
    space = kept("filters <= 16", "filters * units <= 64")
    config = {"filters": 32, "dense_layers": 1, "units": 3, "optimizer": "adam", "normalized": True, "unfrozen": 0}
    with pytest.raises(InputError) as caught:
        space.validate({**config, "image_size": 64, "rate": 0.01})
    assert [str(problem) for problem in caught.value.problems] == [
        "constraints.0: this config breaks filters <= 16 (got {'filters': 32})",
        "constraints.1: this config breaks filters * units <= 64 (got {'filters': 32, 'units': 3})",
    ]


@pytest.mark.parametrize(
    "given",
    [{"filters": "abc"}, {"filters": [1, 2]}, {"filters": None}, {"rate": 0.0}, {"rate": "x"}, {"rate": math.nan}],
)
def test_of_what_is_no_value_of_the_space_no_constraint_is_asked(given: dict[str, Any]) -> None:
    """It can be divided by, though the range of the parameter says otherwise."""
    space = kept("filters * 2 <= 64", "1 / rate < 9000", "not normalized")
    config = {"filters": 8, "dense_layers": 0, "optimizer": "adam", "normalized": True, "unfrozen": 0, "image_size": 64}
    with pytest.raises(InputError) as caught:
        space.validate({**config, "rate": 0.01, **given})
    assert [problem.where for problem in caught.value.problems] == [*given, "constraints.2"]


def test_a_number_that_stands_for_an_option_is_that_option_to_a_constraint() -> None:
    space = kept("layers in [0, 1]", space=Space(layers=Choice([0.0, 1, 1.0])))
    space.validate({"layers": 0})
    with pytest.raises(InputError, match=r"constraints\.0: this config breaks layers in \[0, 1\]"):
        space.validate({"layers": 1.0})


def test_a_space_without_end_stays_without_end() -> None:
    assert kept("filters * units <= 64").size() is None
    assert kept("filters * units <= 64").size(2) is not None


def test_what_is_too_much_to_be_listed_is_not_counted() -> None:
    space = Space(a=Int(1, 1000), b=Int(1, 1000), c=Int(1, 3))
    assert kept("a * b <= 1000", space=space).size() is None
    assert kept("a + 0 * c <= 10", space=space).size() == 10 * 1000 * 3


def test_the_rest_of_a_space_is_counted_and_not_listed() -> None:
    space = Space(a=Int(1, 10), b=Choice([0, 1]), **{f"c{place}": Int(1, 1000) for place in range(9)})
    assert kept("a > 7 or b == 1", space=space).size() == 13 * 1000**9


def test_the_share_that_is_left() -> None:
    space = Space(a=Int(1, 1000), b=Float(0, 1))
    assert share_kept(kept("a <= 250", space=space), 4000) == pytest.approx(0.25, abs=0.03)
    assert none_keeps(kept("a <= 250", space=space), 100) == ""
    assert none_keeps(kept("a <= 250 and a > 250", space=space), 100) == "none of all 1,000 combinations does"
    assert none_keeps(kept("b < 0", space=space), 100) == "none of 100 random configs does, so hardly any can"
    assert none_keeps(kept("a == 7", space=space), 0) == "", "what no draw found is listed"


def test_a_draw_that_never_comes_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cnnsearch.space.space.MOST_DRAWS", 1000)
    with pytest.raises(InputError, match="constraints: none of 1,000 random configs of the space keeps them"):
        kept("b < 0", space=Space(b=Float(0, 1))).sample(np.random.default_rng(0))


def test_the_first_draw_that_is_allowed_is_taken() -> None:
    whole = Space(a=Int(1, 1000))
    space = kept("a <= 100", space=whole)
    everything = list(whole.draws(np.random.default_rng(3), 1000))
    assert space.sample(np.random.default_rng(3)) == next(config for config in everything if config["a"] <= 100)
    assert math.isclose(sum(space.allows(config) for config in everything) / 1000, 0.1, abs_tol=0.05)
