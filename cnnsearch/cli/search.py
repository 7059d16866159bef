"""What a sweep chose for its search, for people."""

from __future__ import annotations

from rich.console import Console

from cnnsearch.experiment import Experiment
from cnnsearch.experiment.evaluation import evaluation_in_words
from cnnsearch.experiment.extent import most_trials
from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.experiment.limits import limits_in_words
from cnnsearch.experiment.passes import passes_in_words
from cnnsearch.numbers import duration, plural, times_in_words
from cnnsearch.search.samplers import chosen_in_words, never_learns
from cnnsearch.space.priors import priors_in_words
from cnnsearch.study.progress.search_limits import idle_rules, overrun_in_words

__all__ = ["planned_in_words", "tell_search"]


def tell_search(experiment: Experiment, console: Console) -> None:
    """What was left to ``auto``; priors, and what is learnt from; how trials are judged; epochs; limits; what idles."""
    known = (priors_in_words(experiment.space), *_learnt(experiment))
    judged = (evaluation_in_words(experiment), passes_in_words(experiment))
    idle = (never_learns(experiment.sampler, experiment.budget.trials, experiment.space), idle_rules(experiment))
    ends = (limits_in_words(experiment), *idle, overrun_in_words(experiment))
    for words in (chosen_in_words(experiment.sampler, experiment.budget.trials), *known, *judged, *ends):
        if words:
            console.print(words, markup=False, soft_wrap=True)


def planned_in_words(experiment: Experiment) -> str:
    """What will be done: ``12 trials of up to 8 epochs, at most 10 min 0 s; then the best 2 on 3 fresh seeds each``."""
    trials, minutes = most_trials(experiment), experiment.budget.minutes
    number = "trials" if trials is None else "1 trial" if trials == 1 else f"{trials:,} trials"
    epochs = "1 epoch" if experiment.epochs == 1 else f"up to {experiment.epochs:,} epochs"
    found = [f"{number} of {epochs}" + (f", at most {duration(60 * minutes)}" if minutes is not None else "")]
    if experiment.finalists is not None:
        top, seeds = experiment.finalists.top, experiment.finalists.seeds
        found.append(f"then the best {top} on {plural(seeds, 'fresh seed')} each")
    if experiment.final == "refit":
        inputs = "texts" if experiment.family.reads_texts else "pictures"
        whose = "the winner" if experiment.ensemble is None else f"the best {experiment.ensemble} configs"
        longer = f", {times_in_words(experiment.refit_times)} as long" if experiment.refit_times > 1 else ""
        found.append(f"then {whose} again on training and validation {inputs} together{longer}")
    if experiment.ships_ensemble:
        found.append("then an ensemble")
    return "; ".join(found)


def _learnt(experiment: Experiment) -> list[str]:
    """Of each study that is learnt from, how much."""
    earlier = (item for item in experiment.learn_from if isinstance(item, EarlierStudy))
    return [f"learns from {item.study}: {len(item.good)} best of {item.trials} trials, by rank" for item in earlier]
