"""What a search of the ``detector`` family begins with."""

from __future__ import annotations

from cnnsearch.families.advice import always

__all__ = ["ADVICE"]

ADVICE = {
    "learning_rate": always(3e-3, "batch normalisation bears more than Adam's 0.001, and few epochs need it"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "batch_size": always(16, "each picture has hundreds of places to learn from, and maps take memory"),
}
"""Parameter -> what is recommended; of others the default."""
