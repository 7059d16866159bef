"""What segmentation declares: a class for each pixel of a picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.data.sources.spec import MASKED_SOURCES, given_source
from cnnsearch.errors import Problem
from cnnsearch.space import Float, Parameter
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch
from cnnsearch.tasks.contract.metrics import Metric
from cnnsearch.tasks.task import TaskSpec

__all__ = ["LOSSES", "SEGMENTATION"]

LOSSES = {
    "cross_entropy": ("cross_entropy",),
    "dice": ("dice",),
    "focal": ("focal",),
    "tversky": ("tversky",),
    "cross_entropy_dice": ("cross_entropy", "dice"),
    "focal_dice": ("focal", "dice"),
    "focal_tversky": ("focal", "tversky"),
}
"""What ``mask_loss`` may say -> the losses of which it is the sum."""


def _of(loss: str) -> tuple[Switch, ...]:
    return (Switch("mask_loss", on=tuple(name for name, parts in LOSSES.items() if loss in parts)),)


_PARAMETERS = Parameters(
    ParameterSpec(
        "mask_loss",
        "choice",
        "cross_entropy",
        "loss of masks: cross_entropy; dice (Milletari et al. 2016), of overlaps, for classes of few pixels; focal "
        "(Lin et al. 2017), of hard pixels; tversky (Salehi et al. 2017), Dice that weighs misses; or two of these",
        predicts=False,
        options=tuple(LOSSES),
        sensible=choices("cross_entropy", "dice", "cross_entropy_dice"),
    ),
    ParameterSpec(
        "mask_focal_gamma",
        "float",
        2.0,
        "how much less a pixel counts in the focal loss the surer it is right; 0 is cross-entropy",
        structural=False,
        low=0.0,
        high=10.0,
        sensible=Float(0.5, 4.0),
        read_where=_of("focal"),
    ),
    ParameterSpec(
        "tversky_misses",
        "float",
        0.7,
        "weight of missed pixels in the Tversky loss; that of pixels too many is 1 less it, and 0.5 is Dice",
        structural=False,
        low=0.0,
        high=1.0,
        sensible=Float(0.5, 0.9),
        read_where=_of("tversky"),
    ),
)


def _problems(keys: Mapping[str, Any], space: Mapping[str, Parameter]) -> list[Problem]:
    """What has no masks, and what would be compared that cannot be."""
    found = []
    source = given_source(keys.get("dataset")).get("source")
    if isinstance(source, str) and source not in MASKED_SOURCES:
        rule = f"brings no masks, which task 'segmentation' learns from: give one of {', '.join(MASKED_SOURCES)}"
        found.append(Problem("dataset.source", rule, source))
    size = space.get("image_size")
    if size is not None and size.size != 1:
        rule = (
            "must be one size for task 'segmentation': masks are judged at the size of the network, so that trials of "
            "other sizes would be judged by other masks"
        )
        found.append(Problem("space.image_size", rule))
    return found


SEGMENTATION = TaskSpec(
    "segmentation",
    "a class for each pixel of a picture",
    # Over all pixels of all pictures together, background included, as of PASCAL VOC; a class that is neither there
    # nor told is left out of the means.
    metrics=(
        Metric(
            "mean_iou",
            "max",
            "corpus",
            "overlap of the predicted and the true pixels of a class, over both together; mean over the classes",
            high=1.0,
        ),
        Metric(
            "mean_dice", "max", "corpus", "the same, with the overlap counted twice (as the F1 of the pixels)", high=1.0
        ),
        Metric("pixel_accuracy", "max", "corpus", "share of the pixels that are told rightly", high=1.0),
        Metric(
            "mean_boundary_f1",
            "max",
            "corpus",
            "F1 of the pixels along boundaries, right within a small distance; mean over pictures and classes",
            high=1.0,
        ),
        Metric(
            "mean_hausdorff_95",
            "min",
            "corpus",
            "distance in pixels within which 95% of a boundary lie from the true one; mean over pictures and classes",
        ),
        Metric("loss", "min", "mean", "what the training makes small"),
    ),
    each=(
        Metric(
            "iou",
            "max",
            "corpus",
            "overlap of the predicted and the true pixels of the class, over both together",
            high=1.0,
        ),
        Metric("dice", "max", "corpus", "the same, with the overlap counted twice", high=1.0),
        Metric(
            "boundary_f1",
            "max",
            "corpus",
            "F1 of the pixels along boundaries of the class, right within a small distance; mean over pictures",
            high=1.0,
        ),
        Metric(
            "hausdorff_95",
            "min",
            "corpus",
            "distance in pixels within which 95% of the class's boundary lie from the true one; mean over pictures",
        ),
    ),
    every_epoch=("mean_iou", "loss", "mean_dice", "pixel_accuracy"),
    every_trial=("mean_iou", "mean_dice", "pixel_accuracy", "loss"),
    trained=("pixel_accuracy",),
    parameters=_PARAMETERS,
    # A rectangle of another picture has a mask of its own, which no share of the whole picture tells.
    mixes=("mixup",),
    output="probabilities",
    ends="softmax",
    problems=_problems,
    kept=("masks", "losses"),
    needs="map",
    follows=True,
    reads="masks",
)
