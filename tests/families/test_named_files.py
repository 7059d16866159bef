"""Experiments whose parameters name files get other names of these wherever one is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.families.word_vectors import absolute


def searched(vectors: Any, **keys: Any) -> Experiment:
    space = {"word_vectors": vectors, **keys.pop("space", {})}
    return Experiment(name="a", dataset="sentences", model="text_cnn", space=space, **keys)


def test_files_have_whole_paths_wherever_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = str(tmp_path / "a.vec")
    given = searched(
        {"choice": ["none", "a.vec"], "prior": "a.vec"},
        space={
            "tune_vectors": {"choice": [True, False], "when": {"word_vectors": "a.vec"}},
            "embedding_size": {"choice": [32, 64], "when": {"word_vectors": "none"}},
            "filters": {"choice": [8, 16]},
        },
        constraints=["word_vectors == 'none' or filters <= 8", 'word_vectors != "a.vec" or filters != 16'],
        start=[{"word_vectors": "a.vec", "tune_vectors": True, "filters": 8}],
    )
    found = absolute(given, tmp_path).to_dict()
    assert found["space"]["word_vectors"]["choice"] == ["none", whole]
    assert found["space"]["word_vectors"]["prior"]["value"] == whole
    assert found["space"]["tune_vectors"]["when"] == {"word_vectors": [whole]}
    assert found["space"]["embedding_size"]["when"] == {"word_vectors": ["none"]}
    assert found["constraints"] == [
        "word_vectors == 'none' or filters <= 8",
        f"word_vectors != {whole!r} or filters != 16",
    ]
    assert found["start"][0]["word_vectors"] == whole


def test_one_file_has_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute(searched("a.vec"), tmp_path).space["word_vectors"].to_dict() == str(tmp_path / "a.vec")
    unnamed = searched("none")
    assert absolute(unnamed, tmp_path).to_dict() == unnamed.to_dict()
