"""The test split, read with the model that was named the winner."""

from __future__ import annotations

from cnnsearch.errors import RayLostError, StorageError
from cnnsearch.search.jobs import SplitReading
from cnnsearch.study.predictions import left_at, to_bytes
from cnnsearch.study.record.lines import Reading, Report
from cnnsearch.sweep.worker.step import Step
from cnnsearch.sweep.worker.workshop import Workshop

__all__ = ["ReadingWork"]


class ReadingWork:
    """Evaluates a model on the test split, and leaves its predictions there.

    Args:
        job: names the model.
        workshop: of this worker.
    """

    has_begun = False
    """It is done in one step."""

    def __init__(self, job: SplitReading, workshop: Workshop) -> None:
        self._job = job
        self._workshop = workshop

    def step(self) -> Step:
        """Read it.

        Raises:
            StorageError, RayLostError: as of a training.
        """
        from cnnsearch.training.trial import failure

        try:
            reading = self._read()
        except (StorageError, RayLostError):
            raise
        except Exception as error:  # noqa: BLE001 - as of a trial: told, and the sweep goes on to its report
            why = failure(error, None)
            of = self._workshop.process
            reading = Reading(state="FAILED", reason=why.reason, traceback=why.traceback, worker=of)
        return Step(told=Report((), reading), finished=True)

    def leave(self) -> None:
        """Nothing: there is no half of it."""

    def _read(self) -> Reading:
        from cnnsearch.serving.prediction import evaluate_file

        experiment, store = self._workshop.sweep.experiment, self._workshop.sweep.store
        pictures, targets = self._workshop.test_split(self._job)
        known = (self._job.config, self._job.names, self._job.metrics)
        with store.as_file(self._job.model) as path:
            result = evaluate_file(path, pictures, targets, experiment, *known)
        store.write(left_at(self._job.folder), to_bytes(result.predictions, experiment.objective.metric))
        return Reading(count=result.count, metrics=result.scores, worker=self._workshop.process)
