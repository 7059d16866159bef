"""Workers of a keeper: made, found by a run, looked at after it, replaced; no Ray is started here."""

from __future__ import annotations

from typing import Any

import pytest
from ray.exceptions import RayActorError

from cnnsearch.experiment import Demand
from cnnsearch.sweep.cluster.keeper.workers import KeptWorkers, lent_workers
from cnnsearch.sweep.cluster.warm_workers import kind_of
from cnnsearch.sweep.worker.trainable import TrialWorker


class Call:
    """A method of an actor: gives its name, to be looked up when the answer is asked for."""

    def __init__(self, actor: Actor, name: str) -> None:
        self._answer = (actor, name)

    def remote(self, *_: Any) -> tuple[Actor, str]:
        return self._answer


class Actor:
    """Stands in for a worker's handle."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.state = "rests"
        self.is_resting, self.warm_up = Call(self, "is_resting"), Call(self, "warm_up")


class Ray:
    """Stands in for Ray, its class of workers, and the names that it knows."""

    def __init__(self) -> None:
        self.made: list[Actor] = []
        self.ended: list[Actor] = []
        self._options: dict[str, Any] = {}

    def options(self, **options: Any) -> Ray:
        self._options = options
        return self

    def remote(self) -> Actor:
        self.made.append(Actor(self._options))
        return self.made[-1]

    def wait(self, references: list[Any], num_returns: int = 1, timeout: float = 0.0) -> Any:
        assert num_returns <= len(references), timeout
        silent = [each for each in references if each[0].state == "hangs"]
        return [each for each in references if each not in silent], silent

    def get(self, reference: Any) -> bool:
        if isinstance(reference, list):
            return all(self.get(each) for each in reference)
        if reference[0].state == "dead":
            raise RayActorError
        return bool(reference[0].state == "rests")

    def named(self, all_namespaces: bool) -> list[dict[str, str]]:
        found = [{"name": each.options["name"], "namespace": each.options["namespace"]} for each in self.made]
        return [*reversed(found), {"name": "another", "namespace": str(all_namespaces)}]

    def get_actor(self, name: str, namespace: str) -> Actor:
        for each in self.made:
            if each not in self.ended and (each.options["name"], each.options["namespace"]) == (name, namespace):
                return each
        raise ValueError(name)


@pytest.fixture
def ray_(monkeypatch: pytest.MonkeyPatch) -> Ray:
    stands = Ray()
    monkeypatch.setattr("ray.remote", lambda worker: stands if worker is TrialWorker else None)
    monkeypatch.setattr("ray.kill", stands.ended.append)
    monkeypatch.setattr("ray.util.list_named_actors", stands.named)
    for name in ("wait", "get", "get_actor"):
        monkeypatch.setattr(f"ray.{name}", getattr(stands, name))
    return stands


def test_a_run_finds_all_of_them_under_names_of_their_own(ray_: Ray) -> None:
    KeptWorkers(12).start(lambda: False)
    assert len({each.options["name"] for each in ray_.made}) == 12
    kind = kind_of(TrialWorker, Demand().resources)
    assert lent_workers() == [(kind, each) for each in ray_.made]
    assert {each.options["num_cpus"] for each in ray_.made} == {1}


def test_one_that_ends_while_it_is_looked_for_is_not_lent(ray_: Ray) -> None:
    KeptWorkers(2).start(lambda: False)
    ray_.ended.append(ray_.made[0])
    assert [worker for _, worker in lent_workers()] == ray_.made[1:]


@pytest.mark.parametrize("state", ["dead", "hangs", "works"])
def test_one_that_does_not_wait_after_a_sweep_is_replaced(ray_: Ray, state: str) -> None:
    kept = KeptWorkers(3)
    kept.start(lambda: False)
    assert kept.unfit() == []
    ray_.made[1].state = state
    kept.replace(kept.unfit())
    assert ray_.ended == [ray_.made[1]]
    assert len(ray_.made) == 4
    assert kept.unfit() == []


def test_where_none_are_wanted_none_are_made(ray_: Ray) -> None:
    kept = KeptWorkers(0)
    kept.start(lambda: False)
    kept.replace(kept.unfit())
    assert ray_.made == []


def test_a_start_ends_where_it_is_not_wanted_any_more_or_a_worker_dies(
    ray_: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting = Actor({})
    starting.state = "hangs"
    looks = iter([False, False, True])
    kept = KeptWorkers(1)
    monkeypatch.setattr(kept, "fill", lambda: [(starting, "warm_up")])
    kept.start(lambda: next(looks))
    assert list(looks) == []
    starting.state = "dead"
    with pytest.raises(RayActorError):
        kept.start(lambda: False)
    assert ray_.made == []
