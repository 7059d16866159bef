"""What to expect on new pictures, by nested cross-validation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from cnnsearch.report.numbers import score, significant
from cnnsearch.report.view import Drawing, View
from cnnsearch.report.views.nested.figure import nested_figure
from cnnsearch.report.views.nested.info import NestedInfo, nested_info

if TYPE_CHECKING:
    from cnnsearch.study import Study

__all__ = ["VIEW"]


def _notes(info: NestedInfo) -> Iterator[str]:
    if info.mean is None or info.spread is None or info.optimism is None:
        yield f"{len(info.rows)} of {info.outer} outer folds are judged; {_of_others(info)}."
        return
    ends = (
        "no interval, as all folds are alike"
        if info.low is None
        else f"95% interval {score(info.low, info.pictures)} to {score(info.high, info.pictures)}"
    )
    yield (
        f"Mean {score(info.mean, info.pictures)} ({ends}), standard deviation {significant(info.spread, 2)} over "
        f"{info.outer} outer folds. It is what this search gives of such a set of pictures, its choice of a config "
        "included (Varma and Simon 2006; Cawley and Talbot 2010). It is not the value of the one model in best/, which "
        "was trained on all pictures and may be a little better."
    )
    if info.optimism > 0:
        why = "better than their winners were: a search's own value is the best of many, on the pictures that chose it"
    else:
        why = "worse than their winners were, by chance or as these were trained again, on more pictures than a trial"
    yield f"In the mean what the searches promised was by {significant(abs(info.optimism), 2)} {why}."
    yield (
        "The trainings share pictures, so the interval is the corrected resampled one of Nadeau and Bengio (2003), and "
        "wide where there are few folds. No estimate of how much the mean would vary from one set of pictures to "
        "another is without bias (Bengio and Grandvalet 2004). Of pictures of another kind it says nothing."
    )
    if info.parameters:
        yield (
            f"The searches do not agree on {', '.join(info.parameters)}: with so few pictures it matters little, or "
            "cannot be told."
        )
    else:
        yield "All searches came to the same config."
    if info.unreplaced:
        which = ", ".join(map(str, info.unreplaced))
        yield (
            f"Not trained again, as that failed or there was no time: the models that outer fold {which} judged. They "
            "saw fewer pictures than the one in best/."
        )
    if info.learned:
        yield "The searches learned from other studies: where these had seen the same pictures, the mean is too good."


def _of_others(info: NestedInfo) -> str:
    if not info.lost:
        return "cnnsearch resume goes on with the others"
    which = ", ".join(map(str, info.lost))
    return f"there was a study of outer fold {which}, and it is gone: cnnsearch resume searches without that fold again"


VIEW: View[Study, NestedInfo] = View(
    name="nested",
    title="Outer folds",
    lead=lambda info: (
        f"What is to be expected on new pictures? Each row is a whole search that never saw one of {info.outer} outer "
        "folds: the dot is what its winner gave there, the diamond what the search promised."
    ),
    info=nested_info,
    drawings=(Drawing("nested", "outer folds of nested cross-validation", nested_figure),),
    template=Path(__file__).with_name("template.html.jinja"),
    notes=lambda info: tuple(_notes(info)),
    missing=lambda info: info.missing,
    absent=lambda info: not info.outer,
)
