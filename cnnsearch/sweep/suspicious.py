"""Pictures whose labels are probably wrong, by what the best model says of those that it was not trained on."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.study import Study
from cnnsearch.sweep.found_pictures import kept_example
from cnnsearch.tasks.labelled.suspicious import suspicious_labels

__all__ = ["save_suspicious"]

_FOLDER = "best/suspicious"

MOST = 24


def save_suspicious(study: Study, dataset: Dataset, split: Split) -> None:
    """Write the surest of them into ``best/suspicious/``, with ``suspicious.json`` that lists them; nothing is dropped.

    What lay there before goes. A task whose pictures have no classes has none.
    """
    best = study.best
    predictions = study.predictions(best.trial, best.run) if best and study.experiment.predicted.has_classes else None
    if best is None or predictions is None:
        return
    labels, probabilities = predictions.pair
    rows, classes = suspicious_labels(labels, probabilities)
    study.store.delete(_FOLDER)
    listed = []
    for rank, (row, other) in enumerate(zip(rows[:MOST].tolist(), classes[:MOST].tolist(), strict=True), 1):
        index, label = int(split.validation[row]), int(labels[row])
        listed.append(
            {
                **kept_example(study.store, _FOLDER, f"{rank:02d}", dataset, index),
                "picture": dataset.pictures.name(index),
                "label": dataset.targets.names[label],
                "probable": dataset.targets.names[other],
                "label_probability": _of(probabilities[row], label),
                "probable_probability": _of(probabilities[row], other),
            }
        )
    told = {"trial": best.trial, "run": best.run, "wrong": len(rows), "mistakes": listed}
    study.store.write_json(f"{_FOLDER}/suspicious.json", told)


def _of(probability: np.ndarray, number: int) -> float:
    """Of a class; of two classes one number is kept, that of the second."""
    if np.ndim(probability):
        return float(probability[number])
    return float(probability if number else 1 - probability)
