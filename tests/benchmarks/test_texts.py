"""The page on texts, and what the sides of its search are given."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from benchmarks.outcome import Run
from benchmarks.texts.command import main
from benchmarks.work import Arrays, Work


def line(began: str, ours: float, other: float) -> dict[str, object]:
    """A repetition of 20 trials; seconds between the first trial and the last result."""
    seconds = {"cnnsearch_sweep": ours, "keras_tuner_random": other}
    runs = {side: Run(side, 10.0, work, 0.0, (0.5,) * 20, 4).to_dict() for side, work in seconds.items()}
    return {"set": "made", "side": "speed", "texts": 2000, "trials": 20, "load": 0.3, "began": began, "runs": runs}


def test_the_page_is_made_of_what_was_measured_last(tmp_path: Path) -> None:
    linear = {"set": "made", "side": "linear", "test": 0.75, "seconds": 3.2, "load": 0.1, "date": "2030-01-01"}
    of_before = {**linear, "side": "keras_tuner", "trials": 20}  # of a comparison that there is no more
    lines = [linear, of_before, line("2030-01-01T10", 20.0, 20.0)]
    lines += [line("2030-01-02T10", ours, 110.0) for ours in (20.0, 10.0, 30.0)]
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "texts.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    main(["--render", "--output", str(tmp_path)])
    page = (tmp_path / "TEXTS.md").read_text()
    assert "| made | TF-IDF, logistic regression | 0.7500 | 3 | 0.1 | 2030-01-01 |" in page
    assert "20 trials on 2,000 sentences of `made`, 3 times, 2030-01-02, load 0.3:" in page
    assert (
        "| trials/h of the whole process, cnnsearch over KerasTuner | at least 4 | 4.00 (3.00 to 6.00) | yes |" in page
    )
    assert "| trials/h without start-up, cnnsearch over KerasTuner | at least 4 | 5.50 (3.67 to 11.00) | yes |" in page
    assert "2030-01-01T10" not in page


def test_sides_are_given_numbers_of_tokens(tmp_path: Path) -> None:
    rows = [
        f"word{number % 5} of {number % 3},{number % 2},{('train', 'validation')[number % 2]}" for number in range(8)
    ]
    rows += ["of word1,1,train", "of word2,0,validation"]
    (tmp_path / "texts.csv").write_text("\n".join(["text,label,split", *rows]))
    config = {"tokens": "words", "vocabulary_size": 100, "text_length": 4, "word_vectors": "none"}
    work = Work("texts", f"csv:{tmp_path / 'texts.csv'}", {"filters": 4}, (), 1, 1, 0, keys={"model": "text_cnn"})
    filled = work.experiment().filled({"vocabulary_size": 100, "text_length": 4})
    assert config.items() <= filled.items()
    Arrays.prepare(Work(**{**vars(work), "configs": (filled,)})).write(tmp_path / "arrays.npz")
    arrays = Arrays.read(tmp_path / "arrays.npz")
    assert (arrays.x_train.shape, arrays.x_train.dtype) == ((5, 4), np.int32)
    assert 0 < arrays.x_train.max() < arrays.tokens < 15
    assert (arrays.x_train[:, 3] == 0).all(), "texts of three words"
