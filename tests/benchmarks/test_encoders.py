"""The page on frozen encoders: medians, and ratios of what ran side by side."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.encoders.command import main
from benchmarks.encoders.trials import CASES, TRAINING, VALIDATION, arithmetic


def test_the_page_is_made_of_what_was_measured(tmp_path: Path) -> None:
    lines = [
        {"case": 1, "date": "2030-01-01", "kept_cpu": kept, "anew_cpu": 6.0, "kept_wall": 2.0, "anew_wall": 3.0}
        for kept in (1.0, 2.0, 3.0)
    ]
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "encoders.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    main(["--render", "--output", str(tmp_path)])
    page = (tmp_path / "ENCODERS.md").read_text()
    assert "| resnet50 | 160x160 | filters 4 | 2.00 | 6.00 | 5.5 | 3.0 | 1.5 | 9.3 | 3 |" in page


def test_arithmetic_counts_training_three_times() -> None:
    """ResNet50 takes 4.1 billion multiplications at 224x224, and a way up of 8 filters 0.3 billion at 160x160."""
    encoder, decoder = 4.1 * (160 / 224) ** 2, 0.3
    once = encoder * (TRAINING + VALIDATION) / (decoder * (3 * TRAINING + VALIDATION))
    assert arithmetic(CASES[0]) - 1 == pytest.approx(once, rel=0.1)
