"""Pictures of the best model's worst mistakes."""

from __future__ import annotations

from pathlib import PurePath

from cnnsearch.data.dataset import Dataset
from cnnsearch.data.split import Split
from cnnsearch.study import Study
from cnnsearch.study.folder.folder import slug_of
from cnnsearch.sweep.found_pictures import kept_example

__all__ = ["save_mistakes"]

MOST = 16


def save_mistakes(study: Study, dataset: Dataset, split: Split) -> None:
    """Write the validation pictures on which the best trial was most wrong into ``best/mistakes/``.

    Files are named by rank and what the task calls the mistake: ``01-cat-as-dog.png``; ``mistakes.json`` lists them
    with the names of picture files as they are, and what the task says of each. Texts stand in the list itself. What
    lay there before goes.
    """
    best = study.best
    predictions = study.predictions(best.trial, best.run) if best else None
    if best is None or predictions is None:
        return
    found = predictions.mistakes(MOST, dataset.targets.names)
    folder = "best/mistakes"
    study.store.delete(folder)
    listed = []
    for rank, mistake in enumerate(found.worst, 1):
        index = split.validation[mistake.position]
        stem = f"{rank:02d}-{'-'.join(map(slug_of, mistake.name))}"
        shown = kept_example(study.store, folder, stem, dataset, int(index))
        listed.append({**shown, "picture": _name(dataset, int(index)), **mistake.told})
    whose = {"trial": best.trial, "run": best.run}
    study.store.write_json(f"{folder}/mistakes.json", {**whose, "wrong": found.wrong, "mistakes": listed})


def _name(dataset: Dataset, index: int) -> str:
    """The folder and name of a picture file, or which picture of the data set it is."""
    if dataset.inputs == "texts":
        return dataset.pictures.name(index)
    paths = getattr(dataset.pictures, "paths", None)
    return f"picture {index}" if paths is None else "/".join(PurePath(paths[index]).parts[-2:])
