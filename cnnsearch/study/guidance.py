"""What came of the trials that priors, the start and earlier studies proposed, beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.experiment.learnt import EarlierStudy
from cnnsearch.space.priors import NEAR_START, OF_PARAMETERS

if TYPE_CHECKING:
    from cnnsearch.study.study import Study

__all__ = ["Guide", "guidance_in_words", "guides_of"]


@dataclass(frozen=True)
class Guide:
    """A prior, the start, or an earlier study.

    Attributes:
        origin: of the trials that it proposed.
        trials: of these those that ended.
        others: trials that ended and came from elsewhere, to which these are compared.
        beaten: the share of the others that such a trial beats in the mean, by the ranking of the study; what failed
            comes last. ``None``: there is nothing to compare.
        has_best: whether the best trial is one of its own.
    """

    origin: str
    trials: int
    others: int
    beaten: float | None
    has_best: bool

    @property
    def in_words(self) -> str:
        what = "drawn from the priors" if self.origin == OF_PARAMETERS else self.origin
        if not self.trials:
            return f"no trial that ended was {what}"
        number = f"{self.trials} trial{' was' if self.trials == 1 else 's were'} {what}"
        if self.beaten is None:
            return f"{number}, with no others to compare"
        verdict = "so it helped" if self.beaten > 0.5 else "so it did not help"
        if min(self.trials, self.others) == 1:
            verdict = "and one alone says nothing"
        best = "; the best trial is one of them" if self.has_best else ""
        return f"{number}: one beats {self.beaten:.0%} of the {self.others} others in the mean, {verdict}{best}"


def guides_of(study: Study) -> tuple[Guide, ...]:
    """Of each that the experiment has, in its order; trials of one are never compared with those of another."""
    origins = study.origins
    earlier = [item for item in study.experiment.learn_from if isinstance(item, EarlierStudy)]
    has_prior = any(getattr(parameter, "prior", None) is not None for parameter in study.experiment.space.values())
    near = [NEAR_START] if study.experiment.sampler.get("prior") == "start" else []
    names = [*([OF_PARAMETERS] if has_prior else []), *near, *(item.origin for item in earlier)]
    places = {line.trial: place for place, line in enumerate(study.ranked)}
    ended = [line.trial for line in study.records]
    others = [places.get(trial, len(ended)) for trial in ended if origins.get(trial) not in names]
    return tuple(_guide(study, name, places, others) for name in names)


def _guide(study: Study, name: str, places: dict[int, int], others: list[int]) -> Guide:
    origins = study.origins
    last = len(study.records)
    own = [places.get(line.trial, last) for line in study.records if origins.get(line.trial) == name]
    won = sum((place < other) + 0.5 * (place == other) for place in own for other in others)
    return Guide(
        origin=name,
        trials=len(own),
        others=len(others),
        beaten=won / (len(own) * len(others)) if own and others else None,
        has_best=study.best is not None and origins.get(study.best.trial) == name,
    )


def guidance_in_words(study: Study) -> list[str]:
    """A sentence for each."""
    return [guide.in_words for guide in guides_of(study)]
