"""What a search of the ``text_transformer`` family begins with: a small encoder for few texts."""

from __future__ import annotations

from cnnsearch.families.advice import always

__all__ = ["ADVICE"]

ADVICE = {
    "embedding_dropout": always(0.2, "rare words are learnt by heart otherwise"),
    "depth": always(2, "some thousand texts teach few blocks, and each costs time"),
    "token_pooling": always("attention", "learns which tokens matter, as those of a negation"),
    "encoder_dropout": always(0.1, "as Vaswani et al. 2017 have it"),
    "dropout": always(0.3, "some thousand texts are learnt by heart otherwise"),
    "optimizer": always("adamw", "the optimizer of transformers; plain sgd hardly trains them"),
    "learning_rate": always(1e-3, "Adam's; larger ones may ruin attention for good"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "warmup_epochs": always(0.5, "the first steps at the whole rate may ruin attention for good"),
    "weight_decay": always(0.01, "of decoupled weight decay what small data sets ask for"),
    "batch_size": always(32, "some thousand texts give too few steps otherwise"),
}
"""Parameter -> what is recommended; of others the default."""
