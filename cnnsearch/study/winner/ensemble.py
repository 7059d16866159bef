"""Ensemble: several networks whose mean is one model, and what the record tells of it.

The mean of what networks tell that were trained on other seeds, configs or pictures is mostly better than one of them
(Hansen and Salamon 1990; Lakshminarayanan et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cnnsearch.numbers import score, times_in_words
from cnnsearch.study.pictures import pictures_of
from cnnsearch.study.record.lines import Ended, FinalistLine, Member, RefitLine
from cnnsearch.study.winner.finalists import MODELS, model_of
from cnnsearch.study.winner.lasting import standard_error
from cnnsearch.study.winner.refit import Refit, model_of_refit, refit_of

if TYPE_CHECKING:
    from cnnsearch.experiment import Experiment
    from cnnsearch.study.study import Study
    from cnnsearch.study.winner.winner import Best

__all__ = ["Ensemble", "ensemble_in_words", "model_of_ensemble", "model_of_member", "planned_ensemble"]

_WITHIN = 2.0
"""Standard errors of the winner's value, by which a trial may be worse that takes part in an ensemble of refits."""

_SUMMED = ("parameters", "model_bytes", "macs")
"""Of the cost of a trial, what an ensemble has of all its members together."""


@dataclass(frozen=True)
class Ensemble:
    """What is made one model.

    Attributes:
        trial: the winner.
        run: of it as a finalist, in the place of whose model the ensemble goes; ``None``: the trial's own.
        seed: of that training.
        epochs: for which each fold is trained again, up to the best one; 0 where the members are models of their own.
        members: best first.
        cost: of all of them together, as far as it is known before it is measured.
        refits: trial -> how its config is trained again on training and validation pictures; empty where none is.
    """

    trial: int
    run: int | None
    seed: int
    epochs: int
    members: tuple[Member, ...]
    cost: Mapping[str, float] = field(default_factory=dict)
    best_epochs: tuple[int, ...] = ()
    refits: Mapping[int, Refit] = field(default_factory=dict)

    @property
    def is_of_folds(self) -> bool:
        """Whether the members are the winner's folds."""
        return self.members[0].fold is not None

    def is_of(self, line: RefitLine) -> bool:
        """Whether a line of the record is of this very ensemble."""
        return (line.trial, line.run, line.members) == (self.trial, self.run, self.members)


def planned_ensemble(study: Study, experiment: Experiment) -> Ensemble | None:
    """The ensemble of the winner as it stands; ``None`` where none is asked for, or there are no two members.

    Args:
        study: whose search, and whose finalists where there are any, are over.
        experiment: to go on with.
    """
    best = study.best
    if not experiment.ships_ensemble or best is None or (experiment.finalists is not None and best.run is None):
        return None
    if experiment.final == "refit":
        return _of_refits(study, experiment, best)
    return _of_finalists(study, experiment, best) if experiment.cross_validation is None else _of_folds(study, best)


def _of_refits(study: Study, experiment: Experiment, best: Best) -> Ensemble | None:
    """The best configs, each trained again on training and validation pictures together."""
    trials = _good(study, experiment, best)[: experiment.ensemble]
    refits = [refit for trial in trials if (refit := refit_of(study, experiment, trial)) is not None]
    if len(refits) < 2 or refits[0].trial != best.trial:
        return None
    members = tuple(Member(trial=each.trial, run=each.run, epochs=each.epochs, times=each.times) for each in refits)
    costs = (_cost(study, member) for member in members)
    first = refits[0]
    told = {each.trial: each for each in refits}
    return Ensemble(best.trial, best.run, first.seed, 0, members, _together(costs), refits=told)


def _good(study: Study, experiment: Experiment, best: Best) -> list[int]:
    """Trials that may take part, the winner first: finalists, or trials of the search where there are none.

    Each has another config, went to its end, takes pictures of the winner's size, and is not clearly worse.
    """
    decided = None if study.finals is None or study.finals.winner is None else study.finals.decided
    if decided is not None:
        told = [(one.trial, one.mean) for one in decided.standings if one.compared and one.mean is not None]
    else:
        told = [(line.trial, line.best_value) for line in study.ranked if line.state == best.state]
    configs = {line.trial: experiment.filled(line.config) for line in study.records}
    value = dict(told)[best.trial]
    sign, error = study.experiment.objective.sign, standard_error(study, value)
    found: list[int] = []
    for trial, each in told:
        is_new = all(configs[trial] != configs[other] for other in found)
        fits = configs[trial]["image_size"] == configs[best.trial]["image_size"]
        most = max(error, standard_error(study, each))  # of a share of 1 there is none of its own
        is_near = not most or sign * (value - each) <= _WITHIN * most
        found += [trial] if is_new and fits and is_near else []
    return found


def _cost(study: Study, member: Member) -> Mapping[str, float]:
    """What its config costs, by the training that it takes the place of."""
    if member.run is None:
        return next(line.cost for line in study.records if line.trial == member.trial)
    whose = (member.trial, member.run)
    return next(line.cost for line in study.finalist_lines if (line.trial, line.run) == whose)


def _of_finalists(study: Study, experiment: Experiment, best: Best) -> Ensemble | None:
    lines = _member_lines(study, experiment)
    if len(lines) < 2:
        return None
    members = tuple(Member(trial=line.trial, run=line.run) for line in lines)
    return Ensemble(best.trial, best.run, lines[0].seed, 0, members, _together(line.cost for line in lines))


def _of_folds(study: Study, best: Best) -> Ensemble | None:
    chosen = None if best.run is None or study.finals is None else study.finals.chosen
    line: Ended = chosen or next(each for each in study.records if each.trial == best.trial)
    if line.best_epoch is None or len(line.folds) < 2:
        return None
    numbers = range(len(line.folds))
    members = tuple(Member(trial=best.trial, run=best.run, fold=fold) for fold in numbers)
    cost = _together(line.cost for _ in numbers)
    return Ensemble(best.trial, best.run, line.seed, line.best_epoch, members, cost)


def _member_lines(study: Study, experiment: Experiment) -> list[FinalistLine]:
    """The run with the median value of each finalist that takes part, that of the winner first."""
    if study.finals is None or study.finals.winner is None:
        return []
    decided, other = study.finals.decided, set(_of_other_sizes(study, experiment))
    trials = [one.trial for one in decided.standings if one.compared and one.trial not in other]
    return [decided.median_of(trial) for trial in trials[: experiment.ensemble]]


def _of_other_sizes(study: Study, experiment: Experiment) -> list[int]:
    """Finalists that see their pictures at another size than the winner: one model takes pictures of one size."""
    if study.finals is None or study.finals.winner is None:
        return []
    sizes = {line.trial: _size(experiment, line.config) for line in study.records}
    return [one for one in study.finals.decided.trials if sizes[one] != sizes[study.finals.winner]]


def _size(experiment: Experiment, config: Mapping[str, object]) -> object:
    return experiment.filled(config)["image_size"]


def _together(costs: Iterable[Mapping[str, float]]) -> dict[str, float]:
    each = list(costs)
    return {name: sum(cost[name] for cost in each) for name in _SUMMED if all(name in cost for cost in each)}


def model_of_ensemble(trial: int, run: int | None) -> str:
    """Where the ensemble lies until it is in ``best/``."""
    return f"{MODELS}/{trial:06d}{'' if run is None else f'-{run}'}-ensemble.keras"


def model_of_member(member: Member) -> str:
    """Where the model of a member that is no fold lies until the ensemble is in ``best/``."""
    if member.epochs is not None:
        return model_of_refit(member.trial, member.run)
    return model_of(member.trial, member.run or 0)


def ensemble_in_words(study: Study) -> str | None:
    """What must be known of a model that is an ensemble, or was to be; ``None`` while that is still to be made."""
    best = study.best
    if best is None:
        return None
    plan = planned_ensemble(study, study.experiment)
    failed = next((line for line in reversed(study.refits) if plan is not None and plan.is_of(line)), None)
    failed = None if failed is None or failed.state != "FAILED" else failed
    if best.refit is not None and best.refit.members:
        told = _shipped(study, best.refit)
        return told if failed is None else f"Another ensemble failed ({failed.reason}). {told}"
    kept = f"best/ keeps the model of before, which is {_of_before(study, best)}"
    if plan is None:
        if study.experiment.finalists is not None and best.run is None:
            return None  # no winner is named yet
        return f"There is no ensemble: fewer than two networks could be its members{_but(study)}; {kept}."
    return None if failed is None else f"There is no ensemble ({failed.reason}): {kept}."


def _of_before(study: Study, best: Best) -> str:
    """What the model is that an ensemble was to replace."""
    if best.refit is not None:
        return "the winner's, trained again on training and validation pictures together"
    if study.experiment.cross_validation is None:
        return "the winner's alone"
    return "that of the fold with the median value, which saw the pictures of all others"


def _shipped(study: Study, line: RefitLine) -> str:
    count = len(line.members)
    sizes = f"It has {line.cost['parameters']:,.0f} weights" if "parameters" in line.cost else ""
    if sizes and "latency_seconds" in line.cost:
        sizes += f", and one picture takes {line.cost['latency_seconds'] * 1e3:.3g} ms"
    sizes = f" {sizes}." if sizes else ""
    if line.members[0].fold is not None:
        return (
            f"The model in best/ is an ensemble: the mean of what the {count} networks of the winner's folds tell."
            f"{sizes} Each picture was seen by most of them, so none may judge it.{_expected_by(study, 'the folds')}"
        )
    trials = ", ".join(str(member.trial) for member in line.members)
    if line.has_seen:
        cooled = " At the end of each the learning rate went down to 0, whatever its schedule." if line.cooled else ""
        return (
            f"The model in best/ is an ensemble: the mean of what {count} networks tell, of the configs of trials "
            f"{trials}, each trained again on all {line.pictures:,} training and validation pictures{_longer(line)}."
            f"{sizes} These pictures cannot judge it any more.{cooled}{_fewer(study, line)}"
            f"{_expected_by(study, 'the winner')}"
        )
    metric = study.experiment.objective.metric
    alone = [line.value for line in _run_lines(study, line.members)]
    pictures = pictures_of(study, "validation")
    told = ", ".join(score(value, pictures) for value in alone)
    return (
        f"The model in best/ is an ensemble: the mean of what the networks of {count} finalists tell (trials {trials}"
        f"{_but(study)}).{sizes} Its {metric} is {score(line.value, pictures)}; alone they have {told}. The same "
        f"pictures chose its members{'' if _is_tested(study) else ', so expect somewhat less'}."
    )


def _longer(line: RefitLine) -> str:
    """How many times as long as their trials its members were trained, where any was for longer."""
    longer = {member.trial: member.times for member in line.members if member.times > 1}
    if not longer:
        return ""
    times = " and ".join(times_in_words(each) for each in sorted(set(longer.values())))
    whose = "" if len(longer) == len(line.members) else f" (trials {', '.join(map(str, longer))})"
    return f", {times} as long as in the search{whose}"


def _is_tested(study: Study) -> bool:
    """Whether the test split says what to expect."""
    return study.headline is not None and study.headline.test is not None


def _expected_by(study: Study, whom: str) -> str:
    """What the validation pictures let expect, where nothing better does."""
    if _is_tested(study):
        return ""
    return f" What {whom} gave is to be expected of one of them; their mean is mostly somewhat better."


def _fewer(study: Study, line: RefitLine) -> str:
    """Which refits are on another seed, and why there are not as many as were asked for."""
    missed = ", ".join(map(str, line.missed))
    told = f" On the seeds of their trials those of {missed} had not learnt, so others were taken." if missed else ""
    if len(line.members) >= study.experiment.networks:
        return told
    return f"{told} {study.experiment.networks} were asked for, and no other config came near enough to the winner's."


def _run_lines(study: Study, members: Sequence[Member]) -> list[FinalistLine]:
    known = {(line.trial, line.run): line for line in study.finalist_lines}
    return [known[member.trial, member.run or 0] for member in members if (member.trial, member.run or 0) in known]


def _but(study: Study) -> str:
    """Which finalists are no members, and why."""
    other = _of_other_sizes(study, study.experiment)
    if not other:
        return ""
    return f"; {', '.join(map(str, other))} left out, as their pictures are of another size than the winner's"
