"""Boxes of a study's best trial that were kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.task import best_kept
from cnnsearch.tasks.detection.predictions import BoxPredictions

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["kept_of_best", "network_size"]


def kept_of_best(study: Study) -> BoxPredictions | str:
    """Those of the model in ``best/`` on the validation split, or why there are none."""
    return best_kept(study, BoxPredictions)


def network_size(study: Study) -> tuple[float, float] | None:
    """Height and width of what the best model sees; ``None``: nobody told."""
    config = study.best.config if study.best else {}
    shape = study.environment.get("dataset", {}).get("shape")
    size = study.experiment.filled(config)["image_size"] or shape
    if isinstance(size, (int, float)):
        return float(size), float(size)
    return None if size is None else (float(size[0]), float(size[1]))
