"""The same picture twice, by its bytes or its pixels."""

from __future__ import annotations

from cnnsearch.data.checks.copies import CopyCheck

__all__ = ["CHECK"]

CHECK = CopyCheck("duplicates", lambda examined: examined.copies, "exact copies", "an exact copy")
