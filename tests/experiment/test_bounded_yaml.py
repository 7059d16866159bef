from __future__ import annotations

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Experiment
from cnnsearch.experiment.files.bounded_yaml import MOST_BYTES, MOST_NESTED, read_yaml
from cnnsearch.experiment.problems.magnitudes import LARGEST


def refusal(text: str) -> str:
    with pytest.raises(InputError) as caught:
        read_yaml(text)
    return str(caught.value)


def laughs(depth: int, first: str, item: str) -> str:
    """Ten aliases a level, each for all of the level before."""
    rows = [f"a0: &a0 {first}", *(f"a{i}: &a{i} {item.replace('*', f'*a{i - 1}')}" for i in range(1, depth))]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("first", "item"),
    [
        ("[x]", "[*, *, *, *, *, *, *, *, *, *]"),
        ("{q: 1}", "{a: *, b: *, c: *, d: *, e: *, f: *, g: *, h: *, i: *, j: *}"),
        ("{q: 1}", "{<<: [*, *, *, *, *, *, *, *, *, *]}"),
    ],
    ids=["lists", "mappings", "merged"],
)
def test_aliases_of_aliases_are_counted_and_refused(first: str, item: str) -> None:
    assert "with what its aliases stand for it has more than 500,000 values" in refusal(laughs(12, first, item))
    assert len(read_yaml(laughs(4, first, item)).value) == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a [1, *a]", "line 1, column 11: is not valid YAML: the anchor 'a' stands within itself"),
        ("a: &a\n  <<: *a\n", "line 2, column 7: is not valid YAML: the anchor 'a' stands within itself"),
        ("a: &a 1\nb: &a 2\n", "line 2, column 4: is not valid YAML: the anchor 'a' is there twice"),
        ("[" * 20_000, "line 1, column 52: is not valid YAML: it is nested too deeply"),
        ("- " * 20_000, "line 1, column 103: is not valid YAML: it is nested too deeply"),
        (f"a: {'9' * 5000}", "line 1, column 4: is not valid YAML: it has a number of more than 4000 digits"),
        ("a: !!bool maybe", "is not valid YAML: a value is not of the type that its tag names, 'maybe'"),
        ("a: !!int one", "is not valid YAML: invalid literal for int() with base 10: 'one'"),
        ('a: "\\UFFFFFFFF"', "is not valid YAML: Python int too large to convert to C int"),
        (
            "a" * (MOST_BYTES + 1),
            f"is longer than the 16,777,216 characters that are read as YAML (got {MOST_BYTES + 1})",
        ),
    ],
    ids=["itself", "merged with itself", "twice", "brackets", "dashes", "digits", "bool", "int", "character", "long"],
)
def test_what_is_refused(text: str, message: str) -> None:
    assert refusal(text) == message


def test_lines_of_keys() -> None:
    parsed = read_yaml("a: 1\nb: &b\n  c: {d: 2}\ne:\n  <<: *b\n  f: 3\n")
    assert parsed.value["e"] == {"c": {"d": 2}, "f": 3}
    found = {key: line for key, line in parsed.lines.items() if "<<" not in key}
    assert found == {"a": 1, "b": 2, "b.c": 3, "b.c.d": 3, "e": 4, "e.f": 6}
    assert read_yaml("[" * MOST_NESTED + "]" * MOST_NESTED).lines == {}
    assert read_yaml("- a: 1\n- 2\n-\n  b: 3\n").lines == {"0": 1, "0.a": 1, "2": 4, "2.b": 4}


@pytest.mark.parametrize(
    "text", ["dataset: {source: masks, mask_name: {name}_m}", "dataset:\n  mask_name: {name}_m", "{name}_m", "a: [1]b"]
)
def test_a_text_that_looks_like_a_mapping_needs_quotes(text: str) -> None:
    with pytest.raises(InputError, match=r"needs quotes of its own"):
        read_yaml(text)
    with pytest.raises(InputError) as caught:
        read_yaml("a: {b: 1")
    assert "quotes" not in str(caught.value)


HUGE = "9" * 400


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (f"space: {{filters: {{int: [1, {HUGE}]}}}}", "space.filters: both ends of int: [low, high] must lie between "),
        (f"space: {{filters: {{choice: [{HUGE}]}}}}", "space.filters: an option must be a boolean, finite number"),
        (f"space: {{filters: 0x{'f' * 3999}}}", "it has a number of more than 4000 digits"),
        ("space: {dropout: {float: [0, 0.5], step: 5.0e-324}}", "space.dropout.step: must not make more than "),
        (f"budget: {{trials: {HUGE}}}", f"budget.trials: must be at most {LARGEST}: nothing is counted"),
        ("budget: {minutes: 1.0e+12}", f"budget.minutes: must be at most {LARGEST}: nothing is counted"),
        ("resources: {max_failures: 1000000000000}", f"resources.max_failures: must be at most {LARGEST}"),
        (f"epochs: {HUGE}", "epochs: must be a whole number from 1 to 100000 (got 999"),
        ("dataset: {1: 2, source: digits}", "dataset.1: unknown key; valid: validation"),
    ],
)
def test_numbers_that_no_sweep_can_mean(line: str, message: str) -> None:
    rest = "" if line.startswith("space") else "space: {filters: 8}\n"
    with pytest.raises(InputError) as caught:
        Experiment.from_dict(read_yaml(f"name: a\n{rest}{line}\n").value)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_what_has_run_stays_readable() -> None:
    text = f"name: a\nspace: {{filters: 8}}\nbudget: {{trials: {10 * LARGEST}}}\n"
    assert Experiment.from_text(text.encode(), "experiment.yaml").budget.trials == 10 * LARGEST
