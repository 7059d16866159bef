"""What a search of the ``cnn`` family begins with: a small network in the manner of VGG, with what came after it."""

from __future__ import annotations

from cnnsearch.families.advice import Advice, always
from cnnsearch.families.cnn.normalization import normalization_of

__all__ = ["ADVICE"]

ADVICE = {
    "conv_blocks": always(3, "the last feature map sees most of a small picture, and one of 8x8 still gives one"),
    "convs_per_block": always(2, "two 3x3 see as much as one 5x5, with fewer weights (Simonyan and Zisserman 2015)"),
    "filters": always(16, "a quarter of the time of 32, in which it sees its pictures more often: as good, or better"),
    "batch_normalization": always(True, "trains several times faster (Ioffe and Szegedy 2015)"),
    "normalization": Advice(
        lambda config: "none" if config["batch_normalization"] else "batch",
        "as batch_normalization, of which it is the newer name",
    ),
    "block_dropout": always(0.1, "small data sets are learnt by heart otherwise; more slows down the first epochs"),
    "global_pooling": always("average", "few weights behind it, so that little is learnt by heart (Lin et al. 2014)"),
    "dense_layers": always(0, "behind global pooling there is nothing left to combine"),
    "dropout": always(0.2, "before the output it costs no time and seldom harms"),
    "learning_rate": Advice(
        lambda config: 1e-3 if normalization_of(config) == "none" else 3e-3,
        "Adam's 0.001; normalisation bears more, and few epochs need it",
    ),
    "learning_rate_schedule": always("cosine", "the last epochs settle, and the best one is the last"),
    "batch_size": always(32, "some thousand pictures give too few steps otherwise"),
    "random_flip": always("horizontal", "where a search asks, as of photographs: mirrored they show the same"),
    "random_translation": always(0.05, "objects stand a little elsewhere in each photograph"),
    "random_rotation": always(0.02, "hardly more than a camera is held askew"),
    "random_zoom": always(0.1, "objects are a little nearer or further away"),
    "random_crop": always(0.1, "as translation and zoom"),
    "random_brightness": always(0.1, "light differs a little"),
    "random_contrast": always(0.1, "light differs a little"),
}
"""Parameter -> what is recommended; of others the default."""
