"""Accuracy with and without the cache. ``python -m benchmarks.parts.transfer_accuracy SEED QUICK OUT`` measures."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figures import Target, spread
from benchmarks.harness import run_module
from benchmarks.parts.part import Part
from benchmarks.results import as_table
from benchmarks.work import Work
from benchmarks.workloads import transfer

__all__ = ["TRANSFER_ACCURACY"]

_SEEDS = 5
_TRIALS = 20
_UNCACHED = 8
"""Trials with the cache off, which take ten times as long: the first ones of the same list."""

_FEATURES: dict[str, dict[str, Any]] = {"on": {}, "off": {"cache": False}, "float16": {"dtype": "float16"}}


def measure(repetitions: int, quick: bool) -> dict[str, Any]:  # noqa: ARG001 - seeds are what is repeated here
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1 if quick else _SEEDS):
            out = Path(folder) / f"{seed}.json"
            arguments = ["benchmarks.parts.transfer_accuracy", str(seed), str(int(quick)), str(out)]
            run_module(arguments, f"transfer-accuracy-{seed}")
            found.append(json.loads(out.read_text(encoding="utf-8")))
    return {"seeds": found}


def render(figures: dict[str, Any]) -> str:
    found = figures["seeds"]
    rows = [
        [
            str(seed),
            *(f"{max(each['values'][name]):.4f}" for name in _FEATURES),
            f"{each['logistic_regression']:.4f}",
            *(f"{_pictures_apart(each, name):.0f}" for name in ("off", "float16")),
        ]
        for seed, each in enumerate(found)
    ]
    targets = [
        Target("best validation accuracy, over the seeds", 0.9).row(spread(_best(found)), 4),
        Target("pictures by which logistic regression is better, in the worst seed", 2.0, at_least=False).row(
            spread([max((each["logistic_regression"] - best) * each["pictures"] for each, best in _with_best(found))]),
            0,
        ),
        Target("pictures by which the best with cache on and off differ, in the worst seed", 1.0, at_least=False).row(
            spread([max(_best_apart(each) for each in found)]), 0
        ),
    ]
    trials = len(found[0]["values"]["on"])
    return "\n".join(
        [
            f"{trials} trials of 10 epochs as above for each of {len(found)} seeds of split, configs and weights, "
            f"{found[0]['pictures']} validation photographs; scikit-learn's `LogisticRegression` with its defaults on "
            "the average-pooled features of the same split. The last two columns say by how many validation pictures "
            f"at most any one trial differs from the same trial with the cache on, in float32; with the cache off the "
            f"first {len(found[0]['values']['off'])} trials are run, and its best is compared with the best of these.",
            "",
            as_table(["figure", "target", "found", "met"], targets),
            as_table(
                [
                    "seed",
                    "best, cache on",
                    "best, cache off",
                    "best, float16 features",
                    "logistic regression",
                    "off: pictures apart",
                    "float16: pictures apart",
                ],
                rows,
            ),
        ]
    )


def _best(found: list[dict[str, Any]]) -> list[float]:
    return [max(each["values"]["on"]) for each in found]


def _with_best(found: list[dict[str, Any]]) -> list[tuple[dict[str, Any], float]]:
    return list(zip(found, _best(found), strict=True))


def _best_apart(each: dict[str, Any]) -> float:
    off = each["values"]["off"]
    return float(abs(max(each["values"]["on"][: len(off)]) - max(off)) * each["pictures"])


def _pictures_apart(each: dict[str, Any], name: str) -> float:
    pairs = zip(each["values"]["on"], each["values"][name], strict=False)  # of the uncached ones there may be fewer
    return float(max(abs(left - right) for left, right in pairs) * each["pictures"])


def _run(seed: int, quick: bool) -> dict[str, Any]:
    import cnnsearch

    work = transfer(2 if quick else _TRIALS, seed=seed)
    values = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, features in _FEATURES.items():
            part = work.first(_UNCACHED) if name == "off" else work
            study = cnnsearch.run(part.experiment(features=features), output=Path(folder) / name)
            values[name] = [record.value for record in study.records]
    accuracy, pictures = _logistic_regression(work)
    return {"values": values, "logistic_regression": accuracy, "pictures": pictures}


def _logistic_regression(work: Work) -> tuple[float, int]:
    """Validation accuracy, and the number of validation pictures; with Keras and scikit-learn alone."""
    import keras
    from sklearn.linear_model import LogisticRegression

    from cnnsearch.cache.rows import in_memory
    from cnnsearch.data.stages import pixels
    from cnnsearch.sweep.data import load_data

    experiment = work.experiment()
    side = experiment.dataset.image_size
    found = pixels(*load_data(experiment), side)
    config = work.configs[0]
    network = keras.applications.MobileNet(
        alpha=config["backbone_alpha"],
        include_top=False,
        weights=config["weights"],
        input_shape=(*side, 3),
        pooling="avg",
    )
    scaled = keras.applications.mobilenet.preprocess_input
    pictures = (in_memory(found.x_train), in_memory(found.x_validation))
    features = [network.predict(scaled(x.astype("float32")), verbose=0) for x in pictures]
    classifier = LogisticRegression(max_iter=1000).fit(features[0], found.y_train)
    return float(classifier.score(features[1], found.y_validation)), len(found.y_validation)


TRANSFER_ACCURACY = Part(
    "transfer-accuracy", "Accuracy of transfer learning, with and without the cache", measure, render
)

if __name__ == "__main__":
    Path(sys.argv[3]).write_text(json.dumps(_run(int(sys.argv[1]), sys.argv[2] == "1")), encoding="utf-8")
