"""Whether the texts of a study become the tokens that its trials had."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cnnsearch.data.dataset import Dataset
from cnnsearch.errors import InputError, Problem
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.study import Study
from cnnsearch.study.store import Store
from cnnsearch.study.winner.best import MODEL
from cnnsearch.training.model_file import tokenizer_of

__all__ = ["check_division", "divided_otherwise"]

_RULE = (
    "has texts that would become other tokens than those of the study's trials, as this version of cnnsearch, or of "
    "tokenizers, divides them otherwise"
)


def divided_otherwise(store: Store, before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What is wrong with the data set of a study of texts, in words; empty where nothing is, and of pictures.

    Studies of earlier versions do not tell how they divided them: that is read from the model in ``best/``. Where there
    is none, no trial has ended with a value that new ones would be compared with.

    Args:
        store: of the study.
        before: what ``environment.json`` told of the data set.
        now: what is told of it today.
    """
    today = now.get("division")
    if today is None:
        return ""
    if (was := before.get("division")) is not None:
        return _RULE if was != today else ""
    return "" if _is_of_today(store) else _RULE


def check_division(study: Study, dataset: Dataset) -> None:
    """See that the texts of a study, where it has such, become the tokens that its trials had.

    Raises:
        InputError: they become others.
    """
    if not isinstance(dataset.pictures, Texts):
        return
    if why := divided_otherwise(study.store, study.environment.get("dataset", {}), dataset.pictures.described()):
        raise InputError(Problem("dataset", why))


def _is_of_today(store: Store) -> bool:
    if not store.exists(MODEL):
        return True
    try:
        with store.as_file(MODEL) as path:
            return tokenizer_of(path).divides_as_today
    except InputError:
        return True  # no model of texts, of which another step tells
