"""Value against cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import count, duration, milliseconds, score, size
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.pareto.figure import pareto_figure, pareto_width
from cnnsearch.report.views.pareto.info import COSTS, Front, Frugal, ParetoInfo, pareto_info

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
    notes = [_frugal(front, front.frugal, info.pictures) for front in info.fronts if front.frugal]
    busy = next((front for front in info.fronts if front.cost == "latency_seconds"), None)
    if busy is not None:
        widest = max(busy.candidates, key=lambda each: each.high / max(each.low, 1e-9))
        notes.append(
            "A latency is the lowest median of all measurements of the trial's network. What is drawn beside it is "
            f"their spread, at most from {milliseconds(widest.low)} to {milliseconds(widest.high)} for one network: "
            "other trials ran meanwhile, and latencies whose spreads overlap are not told apart."
        )
    thinned = max((front.total - len(front.candidates) for front in info.fronts), default=0)
    if thinned:
        notes.append(
            f"{thinned:,} trials are not drawn; the fronts are of all, and the best and an even sample of the others "
            "stand beside them."
        )
    return tuple(notes)


def _frugal(front: Front, frugal: Frugal, pictures: int) -> str:
    text, share = _TEXTS[front.cost], frugal.share
    return (
        f"{COSTS[front.cost].capitalize()}: trial {frugal.candidate.trial} takes {text(frugal.candidate.cost)} instead "
        f"of {text(frugal.best.cost)}. Its {share.metric} in the search, {score(frugal.value, pictures)}, lies within "
        f"the 95% interval of that of trial {frugal.best.trial}, {score(share.value, pictures)} "
        f"({score(share.interval.low, pictures)} to {score(share.interval.high, pictures)})."
    )


VIEW: View[Study, ParetoInfo] = View(
    name="pareto",
    title="Value and cost",
    lead=lambda info: (
        f"What does a better {info.metric} cost, and is there a cheaper model that is as good? Each point is a trial; "
        "on the line are those that no other one beats in both. Values are those of the search. Latency is that of one "
        "picture on the workers, training time leaves out waiting and compiling."
    ),
    info=pareto_info,
    drawings=(Drawing("pareto_fronts", "value against costs", pareto_figure, pareto_width),),
    notes=_notes,
    missing=lambda info: None if info.fronts else "no two trials with a value differ in what they cost",
)
