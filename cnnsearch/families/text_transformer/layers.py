"""The layers of the ``text_transformer`` family: stock ones, which any Keras reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cnnsearch.errors import TrialError
from cnnsearch.families.text_transformer.shape import refused
from cnnsearch.inputs.texts.tokenizer import PADDING
from cnnsearch.networks.embedding import embedding
from cnnsearch.networks.encoder import encoder_block, encoder_dropout, normalization
from cnnsearch.networks.layers import STEM, Layer, dense_head

__all__ = ["layers_of"]

Table = Callable[[int, int, int], Any]
"""As ``sine_positions`` of this family, or what stands for its table in a script."""

_NEVER = 3e4
"""Taken from the score of a place without a token, so that it weighs nothing; half precision holds it."""

_IS_THERE = "is_token"


def layers_of(config: Mapping[str, Any], length: int, outputs: Any, table: Table) -> Iterator[Layer]:
    """From numbers of tokens, through blocks of attention, to the outputs.

    Places behind the end of a text are attended to by none, and have no part in what the tokens come to. Of a text
    without any token all of them have, as there is nothing else.

    Args:
        config: filled.
        length: tokens of a text.
        outputs: numbers that the last layer gives.
        table: gives the positions of ``sine``.

    Raises:
        TrialError: the network cannot be.
    """
    wrong = refused(config)
    if wrong is not None:
        raise TrialError(f"impossible architecture: {wrong[1]}")
    has_class = config["token_pooling"] == "class_token"
    places = length + has_class
    yield Layer("Identity", "tokens", block=STEM)
    yield from _mask(length, has_class)
    yield from _embedded(config, places, has_class, table)
    before = "embedded"
    for block in range(1, config["depth"] + 1):
        yield from encoder_block(config, block, before, _IS_THERE)
        before = f"block{block}"
    yield normalization()
    if has_class:
        yield Layer("Cropping1D", "class_token_alone", ((0, length),))
        yield Layer("Flatten", "features")
    else:
        yield from _weighed(config, length)
    yield from dense_head(config, 0, 0, outputs)


def _mask(length: int, has_class: bool) -> Iterator[Layer]:
    """Which places hold a token, ``(places,)`` booleans; a class token is always there."""
    if has_class:
        yield Layer("equal", "is_padding", (PADDING,), block=STEM)
        yield Layer("Reshape", "padding", ((length, 1),), block=STEM)
        yield Layer("Rescaling", "absences", (1.0,), block=STEM)
        yield Layer("ZeroPadding1D", "absences_and_class_token", ((1, 0),), block=STEM)
        yield Layer("Reshape", "absence", ((length + 1,),), block=STEM)
    yield Layer("not_equal", _IS_THERE, (1 if has_class else PADDING,), block=STEM)


def _embedded(config: Mapping[str, Any], places: int, has_class: bool, table: Table) -> Iterator[Layer]:
    """Tokens of the model's width that know their places; see ``vit`` for how a bias is a learned position."""
    width, is_learned = config["width"], config["positions"] == "learned"
    yield embedding(config, STEM, ("tokens",))
    yield Layer("Dropout", "vectors", (config["embedding_dropout"],), reads="embedding_dropout", block=STEM)
    if has_class:
        yield Layer("ZeroPadding1D", "class_token", ((1, 0),), block=STEM)
    bias = {"bias_axes": "td", "bias_initializer": "random_normal"} if is_learned else {"bias_axes": "d"}
    yield Layer("EinsumDense", "projection", ("btc,cd->btd", (places, width)), bias, block=STEM)
    if config["positions"] == "sine":
        # Vaswani et al. 2017, section 3.4: vectors are as large as the sines then.
        positions = table(places, width, int(has_class))
        yield Layer("Rescaling", "positions", (math.sqrt(width), positions), block=STEM)
    yield from encoder_dropout(config, "position_dropout", STEM)
    yield Layer("Identity", "embedded", block=STEM)


def _weighed(config: Mapping[str, Any], length: int) -> Iterator[Layer]:
    """The mean of the tokens that are there, or a mean by learned weights (Hassani et al. 2021, section 3.2)."""
    is_learned = config["token_pooling"] == "attention"
    if is_learned:
        yield Layer("Dense", "token_scores", (1,))
    yield Layer("Rescaling", "absent", (_NEVER, -_NEVER), takes=(_IS_THERE,))
    yield Layer("Reshape", "absent_scores", ((length, 1),))
    if is_learned:
        yield Layer("Add", "scores", takes=("token_scores", "absent_scores"))
    yield Layer("Softmax", "token_weights", options={"axis": 1})
    yield Layer("Multiply", "weighted_tokens", takes=("normalization", "token_weights"))
    yield Layer("sum", "features", options={"axis": 1})
