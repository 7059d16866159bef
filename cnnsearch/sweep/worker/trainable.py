"""The trainable: what Tune calls in the process of a worker."""

from __future__ import annotations

from typing import Any

import ray
from ray import tune

from cnnsearch.study.record.lines import to_report
from cnnsearch.sweep.job_config import job_of
from cnnsearch.sweep.tune.scheduler import OBJECTIVE, TIME, TOLD
from cnnsearch.sweep.worker.context import SweepContext
from cnnsearch.sweep.worker.hardware import pin_hardware
from cnnsearch.sweep.worker.printed import Printed
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.worker import Worker
from cnnsearch.sweep.worker.workshop import Workshop

__all__ = ["PRINTED", "TrialWorker"]

PRINTED = "printed"
"""Key of a report: what the job printed since the last one; absent where that is nothing."""


class TrialWorker(tune.Trainable):
    """A :class:`Worker` as Tune sees it. If its process dies, the ledger proposes the job again."""

    workshop = Workshop
    """Makes what the worker keeps; measurements put another one here."""

    def setup(self, config: dict[str, Any], sweep: SweepContext) -> None:
        job = job_of(config)
        pin_hardware(job.holds.cpus, job.holds.gpus)
        self._printed = Printed()
        node_id = ray.get_runtime_context().get_node_id()[:8]
        workshop = self.workshop(sweep, job.holds, node_id, self._printed)
        if sweep.code is not None:
            sweep.code.provide()  # also where the files were edited since the sweep began
        self._worker = Worker(workshop, job)

    def reset_config(self, new_config: dict[str, Any]) -> bool:
        self._printed.begin_trial()
        self._worker.begin(job_of(new_config))
        return True

    def step(self) -> dict[str, Any]:
        with self._printed.caught() as printed:
            step = self._worker.step()
        return {**_as_result(step), **({PRINTED: printed[0]} if printed else {})}

    def cleanup(self) -> None:
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
