"""What a sweep chose for its search, for people."""

from __future__ import annotations

from rich.console import Console

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.passes import passes_in_words
from cnnsearch.search.samplers import chosen_in_words

__all__ = ["tell_search"]


def tell_search(experiment: Experiment, console: Console) -> None:
    """What was left to ``auto``, and what it chose; nothing where all was named. And what an epoch is."""
    if words := chosen_in_words(experiment.sampler):
        console.print(words, markup=False, soft_wrap=True)
    if words := passes_in_words(experiment):
        console.print(words, markup=False, soft_wrap=True)
