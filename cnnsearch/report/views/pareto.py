"""Value against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.figure.pareto import pareto_figure, pareto_width
from cnnsearch.report.info.pareto import COSTS, Candidate, Front, ParetoInfo, pareto_info
from cnnsearch.report.numbers import count, duration, milliseconds, significant, size
from cnnsearch.report.view import Drawing, View

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]

_TEXTS = {
    "latency_seconds": milliseconds,
    "parameters": count,
    "model_bytes": size,
    "training_seconds": duration,
}


def _notes(info: ParetoInfo) -> tuple[str, ...]:
    notes = [_frugal(info, front, front.frugal) for front in info.fronts if front.frugal]
    thinned = max((front.total - len(front.candidates) for front in info.fronts), default=0)
    if thinned:
        notes.append(
            f"{thinned:,} trials are not drawn; the fronts are of all, and the best and an even sample of the others "
            "stand beside them."
        )
    return tuple(notes)


def _frugal(info: ParetoInfo, front: Front, frugal: Candidate) -> str:
    best = next(each for each in front.candidates if each.trial == info.best)
    text = _TEXTS[front.cost]
    return (
        f"{COSTS[front.cost].capitalize()}: trial {frugal.trial} takes {text(frugal.cost)} instead of "
        f"{text(best.cost)} and lies within the 95% interval of the best trial's val_accuracy "
        f"({info.metric} {significant(frugal.value)} against {significant(best.value)})."
    )


VIEW: View[Study, ParetoInfo] = View(
    name="pareto",
    title="Value and cost",
    lead=lambda info: (
        f"What does a better {info.metric} cost, and is there a cheaper model that is as good? Each point is a trial; "
        "on the line are those that no other one beats in both. Latency is that of one picture on the trial's worker, "
        "training time leaves out waiting and compiling."
    ),
    info=pareto_info,
    drawings=(Drawing("pareto_fronts", "value against costs", pareto_figure, pareto_width),),
    notes=_notes,
    missing=lambda info: None if info.fronts else "no two trials with a value differ in what they cost",
)
