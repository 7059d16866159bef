"""What must be known of the masks of a study before its verdict is trusted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["FEW", "RARE", "doubts"]

FEW = 10
"""Validation pictures that show a class, below which its numbers tell little."""

RARE = 0.01
"""Share of the pixels below which a class hardly counts in accuracy and cross-entropy."""

_SHOWN = 10


def doubts(study: Study) -> Iterator[str]:
    yield from _few(study)
    yield from _rare(study)


def _few(study: Study) -> Iterator[str]:
    """Classes of few validation pictures."""
    pictures = study.environment.get("dataset", {}).get("labels", {}).get("validation", {})
    few = {name: number for name, number in pictures.items() if 0 < number < FEW}
    if few:
        shown = sorted(few.items(), key=lambda pair: pair[1])[:_SHOWN]
        told = ", ".join(f"'{name}' ({number})" for name, number in shown)
        more = f" and {len(few) - _SHOWN} more" if len(few) > _SHOWN else ""
        yield (
            f"Fewer than {FEW} validation pictures show the class{'es' if len(few) > 1 else ''} {told}{more}: their "
            "metrics tell little, and in mean_iou they count as much as any other."
        )


def _rare(study: Study) -> Iterator[str]:
    """Accuracy where nearly all pixels are of other classes."""
    if study.experiment.objective.metric != "val_pixel_accuracy":
        return
    shares = study.environment.get("dataset", {}).get("pixels", {}).get("validation", {})
    rare = [name for name, share in shares.items() if 0 < share < RARE]
    if rare:
        told = ", ".join(f"'{name}'" for name in rare[:_SHOWN])
        yield (
            f"Less than {RARE:.0%} of the validation pixels are of {told}: a model that never tells them loses as "
            "little of val_pixel_accuracy; val_mean_iou counts all classes alike."
        )
