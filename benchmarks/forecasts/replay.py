"""What `cnnsearch watch` would have told of a sweep that is over, had it looked whenever a training ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cnnsearch.study import Study
from cnnsearch.study.progress.progress import Follower

__all__ = ["Forecast", "Replay"]

_FILES = ("curves.jsonl", "trials.jsonl", "proposals.jsonl", "finalists.jsonl", "refits.jsonl", "test_reads.jsonl")

_COPIED = ("experiment.yaml", "environment.json")

_ENDS = ("trials.jsonl", "finalists.jsonl")


@dataclass(frozen=True)
class Forecast:
    """One that was told.

    Attributes:
        trials: that had ended.
        following: whether it was told after the search.
        told: seconds to the end; ``None``: there was no forecast.
        came: seconds to the end, as it came.
        elapsed: seconds since the first proposal.
    """

    trials: int
    following: bool
    told: float | None
    came: float
    elapsed: float

    @property
    def factor(self) -> float | None:
        """By which it was wrong, at least 1; ``None`` where nothing was told or came."""
        if self.told is None or min(self.told, self.came) <= 0:
            return None
        return max(self.told / self.came, self.came / self.told)


class Replay:
    """Writes a record once more, line by line in the order of time.

    Args:
        study: folder of a study that is over.
    """

    def __init__(self, study: Path) -> None:
        self._study = study

    def forecasts(self) -> list[Forecast]:
        """One for each training that ended before the last thing that did."""
        lines = sorted(self._lines(), key=lambda each: each[0])
        end = lines[-1][0]
        found: list[Forecast] = []
        with TemporaryDirectory() as folder:
            store = Path(folder)
            for name in _COPIED:
                store.joinpath(name).write_bytes(self._study.joinpath(name).read_bytes())
            follower = Follower(Study.load(store))
            for time, name, text in lines:
                with store.joinpath(name).open("a", encoding="utf-8") as file:
                    file.write(text)
                if name in _ENDS and time < end:
                    progress = follower.read(time)
                    trials, following = sum(progress.ended.values()), progress.finalists is not None
                    found.append(Forecast(trials, following, progress.left, end - time, progress.elapsed))
        return found

    def _lines(self) -> Iterator[tuple[float, str, str]]:
        """Unix time, file and text of each."""
        for name in _FILES:
            path = self._study / name
            for text in path.read_text(encoding="utf-8").splitlines(keepends=True) if path.is_file() else ():
                line: dict[str, Any] = json.loads(text)
                yield float(line.get("ended") or line.get("time") or 0.0), name, text
