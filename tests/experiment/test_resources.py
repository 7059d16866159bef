"""What trials hold, by their config."""

from __future__ import annotations

from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Demand, Experiment, Resources

SPACE = {"filters": {"choice": [8, 16]}, "units": 16, "dropout": {"float": [0.0, 0.5], "when": {"filters": [16]}}}


def resources(**keys: Any) -> Resources:
    return Experiment(name="a", space=SPACE, resources=keys).resources


def test_all_trials_hold_the_same_unless_told_otherwise() -> None:
    held = resources(cpus=2, gpus=0.5, gpu_memory_gb=3.0)
    assert held.demands({"filters": 8}) == (Demand(2, 0.5, 3.0),)
    assert held.kinds == ((Demand(2, 0.5, 3.0),),)


def test_the_first_case_that_fits_counts_and_keeps_what_it_leaves_out() -> None:
    held = resources(
        cpus=2,
        alternatives=[{"cpus": 4}],
        cases=[
            {"when": {"filters": 16, "units": [16]}, "gpus": 1, "alternatives": []},
            {"when": {"filters": [8, 16]}, "cpus": 1},
        ],
    )
    assert held.demands({"filters": 16, "units": 16}) == (Demand(2, 1.0),)
    assert held.demands({"filters": 8, "units": 16}) == (Demand(1), Demand(4))
    assert held.demands({"units": 16}) == (Demand(2), Demand(4))
    assert set(held.kinds) == {(Demand(2, 1.0),), (Demand(1), Demand(4)), (Demand(2), Demand(4))}


def test_a_case_without_a_gpu_needs_nothing_of_one() -> None:
    held = resources(gpus=1, gpu_memory_gb=4.0, accelerator="T4", cases=[{"when": {"filters": [8]}, "gpus": 0}])
    assert held.demands({"filters": 8}) == (Demand(),)
    assert held.demands({"filters": 16}) == (Demand(1, 1.0, 4.0, (("accelerator_type:T4", 0.001),)),)


def test_alternatives_are_in_order_and_none_comes_twice() -> None:
    held = resources(gpus=1, alternatives=[{"cpus": 4, "custom": {"disk": 1}}, {"gpus": 1}])
    assert held.demands({}) == (Demand(1, 1.0), Demand(4, others=(("disk", 1.0),)))


@pytest.mark.parametrize(
    ("demand", "ray", "words"),
    [
        (Demand(), {"CPU": 1.0}, "1 CPU"),
        (Demand(2, 0.5), {"CPU": 2.0, "GPU": 0.5}, "2 CPUs, 0.5 GPU"),
        (
            Demand(1, 2.0, None, (("accelerator_type:T4", 0.001), ("disk", 2.0))),
            {"CPU": 1.0, "GPU": 2.0, "accelerator_type:T4": 0.001, "disk": 2.0},
            "1 CPU, 2 GPUs of type T4, 2 disk",
        ),
    ],
)
def test_a_demand_as_ray_counts_it_and_in_words(demand: Demand, ray: dict[str, float], words: str) -> None:
    assert demand.resources == ray
    assert str(demand) == words


def test_it_reads_what_it_writes() -> None:
    written = Experiment(
        name="a",
        space=SPACE,
        resources={
            "gpus": 1,
            "custom": {"disk": 1},
            "cases": [{"when": {"filters": 8}, "gpus": 0, "alternatives": []}],
        },
    )
    assert Experiment.from_dict(written.to_dict()).resources == written.resources


def test_what_ran_with_several_gpus_stays_readable() -> None:
    """One of a trial's GPUs was idle: a new experiment is refused, the record of an old one is not."""
    text = b"name: old\nspace: {filters: 8}\nresources: {gpus: 2.0, alternatives: [{gpus: 4.0}]}\n"
    old = Experiment.from_text(text, "old/experiment.yaml")
    assert [demand.gpus for demand in old.resources.demands({})] == [2.0, 4.0]
    assert Experiment.from_text(old.to_yaml().encode(), "old").resources == old.resources
    assert old.updated({"budget.trials": 9}).resources == old.resources
    with pytest.raises(
        InputError, match=r"resources\.alternatives\.0\.gpus: must be at most 1: a trial trains on one GPU"
    ):
        old.updated({"resources.alternatives": [{"gpus": 3.0}]})


def test_a_case_names_the_value_of_the_space_that_its_condition_stands_for() -> None:
    space = {"norm": {"choice": [True, 1, 2.0]}, "rate": {"float": [0, 1], "step": 0.5}}
    cases = [{"when": {"norm": 1}, "cpus": 2}, {"when": {"norm": 2}, "cpus": 3}, {"when": {"rate": 1}, "cpus": 4}]
    held = Experiment(name="x", model="own_families:build", space=space, resources={"cases": cases}).resources
    configs = [{"norm": norm, "rate": rate} for norm in (True, 1, 2.0) for rate in (0.5, 1.0)]
    assert [held.demands(config)[0].cpus for config in configs] == [1, 4, 2, 2, 3, 3]
