"""One side: ``python -m benchmarks.texts.sides SIDE TABLE`` prints what it came to, as JSON."""

from __future__ import annotations

import csv
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["SIDES", "SPACE"]

SPACE: dict[str, Any] = {
    "vocabulary_size": 5000,
    "text_length": 40,
    "kernel_count": 3,
    "kernel_size": {"choice": [2, 3]},
    "filters": {"choice": [32, 64]},
    "embedding_size": 64,
    "embedding_dropout": {"float": [0.0, 0.4]},
    "dropout": {"float": [0.0, 0.6]},
    "learning_rate": {"float": [5e-4, 5e-3], "log": True},
    "batch_size": 32,
}
"""Of the two searches."""

_EPOCHS, _TRIALS, _SEED = 5, 20, 0


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
        space = {"vocabulary_size": 10_000, "text_length": 40}
        return _searched(table, model, {**space, "dropout": {"float": [0.0, 0.6]}}, 8, 1, {"final": "refit"})

    return side


def ours(table: str) -> dict[str, Any]:
    """The search that KerasTuner does, without a scheduler: every trial has all of its epochs."""
    return _searched(table, "text_cnn", SPACE, _EPOCHS, _TRIALS, {"scheduler": "none", "sampler": "random"})


def _searched(
    table: str, model: str, space: Mapping[str, Any], epochs: int, trials: int, keys: Mapping[str, Any]
) -> dict[str, Any]:
    import cnnsearch

    started = time.time()
    experiment = cnnsearch.Experiment(
        name="texts",
        dataset={"source": "csv", "path": table},
        model=model,
        epochs=epochs,
        space=dict(space),
        budget={"trials": trials},
        seed=_SEED,
        **({"finalists": {"top": 1, "seeds": 3}} if "final" in keys else {}),
        **keys,
    )
    with tempfile.TemporaryDirectory() as folder:
        study = cnnsearch.run(experiment, output=folder)
        spent = time.time() - started
        reads = [line.metrics.get("accuracy") for line in study.test_reads]
        ended = [line for line in study.records if line.state == "COMPLETED"]
        return {
            "test": reads[-1] if reads else None,
            "validation": study.best.value if study.best else None,
            "trials": len(ended),
            "seconds": spent,
        }


def keras_tuner(table: str) -> dict[str, Any]:
    """KerasTuner's random search on the same space, of the same numbers of tokens."""
    import keras
    import keras_tuner as tuning

    from cnnsearch.inputs.texts.form import TextForm
    from cnnsearch.inputs.texts.tokenizer import Tokenizer

    started, parts = time.time(), _parts(table)
    tokenizer = Tokenizer.trained(parts["train"][0], TextForm("words", SPACE["vocabulary_size"], SPACE["text_length"]))
    train, validation = ((tokenizer.numbers(parts[name][0]), parts[name][1]) for name in ("train", "validation"))
    classes = int(train[1].max()) + 1

    def build(hp: Any) -> Any:
        inputs = keras.Input((SPACE["text_length"],), dtype="int32")
        x = keras.layers.Embedding(tokenizer.size, SPACE["embedding_size"])(inputs)
        x = keras.layers.Dropout(hp.Float("embedding_dropout", 0.0, 0.4))(x)
        filters, size = hp.Choice("filters", [32, 64]), hp.Choice("kernel_size", [2, 3])
        found = [
            keras.layers.GlobalMaxPooling1D()(
                keras.layers.Conv1D(filters, size + more, padding="same", activation="relu")(x)
            )
            for more in range(SPACE["kernel_count"])
        ]
        x = keras.layers.Dropout(hp.Float("dropout", 0.0, 0.6))(keras.layers.Concatenate()(found))
        model = keras.Model(inputs, keras.layers.Dense(classes, "softmax")(x))
        rate = hp.Float("learning_rate", 5e-4, 5e-3, sampling="log")
        model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
        return model

    with tempfile.TemporaryDirectory() as folder:
        tuner = tuning.RandomSearch(build, "val_accuracy", max_trials=_TRIALS, seed=_SEED, directory=folder)
        options: dict[str, Any] = {"epochs": _EPOCHS, "batch_size": SPACE["batch_size"], "verbose": 0}
        tuner.search(*train, validation_data=validation, **options)
        best = tuner.oracle.get_best_trials(1)[0].score
        return {"validation": best, "trials": len(tuner.oracle.trials), "seconds": time.time() - started}


SIDES: dict[str, Callable[[str], dict[str, Any]]] = {
    "linear": linear,
    "text_cnn": _recommended("text_cnn"),
    "text_transformer": _recommended("text_transformer"),
    "ours": ours,
    "keras_tuner": keras_tuner,
}


if __name__ == "__main__":
    print(json.dumps(SIDES[sys.argv[1]](sys.argv[2])))
