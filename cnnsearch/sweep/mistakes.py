"""Pictures of the best model's worst mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.data.stages import size_of
from cnnsearch.inputs.texts.form import TextForm
from cnnsearch.inputs.texts.texts import Texts
from cnnsearch.study import Best, Study
from cnnsearch.study.folder.folder import slug_of
from cnnsearch.study.folder.mistakes import FOLDER, LISTED
from cnnsearch.study.hidden_tokens import MOST, HiddenTokens
from cnnsearch.sweep.found_pictures import kept_example

__all__ = ["save_mistakes"]


def save_mistakes(study: Study, dataset: Dataset, split: Split) -> None:
    """Write the validation pictures on which the best trial was most wrong into ``best/mistakes/``.

    Files are named by rank and what the task calls the mistake: ``01-cat-as-dog.png``; ``mistakes.json`` lists them
    with what the user knows the pictures by, and what the task says of each. Texts stand in the list itself. What
    lay there before goes.
    """
    best = study.best
    predictions = study.predictions(best.trial, best.run) if best else None
    if best is None or predictions is None:
        return
    found = predictions.mistakes(MOST, dataset.targets.names)
    folder, words = FOLDER, _words_of(study, best, dataset, split)
    size = size_of(study.experiment.filled(best.config)) if dataset.inputs == "pictures" else None
    study.store.delete(folder)
    listed = []
    for rank, mistake in enumerate(found.worst, 1):
        index = split.validation[mistake.position]
        stem = f"{rank:02d}-{'-'.join(map(slug_of, mistake.name))}"
        shown = kept_example(study.store, folder, stem, dataset, int(index), size)
        said = {} if words is None else words.of(int(index), mistake.position)
        listed.append({**shown, **said, "picture": dataset.pictures.name(int(index)), **mistake.told})
    whose = {"trial": best.trial, "run": best.run}
    study.store.write_json(LISTED, {**whose, "wrong": found.wrong, "mistakes": listed})


@dataclass(frozen=True)
class _Words:
    """What the answers about the worst texts rest on.

    Attributes:
        texts: with the vocabulary of the training split.
        form: by which the best trial read them.
        hidden: its tokens.
    """

    texts: Texts
    form: TextForm
    hidden: HiddenTokens

    def of(self, index: int, position: int) -> dict[str, Any]:
        """A text in pieces, with what hiding each of its tokens takes from the answer; nothing where nobody looked.

        Args:
            index: in the data.
            position: among the predictions.
        """
        losses = self.hidden.of_text(position)
        if losses is None:
            return {}
        pieces = self.texts.marked(index, self.form, losses)
        return {"words": [{"piece": piece} | ({} if loss is None else {"loss": loss}) for piece, loss in pieces]}


def _words_of(study: Study, best: Best, dataset: Dataset, split: Split) -> _Words | None:
    hidden, form = study.hidden_tokens(best.trial, best.run), TextForm.of(study.experiment.filled(best.config))
    if hidden is None or form is None or not isinstance(dataset.pictures, Texts):
        return None
    return _Words(dataset.pictures.learnt(split.train), form, hidden)
