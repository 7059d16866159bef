"""What the space of a detector cannot say: parameters of an encoder from scratch given to a pretrained one."""

from __future__ import annotations

from cnnsearch.families.detector.spec import DETECTOR
from cnnsearch.families.transfer.encoder_problems import EncoderProblems

__all__ = ["data_problems", "problems"]

_PROBLEMS = EncoderProblems(DETECTOR, "boxes")

problems, data_problems = _PROBLEMS.problems, _PROBLEMS.data_problems
