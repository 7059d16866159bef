"""Labels of 60 pictures for each registered task, as a source brings them."""

from __future__ import annotations

import numpy as np

from cnnsearch.data.raw_labels import RawLabels

COUNT = 60

_CLASSES = np.array(["ant", "bee", "cat", "dog", "emu", "fox"])[np.arange(COUNT) % 6]

_NUMBERS = np.stack([np.arange(COUNT) * 37 % 60 / 8, 1e6 + np.arange(COUNT) % 7], axis=1)

_ROWS, _COLUMNS = np.mgrid[:6, :6]

_MASKS = (np.arange(COUNT)[:, np.newaxis, np.newaxis] + _ROWS // 2 + _COLUMNS // 3).astype(np.uint8) % 3

_CORNERS = np.stack([np.arange(COUNT) % 4, np.arange(COUNT) // 4 % 3], -1).astype(float)

_BOXES = np.full((COUNT, 2, 5), -1.0)
_BOXES[:, 0] = np.concatenate([_CORNERS, _CORNERS + np.array([2, 3]), np.arange(COUNT)[:, np.newaxis] % 3], -1)
_BOXES[::4, 1] = (0, 4, 6, 6, 1)
_BOXES[::9] = -1.0

UNDEFINED = {"detection": ("map_medium", "map_large")}
"""Metrics of which these labels have nothing."""

EXAMPLES: dict[str, RawLabels] = {
    "classification": RawLabels((("y", _CLASSES),)),
    "binary": RawLabels((("y", np.where(np.arange(COUNT) % 3, "no", "yes")),)),
    "multilabel": RawLabels(
        (("y", np.stack([np.arange(COUNT) % 2, np.arange(COUNT) % 3 == 0, _CLASSES == "dog"], 1)),)
    ),
    "regression": RawLabels((("y", _NUMBERS),)),
    "segmentation": RawLabels((("y", _MASKS),)),
    "detection": RawLabels((("y", _BOXES),)),
}
"""Task -> labels from which it can be learnt in no time."""
