"""From the default config to the winner."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cnnsearch.report.numbers import compact, percent
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.path.figure import path_figure
from cnnsearch.report.views.path.info import PathInfo, path_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: PathInfo) -> tuple[str, ...]:
    if info.error is None or info.r2 is None:
        return ()
    unit = f"a factor of {compact(2.718281828459045**info.error)}" if info.log else compact(info.error)
    notes = [
        "Hardly any of these configs were run: the line is predicted by a surrogate, extremely randomised trees fitted "
        f"to this study's trials. On trials that it has not seen it is off by {unit} (root mean square) and explains "
        f"{percent(max(0.0, info.r2))} of the differences: smaller steps than that mean nothing. Stars are recorded "
        "values of just this config.",
        f"The default config: {', '.join(info.start)}.",
    ]
    if info.steps[-1].chance:
        others = ", ".join(f"{each.parameter} {each.before} → {each.after}" for each in info.steps[-1].changes)
        notes.append(f"Changed last, as by itself this moves {info.metric} no further than chance may: {others}.")
    if info.moved:
        notes.append(
            f"Of {', '.join(info.moved)} the default lies outside the space, or there is none: the nearest value of "
            "the space, or its middle, stands for it."
        )
    return tuple(notes)


VIEW: View[Study, PathInfo] = View(
    name="path",
    title="From the default to the winner",
    lead=lambda info: (
        "Which changes made the winner better than the defaults? From top to bottom one parameter changes at a time to "
        f"the winner's value, each time the one that helps most by the predicted {info.metric} (greedy ablation)."
    ),
    info=path_info,
    drawings=(Drawing("path_to_winner", "path from the default config to the winner", path_figure),),
    notes=_notes,
    missing=lambda info: info.missing or (None if len(info.steps) > 1 else "the winner is the default config"),
    quiet=lambda info: (
        "No change moves the objective beyond chance." if all(step.chance for step in info.steps[1:]) else None
    ),
)
