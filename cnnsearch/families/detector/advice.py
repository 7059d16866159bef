"""What a search of the ``detector`` family begins with."""

from __future__ import annotations

from cnnsearch.families.advice import always

__all__ = ["ADVICE"]

ADVICE = {
    "map_levels": always(2, "objects of two sizes; one more for those that are four times as large as the smallest"),
    "convs_per_block": always(1, "half the time of two, in which it sees its pictures more often"),
    "filters": always(16, "a quarter of the time of 32"),
    "learning_rate": always(5e-3, "batch normalisation bears more than Adam's 0.001, and few epochs need it"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "random_flip": always("horizontal", "where a search asks, as of photographs: mirrored they show the same"),
    "random_translation": always(0.05, "objects stand a little elsewhere in each photograph"),
    "batch_size": always(16, "each picture has hundreds of places to learn from, and maps take memory"),
}
"""Parameter -> what is recommended; of others the default."""
