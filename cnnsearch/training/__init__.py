"""One trial without Ray: the compiled program, the trainer, and what a trial returns."""

from cnnsearch.training.result import EpochResult, TrialResult
from cnnsearch.training.trial import TrialData, run_trial

__all__ = ["EpochResult", "TrialData", "TrialResult", "run_trial"]
