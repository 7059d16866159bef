"""Views of tasks that give each picture one label; such a task lists those that it shows."""

__all__ = ["CALIBRATION", "CONFUSION", "MISTAKES", "NGRAMS", "PAIRED", "SUSPICIOUS"]

CALIBRATION, CONFUSION, MISTAKES, NGRAMS, PAIRED, SUSPICIOUS = (
    f"{__name__}.{name}" for name in ("calibration", "confusion", "mistakes", "ngrams", "paired", "suspicious")
)
