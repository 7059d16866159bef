"""Small studies of every kind, written once, which each example copies and damages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from synthetic import digits_experiment, environment, write_finalists, write_study

from cnnsearch.study.folder.packed import pack
from cnnsearch.study.store import LocalStore

_DATASET = {
    "given": None,
    "left_out": [{"kind": "files that end in .heic", "count": 2, "names": ["a.heic", "b.heic"], "expected": False}],
    "copies": [
        {"kind": "across", "count": 1, "total": 9, "names": ["a = b"], "held": "validation", "seen": "train"},
        {"kind": "labels", "count": 2, "total": 9, "names": ["a (0), b (1)"]},
    ],
    "values": {"dtype": "uint8", "low": 0.0, "high": 255.0, "scale": [0.0, 255.0]},
    "notes": ["the labels are those of the folders"],
    "altered": ["one picture was made smaller"],
    "resize": "Pillow BOX",
}


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two studies: of a search, cut short and resumed, and of one with finalists and a test reading."""
    root = tmp_path_factory.mktemp("fuzzed") / "studies"
    classes = ["cat", "dog", "owl"]
    described = environment(classes, validation=30, **_DATASET)
    resumed = {"startup": {"began": 1_750_000_100.0}, "proposed": 5, "ended": 1_750_000_200.0}
    startup = {"began": 1_749_999_990.0, "data_seconds": 2.0, "ray_seconds": 3.0}
    searched = write_study(root / "searched", None, 10, {**described, "startup": startup, "resumed": [resumed]})
    use = {"stage": "pixels", "name": "8x8", "bytes": 900, "seconds": 0.5, "misses": 1, "hits": 3}
    searched.store.write_json("stages.json", [use])
    asked = digits_experiment(finalists={"top": 2, "seeds": 2}, scheduler="none", epochs=3)
    finals = write_study(root / "finals", asked, 4, described, predictions=2)
    first, second = (record.trial for record in finals.ranked[:2])
    write_finalists(finals.path, {first: (0.9, 0.8), second: (0.7, "failed")}, test=0.85)
    best = {
        "trial": first,
        "run": 1,
        "model": {"sha256": "0" * 64, "bytes": 9},
        "named": {"trials": [first], "runs": 2},
    }
    finals.store.write_json("best/metrics.json", best)
    finals.store.write("best/model.keras", b"no model")
    picture = {"file": "a.png", "picture": "a.jpg", "true": "cat", "predicted": "dog"}
    mistakes = [{**picture, "probability": 0.9, "true_probability": 0.1}]
    listed = {"trial": first, "run": 1, "wrong": 1, "mistakes": mistakes}
    finals.store.write_json("best/mistakes/mistakes.json", listed)
    finals.store.write("best/mistakes/a.png", b"\x89PNG")
    return root


@pytest.fixture(scope="session")
def packed(studies: Path) -> Path:
    """The study with finalists in one file."""
    return pack(LocalStore(studies / "finals"), studies.parent / "packed.zip")


@pytest.fixture
def copied(studies: Path, tmp_path: Path) -> Path:
    """A copy of the studies, to be damaged."""
    return Path(shutil.copytree(studies, tmp_path / "copied"))
