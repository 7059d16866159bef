"""The verdict in plain words: which model, what to expect of it, what is as good, on what data, what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnsearch.data.counted import counted
from cnnsearch.experiment.start import RECOMMENDED
from cnnsearch.inputs.words import said_of
from cnnsearch.numbers import plural, score, significant
from cnnsearch.report.statistics.next_step import NextStep, unread_test
from cnnsearch.study.endings import better_stopped_in_words
from cnnsearch.study.front_words import aims_of, front_in_words
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.winner.replacement import refit_in_words
from cnnsearch.tasks.contract.metrics import metric_of

if TYPE_CHECKING:
    from cnnsearch.report.statistics.finalists import FinalistsInfo
    from cnnsearch.report.views.verdict.info import VerdictInfo
    from cnnsearch.study import Study

__all__ = ["Answer", "answers", "answers_without_model"]


@dataclass(frozen=True)
class Answer:
    """One answer of the verdict.

    Attributes:
        about: its label: Use, Expect, As good, Data, Next.
        text: all of it.
        step: with whose command it ends; ``None``: with none.
        study: as the command calls it.
    """

    about: str
    text: str
    step: NextStep | None = None
    study: str = ""

    @property
    def command(self) -> str:
        """With which it ends, or nothing."""
        return "" if self.step is None else self.step.command(self.study)

    def calling(self, study: str) -> str:
        """The text, with the study called so in the command: by its place, where its name is not enough."""
        return self.text if self.step is None else self.text.removesuffix(self.command) + self.step.command(study)


def answers(study: Study, info: VerdictInfo, finalists: FinalistsInfo | None, then: NextStep) -> tuple[Answer, ...]:
    """All that there are of a study with a winner.

    Args:
        study: whose.
        info: all but its words.
        finalists: where they named the winner.
        then: what to do next.
    """
    several = bool(study.experiment.objective.beside)
    model = _chosen(study, finalists) if several else _used(study, info, finalists)
    found = {
        "Use": " ".join(filter(None, (model, refit_in_words(study) or _place(info)))),
        "Expect": _expected(study, info, finalists),
        "As good": "" if several else _as_good(study, info, finalists),
        "Stopped": better_stopped_in_words(study),
        "Data": _data(study),
    }
    return _said(study, found, then)


def answers_without_model(study: Study, why: str, then: NextStep | None) -> tuple[Answer, ...]:
    """All that there are of a study without a winner; ``why`` there is none."""
    return _said(study, {"Result": why, "Data": _data(study)}, then)


def _said(study: Study, found: Mapping[str, str], then: NextStep | None) -> tuple[Answer, ...]:
    """Those that say something, and what to do next with the study, which is called by its name."""
    inputs = "texts" if study.experiment.family.reads_texts else "pictures"
    told = {about: said_of(inputs, text) for about, text in found.items()}
    said = [_ending(study, about, text) for about, text in told.items() if text]
    if then is not None:
        said.append(Answer("Next", then.text(study.name), then, study.name))
    return tuple(said)


def _ending(study: Study, about: str, text: str) -> Answer:
    """An answer; what to expect ends with how the test split is read that nobody has read."""
    step = unread_test(study) if about == "Expect" else None
    return Answer(about, text) if step is None else Answer(about, f"{text} {step.text(study.name)}", step, study.name)


def _data(study: Study) -> str:
    """How many pictures there were, in which splits; empty where the record does not tell."""
    found = counted(study.environment.get("dataset", {})).text
    return f"{found}." if found else ""


def _used(study: Study, info: VerdictInfo, finalists: FinalistsInfo | None) -> str:
    if finalists is not None:
        return f"Trial {info.trial}: the best mean {info.metric} over {_fresh(finalists)}."
    folds = info.headline.headline.folds if info.headline is not None else ""
    over, among = (
        f", mean over {folds}" if folds else "",
        ", of those that keep the limits" if study.broken_limits else "",
    )
    return f"Trial {info.trial}: the best {info.metric} of the search{over}{among}."


def _place(info: VerdictInfo) -> str:
    """Where its model is that nothing took the place of."""
    return "Its model is in best/." if info.run is None else f"Its run {info.run}, the median one, is in best/."


def _chosen(study: Study, finalists: FinalistsInfo | None) -> str:
    """Which trial is chosen of the front, and what it has in each of several objectives."""
    best, objective = study.best, study.experiment.objective
    if best is None:
        return ""
    if finalists is not None and study.finals is not None:
        vector = study.finals.decided.vector(best.trial) or ()
        values = [vector[0] * objective.sign, *(-each for each in vector[1:])] if vector else []
        over = f"Its means over {_fresh(finalists)} are"
    else:
        line = next(record for record in study.records if record.trial == best.trial)
        values = [value for value in aims_of(study, line).values() if value is not None]
        over = "In the search it had"
    pictures = (pictures_of(study, "validation"), *(0 for _ in objective.beside))  # costs are no means over them
    texts = map(score, values, pictures)
    told = " and ".join(f"{name} {text}" for name, text in zip(objective.names, texts, strict=False))
    return f"{front_in_words(study)} {over} {told}."


def _fresh(finalists: FinalistsInfo) -> str:
    """On what the finalists were trained."""
    if not finalists.folds:
        return plural(finalists.compared, "fresh seed")
    return f"{plural(finalists.compared, 'fresh partition')} of {finalists.folds} each, on fresh seeds"


def _expected(study: Study, info: VerdictInfo, finalists: FinalistsInfo | None) -> str:
    """What it will be worth on pictures that nothing was chosen by."""
    if info.test is not None:
        return " ".join(_tested(info))
    headline = info.headline
    if headline is None:
        return ""
    if headline.headline.outer:
        return (
            f"On new pictures {metric_of(info.metric)} {headline.headline.said}{headline.interval}: the mean over "
            f"{headline.headline.basis}, each of which judged the winner of a search that never saw it."
        )
    what = f"{metric_of(info.metric)} {headline.headline.said}{headline.interval}{_share(info)}"
    pictures = f" on the {info.pictures:,} validation pictures" if info.pictures else ""
    if finalists is not None:
        return f"On new pictures {what}, or a little worse: the winner was chosen by this mean{pictures}."
    why = "the best of many is too good" if len(study.ranked) > 1 else "these pictures chose its best epoch"
    return f"On new pictures somewhat worse than {what}: {why}{_untold(study)}."


def _share(info: VerdictInfo) -> str:
    """Of the pictures, where that is not what was searched for."""
    share = info.share
    if share is None or share.metric == info.metric:
        return ""
    by = ", by groups" if info.groups else ""
    ends = f"{score(share.interval.low, info.pictures)} to {score(share.interval.high, info.pictures)}"
    return f" and {metric_of(share.metric)} {score(share.value, info.pictures)} (95% interval {ends}{by})"


def _untold(study: Study) -> str:
    """What a search alone says nothing of."""
    evaluation = study.experiment.cross_validation
    if evaluation is not None:
        return "" if evaluation.repeats > 1 else ", and one partition says nothing of other draws"
    each = " each" if len(study.ranked) > 1 else ""
    return "" if study.experiment.repeats > 1 else f", and one training{each} says nothing of other seeds"


def _tested(info: VerdictInfo) -> Iterator[str]:
    test = info.test
    if test is None:
        return
    numbers = dict.fromkeys((test.first, (test.metric, test.value, test.interval)))
    told = " and ".join(f"{name} {score(value, test.pictures)}{test.said(ends)}" for name, value, ends in numbers)
    headline = None if info.headline is None else info.headline.headline
    is_another = headline is not None and (headline.refitted or headline.ensemble)
    whose = headline.shipped if headline is not None and is_another else "its model"
    yield f"On new pictures {told}: what {whose} gave on the {test.pictures:,} test pictures."


def _as_good(study: Study, info: VerdictInfo, finalists: FinalistsInfo | None) -> str:
    if not info.compared:
        if info.untold:
            return f"Not known: {plural(info.untold, 'other')} could not be compared with it."
        return "There is no other trial to compare it with."
    by = _by(info, finalists)
    if info.tied:
        untold = f" {plural(info.untold, 'other')} could not be compared with it." if info.untold else ""
        tied = (
            f"All {len(info.tied)} others" if 3 < len(info.tied) == info.compared else _trials(info.tied).capitalize()
        )
        return f"{tied}: not separable {by}.{untold}{_recommended(study, info.tied)}"
    kind = "finalist" if finalists is not None else f"{(info.state or '').lower()} trial"
    none, others = "None", f"the other {kind}" if info.compared == 1 else f"all {info.compared} other {kind}s"
    if info.untold:
        none, others = "None that is known", f"{info.compared} of {info.compared + info.untold} other {kind}s"
    whose = "" if info.compared + info.untold == 1 else "the next "
    gap = f", {whose}by {significant(info.runner_up.gap, 2)}" if info.runner_up else ""
    return f"{none}: it is better than {others}{gap}, which is more than chance {by}."


def _recommended(study: Study, tied: Sequence[int]) -> str:
    """That the search has not been shown to find a better config than the one that it began with."""
    found = next((trial for trial in tied if study.origins.get(trial) == RECOMMENDED), None)
    if found is None:
        return ""
    if len(tied) == 1:
        return " It has the recommended config."
    return f" Trial {found}, the recommended config, is one of them."


def _by(info: VerdictInfo, finalists: FinalistsInfo | None) -> str:
    """What the trials were compared with."""
    if finalists is None:
        groups = f" in {plural(info.groups, 'group')}" if info.groups else ""
        return f"by {info.pictures:,} pictures{groups}" if info.pictures else "by these pictures"
    return f"with {plural(finalists.compared, 'partition' if finalists.folds else 'seed')}"


def _trials(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"trial {numbers[0]}"
    shown = list(map(str, numbers[:10])) if len(numbers) > 11 else list(map(str, numbers[:-1]))
    last = f"{len(numbers) - 10} more" if len(numbers) > 11 else str(numbers[-1])
    return f"trials {', '.join(shown)} and {last}"
