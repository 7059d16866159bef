"""What the families of texts write of a script alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cnnsearch.inputs.texts.vectors import NONE
from cnnsearch.networks.layers import Layer
from cnnsearch.scripts.layers import penalty, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.writing import Code, lines
from cnnsearch.study.record.lines import TrialLine

__all__ = ["model_of_texts"]


def model_of_texts(
    recipe: Recipe, layers: Callable[[Mapping[str, Any]], Iterable[Layer]], definitions: Iterable[Code] = ()
) -> Part:
    """The body of ``build_model(x_train)``, up to its return, from numbers of tokens on.

    Args:
        recipe: of the trial.
        layers: a config, whose vocabulary is that of the data -> what the family lists.
        definitions: that these need.
    """
    config, beyond = dict(recipe.config), list[str]()
    known = recipe.record.cost if isinstance(recipe.record, TrialLine) else {}
    if "tokens" in known:
        config["vocabulary_size"] = int(known["tokens"])
    else:
        beyond.append("The record does not tell how many tokens the vocabulary has: the script has room for the most.")
    if config["tokens"] == "words" and config["word_vectors"] != NONE:
        beyond += _of_vectors(config, known)
        config["embedding_size"] = int(known.get("vector_size", config["embedding_size"]))
    body = [
        *penalty(recipe),
        *lines('inputs = keras.Input(x_train.shape[1:], dtype="int32")', "x = inputs"),
        *written(recipe, layers(config)),
        *lines("model = keras.Model(inputs, logits)", "return model"),
    ]
    return Part(body, beyond, list(definitions))


def _of_vectors(config: Mapping[str, Any], known: Mapping[str, float]) -> Iterator[str]:
    """What the script lacks of an embedding that began with the vectors of a file."""
    stays = "" if config["tune_vectors"] else ", and stays so"
    yield (
        f"The layer 'embedding' began with the vectors of {config['word_vectors']}, where that has the word; "
        f"the script's begins at random{stays}."
    )
    if "vector_size" not in known:
        yield (
            "The record does not tell how many numbers a vector of the file has: the script's "
            f"have {config['embedding_size']}."
        )
