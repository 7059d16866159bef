"""``python -m benchmarks checks --data PATH [--weights PATH]``: plant faults, look for them, and write the page.

``PATH`` is a folder of two classes of photographs. With the weights of a MobileNet (alpha 0.25, without its top) wrong
labels are looked for too, by a logistic regression on its features in five folds, and what all these faults do to the
figure of the test.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.checks.planted import Planted, plant
from cnnsearch.data.checks.checking import checked_and_split
from cnnsearch.data.checks.examined import Examined
from cnnsearch.data.checks.spec import ALLOW, CHECKS, DROP
from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.split import split_dataset
from cnnsearch.escaping import printable
from cnnsearch.experiment import Experiment
from cnnsearch.sweep.data import load_data
from cnnsearch.tasks.labelled.suspicious import suspicious_labels

__all__ = ["main"]

_SIZE = 160

_SPLITS = 20
_SHARE = 0.2
"""Of the test split, and of validation."""

_COPIES = ("duplicates", "near_duplicates", "conflicting_labels")
"""Checks of copies."""


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks checks", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of two classes of photographs")
    parser.add_argument("--weights", type=Path, help="of a MobileNet, alpha 0.25, without its top")
    parser.add_argument("--output", type=Path, default=Path("benchmarks"), help="folder of the page")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "planted"
        planted = plant(given.data, root)
        rows, told = measure(root, planted)
        if given.weights is not None:
            rows |= with_backbone(root, given.data, planted, given.weights)
    page = given.output / "CHECKS.md"
    page.write_text(written(rows, told), encoding="utf-8")
    print(page)


def measure(root: Path, planted: Planted) -> tuple[dict[str, str], tuple[str, ...]]:
    """What is found of each kind, and what a run would tell."""
    experiment = _experiment(root)
    began = time.process_time()
    dataset = load_dataset(experiment.dataset)
    read = time.process_time() - began
    from scipy import sparse, spatial  # noqa: F401 - imported once, whatever the number of pictures

    began = time.process_time()
    examined = Examined(dataset)
    copies, near = _names(dataset, examined.copies), _names(dataset, examined.near_copies)
    looked = time.process_time() - began
    blank = {_stem(dataset, index) for index in np.flatnonzero(examined.traits["high"] - examined.traits["low"] < 4)}
    kept, split = load_data(experiment)
    parts = [{_stem(kept, index) for index in part} for part in (split.train, split.validation, split.test)]
    whole = all(any(members <= part for part in parts) for members in [*copies, *near])
    same = [names for names in copies if names & {*planted.exact, *planted.two_labels}]
    alike = [names for names in near if names & {*planted.near}]
    others = [names for names in near if names not in alike and names not in same]
    rows = {
        "exact copies": _found(planted.exact, copies),
        "copies under the other label": _found(planted.two_labels, copies),
        "near copies": _found(planted.near, near),
        "blank pictures": f"{len(blank & {*planted.blank})} of 3, {len(blank - {*planted.blank})} others",
        "copies that are none of these": ", ".join(" = ".join(sorted(names)) for names in others) or "none",
        "sets of copies that are in one split": "all" if whole else "not all",
        "classes": ", ".join(map(printable, dataset.targets.names)),
        "reading, ms of CPU a picture": f"{1e3 * read / len(dataset.pictures):.2f}",
        "checks of copies, ms of CPU a picture": f"{1e3 * looked / len(dataset.pictures):.2f}",
    }
    return rows, tuple(printable(finding.text) for finding in kept.findings)


def with_backbone(root: Path, clean: Path, planted: Planted, weights: Path) -> dict[str, str]:
    """What is found by the features of a network: wrong labels, and what faults do to the figure of the test.

    Args:
        root: with the faults.
        clean: the same photographs without.
        planted: where the faults are.
        weights: of the network.
    """
    with_faults, without = load_dataset(_experiment(root).dataset), load_dataset(_experiment(clean).dataset)
    features = _features(weights, with_faults, without)
    return {**wrong_labels(with_faults, features[0], planted), **tested(with_faults, without, features)}


def wrong_labels(dataset: Dataset, features: np.ndarray, planted: Planted) -> dict[str, str]:
    """Of confident learning on probabilities of models that did not see the picture."""
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    labels = dataset.targets.values
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    probabilities = cross_val_predict(_head(), features, labels, cv=folds, method="predict_proba")
    accuracy = float((probabilities.argmax(axis=1) == labels).mean())
    rows, _ = suspicious_labels(labels, probabilities)
    names = [_stem(dataset, index) for index in rows.tolist()]
    first = names[:24]
    conflicting = sum(name.startswith("two-") for name in names)
    return {
        "wrong labels": f"{len({*names} & {*planted.wrong})} of {len(planted.wrong)}, "
        f"{len({*first} & {*planted.wrong})} among the first 24",
        "suspicious labels": f"{len(names)}, {conflicting} of them copies under the other label; the model that says "
        f"so has an accuracy of {accuracy:.3f} on these labels",
    }


def tested(with_faults: Dataset, without: Dataset, features: tuple[np.ndarray, np.ndarray]) -> dict[str, str]:
    """Accuracy on the test split of a model that was trained on all other pictures, over splits by many seeds."""
    defaults = {name: spec.default for name, spec in CHECKS.items()}
    off = dict.fromkeys(_COPIES, ALLOW)
    dropped = dict.fromkeys((*_COPIES, "low_information"), DROP)
    given = {
        "without faults": (without, features[1], defaults),
        "with them, split as if there were no checks": (with_faults, features[0], {**defaults, **off}),
        "with them, copies kept together": (with_faults, features[0], defaults),
        "copies and blank pictures left out": (with_faults, features[0], {**defaults, **dropped}),
    }
    return {f"accuracy of the test, {name}": _mean_accuracy(*each) for name, each in given.items()}


def _mean_accuracy(dataset: Dataset, features: np.ndarray, actions: Mapping[str, str]) -> str:
    """Mean and its standard error."""
    rows = {dataset.pictures.name(index): index for index in range(len(dataset.pictures))}
    found = []
    for seed in range(_SPLITS):
        kept, split = checked_and_split(
            dataset, lambda left, seed=seed: split_dataset(left, _SHARE, _SHARE, seed), actions
        )
        x = features[[rows[kept.pictures.name(index)] for index in range(len(kept.pictures))]]
        y, seen = kept.targets.values, np.concatenate([split.train, split.validation])
        found.append(_head().fit(x[seen], y[seen]).score(x[split.test], y[split.test]))
    return f"{np.mean(found):.3f} ± {np.std(found, ddof=1) / _SPLITS**0.5:.3f}"


def _head() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.1, max_iter=1000)


def _features(weights: Path, *datasets: Dataset) -> tuple[np.ndarray, ...]:
    import keras

    shape = (_SIZE, _SIZE, 3)
    backbone = keras.applications.MobileNet(
        alpha=0.25, include_top=False, weights=str(weights), input_shape=shape, pooling="avg"
    )
    pixels = (each.pictures.read(np.arange(len(each.pictures)), shape[:2]) for each in datasets)
    return tuple(backbone.predict(x.astype(np.float32) / 127.5 - 1, verbose=0) for x in pixels)


def _experiment(root: Path) -> Experiment:
    return Experiment(
        name="planted",
        dataset={"source": "directory", "path": str(root), "image_size": _SIZE},
        space={"filters": 8},
    )


def written(rows: Mapping[str, str], told: Iterable[str]) -> str:
    """The page."""
    table = "\n".join(f"| {what} | {found} |" for what, found in rows.items())
    lines = "\n".join(f"    data: {text}" for text in told)
    return (
        "# Faults that were planted\n\nWritten by `python -m benchmarks checks`. Into a folder of two classes of "
        "photographs were planted: 10 exact copies, 10\nnear ones (0.4 to 1.3 of the size, JPEG quality 30 to 84), 5 "
        "copies under the other label, 8 wrong labels and 3 blank\npictures; the second class has a name in cp1251.\n\n"
        "The accuracy of the test is the mean of 20 splits with its standard error, of a logistic regression on the "
        "features\nof a MobileNet; the labels that are wrong stand in the test splits too.\n\n"
        f"| what | found |\n|---|---|\n{table}\n\nWhat a run tells:\n\n{lines}\n"
    )


def _names(dataset: Dataset, sets: Iterable[tuple[int, ...]]) -> list[set[str]]:
    return [{_stem(dataset, index) for index in members} for members in sets]


def _stem(dataset: Dataset, index: int) -> str:
    return Path(dataset.pictures.name(int(index))).stem


def _found(names: tuple[str, ...], sets: list[set[str]]) -> str:
    return f"{len({*names} & set().union(*sets))} of {len(names)}"
