"""Where the time of a sweep's workers went, from the study's record and the workers' own notes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from cnnsearch.study.record.lines import TrialLine

__all__ = ["Notes", "profile_of"]


@dataclass(frozen=True)
class Notes:
    """What one worker noted, in seconds.

    Attributes:
        began: Unix time of its first trial, TensorFlow imported and data loaded.
        busy: in calls of Tune, from then on.
        checkpoint: of these, writing weights and predictions.
        waited: between two calls of one trial, for leave to go on.
    """

    began: float
    busy: float
    checkpoint: float
    waited: float

    @classmethod
    def read_all(cls, folder: Path) -> list[Notes]:
        return [cls(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]

    def write(self, path: Path) -> None:
        path.with_suffix(".new").write_text(json.dumps(asdict(self)), encoding="utf-8")
        path.with_suffix(".new").replace(path)


def profile_of(
    records: Iterable[TrialLine],
    epoch_seconds: Mapping[int, list[float]],
    notes: Iterable[Notes],
    held_seconds: float,
) -> dict[str, float]:
    """Seconds of all workers by what they went to.

    A program's first epoch takes longer than the others, since TensorFlow optimises the graphs then: what it takes more
    is compilation, taken from arithmetic and evaluation by their shares in that trial. Reporting is what a call of Tune
    takes beside the rest, and the wait for its answer; idle is what is left: waiting for the next trial.

    Args:
        records: the ended trials.
        epoch_seconds: trial -> seconds of each epoch.
        notes: of every worker.
        held_seconds: number of workers times the seconds from the first trial to the last result.
    """
    costs = [(record.cost, epoch_seconds[record.trial]) for record in records]
    notes = list(notes)
    extras = [(_extra(epochs), cost) for cost, epochs in costs if cost["compile_seconds"]]
    optimising = sum(extra for extra, _ in extras)
    of_evaluation = sum(extra * cost["evaluate_seconds"] / cost["compute_seconds"] for extra, cost in extras)
    compiling = sum(cost["compile_seconds"] for cost, _ in costs)
    reset = sum(cost["reset_seconds"] for cost, _ in costs)
    evaluation = sum(cost["evaluate_seconds"] for cost, _ in costs)
    computing = sum(cost["compute_seconds"] for cost, _ in costs)
    features = sum(cost.get("features_seconds", 0.0) for cost, _ in costs)
    checkpoint = sum(note.checkpoint for note in notes)
    held = sum(note.busy + note.waited for note in notes)
    return {
        "compile": compiling + optimising,
        "reset": reset,
        **({"features": features} if features else {}),
        "arithmetic": computing - evaluation - (optimising - of_evaluation),
        "evaluation": evaluation - of_evaluation,
        "checkpoint": checkpoint,
        "reporting": max(0.0, held - compiling - reset - features - computing - checkpoint),
        "idle": max(0.0, held_seconds - held),
    }


def _extra(epochs: list[float]) -> float:
    """Seconds that the first epoch took more than the others; 0 where there are none to compare with."""
    return max(0.0, epochs[0] - statistics.median(epochs[1:])) if len(epochs) > 1 else 0.0
