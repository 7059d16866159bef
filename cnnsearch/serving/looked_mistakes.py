"""Where the best model looked in the pictures of its worst mistakes, kept beside them for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.errors import InputError, Problem
from cnnsearch.serving.looking import Looking
from cnnsearch.serving.prediction import Predictor
from cnnsearch.study.folder.mistakes import FOLDER, LISTED, looked_at
from cnnsearch.study.folder.trust import Ask, never

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["look_at_mistakes"]


def look_at_mistakes(study: Study, ask: Ask = never) -> tuple[int, int]:
    """Write a map for each kept picture of a mistake; of how many there is one, and how many pictures there are.

    The pictures are as the study keeps them, at most 128 pixels, so a map may differ a little from that of the file. Of
    one that gets another answer so there is none.

    Args:
        study: whose sweep has come to its end.
        ask: whether the model's code of a study that somebody else made may be imported.

    Raises:
        InputError: nothing may be written to the study, it has no model, or one with no last map, its model is another
            one than the mistakes are of, or it keeps no pictures of mistakes.
    """
    study.store.check_writable()
    if study.best is not None and study.best.refit is not None:
        now = "an ensemble" if study.best.refit.members else "refitted"
        rule = f"the model is {now} and none of a trial, and the mistakes are of one"
        raise InputError(Problem("--looked", rule))
    mistakes = _mistakes(study)
    predictor = Predictor(study, ask)
    looking = Looking(study, predictor)
    if not looking.can:
        raise InputError(Problem("--looked", "this network has no last map of convolutions that a vector is made of"))
    count = 0
    for file, wrong in mistakes:
        asked = predictor.ask(_content(study, file), file)
        looked = looking.at(asked) if asked.prediction.answer.to_dict()["label"] == wrong else None
        if looked is not None and looked.heat.any():
            study.store.write(looked_at(file), looked.overlay())
            count += 1
    return count, len(mistakes)


def _content(study: Study, file: str) -> bytes:
    try:
        return study.store.read(f"{FOLDER}/{file}")
    except FileNotFoundError:
        raise InputError(Problem(f"{FOLDER}/{file}", "is not there any more", study.source)) from None


def _mistakes(study: Study) -> list[tuple[str, str]]:
    """The file of each, and the label that was told."""
    try:
        listed = study.store.read_json(LISTED)["mistakes"]
        if not all(isinstance(one.get("predicted"), str) for one in listed):
            rule = f"is for pictures of which one label is told, and the task is {study.experiment.task}"
            raise InputError(Problem("--looked", rule))
        return [(str(one["file"]).replace("/", ""), one["predicted"]) for one in listed]
    except InputError:
        raise
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
        raise InputError(Problem("--looked", "the study keeps no pictures of mistakes", study.source)) from None
