"""Which workers wait for the next sweep, and which end; no Ray is started here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from ray.air.execution import ResourceRequest
from ray.exceptions import GetTimeoutError, RayActorError

from cnnsearch.sweep.cluster import warm_workers
from cnnsearch.sweep.cluster.warm_workers import SweepWorkers, WarmWorkers, kind_of
from cnnsearch.sweep.ray_private.direct import DirectResources
from cnnsearch.sweep.worker.preload import FOR_STAGES

ONE, TWO = {"CPU": 1.0}, {"CPU": 2.0, "GPU": 0.5, "disk": 1.0}


class Worker:
    """What workers are."""


class Other(Worker):
    """Of another kind."""


class Remote:
    """A method of an actor."""

    def __init__(self, call: Any) -> None:
        self._call = call

    def remote(self, **given: Any) -> Any:
        return self._call(**given)


class Actor:
    """Stands in for a worker's handle."""

    def __init__(self, told: list[Any], name: str) -> None:
        self.name = name
        self.state = "starts"
        self.rest = Remote(lambda: told.append(f"{name} rests") or (self, "rests"))
        self.is_resting = Remote(lambda: (self, "is resting"))
        self.renew = Remote(lambda **given: told.append(f"{name} begins {given['sweep']} with {given['config']}"))
        self.__ray_ready__ = Remote(lambda: (self, "ready"))


class Ray:
    """Stands in for Ray, and for the class of the workers."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.actors: list[Actor] = []
        self.asked: dict[str, Any] = {}
        self.waited = 0

    def options(self, **options: Any) -> Any:
        self.asked = options
        return self

    def remote(self, **given: Any) -> Actor:
        name = f"worker {len(self.actors)}"
        self.told.append(f"{name} is made for {given['sweep']} with {given['config']}")
        self.actors.append(Actor(self.told, name))
        return self.actors[-1]

    def put(self, context: str) -> str:
        return f"<{context}>"

    def get(self, reference: tuple[Actor, str], timeout: float) -> bool:
        actor, what = reference
        if actor.state == "dead":
            raise RayActorError
        if actor.state == "hangs":
            raise GetTimeoutError(f"{what} in {timeout} s")
        return actor.state != "busy"

    def wait(self, references: list[tuple[Actor, str]], num_returns: int, timeout: float) -> Any:
        assert (num_returns, timeout >= 0) == (len(references), True)
        self.waited = len(references)
        split: dict[bool, list[Any]] = {True: [], False: []}
        for reference in references:
            split[reference[0].state != "starts"].append(reference)
        return split[True], split[False]

    def kill(self, actor: Actor) -> None:
        self.told.append(f"{actor.name} is ended")


@pytest.fixture
def ray_(monkeypatch: pytest.MonkeyPatch) -> Ray:
    stands = Ray()
    for name in ("put", "get", "wait", "kill"):
        monkeypatch.setattr(f"ray.{name}", getattr(stands, name))
    return stands


def waiting(ray_: Ray, warm: WarmWorkers, *holds: dict[str, float], of: type = Worker) -> list[Actor]:
    """Workers of a sweep that has ended, as many as there are demands."""
    sweep = SweepWorkers(warm, of, "first")
    workers = [sweep.lend(ray_, each, {"config": "a"}) for each in holds]
    for worker in workers:
        worker.state = "up"
    for worker, each in zip(workers, holds, strict=True):
        sweep.take_back(worker, each)
    ray_.told.clear()
    return workers


def test_the_next_sweep_has_the_workers_of_the_last(ray_: Ray) -> None:
    warm = WarmWorkers()
    workers = waiting(ray_, warm, ONE, ONE)
    assert warm.count == 2
    sweep = SweepWorkers(warm, Worker, "second")
    lent = [sweep.lend(ray_, ONE, {"config": name}) for name in "bcd"]
    assert set(lent[:2]) == set(workers)
    assert ray_.told[-1] == "worker 2 is made for <second> with d"
    assert sorted(ray_.told[:2])[0].endswith(("begins <second> with b", "begins <second> with c"))
    assert warm.count == 0


@pytest.mark.parametrize("state", ["dead", "hangs", "busy"])
def test_one_that_is_not_well_is_ended_and_another_one_made(ray_: Ray, state: str) -> None:
    warm = WarmWorkers()
    waiting(ray_, warm, ONE)[0].state = state
    SweepWorkers(warm, Worker, "second").lend(ray_, ONE, {"config": "b"})
    assert ray_.told == ["worker 0 is ended", "worker 1 is made for <second> with b"]


@pytest.mark.parametrize(("holds", "of"), [(TWO, Worker), (ONE, Other)])
def test_those_of_another_kind_make_room(ray_: Ray, holds: dict[str, float], of: type) -> None:
    warm = WarmWorkers()
    waiting(ray_, warm, ONE, ONE)
    SweepWorkers(warm, of, "second").lend(ray_, holds, {"config": "b"})
    assert sorted(ray_.told[:2]) == ["worker 0 is ended", "worker 1 is ended"]
    assert ray_.told[2:] == ["worker 2 is made for <second> with b"]


def test_a_new_one_asks_ray_for_what_it_holds(ray_: Ray) -> None:
    SweepWorkers(WarmWorkers(), Worker, "first").lend(ray_, TWO, {"config": "a"})
    assert ray_.asked == {"num_cpus": 2.0, "num_gpus": 0.5, "memory": 0, "resources": {"disk": 1.0}}


def test_where_idle_processes_have_tensorflow_for_one_cpu_others_take_new_ones(ray_: Ray) -> None:
    sweep = SweepWorkers(WarmWorkers(preloaded=True), Worker, "first")
    sweep.lend(ray_, ONE, {"config": "a"})
    assert "runtime_env" not in ray_.asked
    sweep.lend(ray_, {"CPU": 2.0}, {"config": "a"})
    assert ray_.asked["runtime_env"] == {"env_vars": FOR_STAGES}


def test_sweeps_of_several_threads_never_have_the_same_worker(ray_: Ray) -> None:
    warm = WarmWorkers()
    workers = waiting(ray_, warm, *[ONE] * 200)
    sweep = SweepWorkers(warm, Worker, "second")
    with ThreadPoolExecutor(8) as threads:
        lent = list(threads.map(lambda _: sweep.lend(ray_, ONE, {"config": "b"}), range(200)))
    assert set(lent) == set(workers)


def test_none_waits_on_what_another_one_of_its_sweep_needs(ray_: Ray) -> None:
    warm = WarmWorkers()
    sweep = SweepWorkers(warm, Worker, "first")
    first, second = (sweep.lend(ray_, ONE, {"config": "a"}) for _ in range(2))
    first.state = "up"
    sweep.take_back(first, ONE)
    assert (ray_.told[-1], warm.count) == ("worker 0 is ended", 0)
    second.state = "up"
    sweep.take_back(second, ONE)
    assert (ray_.told[-1], warm.count) == ("worker 1 rests", 1)


def test_none_waits_on_what_a_sweep_beside_it_needs(ray_: Ray) -> None:
    """As where two threads of one process run a sweep each."""
    warm = WarmWorkers()
    first, beside = (SweepWorkers(warm, Worker, name) for name in ("first", "beside"))
    worker = first.lend(ray_, ONE, {"config": "a"})
    worker.state = "up"
    beside.lend(ray_, ONE, {"config": "b"})
    first.take_back(worker, ONE)
    assert (ray_.told[-1], warm.count) == ("worker 0 is ended", 0)


def test_all_that_wait_end_where_others_need_what_they_hold(ray_: Ray) -> None:
    warm = WarmWorkers()
    waiting(ray_, warm, ONE, ONE)
    warm.end()
    assert (sorted(ray_.told), warm.count) == (["worker 0 is ended", "worker 1 is ended"], 0)


def lent(ray_: Ray, *states: str) -> tuple[WarmWorkers, list[Actor]]:
    """Those that the keeper of this Ray has."""
    workers = [Actor(ray_.told, f"kept {number}") for number in range(len(states))]
    for worker, worker.state in zip(workers, states, strict=True):
        ray_.actors.append(worker)
    kind = kind_of(Worker, ONE)
    return WarmWorkers(preloaded=True, lent=lambda: [(kind, worker) for worker in workers]), workers


def test_those_of_a_keeper_are_used_first_and_given_back(ray_: Ray) -> None:
    warm, workers = lent(ray_, "up", "up")
    sweep = SweepWorkers(warm, Worker, "first")
    used = [sweep.lend(ray_, ONE, {"config": name}) for name in "abc"]
    assert used[:2] == workers
    assert ray_.told[:2] == ["kept 0 begins <first> with a", "kept 1 begins <first> with b"]
    used[2].state = "up"
    for worker in used:
        sweep.take_back(worker, ONE)
    assert ray_.told[-3:-1] == ["kept 0 rests", "kept 1 rests"]
    warm.settle()
    assert ray_.waited == 3


def test_one_of_a_keeper_that_works_for_a_sweep_that_was_killed_is_ended(ray_: Ray) -> None:
    warm, _ = lent(ray_, "busy", "up")
    SweepWorkers(warm, Worker, "first").lend(ray_, ONE, {"config": "a"})
    assert ray_.told == ["kept 0 is ended", "kept 1 begins <first> with a"]


def test_those_that_work_for_a_sweep_that_was_killed_are_waited_for_together(
    ray_: Ray, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]

    def get(reference: tuple[Actor, str], timeout: float) -> bool:
        now[0] += timeout * (reference[0].state == "hangs")
        return ray_.get(reference, timeout)

    monkeypatch.setattr("ray.get", get)
    monkeypatch.setattr(warm_workers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    warm, workers = lent(ray_, *["hangs"] * 8, "up")
    assert warm.take(kind_of(Worker, ONE)) is workers[-1]
    assert now == [110.0]


@pytest.mark.parametrize("ends", ["other resources", "all"])
def test_those_of_a_keeper_make_room_too(ray_: Ray, ends: str) -> None:
    warm, _ = lent(ray_, "up", "up")
    if ends == "all":
        warm.end()
    else:
        SweepWorkers(warm, Worker, "first").lend(ray_, TWO, {"config": "a"})
    assert sorted(ray_.told[:2]) == ["kept 0 is ended", "kept 1 is ended"]
    assert warm.count == 0


def test_what_tune_asks_for_is_lent_and_taken_back() -> None:
    told: list[Any] = []
    lender = SimpleNamespace(
        lend=lambda actor_class, holds, given: told.append((actor_class, holds, given)) or "worker",
        take_back=lambda worker, holds: told.append((worker, holds)),
    )
    resources = DirectResources(lender)
    request = ResourceRequest([ONE])
    resources.request_resources(request)
    assert resources.has_resources_ready(request)
    unused, held = resources.acquire_resources(request), resources.acquire_resources(request)
    [actor_class] = held.annotate_remote_entities(["class"])
    assert actor_class.remote(config="a", storage="b") == "worker"
    resources.free_resources(held)
    resources.free_resources(unused)
    assert told == [("class", ONE, {"config": "a", "storage": "b"}), ("worker", ONE)]
