"""The sections of an experiment that are no table of names."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from cnnsearch.data.sources.spec import ImageSize
from cnnsearch.errors import Problem
from cnnsearch.experiment.problems.translation import carrying

__all__ = [
    "Augmentation",
    "Budget",
    "Cost",
    "EarlyStopping",
    "Features",
    "Final",
    "Finalists",
    "Members",
    "Preprocessing",
    "Section",
    "Stop",
    "Storage",
]


class Section(BaseModel):
    """A mapping in an experiment file: no other keys, no other types, and it stays as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Preprocessing(Section):
    """What every picture goes through before the network; what the space names comes from there instead.

    Attributes:
        image_size: ``[height, width]`` in pixels, or one number for a square; over ``dataset.image_size``.
        scaling: ``unit`` (to 0..1), ``standardize`` (by channel, statistics of the training split only; with folds
            of all that are in these) or ``none``.
    """

    image_size: ImageSize | None = None
    scaling: Literal["unit", "standardize", "none"] = "unit"


class Augmentation(Section):
    """How random augmentation, whose strengths stand in the space, goes together with a frozen backbone.

    Attributes:
        cached_variants: keep the backbone's features of so many augmented variants of each training picture, drawn
            once, and train on one of them at random in each epoch. ``null``: every epoch draws anew, and the frozen
            part of the backbone is computed each time.
    """

    cached_variants: Annotated[int, Field(ge=1, le=1000)] | None = None


class Features(Section):
    """What a frozen part of a backbone gives, computed once for all trials that share it.

    Attributes:
        cache: keep it; otherwise every epoch of every trial computes it anew.
        budget_gb: memory of the object store for all that is kept. What was used least recently goes first; what
            would be larger by itself is not kept.
        dtype: in which it is kept; ``float16`` takes half the memory and rounds to three digits.
    """

    cache: bool = True
    budget_gb: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] = 4.0
    dtype: Literal["float32", "float16"] = "float32"


class EarlyStopping(Section):
    """A trial ends when its objective has not improved for ``patience`` epochs; its best weights are restored.

    Attributes:
        patience: epochs without an improvement.
        min_delta: the least change that counts as an improvement, in units of the objective.
    """

    patience: Annotated[int, Field(ge=1)]
    min_delta: Annotated[float, Field(ge=0.0, allow_inf_nan=False)] = 0.0


class Cost(Section):
    """What nodes may cost.

    Attributes:
        most: in the currency of the price.
        node_hour: price of one hour in which a node runs a trial.
    """

    most: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
    node_hour: Annotated[float, Field(gt=0.0, allow_inf_nan=False)]


_LIMITS = ("trials", "minutes", "epochs", "worker_hours", "cost")


class Budget(Section):
    """Where the search ends: at the first of these limits that is reached; at least one is given.

    Where the minutes are over, trials in flight are interrupted. At every other limit no trial is proposed any more,
    and those in flight go on to their ends: so much comes on top. Without finalists the sweep ends there.

    With ``all``, trials in flight end after the epoch that they train, and count with the epochs that they had.

    Attributes:
        trials: that are proposed.
        minutes: of wall time, from the start of the search on: start-up and report come on top.
        epochs: of all trials that ended together.
        worker_hours: that workers spent on these.
        cost: of the nodes on which these ran.
        all: the minutes are those of all trainings, finalists and refit included, and of start-up and report: what
            follows is forecast from the trials, the search ends early enough for it, but has half of the minutes in any
            case, or as many as the recommended config takes, and where there is too little time there are fewer
            finalists, or none, and no refit or ensemble. Where not even one trial, and its refit, would end in time,
            trials get more threads, so that fewer train at once, then fewer epochs, so that their schedules end.
    """

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [limit]} for limit in _LIMITS]})

    trials: Annotated[int, Field(ge=1)] | None = None
    minutes: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    epochs: Annotated[int, Field(ge=1)] | None = None
    worker_hours: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None
    cost: Cost | None = None
    all: bool = False

    def model_post_init(self, _: Any) -> None:
        if self.all and self.minutes is None:
            raise carrying([Problem("all", "needs minutes, as {minutes: 10, all: true}")])
        if all(getattr(self, limit) is None for limit in _LIMITS):
            raise carrying([Problem("", f"needs one of {', '.join(_LIMITS)}, as {{trials: 40, minutes: 10}}")])


class Stop(Section):
    """When what was found is enough: no trial is proposed any more, and those in flight go on to their ends.

    Attributes:
        target: of the objective, that a trial has reached.
        patience_trials: so many that ended, one after the other, gave nothing better than the best.
        expected_gain: twenty more trials are expected to improve the objective by less than this; asked from twenty
            trials on. Less than what seeds make of the same config is nothing that can be gained.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [rule]} for rule in ("target", "patience_trials", "expected_gain")]}
    )

    target: Annotated[float, Field(allow_inf_nan=False)] | None = None
    patience_trials: Annotated[int, Field(ge=1)] | None = None
    expected_gain: Annotated[float, Field(gt=0.0, allow_inf_nan=False)] | None = None

    def model_post_init(self, _: Any) -> None:
        if self.target is None and self.patience_trials is None and self.expected_gain is None:
            raise carrying([Problem("", "needs target, patience_trials or expected_gain, as {patience_trials: 30}")])


class Finalists(Section):
    """The best trials, trained again on fresh seeds when the search is over; the winner is named from that.

    The value with which a trial won the search is too good: it is the largest of many that chance had a part in. The
    budget is the search's; ``top`` times ``seeds`` full trainings come after it.

    Attributes:
        top: so many of the best trials, completed ones first.
        seeds: runs of each. A seed gives weights, order of the pictures, dropout and augmentation; run ``k`` has the
            same seed for all finalists.
    """

    top: Annotated[int, Field(ge=1, le=100)] = 3
    seeds: Annotated[int, Field(ge=2, le=100)] = 5


Final = Annotated[
    Literal["keep", "refit", "ensemble"],
    Field(
        description="what is shipped: the winner's model as it was trained (keep), one that is trained again on "
        "training and validation pictures together, for the epochs that lasted, or on where patience ended it, "
        "the learning rate going down to 0 over the last quarter of them (refit; with ensemble the mean of "
        "several), or the mean of several in one model (ensemble): of the best finalists, or of the winner's folds"
    ),
]

Members = Annotated[
    int,
    Field(
        ge=2,
        le=100,
        description="networks whose mean is shipped: of the best so many finalists (final: ensemble; left out, of "
        "all), or of the best so many configs, each trained again (final: refit; left out, of the winner alone)",
    ),
]

RefitTimes = Annotated[
    int,
    Field(
        ge=1,
        le=100,
        description="how many times as long as its trial a refit trains: each epoch has so many times the passes, "
        "unless the trial got worse towards its end; with budget.all as far as there is time",
    ),
]

Storage = Annotated[
    str,
    Field(
        min_length=1,
        pattern=r"\S",
        description="folder in which studies go: a path, or a URI as s3://bucket/studies; --output is over it",
    ),
]
