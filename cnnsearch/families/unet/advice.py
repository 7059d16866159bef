"""What a search of the ``unet`` family begins with."""

from __future__ import annotations

from cnnsearch.families.advice import always

__all__ = ["ADVICE"]

ADVICE = {
    "depth": always(3, "the deepest map sees 60 pixels of a picture or more"),
    "learning_rate": always(3e-3, "batch normalisation bears more than Adam's 0.001, and few epochs need it"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "batch_size": always(16, "maps take much memory, and each picture has thousands of targets"),
}
"""Parameter -> what is recommended; of others the default."""
