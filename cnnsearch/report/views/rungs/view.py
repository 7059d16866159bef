"""The scheduler's rungs, and the audit of what it stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import percent, significant
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.rungs.figure import foretelling_figure, survivors_figure
from cnnsearch.report.views.rungs.info import RungsInfo, rungs_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: RungsInfo) -> tuple[str, ...]:
    if info.missing:
        return ()
    whole = info.epochs_saved + info.epochs_trained
    notes = [
        f"Stopping spared {info.epochs_saved:,} of {whole:,} epochs ({percent(info.epochs_saved / whole)}). How well a "
        "rung foretells is known of trials that ran to their end only: those are survivors, and audited ones."
    ]
    if info.beside:
        notes.append(
            f"The scheduler ranked by fronts of {info.metric} and {', '.join(info.beside)}. What is shown here goes by "
            f"{info.metric} alone: who is weak in it may have gone on for what its model costs."
        )
    notes += [
        f"Trial {trial} is never stopped, as it has the recommended config, and went on all the same: it is counted as "
        f"stopped after epoch {epoch}, where the scheduler would have done so."
        for trial, epoch in info.spared.items()
    ]
    if len(info.rungs) < info.every:
        notes.append(f"{len(info.rungs)} of {info.every} decisions are shown.")
    if info.audit is None:
        notes.append(
            "What the stopped trials would have come to is not known; with scheduler: {audit: 0.05} some would finish."
        )
    else:
        notes.append(_audit(info))
    return tuple(notes)


def _audit(info: RungsInfo) -> str:
    audit = info.audit
    if audit is None:
        return ""
    number = len(audit.trials)
    share = f"95% interval of the share: {percent(audit.share.low)} to {percent(audit.share.high)}"
    found = f"Audit: of {audit.stopped} trials to be stopped, {number} finished all the same. "
    if not audit.better:
        return f"{found}None came out better than the best one that was let through ({share})."
    numbers = ", ".join(map(str, audit.better))
    which = f"Trial {numbers} came" if len(audit.better) == 1 else f"Trials {numbers} came"
    return (
        f"{found}{which} out better than the best one that was let through ({share}), at most by "
        f"{significant(audit.lost, 2)}: the scheduler's regret."
    )


VIEW: View[Study, RungsInfo] = View(
    name="rungs",
    title="Rungs of the scheduler",
    lead=lambda _: (
        "Did the scheduler stop the right trials? On the left who went on after each of its decisions, on the right "
        "how well the ranking at that moment foretold the final one; near 0 it was guessing."
    ),
    info=rungs_info,
    drawings=(
        Drawing("rung_survivors", "trials at each rung", survivors_figure),
        Drawing("rung_foretelling", "how well each rung foretold the end", foretelling_figure),
    ),
    notes=_notes,
    absent=lambda info: info.missing is not None,
)
