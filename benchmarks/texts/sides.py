"""One side: ``python -m benchmarks.texts.sides SIDE TABLE`` prints what it came to, as JSON."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["SIDES"]


def _parts(table: str) -> dict[str, tuple[list[str], np.ndarray]]:
    with Path(table).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = sorted({row["label"] for row in rows})
    found = {}
    for split in ("train", "validation", "test"):
        of = [row for row in rows if row["split"] == split]
        found[split] = ([row["text"] for row in of], np.array([names.index(row["label"]) for row in of]))
    return found


def linear(table: str) -> dict[str, Any]:
    """TF-IDF of words and pairs of words with logistic regression, its C chosen by validation, then fitted on both."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    parts, started = _parts(table), time.time()

    def fitted(strength: float, *names: str) -> Any:
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        texts = [text for name in names for text in parts[name][0]]
        model = make_pipeline(words, LogisticRegression(C=strength, max_iter=1000))
        return model.fit(texts, np.concatenate([parts[name][1] for name in names]))

    strengths = (1.0, 3.0, 10.0, 30.0, 100.0)
    best = max(strengths, key=lambda strength: fitted(strength, "train").score(*parts["validation"]))
    model = fitted(best, "train", "validation")
    return {"test": float(model.score(*parts["test"])), "C": best, "seconds": time.time() - started}


def _recommended(model: str) -> Callable[[str], dict[str, Any]]:
    def side(table: str) -> dict[str, Any]:
        """The family's recommended config alone, trained again on training and validation texts, and the test split."""
        import cnnsearch

        started = time.time()
        experiment = cnnsearch.Experiment(
            name="texts",
            dataset={"source": "csv", "path": table},
            model=model,
            epochs=8,
            space={"vocabulary_size": 10_000, "text_length": 40, "dropout": {"float": [0.0, 0.6]}},
            budget={"trials": 1},
            finalists={"top": 1, "seeds": 3},
            final="refit",
            seed=0,
        )
        with tempfile.TemporaryDirectory() as folder:
            study = cnnsearch.run(experiment, output=folder)
            spent = time.time() - started
            reads = [line.metrics.get("accuracy") for line in study.test_reads]
            return {
                "test": reads[-1] if reads else None,
                "validation": study.best.value if study.best else None,
                "trials": len([line for line in study.records if line.state == "COMPLETED"]),
                "seconds": spent,
            }

    return side


SIDES: dict[str, Callable[[str], dict[str, Any]]] = {
    "linear": linear,
    "text_cnn": _recommended("text_cnn"),
    "text_transformer": _recommended("text_transformer"),
}


if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]](sys.argv[2])))
