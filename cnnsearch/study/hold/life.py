"""Whether a study's driver lives, as far as can be told from here: one answer, whoever asks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cnnsearch.study.hold.hold import Driver

__all__ = ["Life", "LifeState"]

LifeState = Literal["none", "running", "dead", "unknown"]


@dataclass(frozen=True)
class Life:
    """What is to be seen of a study's driver.

    Attributes:
        state: ``none``: nobody holds the study; ``running``; ``dead``: its driver was killed, or its machine;
            ``unknown``: it is another machine's or another user's, and nothing tells whether it lives.
        driver: which process it is, where that is told.
    """

    state: LifeState
    driver: Driver | None = None

    @property
    def may_run(self) -> bool:
        """Whether a sweep runs, or may run."""
        return self.state in ("running", "unknown")

    def to_dict(self) -> dict[str, Any]:
        """Of JSON types only; whether it runs is ``None`` where that cannot be told from here."""
        return {"running": None if self.state == "unknown" else self.state == "running", "sweep": self.state}

    @property
    def text(self) -> str:
        """In words; empty where nobody holds the study."""
        whose = f": {self.driver}" if self.driver else ""
        told = {
            "none": "",
            "running": f"its sweep runs{whose}",
            "dead": f"its driver has died{whose}",
            "unknown": f"whether its sweep runs cannot be told from here{whose}",
        }
        return told[self.state]
