"""Mutated experiment files through `run --dry-run`, and as those of a study."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fuzzing.answering import asked, refused_or
from fuzzing.damage import bytes_damaged, text_of, value_damaged
from fuzzing.examples import MANY, fuzzed
from hypothesis import strategies as st
from synthetic import digits_experiment

from cnnsearch.experiment import Experiment


@st.composite
def damaged_experiments(draw: st.DrawFn) -> bytes:
    """YAML, of which JSON is a part."""
    content: dict[str, Any] = json.loads(json.dumps(digits_experiment(finalists={"top": 2, "seeds": 2}).to_dict()))
    whole = digits_experiment().to_yaml().encode()
    if draw(st.integers(0, 3)) == 0:
        return draw(bytes_damaged(whole))
    return text_of(draw(value_damaged(content)), depth=60).encode()  # YAML of deeper lists takes its reader seconds


@pytest.mark.parametrize("examples", [20, MANY])
def test_no_experiment_file_ends_a_reading_without_a_word(studies: Path, tmp_path: Path, examples: int) -> None:
    folder = Path(shutil.copytree(studies / "searched", tmp_path / "searched"))
    file = folder / "experiment.yaml"

    def check(content: bytes) -> None:
        file.write_bytes(content)
        refused_or(lambda: Experiment.from_yaml(file))
        asked("show", folder)

    fuzzed(examples, damaged_experiments(), check)
