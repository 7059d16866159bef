"""What many tests share. TensorFlow and Ray are imported by the tests that need them only, once a session."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import tempfile

# Read by TensorFlow when it is imported: no GPU, no log, and one thread, on which its sums are repeatable.
os.environ.update(
    CUDA_VISIBLE_DEVICES="-1",
    TF_CPP_MIN_LOG_LEVEL="3",
    TF_NUM_INTRAOP_THREADS="1",
    TF_NUM_INTEROP_THREADS="1",
    OMP_NUM_THREADS="1",
    # Ray's workers would give way to the tests of the other processes, and a sweep take minutes.
    RAY_worker_niceness="0",
    # What is trusted in the tests is not what their user trusts.
    XDG_STATE_HOME=tempfile.mkdtemp(prefix="cnnsearch-state-"),
    # What is kept for the next run of the tests' user is none of theirs.
    XDG_CACHE_HOME=tempfile.mkdtemp(prefix="cnnsearch-cache-"),
)

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from object_storage import KEYS, served
from xdist.scheduler import LoadFileScheduling

from cnnsearch.data.dataset import load_dataset
from cnnsearch.data.split import split_dataset
from cnnsearch.experiment import Experiment

TESTS = Path(__file__).parent

# What is collected stays: 760,000 objects, and a look through them for cycles takes half a second. Such looks were a
# third of the time of collecting.
gc.disable()
os.environ.update(KEYS)
# That the disk has caught up matters when a machine loses its power, which no test can make; waiting for it takes
# milliseconds at every line of a record, and of a journal of Optuna's.
os.fsync = lambda _: None
settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of what is tested
settings.load_profile("untimed")
for folder in ("XDG_STATE_HOME", "XDG_CACHE_HOME"):
    atexit.register(shutil.rmtree, os.environ[folder], ignore_errors=True)


def pytest_collection_finish() -> None:
    """From here on cycles are looked for in what the tests make, in that alone, and not after every 700 objects.

    Tracing a graph makes hundreds of thousands that stay: looking through them again and again was a twentieth of it.
    """
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


_LONG = ("integration", "browser", "training", "tasks", "search", "inputs", "families", "test_keras_settings.py")
"""Whose files take long: processes that share the files end together where the short ones come last."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        room = item.path.relative_to(TESTS).parts[0]
        return _LONG.index(room) if room in _LONG else len(_LONG)

    items.sort(key=place)  # otherwise in the order in which they stand


_SHARING = {
    "ray": ("tests/integration/", "tests/sweep/cluster/test_connection.py"),
    "browser": ("tests/browser/",),
}
"""What takes seconds to start -> who needs it."""


class StartedOnce(LoadFileScheduling):
    """Deals files to the processes; those that need Ray or a browser go to one of them, which starts it once."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (name for name, users in _SHARING.items() if nodeid.startswith(users))
        return next(shared, str(super()._split_scope(nodeid)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> StartedOnce:
    return StartedOnce(config, log)


PICTURES = 300
"""Pictures of the digits that trials of the tests see: 180 to train on, 60 to validate."""


@pytest.fixture(scope="session")
def small() -> Callable[..., Experiment]:
    """Makes experiments on a few digits with a network that trains in well under a second; keys replace its own."""

    def make(**keys: Any) -> Experiment:
        defaults: dict[str, Any] = {
            "name": "small",
            "dataset": {"source": "digits", "limit": PICTURES},
            "epochs": 3,
            "space": {
                "filters": {"choice": [4, 8]},
                "units": 16,
                "learning_rate": {"float": [1e-3, 1e-2], "log": True},
            },
            "start": "none",
            "sampler": "random",
            "scheduler": "none",
            "budget": {"trials": 4},
            "seed": 3,
        }
        return Experiment(**{**defaults, **keys})

    return make


@pytest.fixture(scope="session")
def digits() -> Any:
    """The digits of :func:`small`, labelled and split: a ``TrialData``."""
    from cnnsearch.training import TrialData

    dataset = load_dataset(Experiment(name="x", space={"units": 16}).dataset.model_copy(update={"limit": PICTURES}))
    return TrialData(dataset, split_dataset(dataset, 0.2, 0.2, 0))


@pytest.fixture(autouse=True)
def notes_as_they_were() -> Iterator[None]:
    """A command that runs in the tests' process sends what users are told in passing to the terminal from then on."""
    notes = logging.getLogger("cnnsearch.notes")
    propagate, level, handlers = notes.propagate, notes.level, notes.handlers
    yield
    notes.propagate, notes.handlers = propagate, handlers
    notes.setLevel(level)


@pytest.fixture(scope="module")
def shared_programs() -> Iterator[None]:
    """Trials that are given no programs share those of their module, so that each network of it is compiled once.

    A program that is used again gives what a new one gives, bit for bit: training/test_reuse.py.
    """
    from cnnsearch.training import trainer
    from cnnsearch.training.lockstep import running
    from cnnsearch.training.programs.programs import Programs

    programs = Programs()
    with pytest.MonkeyPatch.context() as patch:
        for module in (running, trainer):
            patch.setattr(module, "Programs", lambda: programs)
        yield


@pytest.fixture(scope="session")
def ray_session() -> Iterator[None]:
    """One Ray of two CPUs and a GPU that only counts, for every test that needs it: starting it takes seconds."""
    import ray

    from cnnsearch.sweep.cluster import connection

    os.environ.update(connection.SETTINGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CUDA_VISIBLE_DEVICES")  # it names no device, so Ray would refuse to count one
        ray.init(
            address="local",
            num_cpus=2,
            num_gpus=1,
            include_dashboard=False,
            log_to_driver=False,
            object_store_memory=300 * 2**20,
        )
    yield
    ray.shutdown()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The address of a server that speaks S3."""
    with served() as address:
        yield address
