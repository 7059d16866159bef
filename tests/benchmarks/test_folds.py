"""The page on folds: medians, their ratio, and how far scikit-learn is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.folds.command import main
from benchmarks.folds.trials import STRENGTHS

CELLS = [[0.5, 0.75]] * len(STRENGTHS)


def test_the_page_is_made_of_what_was_measured(tmp_path: Path) -> None:
    found = []
    for number, seconds in enumerate((10.0, 12.0, 11.0)):
        told = {"repetition": number, "pictures": 560, "read_seconds": 4.0}
        found.append({**told, "folds": 0, "ends": [seconds, 2 * seconds], "values": [[0.5]] * len(STRENGTHS)})
        folded = {"ends": [1.5 * seconds, 5 * seconds], "values": CELLS, "difference": 1e-9 * number}
        found.append({**told, "folds": 5, **folded})
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "folds.json").write_text(json.dumps(found))
    main(["--output", str(tmp_path)])
    page = (tmp_path / "FOLDS.md").read_text()
    assert "| the first trial | 11.0 (10.0 to 12.0) | 16.5 (15.0 to 18.0) | 1.50 |" in page
    assert f"| {len(STRENGTHS)} trials | 22.0 (20.0 to 24.0) | 55.0 (50.0 to 60.0) | 2.50 |" in page
    assert "differs by at most 2.0e-09" in page
    assert "| 0.001 | 0.5000 | 0.6250 |" in page


def test_a_folder_that_has_no_pictures_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--data", str(tmp_path)])
    assert "has no folder cats_dogs and no folder weights" in capsys.readouterr().err
