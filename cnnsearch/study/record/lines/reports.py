"""What a worker tells of its job, and how that travels."""

from __future__ import annotations

import json
from dataclasses import dataclass

from cnnsearch.study.record.lines.ends import Ended
from cnnsearch.study.record.lines.epochs import EpochLine
from cnnsearch.study.record.lines.shapes import built
from cnnsearch.study.record.lines.test_reads import Reading
from cnnsearch.study.record.lines.writing import to_json

__all__ = ["Report", "from_report", "to_report"]


@dataclass(frozen=True)
class Report:
    """What a worker tells of its job.

    Attributes:
        epochs: that it has not told yet.
        end: how it stands, and, where it is done, how it ended.
    """

    epochs: tuple[EpochLine, ...]
    end: Ended | Reading

    @property
    def training(self) -> Ended:
        """How a training stands.

        Raises:
            TypeError: the job was none.
        """
        if not isinstance(self.end, Ended):
            raise TypeError("the report is of a reading of the test split")
        return self.end

    def curve(self, metric: str) -> dict[int, float]:
        """Epoch -> what a metric was, where it is known."""
        return {line.epoch: value for line in self.epochs if (value := line.values.get(metric)) is not None}


def to_report(report: Report) -> str:
    """What a worker tells, as one text."""
    end = {"reading" if isinstance(report.end, Reading) else "end": to_json(report.end)}
    return json.dumps({"epochs": [to_json(line) for line in report.epochs], **end})


def from_report(text: str) -> Report:
    """The inverse of :func:`to_report`."""
    told = json.loads(text)
    end = built(Reading, told["reading"]) if "reading" in told else built(Ended, told["end"])
    return Report(tuple(built(EpochLine, line) for line in told["epochs"]), end)
