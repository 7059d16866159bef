"""What a sweep chose for its search, for people."""

from __future__ import annotations

from rich.console import Console

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.evaluation import evaluation_in_words
from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.experiment.limits import limits_in_words
from cnnsearch.experiment.passes import passes_in_words
from cnnsearch.search.samplers import chosen_in_words
from cnnsearch.space.priors import priors_in_words
from cnnsearch.study.search_limits import idle_rules

__all__ = ["tell_search"]


def tell_search(experiment: Experiment, console: Console) -> None:
    """What was left to ``auto``; priors, and what is learnt from; how trials are judged; epochs; limits; idle rules."""
    known = (priors_in_words(experiment.space), *_learnt(experiment))
    judged = (evaluation_in_words(experiment), passes_in_words(experiment))
    ends = (limits_in_words(experiment), idle_rules(experiment))
    for words in (chosen_in_words(experiment.sampler), *known, *judged, *ends):
        if words:
            console.print(words, markup=False, soft_wrap=True)


def _learnt(experiment: Experiment) -> list[str]:
    """Of each study that is learnt from, how much."""
    earlier = (item for item in experiment.learn_from if isinstance(item, EarlierStudy))
    return [f"learns from {item.study}: {len(item.good)} best of {item.trials} trials, by rank" for item in earlier]
