"""The layers of the ``text_cnn`` family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cnnsearch.networks.embedding import EMBEDDED, embedding
from cnnsearch.networks.layers import Layer, dense_head, initializer

__all__ = ["layers_of"]


def layers_of(config: Mapping[str, Any], width: Any) -> Iterator[Layer]:
    """From numbers of tokens to the outputs, of which there are ``width``."""
    # Dropout takes whole numbers of the vectors, and no whole words: a word that is gone is one that is not known.
    yield embedding(config)
    yield Layer("Dropout", EMBEDDED, (config["embedding_dropout"],), reads="embedding_dropout")
    yield from (_parallel if config["arrangement"] == "parallel" else _chain)(config)
    yield from dense_head(config, config["dense_layers"], config["units"], width)


def _parallel(config: Mapping[str, Any]) -> Iterator[Layer]:
    """Kim 2014, "Convolutional Neural Networks for Sentence Classification", with padding: short texts have windows."""
    count = config["kernel_count"]
    for number in range(1, count + 1):
        kernel = config["kernel_size"] + number - 1
        yield _convolution(config, number, kernel, takes=(EMBEDDED,))
        yield Layer("GlobalMaxPooling1D", f"maximum_{number}", block=number)
    if count > 1:
        yield Layer("Concatenate", "features", takes=tuple(f"maximum_{number}" for number in range(1, count + 1)))


def _chain(config: Mapping[str, Any]) -> Iterator[Layer]:
    for number in range(1, config["conv_blocks"] + 1):
        yield _convolution(config, number, config["kernel_size"])
        if number < config["conv_blocks"]:
            yield Layer("MaxPooling1D", f"pooling_{number}", (config["pool_size"],), {"padding": "same"}, block=number)
    yield Layer("GlobalMaxPooling1D", "features")


def _convolution(config: Mapping[str, Any], number: int, kernel: int, takes: tuple[str, ...] = ()) -> Layer:
    options = {
        "padding": "same",
        "activation": config["activation"],
        "kernel_initializer": initializer(config["activation"]),
    }
    sizes = (config["filters"], kernel)
    return Layer("Conv1D", f"convolution_{number}", sizes, options, is_penalized=True, block=number, takes=takes)
