"""What a search of the ``text_cnn`` family begins with."""

from __future__ import annotations

from cnnsearch.families.advice import Advice, always

__all__ = ["ADVICE"]

ADVICE = {
    "embedding_size": always(64, "some thousand texts do not fill the 300 of large corpora"),
    "embedding_dropout": always(0.2, "rare words are learnt by heart otherwise"),
    "dropout": Advice(lambda _: 0.5, "before the output, as in Kim 2014"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "batch_size": always(32, "some thousand texts give too few steps otherwise"),
}
"""Parameter -> what is recommended; of others the default."""
