"""Where trials find room, without Ray."""

from __future__ import annotations

import pytest

from cnnsearch.errors import SweepError
from cnnsearch.experiment import Demand
from cnnsearch.search import places as places_module
from cnnsearch.search.places import Lane, Nodes, Places

CPU = Demand()
GPU = Demand(gpus=1.0)


class Cluster:
    """Nodes that a test may change; they are looked at each time."""

    def __init__(self, *present: dict[str, float]) -> None:
        self.nodes = Nodes(present)

    def __call__(self) -> Nodes:
        return self.nodes

    def has(self, *present: dict[str, float]) -> None:
        self.nodes = Nodes(present)


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places_module, "_LOOKED", -1.0)


def taken(places: Places, *demands: Demand, most: int = 100) -> list[Lane]:
    """Lanes until there is no room."""
    found = []
    while (lane := places.take(demands)) is not None and len(found) < most:
        found.append(lane)
    return found


def held(lanes: list[Lane]) -> list[Demand]:
    return [lane.demand for lane in lanes]


@pytest.mark.parametrize(
    ("demand", "nodes", "count"),
    [
        (CPU, [{"CPU": 4.0}], 4),
        (Demand(2), [{"CPU": 3.0}, {"CPU": 3.0}], 2),
        (Demand(2), [{"CPU": 1.0}], 0),
        (Demand(gpus=0.5), [{"CPU": 8.0, "GPU": 2.0}], 4),
        (Demand(gpus=0.4), [{"CPU": 8.0, "GPU": 2.0}], 4),  # a fifth would need parts of two GPUs
        (Demand(gpus=0.1), [{"CPU": 99.0, "GPU": 1.0}], 10),
        (Demand(gpus=2.0), [{"CPU": 8.0, "GPU": 3.0}], 1),
        (GPU, [{"CPU": 2.0, "GPU": 4.0}], 2),
        (Demand(others=(("disk", 2.0),)), [{"CPU": 8.0, "disk": 5.0}, {"CPU": 8.0}], 2),
        (Demand(gpus=1.0, others=(("accelerator_type:T4", 0.001),)), [{"CPU": 8.0, "GPU": 2.0}], 0),
        (
            Demand(gpus=1.0, others=(("accelerator_type:T4", 0.001),)),
            [{"CPU": 8.0, "GPU": 2.0, "accelerator_type:T4": 1.0}],
            2,
        ),
    ],
)
def test_as_many_lanes_as_each_node_holds(demand: Demand, nodes: list[dict[str, float]], count: int) -> None:
    places = Places(Cluster(*nodes))
    assert places.may_take([[demand]]) == bool(count)
    lanes = taken(places, demand)
    assert len(lanes) == places.count == count
    assert [lane.number for lane in lanes] == list(range(count))
    assert not places.may_take([[demand]])


def test_at_most_so_many() -> None:
    places = Places(Cluster({"CPU": 8.0}), most=3)
    lanes = taken(places, CPU)
    assert len(lanes) == 3
    places.give_back(lanes[1])
    assert taken(places, CPU) == [lanes[1]]


def test_a_lane_that_is_free_is_used_again() -> None:
    places = Places(Cluster({"CPU": 2.0}))
    _, second = taken(places, CPU)
    places.give_back(second)
    assert places.may_take([[CPU]])
    assert places.take([CPU]) == second
    assert places.take([CPU]) is None
    assert places.closed == set()


def test_trials_that_may_run_on_both_use_the_gpus_first_and_then_the_cpus() -> None:
    places = Places(Cluster({"CPU": 2.0, "GPU": 1.0}, {"CPU": 4.0}))
    assert held(taken(places, GPU, Demand(2))) == [GPU, Demand(2), Demand(2)]


def test_what_needs_no_gpu_leaves_nodes_with_gpus_alone() -> None:
    places = Places(Cluster({"CPU": 1.0, "GPU": 1.0}, {"CPU": 1.0}))
    assert places.take([CPU]) is not None
    assert places.take([GPU]) is not None


def test_idle_lanes_are_closed_for_a_trial_that_holds_something_else() -> None:
    places = Places(Cluster({"CPU": 4.0}))
    lanes = taken(places, CPU)
    large = Demand(2)
    assert places.make_room([large]) is None
    places.give_back(lanes[0])
    assert places.make_room([large]) is None  # one CPU is not enough, so nothing is closed
    assert places.closed == set()
    places.give_back(lanes[2])
    places.give_back(lanes[3])
    found = places.make_room([large])
    assert found is not None
    assert (found.number, found.demand) == (4, large)
    assert places.closed == {0, 2}
    assert places.take([CPU]) == lanes[3]


def test_room_is_made_within_the_most_at_once() -> None:
    places = Places(Cluster({"CPU": 4.0, "GPU": 1.0}), most=1)
    (lane,) = taken(places, CPU)
    assert places.make_room([GPU]) is None
    places.give_back(lane)
    assert places.take([GPU]) is None
    assert (places.make_room([GPU]) or lane).demand == GPU
    assert places.closed == {lane.number}


def test_a_node_that_joins_is_used() -> None:
    cluster = Cluster({"CPU": 2.0})
    places = Places(cluster)
    assert len(taken(places, CPU)) == 2
    cluster.has({"CPU": 2.0}, {"CPU": 3.0})
    assert len(taken(places, CPU)) == 3


def test_lanes_of_a_node_that_went_are_closed_as_they_are_given_back() -> None:
    cluster = Cluster({"CPU": 2.0}, {"CPU": 2.0})
    places = Places(cluster)
    lanes = taken(places, CPU)
    places.give_back(lanes[0])
    cluster.has({"CPU": 2.0})
    assert places.take([CPU]) is None
    assert places.closed == {0}  # it was idle; of the three that are busy one is too many
    places.give_back(lanes[1], lost=True)
    assert places.closed == {0, 1}
    places.give_back(lanes[2], lost=True)
    assert places.take([CPU]) == lanes[2]
    assert places.count == 2


def test_a_worker_that_died_alone_keeps_its_lane() -> None:
    places = Places(Cluster({"CPU": 2.0}))
    lanes = taken(places, CPU)
    places.give_back(lanes[0], lost=True)
    assert places.take([CPU]) == lanes[0]


def test_an_autoscaler_is_asked_for_as_much_again_as_there_is() -> None:
    places = Places(lambda: Nodes(({"CPU": 1.0}, {"CPU": 1.0}), (({"CPU": 2.0}, 10), ({"CPU": 1.0, "GPU": 1.0}, 1))))
    assert len(taken(places, GPU)) == 1
    assert len(taken(places, CPU)) == 2 + 2 * 2


def test_what_a_cluster_may_hold_and_what_it_has() -> None:
    nodes = Nodes(
        ({"CPU": 8.0, "GPU": 1.0, "accelerator_type:T4": 1.0, "memory": 9.0}, {"CPU": 4.0, "disk": 2.0}),
        (({"CPU": 64.0}, 2),),
    )
    assert nodes.may_hold(Demand(64))
    assert not nodes.may_hold(Demand(64, 1.0))
    assert not nodes.may_hold(Demand(gpus=2.0))
    assert str(nodes) == "8 CPUs and 1 GPUs (T4); 4 CPUs and 0 GPUs, 2 disk"
    assert str(Nodes(())) == "no node"


def test_nodes_that_stay_away_end_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster({"CPU": 2.0, "GPU": 1.0})
    places = Places(cluster)
    places.check_left([[GPU]])
    cluster.has({"CPU": 2.0})
    places.check_left([[GPU]])
    monkeypatch.setattr(places_module, "_GONE", 0.0)
    places.check_left([[CPU], [GPU]])  # one kind can run
    with pytest.raises(SweepError, match="which needs 1 CPU, 1 GPU; there is: 2 CPUs"):
        places.check_left([[GPU]])
    cluster.has({"CPU": 2.0, "GPU": 1.0})
    places.check_left([[GPU]])
