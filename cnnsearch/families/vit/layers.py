"""The layers of the ``vit`` family, behind the scaling of pictures: stock ones, which any Keras reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.families.vit.shape import tokens_of
from cnnsearch.networks.encoder import encoder_block, encoder_dropout, normalization
from cnnsearch.networks.layers import STEM, Layer, dense_head, initializer

__all__ = ["layers_of"]

Table = Callable[[int, int, int, int], Any]
"""As :func:`~cnnsearch.families.vit.positions.sine_positions`, or what stands for its table in a script."""

_MOMENTUM = 0.9
"""Of a stem's batch normalisation: its statistics follow within few steps, as those of the ``cnn`` family."""


def layers_of(config: Mapping[str, Any], size: Sequence[int], outputs: Any, table: Table) -> Iterator[Layer]:
    """A stem, blocks of attention, and what makes a vector of the tokens.

    Args:
        config: filled.
        size: height and width of the pictures.
        outputs: numbers that the last layer gives.
        table: gives the positions of ``sine``.

    Raises:
        TrialError: the network cannot be.
    """
    try:
        rows, columns = tokens_of(config, size)
    except ValueError as error:
        raise TrialError(f"impossible architecture: {error}") from None
    yield from _stem(config, rows, columns)
    embedded = list(_embedded(config, rows, columns, table))
    yield from embedded
    before = embedded[-1].name
    for block in range(1, config["depth"] + 1):
        yield from encoder_block(config, block, before)
        before = f"block{block}"
    yield normalization()
    yield from _pooled(config, rows * columns)
    yield from dense_head(config, 0, 0, outputs)


def _stem(config: Mapping[str, Any], rows: int, columns: int) -> Iterator[Layer]:
    """From a picture to the contents of its tokens, row by row."""
    size = config["patch_size"]
    if config["stem"] == "convolutions":
        yield from _convolutions(config)
        yield Layer("Reshape", "tokens", ((rows * columns, config["width"]),), block=STEM)
        return
    # A convolution with the kernel and the step of a patch gives the same, and takes longer.
    yield Layer("Reshape", "rows_of_patches", ((rows, size, columns, -1),), block=STEM)
    yield Layer("Permute", "patches", ((1, 3, 2, 4),), block=STEM)
    yield Layer("Reshape", "tokens", ((rows * columns, -1),), block=STEM)


def _convolutions(config: Mapping[str, Any]) -> Iterator[Layer]:
    """Of Xiao et al. 2021: each halves the sides and doubles the filters, the last has the width of a token."""
    count = config["patch_size"].bit_length() - 1
    for number in range(1, count + 1):
        filters = max(1, config["width"] >> (count - number))
        options = {
            "strides": 2,
            "padding": "same",
            "use_bias": False,
            "kernel_initializer": initializer(config["activation"]),
        }
        yield Layer("Conv2D", f"stem_convolution_{number}", (filters, 3), options, block=STEM)
        momentum = {"momentum": _MOMENTUM}
        yield Layer("BatchNormalization", f"stem_normalization_{number}", options=momentum, block=STEM)
        yield Layer("Activation", f"stem_activation_{number}", (config["activation"],), block=STEM)


def _embedded(config: Mapping[str, Any], rows: int, columns: int, table: Table) -> Iterator[Layer]:
    """Tokens of the model's width that know their places.

    The bias of a dense layer over each token, one for each place, is its learned position. Of an empty token that is
    put before the others it is the class token. With fixed positions all tokens share one bias.
    """
    width, first = config["width"], int(config["token_pooling"] == "class_token")
    is_learned = config["positions"] == "learned"
    if first:
        yield Layer("ZeroPadding1D", "class_token", ((1, 0),), block=STEM)
    bias = {"bias_axes": "td", "bias_initializer": "random_normal"} if is_learned else {"bias_axes": "d"}
    shape = (first + rows * columns, width)
    yield Layer("EinsumDense", "embedding", ("btc,cd->btd", shape), bias, block=STEM)
    if not is_learned:
        yield Layer("Rescaling", "positions", (1.0, table(rows, columns, width, first)), block=STEM)
    yield from encoder_dropout(config, "embedding_dropout", STEM)


def _pooled(config: Mapping[str, Any], places: int) -> Iterator[Layer]:
    """From the normalised tokens to one vector."""
    if config["token_pooling"] == "class_token":
        yield Layer("Cropping1D", "class_token_alone", ((0, places),))
        yield Layer("Flatten", "features")
    elif config["token_pooling"] == "average":
        yield Layer("GlobalAveragePooling1D", "features")
    else:  # Hassani et al. 2021, section 3.2
        yield Layer("Dense", "token_scores", (1,))
        yield Layer("Softmax", "token_weights", options={"axis": 1})
        yield Layer("Multiply", "weighted_tokens", takes=("normalization", "token_weights"))
        yield Layer("sum", "features", options={"axis": 1})
