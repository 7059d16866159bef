"""One driver a study: who writes to it holds it, and nobody else may."""

from cnnsearch.study.hold.hold import Driver, Hold
from cnnsearch.study.hold.lease import LAPSE
from cnnsearch.study.hold.taking import driver_of, hold_study, start_study

__all__ = ["LAPSE", "Driver", "Hold", "driver_of", "hold_study", "start_study"]
