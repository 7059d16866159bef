"""What the space of a U-Net cannot say: parameters of an encoder from scratch given to a pretrained one."""

from __future__ import annotations

from cnnsearch.families.transfer.encoder_problems import EncoderProblems
from cnnsearch.families.unet.spec import UNET

__all__ = ["data_problems", "problems"]

_PROBLEMS = EncoderProblems(UNET, "masks")

problems, data_problems = _PROBLEMS.problems, _PROBLEMS.data_problems
