"""The nodes of a cluster, as Ray and an autoscaler's description tell them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cnnsearch.errors import InputError
from cnnsearch.experiment import Resources
from cnnsearch.sweep.cluster import nodes
from cnnsearch.sweep.cluster.nodes import TO_COME, find_places, look_at_nodes

CLUSTER = """
max_workers: 3
head_node_type: head
available_node_types:
  head: {resources: {CPU: 0}, max_workers: 0, node_config: {}}
  gpu: {resources: {CPU: 8, GPU: 1}, max_workers: 5, node_config: {}}
  idle: {resources: {CPU: 8}, node_config: {}}
"""


@pytest.fixture(autouse=True)
def a_head_and_a_worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Two nodes that are alive and one that is not, as ``ray.nodes()`` tells them; no autoscaler."""
    told: list[dict[str, Any]] = [
        {"Alive": True, "Resources": {"CPU": 4.0, "node:10.0.0.2": 1.0}},
        {"Alive": True, "Resources": {"CPU": 1.0, "node:10.0.0.1": 1.0, "node:__internal_head__": 1.0}},
        {"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}},
    ]
    monkeypatch.setattr(nodes.ray, "nodes", lambda: told)
    monkeypatch.setattr(nodes, "_BOOTSTRAP", tmp_path / "ray_bootstrap_config.yaml")
    monkeypatch.delenv(TO_COME, raising=False)
    nodes._to_come.cache_clear()
    yield
    nodes._to_come.cache_clear()


def test_nodes_that_are_alive_by_what_trials_may_ask_for() -> None:
    assert look_at_nodes().present == ({"CPU": 1.0}, {"CPU": 4.0})
    assert look_at_nodes().to_come == ()


@pytest.mark.parametrize(
    ("resources", "needs"),
    [
        ({"gpus": 1.0}, "1 CPU, 1 GPU"),
        ({"cpus": 5}, "5 CPUs"),
        ({"gpus": 1.0, "alternatives": [{"cpus": 8}]}, "1 CPU, 1 GPU or 8 CPUs"),
        ({"cases": [{"when": {"filters": [8]}, "custom": {"disk": 1.0}}]}, "1 CPU, 1 disk"),
    ],
)
def test_a_demand_that_no_node_meets_is_told_at_once(resources: dict[str, Any], needs: str) -> None:
    with pytest.raises(InputError) as caught:
        find_places(Resources(**resources))
    has = "1 CPUs and 0 GPUs; 4 CPUs and 0 GPUs"
    assert str(caught.value) == f"resources: no node can run a trial that needs {needs}; there is: {has}"


def test_a_demand_that_one_of_several_ways_meets() -> None:
    assert find_places(Resources(gpus=1.0, alternatives=[{"cpus": 4}])).may_take([]) is False


def test_what_ray_up_may_add(tmp_path: Path) -> None:
    (tmp_path / "ray_bootstrap_config.yaml").write_text(CLUSTER)
    assert look_at_nodes().to_come == (({"CPU": 8.0, "GPU": 1.0}, 3),)
    assert find_places(Resources(gpus=1.0)).count == 0
    with pytest.raises(InputError, match="1 GPU, 9 disk"):
        find_places(Resources(gpus=1.0, custom={"disk": 9.0}))


def test_what_the_environment_says_may_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TO_COME, '[{"CPU": 8, "count": 8}, {"CPU": 8, "GPU": 1, "count": 4}]')
    assert look_at_nodes().to_come == (({"CPU": 8.0}, 8), ({"CPU": 8.0, "GPU": 1.0}, 4))


@pytest.mark.parametrize(
    "text", ["8", "nothing", '[{"CPU": 8}]', '{"CPU": 8, "count": 1}', '[{"CPU": "x", "count": 1}]']
)
def test_an_environment_that_says_nothing_useful(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(TO_COME, text)
    with pytest.raises(InputError, match=f"{TO_COME}: must be a JSON list of nodes"):
        look_at_nodes()
