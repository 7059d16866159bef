"""The user's folder of states (XDG): what is kept between two commands, and is no study."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["states_folder"]


def states_folder() -> Path:
    """``$XDG_STATE_HOME/cnnsearch``, by default ``~/.local/state/cnnsearch``.

    Raises:
        RuntimeError: this user has no home.
    """
    folder = os.environ.get("XDG_STATE_HOME", "")
    return (Path(folder) if os.path.isabs(folder) else Path.home() / ".local" / "state") / "cnnsearch"
