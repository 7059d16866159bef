"""The page: seconds of five folds over those of one split."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.folds.trials import STRENGTHS
from benchmarks.results import as_table, version_of

__all__ = ["render"]

_INTRO = """# Folds

Five folds beside one validation split, on photographs of cats and dogs behind a frozen MobileNet (alpha 0.25, 224x224):
trials of a logistic regression head, one strength of its regularisation each. Both sides read the same pictures and
compute each one's features once; with folds a trial then fits five heads in the place of one. Each run is a process of
its own, the two sides in turn; the clock runs from reading the files to the end of a trial. The machine was busy with
other work as well, so the two sides are to be compared with each other, and their seconds with nothing else.

    python -m benchmarks folds --data PATH      # a folder with cats_dogs/ and weights/"""


def render(found: Sequence[Mapping[str, Any]]) -> str:
    """The page in Markdown."""
    versions = ", ".join(f"{name} {version_of(name)}" for name in ("cnnsearch", "tensorflow", "scikit-learn"))
    one, five = ([each for each in found if bool(each["folds"]) is folded] for folded in (False, True))
    count = len(STRENGTHS)
    rows = []
    for label, at in (("the first trial", 0), (f"{count} trials", -1)):
        times = [np.array([each["ends"][at] for each in side]) for side in (one, five)]
        ratio = np.median(times[1]) / np.median(times[0])
        rows.append((label, *map(_seconds, times), f"{ratio:.2f}"))
    read = [np.array([each["read_seconds"] for each in side]) for side in (one, five)]
    rows.insert(0, ("of these, reading the pictures", *map(_seconds, read), ""))
    means = [f"{np.mean(values):.4f}" for values in five[0]["values"]]
    single = [f"{values[0]:.4f}" for values in one[0]["values"]]
    judged = [(f"{strength:g}", *each) for strength, *each in zip(STRENGTHS, single, means, strict=True)]
    difference = max(each["difference"] for each in five)
    return "\n".join(
        [
            _INTRO,
            "",
            f"Measured {datetime.date.today()}, Python {platform.python_version()}, {versions}; {len(five)} runs of "
            f"each side, {five[0]['pictures']} pictures for training and validation. Medians, the least and the most.",
            "",
            as_table(("seconds until the end of", "one split", "5 folds", "ratio"), rows),
            "",
            f"scikit-learn's `cross_val_score` of the same head on the same features and folds differs by at most "
            f"{difference:.1e} in the accuracy of any fold of any of the {count} trials.",
            "",
            as_table(("regularization_c", "accuracy on one split", "mean over 5 folds"), judged),
            "",
        ]
    )


def _seconds(times: np.ndarray) -> str:
    return f"{np.median(times):.1f} ({times.min():.1f} to {times.max():.1f})"
