"""Programs: how many are kept, which goes first, and what is never kept."""

from __future__ import annotations

from typing import Any

import pytest
import tiny

from cnnsearch.errors import TrialError
from cnnsearch.training.programs import programs as module
from cnnsearch.training.programs.programs import Programs


class Plain:
    """Stands for a program: takes memory, can be told to break when it is reset."""

    size = 1
    is_reusable = True
    breaks = False

    def __init__(self, structure: str, seed: int) -> None:
        if structure == "impossible":
            raise TrialError("impossible architecture")
        self.structure = structure
        self.seeds = [seed]
        self.bytes = self.size

    def reset(self, seed: int) -> None:
        if self.breaks:
            raise MemoryError
        self.seeds.append(seed)


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> type[Plain]:
    """A fresh class of stand-ins in the place of programs."""
    made = type("Plain", (Plain,), {})
    monkeypatch.setattr(module, "Program", made)
    return made


def taken(programs: Programs, *structures: Any) -> list[bool]:
    """Whether each was newly made."""
    return [programs.take(structure, 0)[1] for structure in structures]


def test_a_structure_is_compiled_once(plain: type[Plain]) -> None:  # noqa: ARG001 - replaces programs
    programs = Programs()
    assert taken(programs, "a", "b", "a", "a", "b") == [True, True, False, False, False]
    assert (programs.compiled, len(programs)) == (2, 2)


def test_it_is_reset_to_the_seed(plain: type[Plain]) -> None:  # noqa: ARG001 - replaces programs
    programs = Programs()
    first, _ = programs.take("a", 3)  # type: ignore[arg-type]
    again, _ = programs.take("a", 4)  # type: ignore[arg-type]
    assert again is first
    assert first.seeds == [3, 4]  # type: ignore[attr-defined]


def test_the_least_recently_used_goes_first(plain: type[Plain]) -> None:  # noqa: ARG001 - replaces programs
    programs = Programs(most=2)
    taken(programs, "a", "b", "a", "c")
    assert len(programs) == 2
    assert taken(programs, "a", "c", "b") == [False, False, True]
    assert taken(programs, "c", "a") == [False, True]


def test_memory_is_a_bound_too(plain: type[Plain]) -> None:
    plain.size = 40
    programs = Programs(most_bytes=100)
    taken(programs, "a", "b", "c")
    assert len(programs) == 2
    assert taken(programs, "b", "c", "a") == [False, False, True]
    plain.size = 1000
    taken(programs, "huge")
    assert len(programs) == 1
    assert taken(programs, "huge") == [False]


def test_one_that_breaks_when_it_is_reset_is_not_kept(plain: type[Plain]) -> None:
    programs = Programs()
    taken(programs, "a", "b")
    plain.breaks = True
    with pytest.raises(MemoryError):
        programs.take("a", 1)  # type: ignore[arg-type]
    plain.breaks = False
    assert len(programs) == 1
    assert taken(programs, "b", "a") == [False, True]


def test_one_that_cannot_be_reset_is_not_kept(plain: type[Plain]) -> None:
    plain.is_reusable = False
    programs = Programs()
    assert taken(programs, "a", "a") == [True, True]
    assert (programs.compiled, len(programs)) == (2, 0)


def test_what_cannot_be_compiled_is_told_and_counts_nothing(plain: type[Plain]) -> None:  # noqa: ARG001
    programs = Programs()
    with pytest.raises(TrialError, match="impossible architecture"):
        programs.take("impossible", 0)  # type: ignore[arg-type]
    assert (programs.compiled, len(programs)) == (0, 0)


def test_no_more_compilations_than_structures() -> None:
    """Real programs: 12 trials of 2 structures, whichever order they come in."""
    searched = tiny.experiment(
        {
            "filters": {"choice": [2, 3]},
            "dropout": {"float": [0.0, 0.5]},
            "l2": {"float": [0.0, 0.1]},
            "optimizer": "sgd",
            "momentum": {"float": [0.0, 0.9]},
            "learning_rate": {"float": [1e-3, 1e-1], "log": True},
        },
        epochs=1,
    )
    programs = Programs()
    configs = [
        {"filters": 2 + number % 2, "dropout": number / 24, "l2": number / 120, "learning_rate": 0.01, "momentum": 0.0}
        for number in range(12)
    ]
    structures = {tiny.structure(searched, config) for config in configs}
    outcomes = {tiny.trained(searched, config, seed, programs) for seed, config in enumerate(configs)}
    assert len(outcomes) == len(configs)
    assert programs.compiled == len(programs) == len(structures) == 2


def test_the_default_bounds_hold_many_small_programs() -> None:
    made = tiny.program(tiny.experiment({}))
    assert made.bytes == 20 * sum(weight.numpy().size for weight in made.model.weights)
    assert module.MOST_PROGRAMS * made.bytes < module._MOST_BYTES
