"""What must be known before the figures of compressed models are believed: of pictures, training and choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cnnsearch.report.views.compressed.info import CompressedRow
    from cnnsearch.study import Study
    from cnnsearch.study.winner.compressed import Compressed
    from cnnsearch.study.winner.compression_choice import Chosen

__all__ = ["cautions_of"]

_TRAININGS = {"prune": "Training after pruning", "quantize": "Training for int8"}
"""Step of a way, as the record names it, in words."""


def cautions_of(
    study: Study, known: Sequence[Compressed], rows: Sequence[CompressedRow], groups: int, chosen: Sequence[Chosen]
) -> Iterator[str]:
    """Sentences.

    Args:
        study: whose models they are.
        known, rows: the models, as the record has them and as they are told.
        groups: of the validation pictures; 0 where each is by itself.
        chosen: what choices come to.
    """
    of_data = _of_pictures(study), _of_groups(groups), _of_training(study, known)
    of_rows = *_of_starts(rows), _of_seeds(rows), _of_teaching(rows)
    yield from filter(None, (*of_data, *of_rows, _of_choice(chosen)))
    yield from _untimed(rows)


def _of_training(study: Study, known: Sequence[Compressed]) -> str:
    """In what that of networks that lost filters was another than the trial's."""
    if not any("epochs" in each.line.way for each in known):
        return ""
    precision = study.experiment.resources.precision
    other = [] if precision == "float32" else [f"in float32, not in {precision} as the trials"]
    other += ["with all layers, whichever the trial kept frozen"] if study.experiment.freezes else []
    return f"Training afterwards was {' and '.join(other)}." if other else ""


def _of_pictures(study: Study) -> str:
    """Of an ensemble of finalists no member has seen the validation pictures."""
    refit = None if study.best is None else study.best.refit
    if refit is None or not refit.has_seen:
        return ""
    return (
        "The refitted model was trained on these pictures too: its metrics here are better than on new ones, where "
        "what compression loses may be more, or less where it was trained on without them."
    )


def _of_groups(groups: int) -> str:
    return f"Intervals are by groups of pictures, of which there are {groups:,}." if groups else ""


def _of_starts(rows: Sequence[CompressedRow]) -> Iterator[str]:
    """Of trainings that made nothing better."""
    for step, training in _TRAININGS.items():
        names = [row.name for row in rows if row.best_epochs.get(step) == 0]
        if names:
            yield (
                f"{training} gained nothing in {', '.join(names)}: no epoch was better than the network before it, "
                "whose weights are kept."
            )


def _of_seeds(rows: Sequence[CompressedRow]) -> str:
    several = [row.name for row in rows if row.loss is not None and row.loss.trainings > 1]
    if not several:
        return ""
    return (
        f"Of {', '.join(several)} what is lost is the mean over several trainings, with an interval over these and "
        "pictures; all else is of the file that is kept, that of the first training."
    )


def _of_teaching(rows: Sequence[CompressedRow]) -> str:
    """Pictures are paired, and trainings are not, where there is one of each."""
    if all(row.loss_to_alone is None or row.loss_to_alone.trainings > 1 for row in rows):
        return ""
    return (
        "What teaching gains is of one training with the best model and one without: its interval is over pictures, "
        "and with another seed both may come out otherwise."
    )


def _of_choice(chosen: Sequence[Chosen]) -> str:
    """Of several that are measured with chance some come out too well, and these are likelier chosen."""
    if all(each.name is None for each in chosen):
        return ""
    return "It was chosen by these same pictures: on new ones it may lose more than its sentence says."


def _untimed(rows: Sequence[CompressedRow]) -> Iterator[str]:
    """Models that a runtime could not run for one reason share a sentence."""
    whys = dict.fromkeys(why for row in rows for why in row.untimed.items())
    for runtime, why in whys:
        names = [row.name for row in rows if row.untimed.get(runtime) == why]
        yield f"Latency in {runtime} is not measured of {', '.join(names)}: {why}."
