"""The scenarios, each bounded in time: a folder and a number of faults -> a row of the table."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.faults.driver import Driver, experiment_file, until
from benchmarks.faults.last_moments import kill_last_moments
from benchmarks.faults.limits import limit_memory
from benchmarks.faults.ray_deaths import kill_ray
from benchmarks.faults.signals import send_signals
from benchmarks.faults.tally import Tally, ended_in, studies_in, work_at_stake
from cnnsearch.study import Study

__all__ = ["SCENARIOS", "kill_drivers", "kill_workers"]

_SWEEP_SECONDS = 400.0
"""Of one process of a sweep, at most."""


def kill_drivers(folder: Path, faults: int, seed: int) -> Tally:
    """Kill the driver, its Ray and its workers at random moments, start-up included; then go on."""
    tally, rng = Tally("the driver killed, with its Ray and workers"), random.Random(seed)
    file, log = experiment_file(folder), folder / "log"
    reference = _reference(folder, file)
    number = 0
    while tally.faults < faults:
        output = folder / f"killed-{number}"
        number += 1
        driver = Driver(["run", str(file), "--output", str(output), "--quiet"], log)
        while True:
            deadline = time.monotonic() + rng.uniform(6.0, 40.0)
            while driver.code is None and (time.monotonic() < deadline or tally.faults >= faults):
                time.sleep(0.05)
            if driver.code is not None:
                break
            found = studies_in(output)
            before = ended_in(found[0]) if found else {}
            tally.work_lost += work_at_stake(found[0], time.time()) if found else []
            driver.kill()
            killed = time.time()
            tally.faults += 1
            found = studies_in(output)
            if found:
                tally.lose(before, found[0])
                driver = Driver(["resume", str(found[0].path), "--quiet"], log)
                _wait_for_result(driver, found[0], killed, tally, rng.random() < 0.5)
            else:  # it had not come to make a study
                driver = Driver(["run", str(file), "--output", str(output), "--quiet"], log)
        (study,) = studies_in(output)
        tally.close(study)
        tally.compare(study, reference)
    return tally


def _wait_for_result(driver: Driver, study: Study, killed: float, tally: Tally, patient: bool) -> None:
    """Measure the pause until something is recorded again; every other time, as kills may come before that too."""
    size = _recorded(study)
    while patient and driver.code is None and time.time() - killed < 120:
        if _recorded(study) > size:
            tally.pauses.append(time.time() - killed)
            return
        time.sleep(0.05)


def _recorded(study: Study) -> int:
    return len(study.store.appended("curves.jsonl"))


def kill_workers(folder: Path, faults: int, seed: int) -> Tally:
    """Kill one of two workers every few seconds."""
    tally, rng = Tally("a worker killed"), random.Random(seed)
    resources = "{checkpoint_seconds: 0.5, max_concurrent: 2, max_failures: 20}"
    file = experiment_file(folder, resources=resources, budget="{trials: 40}", epochs="400")
    output = folder / "workers"
    driver = Driver(["run", str(file), "--output", str(output), "--quiet"], folder / "log")
    until(lambda: any(study.records for study in studies_in(output)), driver)
    while driver.code is None and tally.faults < faults:
        workers = driver.workers
        if workers:
            (study,) = studies_in(output)
            before = ended_in(study)
            tally.work_lost += sorted(work_at_stake(study, time.time()))[-1:]
            rng.choice(workers).kill()
            tally.faults += 1
            tally.lose(before, Study.load(study.path))
        _pause(rng.uniform(2.0, 12.0), driver)
    driver.wait(_SWEEP_SECONDS)
    (study,) = studies_in(output)
    tally.close(study)
    return tally


def kill_nodes(folder: Path, faults: int, seed: int) -> Tally:
    """Kill the second of two nodes, and let another one join."""
    tally, rng = Tally("the second node killed"), random.Random(seed)
    resources = "{checkpoint_seconds: 0.5, max_failures: 20}"
    file = experiment_file(folder, resources=resources, budget="{trials: 60}")
    output = folder / "nodes"
    with cluster(1) as nodes:
        second = nodes.add_node(num_cpus=1)
        nodes.wait_for_nodes()
        arguments = ["run", str(file), "--output", str(output), "--quiet", "--address", nodes.address]
        driver = Driver(arguments, folder / "log")
        until(lambda: any(_nodes(study) > 1 for study in studies_in(output)), driver)
        while driver.code is None and tally.faults < faults:
            (study,) = studies_in(output)
            before = ended_in(study)
            tally.work_lost += sorted(work_at_stake(study, time.time()))[:1]
            nodes.remove_node(second, allow_graceful=False)
            killed = time.time()
            tally.faults += 1
            _until_recorded(study, driver)
            tally.pauses.append(time.time() - killed)
            tally.lose(before, Study.load(study.path))
            second = nodes.add_node(num_cpus=1)
            _pause(rng.uniform(8.0, 20.0), driver)
        driver.wait(_SWEEP_SECONDS)
        (study,) = studies_in(output)
        tally.close(study)
        tally.told = f"{_nodes(study)} nodes gave results"
    return tally


def _nodes(study: Study) -> int:
    return len({record.worker.node_id for record in study.records})


def fill_disk(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001 - the signature of a scenario
    """Let the study's file system run full, make room, and go on."""
    from benchmarks.faults.small_disk import small_disk

    tally = Tally("the disk full")
    with small_disk(folder / "disk", megabytes=64) as disk:
        if disk is None:
            tally.told = "not measured: only root may mount a small file system"
            return tally
        file = experiment_file(folder)
        ballast = disk / "ballast"
        driver = Driver(["run", str(file), "--output", str(disk / "results"), "--quiet"], folder / "log")
        until(lambda: any(len(study.records) >= 3 for study in studies_in(disk / "results")), driver)
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as filler:
            while True:
                filler.write(b"0" * 4096)
        began = (folder / "log").stat().st_size
        code = driver.wait(_SWEEP_SECONDS)
        tally.faults = 1
        told = (folder / "log").read_text(encoding="utf-8")[max(0, began - 200) :]
        line = next((line for line in told.splitlines() if "No space left" in line), "nothing")
        tally.told = f"exit {code}: {line.strip()}"
        (study,) = studies_in(disk / "results")
        before = ended_in(study)
        ballast.unlink()
        Driver(["resume", str(study.path), "--quiet"], folder / "log").wait(_SWEEP_SECONDS)
        study = Study.load(study.path)
        tally.lose(before, study)
        tally.close(study)
    return tally


def diverge(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001
    """Trials whose loss is not a number."""
    space = (
        "{filters: {choice: [2, 4]}, conv_blocks: 1, units: 8, l2: 10.0, batch_size: 16, optimizer: sgd, "
        "learning_rate: {choice: [0.01, 100.0]}}"
    )
    return _failing(folder, "a trial diverges", {"space": space, "epochs": "3", "sampler": "grid"}, "diverged")


def exhaust_memory(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001
    """Trials that no machine could hold."""
    space = "{filters: 8, dense_layers: 4, units: {choice: [8, 16, 65536]}, learning_rate: {choice: [0.01, 0.02]}}"
    keys = {"space": space, "epochs": "3", "sampler": "grid"}
    return _failing(folder, "a trial needs more memory than there is", keys, "out of memory")


def change_workers(folder: Path, faults: int, seed: int) -> Tally:  # noqa: ARG001
    """No fault: the same sweep with 1, 2 and 4 workers; with the sampler that learns, twice with one."""
    tally = Tally("none: random and grid with 1, 2 and 4 workers, tpe with one worker twice")
    keys = {"budget": "{trials: 12}", "epochs": "10"}
    with cluster(4) as head:
        for sampler, counts in (("random", (1, 2, 4)), ("{name: grid, points: 4}", (1, 2, 4)), ("tpe", (1, 1))):
            found = []
            for number, count in enumerate(counts):
                place = folder / f"{sampler.strip('{').split(',')[0].split()[-1]}-{number}"
                place.mkdir()
                resources = f"{{max_concurrent: {count}}}"
                file = experiment_file(place, sampler=sampler, resources=resources, **keys)
                arguments = ["run", str(file), "--output", str(place), "--quiet", "--address", head.address]
                Driver(arguments, folder / "log").wait(_SWEEP_SECONDS)
                (study,) = studies_in(place)
                tally.close(study)
                found.append(study)
            for study in found[1:]:
                tally.compare(study, found[0])
    return tally


@contextlib.contextmanager
def cluster(cpus: int) -> Iterator[Any]:
    """A Ray cluster of one node with so many logical CPUs; others may join."""
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": cpus, "include_dashboard": False})
    try:
        yield made
    finally:
        made.shutdown()


def _failing(folder: Path, fault: str, keys: dict[str, str], reason: str) -> Tally:
    tally = Tally(fault)
    output = folder / "failing"
    driver = Driver(["run", str(experiment_file(folder, **keys)), "--output", str(output), "--quiet"], folder / "log")
    driver.wait(_SWEEP_SECONDS)
    (study,) = studies_in(output)
    tally.close(study)
    failed = [record for record in study.records if record.state == "FAILED"]
    tally.faults = sum(reason in (record.reason or "") for record in failed)
    tally.run_twice += sum(record.attempts > 1 for record in failed)
    tally.told = failed[0].reason if failed else "nothing"
    return tally


def _reference(folder: Path, file: Path) -> Study:
    """The same sweep, undisturbed."""
    output = folder / "undisturbed"
    Driver(["run", str(file), "--output", str(output), "--quiet"], folder / "log").wait(_SWEEP_SECONDS)
    (study,) = studies_in(output)
    return study


def _until_recorded(study: Study, driver: Driver) -> None:
    size = _recorded(study)
    until(lambda: _recorded(study) > size, driver)


def _pause(seconds: float, driver: Driver) -> None:
    deadline = time.monotonic() + seconds
    until(lambda: time.monotonic() > deadline, driver)


SCENARIOS: dict[str, tuple[Callable[[Path, int, int], Tally], int]] = {
    "repeats": (change_workers, 0),
    "drivers": (kill_drivers, 20),
    "workers": (kill_workers, 10),
    "nodes": (kill_nodes, 5),
    "disk": (fill_disk, 1),
    "nan": (diverge, 1),
    "memory": (exhaust_memory, 1),
    "moments": (kill_last_moments, 20),
    "ray": (kill_ray, 8),
    "signals": (send_signals, 10),
    "limits": (limit_memory, 8),
}
"""Name on the command line -> scenario, and how many faults it has."""
