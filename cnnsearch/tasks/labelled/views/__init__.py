"""Views of tasks that give each picture one label; such a task lists those that it shows."""

__all__ = ["CALIBRATION", "CONFUSION", "MISTAKES", "PAIRED", "SUSPICIOUS"]

CALIBRATION, CONFUSION, MISTAKES, PAIRED, SUSPICIOUS = (
    f"{__name__}.{name}" for name in ("calibration", "confusion", "mistakes", "paired", "suspicious")
)
