"""Parameters of the head of detection: which places learn which boxes, what they lose, and which boxes are told."""

from __future__ import annotations

from cnnsearch.space import Float
from cnnsearch.space.specs import Parameters, ParameterSpec, choices
from cnnsearch.space.switches import Switch

__all__ = ["MOSAIC", "PARAMETERS"]

MOSAIC = "mosaic"

PARAMETERS = Parameters(
    ParameterSpec(
        "box_assignment",
        "choice",
        "centre",
        "which places learn a box: centre, those in its middle whose prior is of its size (Kong et al. 2020); overlap, "
        "those whose prior overlaps it, as of anchors (Liu et al. 2016)",
        predicts=False,
        options=("centre", "overlap"),
        sensible=choices("centre", "overlap"),
    ),
    ParameterSpec(
        "centre_share",
        "float",
        0.5,
        "sides of the middle of a box, in which places learn it, over its own; the nearest place always learns it",
        structural=False,
        low=0.0,
        high=1.0,
        sensible=Float(0.2, 0.8),
        read_where=(Switch("box_assignment", on=("centre",)),),
    ),
    ParameterSpec(
        "matching_overlap",
        "float",
        0.5,
        "IoU of a prior with a box from which its place learns it; 0.1 below it learns nothing; the best above 0 does",
        structural=False,
        low=0.0,
        high=1.0,
        sensible=Float(0.35, 0.6),
        read_where=(Switch("box_assignment", on=("overlap",)),),
    ),
    ParameterSpec(
        "box_loss",
        "choice",
        "giou",
        "loss of boxes: 1 less the IoU, or less the generalised one, which tells boxes apart that do not meet "
        "(Rezatofighi et al. 2019)",
        predicts=False,
        options=("giou", "iou"),
        sensible=choices("giou", "iou"),
    ),
    ParameterSpec(
        "box_loss_weight",
        "float",
        1.0,
        "weight of the loss of boxes beside that of classes",
        structural=False,
        low=0.0,
        high=100.0,
        sensible=Float(0.5, 4.0, log=True),
    ),
    ParameterSpec(
        "score_target",
        "choice",
        "overlap",
        "what the score of a class learns where it is: the IoU of the box that is told with the true one (Li et al. "
        "2020, equation 2), or 1",
        predicts=False,
        options=("overlap", "one"),
        sensible=choices("overlap", "one"),
    ),
    ParameterSpec(
        "detection_focal_gamma",
        "float",
        2.0,
        "how much less a score counts the nearer it is to its target (Lin et al. 2017); 0 is cross-entropy",
        structural=False,
        low=0.0,
        high=10.0,
        sensible=Float(1.0, 3.0),
    ),
    ParameterSpec(
        "detection_focal_alpha",
        "float",
        0.25,
        "weight of the scores of classes that are there; that of all others is 1 less it (Lin et al. 2017)",
        structural=False,
        low=0.0,
        high=1.0,
        sensible=Float(0.2, 0.8),
    ),
    ParameterSpec(
        MOSAIC,
        "float",
        0.0,
        "share of training pictures made of parts of four of their batch, with the boxes (Bochkovskiy et al. 2020)",
        structural=False,
        low=0.0,
        high=1.0,
        sensible=Float(0.0, 1.0),
    ),
    ParameterSpec(
        "score_threshold",
        "float",
        0.05,
        "score below which no box is told; mean average precision counts also boxes of low scores",
        low=0.0,
        high=1.0,
        sensible=choices(0.01, 0.05),
    ),
    ParameterSpec(
        "suppression_overlap",
        "float",
        0.5,
        "IoU with a box of the same class and a higher score above which a box is not told",
        low=0.0,
        high=1.0,
        sensible=choices(0.4, 0.5, 0.6),
    ),
    ParameterSpec("max_detections", "int", 100, "boxes that are told of a picture at most", low=1, high=1000),
)
