"""What a search of the ``transfer`` family begins with: a frozen backbone and one dense layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.families.advice import Advice, always
from cnnsearch.families.transfer.backbone_specs import BACKBONES, SAVED

__all__ = ["ADVICE"]


def _side(config: Mapping[str, Any]) -> Any:
    return config["image_size"] if config["backbone"] == SAVED else BACKBONES[config["backbone"]].side


ADVICE = {
    "image_size": Advice(_side, "the size that the backbone was trained on, at which its filters know what they see"),
    "learning_rate": always(3e-3, "a head alone bears more than 0.001, and has few steps"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "dropout": always(0.2, "before the output it costs no time and seldom harms"),
    "batch_size": always(32, "some hundred pictures give too few steps otherwise"),
    "random_flip": always("horizontal", "where a search asks: a photograph mirrored shows the same"),
    "random_translation": always(0.05, "objects stand a little elsewhere in each photograph"),
    "random_rotation": always(0.02, "hardly more than a camera is held askew"),
    "random_zoom": always(0.1, "objects are a little nearer or further away"),
}
"""Parameter -> what is recommended; of others the default."""
