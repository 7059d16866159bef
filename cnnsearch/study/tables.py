"""The record as tables: ended trials, epochs and finalists, one row each. Their columns are public.

Moments are pandas's Timestamps, of UTC, and durations its Timedeltas; what is named by its unit, as
``cost.train_seconds``, is a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.study.record.lines import EpochLine, TrialLine, to_json
from cnnsearch.study.winner.finalists import Finalists

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["table_of_epochs", "table_of_finalists", "table_of_trials"]


def table_of_trials(lines: Sequence[TrialLine]) -> pd.DataFrame:
    """By trial: state, value, when it started and ended, and columns ``config.*``, ``metrics.*``, ``cost.*``."""
    import pandas as pd

    frame = pd.json_normalize([to_json(line) for line in lines])
    if frame.empty:
        return pd.DataFrame(columns=["state", "value"], index=pd.Index([], name="trial"))
    started, ended = _moments(line.started for line in lines), _moments(line.ended for line in lines)
    frame = frame.assign(started=started, ended=ended)
    if "waited_since" in frame:
        frame["waited_since"] = _moments(line.waited_since for line in lines)
    frame.insert(frame.columns.get_loc("ended") + 1, "duration", frame["ended"] - frame["started"])
    return frame.drop(columns="format", errors="ignore").set_index("trial")


def table_of_epochs(lines: Sequence[EpochLine]) -> pd.DataFrame:
    """Trial, epoch, each metric, learning rate, duration; time, event and asked where any line tells."""
    import pandas as pd

    if not lines:
        return pd.DataFrame(columns=["trial", "epoch"])
    metrics = dict.fromkeys(name for line in lines for name in line.values)
    others = dict.fromkeys(name for line in lines if line.others for name in line.others)
    columns: dict[str, Any] = {
        "trial": [line.trial for line in lines],
        "epoch": [line.epoch for line in lines],
        **{name: [line.values.get(name) for line in lines] for name in metrics},
        "learning_rate": [line.learning_rate for line in lines],
        "duration": pd.to_timedelta([line.seconds for line in lines], unit="s"),
    }
    told: dict[str, list[Any]] = {
        "event": [line.event for line in lines],
        "asked": [line.asked or None for line in lines],
        **{name: [line.others.get(name) for line in lines] for name in others},
    }
    told = {name: values for name, values in told.items() if any(value is not None for value in values)}
    if any(line.time is not None for line in lines):
        columns["time"] = _moments(line.time for line in lines)
    return pd.DataFrame({**columns, **told})


def table_of_finalists(finals: Finalists | None, configs: Mapping[int, Mapping[str, Any]]) -> pd.DataFrame:
    """By trial, best first: whether it won, the mean over fresh seeds, runs that failed, ``run.*`` and ``config.*``.

    Args:
        finals: the finalists that are compared; ``None``: there are none, and the table is empty.
        configs: of the trials.
    """
    import pandas as pd

    if finals is None:
        return pd.DataFrame(columns=["winner", "mean", "failed"], index=pd.Index([], name="trial"))
    decided = finals.decided
    runs = sorted({run.run for run in decided.planned})
    rows = [
        {
            "trial": one.trial,
            "winner": one.trial == finals.winner,
            "mean": one.mean,
            "failed": one.failed,
            **{f"run.{run}": one.values.get(run) for run in runs},
            **{f"config.{name}": value for name, value in configs.get(one.trial, {}).items()},
        }
        for one in decided.standings
    ]
    return pd.DataFrame(rows).set_index("trial")


def _moments(seconds: Iterable[float | None]) -> pd.DatetimeIndex:
    import pandas as pd

    return pd.to_datetime(list(seconds), unit="s", utc=True)
