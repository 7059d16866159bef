"""Epochs and ended trials, written where the user's other experiments are: TensorBoard, MLflow.

They follow the ledger in a thread of their own, so that a slow server does not slow the sweep, and what fails there
is told once and changes nothing else.
"""

from cnnsearch.sweep.tracking.followers import Followers, check_tracking, start_tracking

__all__ = ["Followers", "check_tracking", "start_tracking"]
