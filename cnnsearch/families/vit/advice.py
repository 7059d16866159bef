"""What a search of the ``vit`` family begins with: a compact transformer for small pictures and few data."""

from __future__ import annotations

from cnnsearch.families.advice import always

__all__ = ["ADVICE"]

ADVICE = {
    "stem": always(
        "convolutions", "learns sooner than patches, and bears more rates and optimizers (Xiao et al. 2021)"
    ),
    "patch_size": always(4, "a picture of 28x28 has 49 tokens then; half of it takes four times as many"),
    "depth": always(4, "few pictures teach few blocks, and each costs time (Hassani et al. 2021)"),
    "width": always(64, "small networks see their pictures more often in the same time"),
    "heads": always(4, "16 numbers a head"),
    "mlp_ratio": always(2.0, "of small transformers; large ones have 4 (Hassani et al. 2021)"),
    "positions": always("learned", "nothing that the pictures do not show is assumed"),
    "token_pooling": always(
        "attention", "learns which tokens matter; a class token needs more pictures (Hassani et al. 2021)"
    ),
    "encoder_dropout": always(0.0, "compact transformers have stochastic depth in its place (Hassani et al. 2021)"),
    "stochastic_depth": always(0.1, "small data sets are learnt by heart otherwise (Huang et al. 2016)"),
    "dropout": always(0.1, "before the output it costs no time and seldom harms"),
    "optimizer": always("adamw", "the optimizer of transformers; plain sgd hardly trains them"),
    "learning_rate": always(1e-3, "Adam's; transformers bear less than networks with batch normalisation"),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "warmup_epochs": always(1.0, "the first steps at the whole rate may ruin attention for good"),
    "weight_decay": always(0.01, "of decoupled weight decay what small data sets ask for"),
    "batch_size": always(64, "attention over few tokens is cheap a picture, and dear a step"),
    "random_flip": always("horizontal", "where a search asks, as of photographs: mirrored they show the same"),
    "random_translation": always(0.05, "objects stand a little elsewhere in each photograph"),
    "random_rotation": always(0.02, "hardly more than a camera is held askew"),
    "random_zoom": always(0.1, "objects are a little nearer or further away"),
    "random_crop": always(0.1, "as translation and zoom"),
    "random_brightness": always(0.1, "light differs a little"),
    "random_contrast": always(0.1, "light differs a little"),
}
"""Parameter -> what is recommended; of others the default."""
