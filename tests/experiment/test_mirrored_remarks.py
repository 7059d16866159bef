"""Moved pictures that show objects without boxes at their edges are told; nothing is refused."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.problems.mirrored import mirrored_remarks

BOXES = {"task": "detection", "dataset": {"source": "digit_boxes"}, "model": "detector"}
MASKS = {"task": "segmentation", "dataset": {"source": "digit_scenes"}, "model": "unet"}
MOVED = {"random_translation": 0.1}


def remarks(space: dict[str, Any], keys: dict[str, Any]) -> list[str]:
    given = {"learning_rate": {"float": [1e-4, 1e-2]}, **space}
    return list(mirrored_remarks(Experiment(name="x", space=given, **keys)))


@pytest.mark.parametrize(
    ("space", "told"),
    [
        (MOVED, "'reflect', the default, shows objects again beyond the edge of a picture that random_translation "),
        ({**MOVED, "fill_mode": {"choice": ["constant", "wrap"]}}, "space.fill_mode: 'wrap' shows objects again"),
        ({**MOVED, "fill_mode": "constant"}, None),
        ({"random_flip": "both"}, None),
        ({"random_zoom": 0.0}, None),
    ],
)
def test_what_is_shown_again_has_no_box(space: dict[str, Any], told: str | None) -> None:
    found = remarks(space, BOXES)
    assert len(found) == (told is not None)
    if told is not None:
        assert told in found[0]
    assert remarks(space, MASKS) == [], "masks are mirrored with their picture"
