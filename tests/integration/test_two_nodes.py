"""A second node that joins the session's Ray while a sweep runs, by trials that train nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import ray

import cnnsearch
from benchmarks.nothing import NothingWorker
from cnnsearch.experiment import Experiment
from cnnsearch.study.progress.progress import Progress
from cnnsearch.sweep.cluster.node_check import check_nodes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("ray_session")]

SECONDS = 90
"""For a node to come or to go, at most."""


class SecondNode:
    """A raylet on this machine, with one CPU."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "node.log"
        self.process: subprocess.Popen[bytes] | None = None

    def join(self) -> None:
        address = ray.get_runtime_context().gcs_address
        command = [sys.executable, "-m", "ray.scripts.scripts", "start", f"--address={address}", "--block"]
        sizes = ["--num-cpus=1", "--num-gpus=0", "--object-store-memory=100000000"]
        ip = f"--node-ip-address={address.rpartition(':')[0]}"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *sizes, ip],
                env={**os.environ, "RAY_AUTH_MODE": "token"},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_for(2)

    def leave(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=SECONDS)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)
        self._wait_for(1)

    def _wait_for(self, nodes: int) -> None:
        deadline = time.monotonic() + SECONDS
        while sum(node["Alive"] for node in ray.nodes()) != nodes:
            assert time.monotonic() < deadline, self.log.read_text(errors="replace")[-2000:]
            time.sleep(0.1)


@pytest.fixture
def second_node(tmp_path: Path) -> Iterator[SecondNode]:
    node = SecondNode(tmp_path)
    yield node
    node.leave()


def test_a_node_that_joins_is_used(
    small: Callable[..., Experiment], tmp_path: Path, working: Callable[[Any], None], second_node: SecondNode
) -> None:
    working(NothingWorker)

    def observe(progress: Progress) -> None:
        if progress.ended and second_node.process is None:
            second_node.join()  # the sweep waits for it, so it has trials left

    dataset = {"source": "digits", "limit": 100, "validation": 0.2}
    experiment = small(dataset=dataset, epochs=1, budget={"trials": 8})
    study = cnnsearch.run(experiment, tmp_path / "one", observe=observe)
    assert study.counts["COMPLETED"] == 8
    assert {record.value for record in study.records} == {0.5}, "nothing was trained"
    assert len({record.worker.node_id for record in study.records}) == 2

    check_nodes(tmp_path / "two")  # which both of them see
    assert not (tmp_path / "two").exists()
