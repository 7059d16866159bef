"""Seconds in words, the same wherever they are shown."""

from __future__ import annotations

__all__ = ["duration"]


def duration(seconds: float) -> str:
    """``3.4 s``, ``42 s``, ``2 min 5 s`` or ``1 h 12 min``: two numbers at most, each rounded to what is shown."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 59.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours:,} h {minutes} min"
