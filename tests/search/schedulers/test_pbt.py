"""Population based training by itself: who meets, and who takes over from whom."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from cnnsearch.search.schedulers import Decision, Exploit, Go, Pause, judgements, make_scheduler, pauses
from cnnsearch.search.schedulers.pbt import Pbt


def population(scores: Mapping[int, float], quantile: float = 0.25, kin: Mapping[int, Hashable] | None = None) -> Pbt:
    """All but the last of them wait after two epochs."""
    made = make_scheduler({"name": "pbt", "population": len(scores), "interval": 2, "quantile": quantile}, 8)
    assert isinstance(made, Pbt)
    for trial in scores:
        made.begin(trial, (kin or {}).get(trial, "same"))
    return made


def met(made: Pbt, scores: Mapping[int, float], epoch: int = 2) -> list[Decision]:
    return [made.decide(trial, epoch, score) for trial, score in scores.items()]


def test_they_meet_at_each_interval() -> None:
    assert pauses("pbt", {"interval": 2}, 8) == (2, 4, 6)
    assert judgements("pbt", {"interval": 2}, 8) == (), "it stops nobody"
    made = population({0: 0.1, 1: 0.2})
    assert made.decide(0, 1, 0.5) == Go()
    assert made.decide(0, 3, 0.5) == Go(), "a report in between, because it took long"


def test_the_worst_quarter_takes_over_from_the_best_and_the_others_go_on() -> None:
    scores = {trial: trial / 10 for trial in range(8)}
    made = population(scores)
    assert met(made, dict(sorted(scores.items(), reverse=True))) == [Pause()] * 8
    released = dict(made.released())
    assert [released.pop(trial) for trial in range(2, 8)] == [Go()] * 6
    assert set(released) == {0, 1}
    assert all(isinstance(each, Exploit) and each.source in (6, 7) for each in released.values())
    assert made.released() == {}


def test_the_last_one_waits_for_nobody_but_for_one_that_takes_over_from_it() -> None:
    scores = {0: 0.9, 1: 0.1, 2: 0.5}
    for order, last in (((0, 1, 2), Go()), ((2, 1, 0), Pause())):
        made = population(scores)
        assert met(made, {trial: scores[trial] for trial in order})[-1] == last
        others = {1: Exploit(0), 0: Go(), 2: Go()}
        assert made.released() == {trial: each for trial, each in others.items() if last == Pause() or trial != 2}


def test_of_few_one_takes_over_and_of_equals_none() -> None:
    for scores, expected in (({0: 0.2, 1: 0.1}, {0: Go(), 1: Exploit(0)}), ({0: 0.2, 1: 0.2}, {0: Go()})):
        made = population(scores)
        last = met(made, scores)[-1]
        assert made.released() == expected
        assert last == (Pause() if 1 in expected else Go()), "the last one waits only for what it takes over"


def test_weights_are_taken_over_within_an_architecture_only() -> None:
    scores = {0: 0.9, 1: 0.8, 2: 0.2, 3: 0.1, 4: 0.0}
    made = population(scores, quantile=0.5, kin={0: "large", 1: "large", 2: "small", 3: "small", 4: "odd"})
    assert met(made, scores)[-1] == Go()
    assert made.released() == {0: Go(), 1: Exploit(0), 2: Go(), 3: Exploit(2)}


def test_nobody_waits_for_one_that_has_ended() -> None:
    scores = {0: 0.3, 1: 0.1, 2: 0.2}
    made = population(scores)
    assert [made.decide(trial, 2, scores[trial]) for trial in (0, 1)] == [Pause(), Pause()]
    made.end(2, 1, None)
    assert made.released() == {0: Go(), 1: Exploit(0)}


def test_one_that_has_ended_gives_nothing() -> None:
    made = population({0: 0.9, 1: 0.1, 2: 0.2})
    assert made.decide(0, 2, 0.9) == Pause()
    made.end(0, 2, 0.9)  # a user stopped it where it waited
    assert met(made, {1: 0.1, 2: 0.2}) == [Pause(), Pause()]
    assert made.released() == {1: Exploit(2), 2: Go()}


def test_further_trials_are_other_populations() -> None:
    made = population({0: 0.3, 1: 0.1})
    for trial in (2, 3):
        made.begin(trial, "same")
    assert met(made, {0: 0.3, 2: 0.9}) == [Pause(), Pause()]
    assert met(made, {1: 0.1}) == [Pause()]
    assert made.released() == {0: Go(), 1: Exploit(0)}


def test_a_population_that_will_not_be_full_goes_on_as_it_is() -> None:
    made = population({0: 0.1, 1: 0.1})
    for trial in (2, 3, 4):
        made.begin(trial, "same")
    met(made, {0: 0.1, 1: 0.1})
    made.released()
    met(made, {2: 0.2, 3: 0.3})
    made.released()
    assert made.decide(4, 2, 0.5) == Pause()
    made.close()
    assert made.released() == {4: Go()}
    made.begin(5, "same")  # the budget was extended after all: a new population
    assert made.decide(5, 2, 0.1) == Pause()
    assert made.decide(4, 4, 0.1) == Go(), "it is alone in its own"
