"""The trainable: what Tune calls in the process of a worker."""

from __future__ import annotations

import gc
from typing import Any

import ray
from ray import tune

from cnnsearch.cache.told import tell_anew
from cnnsearch.study.record.lines import to_report
from cnnsearch.sweep.cluster.memory_check import little_memory
from cnnsearch.sweep.job_config import job_of
from cnnsearch.sweep.tune.scheduler import OBJECTIVE, TIME, TOLD
from cnnsearch.sweep.worker.context import SweepContext
from cnnsearch.sweep.worker.hardware import pin_hardware, private_bytes
from cnnsearch.sweep.worker.printed import Printed
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.worker import Worker
from cnnsearch.sweep.worker.workshop import Workshop, import_for_training

__all__ = ["PRINTED", "TrialWorker"]

PRINTED = "printed"
"""Key of a report: what the job printed since the last one; absent where that is nothing."""


_MOST_AT_REST = 2**30
"""Private bytes of a worker that waits for another sweep; one with TensorFlow and a small network has 0.5 GB."""


class TrialWorker(tune.Trainable):
    """A :class:`Worker` as Tune sees it. If its process dies, the ledger proposes the job again.

    Args:
        config, storage: as Tune gives them; without a config it waits for its first sweep, as one between two does.
        sweep: what every worker of the sweep is given; ``None``: ``setup`` gets it from Tune.
    """

    workshop = Workshop
    """Makes what the worker keeps; measurements put another one here."""

    def __init__(
        self, config: dict[str, Any] | None = None, storage: Any = None, sweep: SweepContext | None = None
    ) -> None:
        self._sweep = sweep
        self._worker: Worker | None = None
        self._is_sound = self._has_erred = False
        self._refused: Exception | None = None
        self._is_begun = config is not None
        if self._is_begun:
            super().__init__(config, storage)

    def setup(self, config: dict[str, Any], sweep: SweepContext | None = None) -> None:
        if not config:
            return
        self._sweep = sweep = sweep or self._sweep
        if sweep is None:
            raise ValueError("a worker needs a sweep")
        tell_anew()
        job = job_of(config)
        pin_hardware(job.holds.cpus, job.holds.gpus)
        self._printed = Printed()
        node_id = ray.get_runtime_context().get_node_id()[:8]
        workshop = self.workshop(sweep, job.holds, node_id, self._printed)
        if sweep.code is not None:
            sweep.code.provide()  # also where the files were edited since the sweep began
        self._worker = Worker(workshop, job)
        self._may_rest = sweep.code is None and not job.holds.gpus

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        if self._worker is None:
            self.setup(new_config)
            return True
        self._printed.begin_trial()
        self._worker.begin(job_of(new_config))
        return True

    def step(self) -> dict[str, Any]:
        if self._worker is None:
            raise self._refused or RuntimeError("a worker that rests has no job")
        self._is_sound = False
        with self._printed.caught() as printed:
            step = self._worker.step()
        self._has_erred |= getattr(step.told.end, "traceback", None) is not None  # only what nobody expects has one
        self._is_sound = not self._has_erred
        return {**_as_result(step), **({PRINTED: printed[0]} if printed else {})}

    def rest(self) -> None:
        """The sweep is over: let go of all that was its own, and wait for another one.

        The process ends where something is left in it that must not wait: an error that nobody expects, code of the
        user's own, memory of a GPU, or more memory than its place is worth.
        """
        self._worker = self._sweep = None
        gc.collect()  # programs hold each other
        if not self._is_sound or not self._may_rest or private_bytes() > _MOST_AT_REST or little_memory() is not None:
            ray.actor.exit_actor()

    def is_resting(self) -> bool:
        """Whether it waits."""
        return self._worker is None

    def warm_up(self, cpus: int) -> None:
        """Import what the first job would wait for, for jobs of so many CPUs and no GPU."""
        pin_hardware(cpus, 0)
        import_for_training(cpus)

    def renew(self, config: dict[str, Any], storage: Any, sweep: SweepContext) -> None:
        """Begin another sweep; what goes wrong is told by the first step."""
        self._sweep = sweep
        self._is_sound, self._has_erred, self._refused = False, False, None
        try:
            if not self._is_begun:  # Tune's part of it makes folders, which one that only waits does without
                super().__init__({}, storage)
                self._is_begun = True
            self.reset(config, storage=storage)
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting is why its job fails
            self._worker, self._refused = None, error

    def cleanup(self) -> None:
        if self._worker is not None:
            self._worker.leave()

    def save_checkpoint(self, checkpoint_dir: str) -> None:
        """Tune asks for none: they go into the study, where another driver finds them."""

    def load_checkpoint(self, checkpoint: Any) -> None:
        """See :meth:`save_checkpoint`."""


def _as_result(step: Step) -> dict[str, Any]:
    return {
        **({} if step.epoch is None else {TIME: step.epoch}),
        **({} if step.objective is None else {OBJECTIVE: step.objective}),
        "done": step.finished,
        "finished": step.finished,
        TOLD: to_report(step.told),  # as one text: of each number that it sees, Tune keeps statistics
    }
