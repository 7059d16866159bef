"""The test split in a file of :func:`cnnsearch.split`: its targets are at rest already, as a study had them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from cnnsearch.data.sources.arrays import checked_pair
from cnnsearch.errors import InputError, Problem
from cnnsearch.tasks.contract.targets import Targets
from cnnsearch.tasks.task import TaskSpec

__all__ = ["GROUPS", "WrittenSplit", "is_written", "written_split"]

GROUPS = "group_of_"
"""With which the names of arrays begin that say which pictures of a split belong together."""

_ARRAYS = {"x_test", "y_test", "train", "validation", "test", "names"}


class WrittenSplit(NamedTuple):
    """What it holds.

    Attributes:
        x: ``(n, height, width, channels)``.
        targets: of these.
        group_of: ``(n,)``, the number of the group of each; ``None``: each is by itself.
    """

    x: np.ndarray
    targets: Targets
    group_of: np.ndarray | None


def is_written(arrays: Mapping[str, np.ndarray]) -> bool:
    """Whether a file with these arrays is one."""
    return arrays.keys() >= _ARRAYS


def written_split(
    arrays: Mapping[str, np.ndarray], names: Sequence[str], task: TaskSpec, where: str, path: str
) -> WrittenSplit:
    """Its test split.

    Args:
        arrays: of the file.
        names: what the outputs of a model stand for.
        task: of that.
        where, path: what messages call the file.

    Raises:
        InputError: it has no test split, is of a study with other outputs, or was changed.
    """
    told = tuple(map(str, arrays["names"].tolist()))
    if told != tuple(names):
        rule = f"holds the splits of a study of other outputs: {_some(told)}; those of the model are {_some(names)}"
        raise InputError(Problem(where, rule, path))
    if not len(arrays["test"]):
        raise InputError(Problem(where, "holds the splits of a study that has no test split", path))
    x, y = checked_pair(f"{path}: x_test", arrays["x_test"], f"{path}: y_test", arrays["y_test"])
    alike = [key for key in ("y_train", "y_validation") if key in arrays and arrays[key].shape[1:] != y.shape[1:]]
    groups = arrays.get(f"{GROUPS}test")
    if alike or (groups is not None and groups.shape != (len(x),)):
        what = f"{alike[0]} and y_test" if alike else f"{GROUPS}test and x_test"
        raise InputError(Problem(where, f"was changed since it was written: {what} do not fit together", path))
    return WrittenSplit(x, task.targets(y, names), groups)


def _some(names: Sequence[str]) -> str:
    return ", ".join([*names[:5], *(["..."] if len(names) > 5 else [])]) or "none"
