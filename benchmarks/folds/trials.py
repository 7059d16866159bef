"""``python -m benchmarks.folds.trials DATA FOLDS``: some trials of a fitted head, one after the other, as JSON.

``FOLDS`` is 0 for one validation split.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

STRENGTHS = (0.001, 0.01, 0.1, 1.0, 10.0)
"""Of the regularisation: a trial each."""

_READ = {"image_size": 224, "color": "rgb", "test": 0.2}
_WEIGHTS = "weights/mobilenet_0.25_imagenet_no_top.h5"


def main(data: Path, folds: int) -> dict[str, Any]:
    from cnnsearch.data.stages import pixels, scaling, size_of
    from cnnsearch.experiment import Experiment
    from cnnsearch.sweep.data import load_data
    from cnnsearch.training.devices import configure_devices
    from cnnsearch.training.feeds.feeds import Feeds
    from cnnsearch.training.lockstep.running import begun
    from cnnsearch.training.programs.programs import Programs

    config = {
        "backbone": "mobilenet",
        "backbone_alpha": 0.25,
        "weights": str(data / _WEIGHTS),
        "unfrozen_layers": 0,
        "head": "logistic_regression",
    }
    experiment = Experiment(
        name="folds",
        dataset={"source": "directory", "path": str(data / "cats_dogs"), **_READ},
        model="transfer",
        epochs=1,
        space={**config, "regularization_c": {"choice": list(STRENGTHS)}},
        **({"evaluation": {"folds": folds}} if folds else {}),
    )
    configure_devices(1)  # TensorFlow is imported before the clock runs
    started = time.perf_counter()
    dataset, split = load_data(experiment)
    filled = experiment.filled({})
    shared = pixels(dataset, split, size_of(filled))
    read = time.perf_counter()
    fold_of = () if split.folds is None else split.folds.of_trials
    programs, feeds, told, ends = Programs(), Feeds(), {}, []
    for strength in STRENGTHS:
        given = (experiment, {**config, "regularization_c": strength}, shared, scaling(shared, filled["scaling"]), 0)
        trial = begun(*given, programs, feeds, folds=fold_of)
        trial.run_epoch()
        result = trial.result()
        told[strength] = list(result.folds) or [result.value]
        ends.append(time.perf_counter() - started)
    found = {"folds": folds, "pictures": split.together, "read_seconds": read - started, "ends": ends}
    return {**found, "values": list(told.values()), **(_compared(feeds, shared, fold_of, told) if folds else {})}


def _compared(feeds: Any, shared: Any, folds: Any, told: dict[float, Any]) -> dict[str, Any]:
    """What scikit-learn gives on the same features and folds."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score

    (feed,) = (feed for (feed, _) in feeds._kept.values())
    (x,) = (np.asarray(part) for part in feed._x_train)
    splits = [(fold.train, fold.validation) for fold in folds]
    theirs = {
        strength: cross_val_score(LogisticRegression(C=strength, max_iter=2000), x, shared.y_train, cv=splits)
        for strength in told
    }
    return {"difference": max(float(np.abs(theirs[strength] - told[strength]).max()) for strength in told)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
