"""One driver a study: who writes to it holds it, and nobody else may."""

from cnnsearch.study.hold.beginning import is_beginning, told_of_beginning
from cnnsearch.study.hold.hold import Driver, Hold
from cnnsearch.study.hold.lease import LAPSE
from cnnsearch.study.hold.life import Life
from cnnsearch.study.hold.taking import hold_study, life_of

__all__ = ["LAPSE", "Driver", "Hold", "Life", "hold_study", "is_beginning", "life_of", "told_of_beginning"]
