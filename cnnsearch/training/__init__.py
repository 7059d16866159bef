"""One trial without Ray: the compiled program, the trainer, and what a trial returns."""

from cnnsearch.keras_settings import choose_backend

choose_backend()  # before any module of this room imports Keras

from cnnsearch.training.result import EpochResult, TrialResult  # noqa: E402
from cnnsearch.training.trial import TrialData, run_trial  # noqa: E402

__all__ = ["EpochResult", "TrialData", "TrialResult", "run_trial"]
