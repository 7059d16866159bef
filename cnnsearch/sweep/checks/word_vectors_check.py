"""Whether files of word vectors can be used on the texts of a sweep: a trial would read them again, and fail."""

from __future__ import annotations

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.experiment import Experiment
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts

__all__ = ["check_word_vectors"]


def check_word_vectors(experiment: Experiment, dataset: Dataset, split: Split) -> None:
    """Go through each file once, which takes minutes of a large one: whoever trains nothing needs none.

    Raises:
        InputError: one is not there, is no such file, or has none of the words of the texts for training.
    """
    texts, named = dataset.pictures, experiment.space.get("word_vectors")
    if not isinstance(texts, Texts) or named is None:
        return
    learnt, whole = texts.learnt(split.train), experiment.searchable["vocabulary_size"].high
    for path in named.values():
        learnt.vectors(TextForm("words", int(whole), 1, str(path)))
