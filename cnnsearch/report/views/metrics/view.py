"""Every metric of the best model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.numbers import plural
from cnnsearch.report.statistics.clusters import BY_GROUPS
from cnnsearch.report.view import View
from cnnsearch.report.views.metrics.info import MetricsInfo, metrics_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: MetricsInfo) -> tuple[str, ...]:
    splits = _in_groups(f"{info.pictures:,} validation pictures", info.groups[0])
    if info.test_pictures:
        splits += " and " + _in_groups(f"{info.test_pictures:,} test pictures", info.groups[1])
    notes = [
        f"The 95% intervals are over pictures, of {splits}: Wilson's for shares, a seeded bootstrap's for all else. "
        "Of another training they tell nothing. The model was chosen on the validation split, so its numbers there are "
        "rather too good."
    ]
    if any(info.groups):
        notes.append(BY_GROUPS)
    if info.folds:
        notes.append(
            f"Each of these pictures was told of by the training that did not see it. The value of a trial is the mean "
            f"over {info.folds}; these are numbers of all pictures together."
        )
    if info.refitted:
        which = "is an ensemble of networks that were" if info.ensemble else "was"
        notes.append(
            f"The model in best/ {which} refitted on training and validation pictures together. The numbers of the "
            "validation pictures are those of the training before; those of the test pictures are its own."
        )
    if info.penalised:
        notes.append(
            "The loss of the validation pictures has the penalty of the regularisation in it, that of the test "
            "pictures has not: these two do not compare."
        )
    if info.ensemble and not info.refitted:
        notes.append(
            "The model in best/ is an ensemble. The numbers of the validation pictures are those of its first "
            "member alone; those of the test pictures are its own."
        )
    if info.undefined:
        notes.append(f"Without a number here: {'; '.join(info.undefined)}.")
    return tuple(notes)


def _in_groups(pictures: str, groups: int) -> str:
    return f"{pictures} in {plural(groups, 'group')}" if groups else pictures


VIEW: View[Study, MetricsInfo] = View(
    name="metrics",
    title="Metrics of the best model",
    lead=lambda _: "How good is the model by every metric of its task, and how far can each number be trusted?",
    info=metrics_info,
    template=Path(__file__).with_name("template.html.jinja"),
    notes=lambda info: () if info.missing else _notes(info),
    missing=lambda info: info.missing,
)
