from __future__ import annotations

import pickle

import pytest

from cnnsearch.errors import CnnsearchError, InputError, Problem, SweepError, TrialError, first_line, nearest


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("epochs", "must be a whole number", 2.5), "epochs: must be a whole number (got 2.5)"),
        (Problem("epochs", "is missing"), "epochs: is missing"),
        (Problem("", "cannot be read", "a"), "cannot be read (got 'a')"),
        (Problem("name", "too long", "x" * 200), f"name: too long (got '{'x' * 76}...)"),
        (Problem("units", "must be true", False), "units: must be true (got False)"),
    ],
)
def test_a_problem_says_where_rule_and_value(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_an_input_error_tells_every_problem_with_its_source() -> None:
    error = InputError([Problem("a", "one"), Problem("b", "two", 3)], "file.yaml")
    assert str(error) == "file.yaml: a: one\nfile.yaml: b: two (got 3)"
    assert len(error.problems) == 2


def test_one_problem_needs_no_list() -> None:
    assert InputError(Problem("a", "one")).problems == (Problem("a", "one"),)


def test_an_input_error_survives_the_way_from_a_worker() -> None:
    error = InputError([Problem("a", "one", [1, 2])], "file.yaml")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.problems, again.source, str(again)) == (
        InputError,
        error.problems,
        error.source,
        str(error),
    )


@pytest.mark.parametrize("kind", [TrialError, SweepError])
def test_other_errors_survive_it_too(kind: type[CnnsearchError]) -> None:
    assert str(pickle.loads(pickle.dumps(kind("out of memory")))) == "out of memory"


def test_consequences_are_told_apart() -> None:
    assert issubclass(InputError, ValueError)
    assert not issubclass(TrialError, SweepError)
    assert not issubclass(SweepError, TrialError)
    assert all(issubclass(kind, CnnsearchError) for kind in (InputError, TrialError, SweepError))


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("filter", "did you mean 'filters'?"),
        ("unit", "did you mean 'units'?"),
        ("zzz", "valid: filters, units"),
        (3, "valid: filters, units"),
        (None, "valid: filters, units"),
    ],
)
def test_nearest(word: object, answer: str) -> None:
    assert nearest(word, ["filters", "units"]) == answer


class TestBrevity:
    def test_no_more_of_a_value_is_written_than_is_shown(self) -> None:
        class Written:
            times = 0

            def __repr__(self) -> str:
                Written.times += 1
                return "x"

        assert str(Problem("a", "b", [Written()] * 100_000)).endswith("x, x, x...)")
        assert Written.times < 50

    @pytest.mark.parametrize("value", [[], (), {}, (1,), [1, (2, "3")], {"a": [1], 2: {"b": None}}])
    def test_what_is_short_is_written_as_python_does(self, value: object) -> None:
        assert str(Problem("", "b", value)) == f"b (got {value!r})"

    def test_a_number_of_many_digits(self) -> None:
        assert str(Problem("", "b", 1 << 20_000)).startswith("b (got 0x1000000")

    def test_many_problems_are_counted(self) -> None:
        lines = str(InputError([Problem("a", "b")] * 30_000, "file")).splitlines()
        assert lines == ["file: a: b"] * 50 + ["file: and 29,950 more problems"]

    def test_many_words_are_counted(self) -> None:
        assert nearest("x", []) == "there is none"
        assert nearest("p1", [f"p{number}" for number in range(5000)]).endswith("p198, p199, and 4,800 more")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("\n  it broke  \nand this is why"), "it broke"),
        (ValueError("Exception encountered when calling Dense.call().\n\n\x1b[1mno shape\x1b[0m\n"), "no shape"),
        (ValueError("x" * 400), "x" * 300),
        (MemoryError(), "MemoryError"),
        (ValueError(" \n"), "ValueError"),
    ],
)
def test_the_first_line_of_a_strangers_error(error: Exception, text: str) -> None:
    assert first_line(error) == text


def test_an_error_without_words_gets_those_of_who_tells_it() -> None:
    assert first_line(MemoryError(), "no message") == "no message"
