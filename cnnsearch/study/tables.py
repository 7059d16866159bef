"""The record as tables: ended trials and epochs, one row each. Their columns are public."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.study.record.lines import EpochLine, TrialLine, to_json

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table_of_epochs", "table_of_trials"]


def table_of_trials(lines: Sequence[TrialLine]) -> pd.DataFrame:
    """By trial: state, value ..., and columns ``config.*``, ``metrics.*``, ``cost.*``, ``worker.*``."""
    import pandas as pd

    frame = pd.json_normalize([to_json(line) for line in lines])
    if frame.empty:
        return pd.DataFrame(columns=["state", "value"], index=pd.Index([], name="trial"))
    return frame.drop(columns="format", errors="ignore").set_index("trial")


def table_of_epochs(lines: Sequence[EpochLine]) -> pd.DataFrame:
    """Trial, epoch, each metric, learning rate, seconds; time, event and asked where any line tells."""
    import pandas as pd

    if not lines:
        return pd.DataFrame(columns=["trial", "epoch"])
    metrics = dict.fromkeys(name for line in lines for name in line.values)
    others = dict.fromkeys(name for line in lines if line.others for name in line.others)
    columns: dict[str, list[Any]] = {
        "trial": [line.trial for line in lines],
        "epoch": [line.epoch for line in lines],
        **{name: [line.values.get(name) for line in lines] for name in metrics},
        "learning_rate": [line.learning_rate for line in lines],
        "seconds": [line.seconds for line in lines],
    }
    told: dict[str, list[Any]] = {
        "time": [line.time for line in lines],
        "event": [line.event for line in lines],
        "asked": [line.asked or None for line in lines],
        **{name: [line.others.get(name) for line in lines] for name in others},
    }
    told = {name: values for name, values in told.items() if any(value is not None for value in values)}
    return pd.DataFrame({**columns, **told})
