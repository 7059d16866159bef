"""Whether the Ray of a keeper does for a run: its processes have what the keeper was started with."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Mapping

from cnnsearch.study.environment import package_versions
from cnnsearch.sweep.cluster.keeper.record import KeeperRecord, code_digest

__all__ = ["changed_names", "unfitness"]

_MOST_NAMES = 5

_OF_SESSIONS = (
    *("_", "SHLVL", "PWD", "OLDPWD", "COLUMNS", "LINES", "PS[0-9]", "PROMPT*", "HIST*", "LS_COLORS", "LESS*", "PAGER"),
    *("TERM", "TERM_*", "COLORTERM", "NO_COLOR", "FORCE_COLOR", "TTY_*", "VTE_*", "LC_TERMINAL*", "WINDOWID", "EDITOR"),
    *("ITERM_*", "KONSOLE_*", "GNOME_*", "KITTY_*", "ALACRITTY_*", "WEZTERM_*", "TMUX*", "STY", "WINDOW", "VSCODE_*"),
    *("SSH_*", "GPG_*", "MAIL", "DISPLAY", "WAYLAND_*", "XAUTHORITY", "DBUS_*", "DESKTOP_*", "SESSION_MANAGER"),
    *("XDG_SESSION_*", "XDG_RUNTIME_DIR", "XDG_VTNR", "XDG_SEAT*", "XDG_CURRENT_DESKTOP", "INVOCATION_ID"),
    *("JOURNAL_STREAM", "SYSTEMD_*", "MANAGERPID", "TERMINATOR_*", "VIRTUAL_ENV_PROMPT"),
    *("GHOSTTY_*", "ZELLIJ*", "WT_SESSION", "WT_PROFILE_ID", "STARSHIP_*", "ATUIN_*", "SHELL_SESSION_ID"),
    *("JPY_*", "MPLBACKEND", "PYDEVD_*", "CLICOLOR*", "GIT_PAGER"),  # of a notebook's process
)
"""Variables, as patterns, that a terminal, a shell or a session has of its own: nothing that trains reads them."""

_OF_OURS = (
    *("RAY_USAGE_STATS_ENABLED", "RAY_CHDIR_TO_TRIAL_DIR", "RAY_AIR_NEW_OUTPUT", "TUNE_*"),  # ``connection.SETTINGS``
    *("RAY_AUTH_MODE", "RAY_CLIENT_MODE", "PYTHONBREAKPOINT", "KERAS_BACKEND", "TF2_BEHAVIOR", "TF_CPP_MIN_LOG_LEVEL"),
    *("ENABLE_RUNTIME_UPTIME_TELEMETRY", "KMP_DUPLICATE_LIB_OK", "KMP_INIT_AT_FORK", "MLFLOW_LOGGING_LEVEL"),
    *("_MLFLOW_*", "HDF5_PLUGIN_PATH", "TPU_ML_PLATFORM", "TPU_ML_PLATFORM_VERSION"),
)
"""What this package and its libraries set in the process of a run by themselves."""


def unfitness(record: KeeperRecord, uses_folder: bool, environment: Mapping[str, str] | None = None) -> str | None:
    """Why a run of this process cannot use it, in words; ``None``: it can.

    Args:
        record: of the keeper.
        uses_folder: whether trials may look into the working directory, as code of the user's own.
        environment: the variables; left out, those of this process.
    """
    if record.dead:
        return f"it has died ({', '.join(record.dead)})"
    versions = package_versions()
    changed = sorted(name for name in versions if versions[name] != record.packages.get(name))
    if changed:
        return f"other versions are installed now ({', '.join(changed)})"
    if record.prefix != sys.prefix or record.code != code_digest():
        return "it runs another cnnsearch, or this one has changed since"
    try:
        names = changed_names(record.environment(), os.environ if environment is None else environment)
    except OSError as error:
        return f"its environment cannot be read ({error})"
    if names:
        more = ", ..." if len(names) > _MOST_NAMES else ""
        return f"the environment has changed ({', '.join(names[:_MOST_NAMES])}{more})"
    if not os.path.isdir(record.folder):  # no process of it has a working directory, which Tune asks for
        return f"the folder that it was started in has gone ({record.folder})"
    if uses_folder and record.folder != os.getcwd():
        return f"it was started in {record.folder}, where code of your own would look for files"
    return None


def changed_names(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Variables that are others, but for those of a session or terminal."""
    ignored = (*_OF_SESSIONS, *_OF_OURS)
    return sorted(
        name
        for name in {*before, *now}
        if before.get(name) != now.get(name) and not any(fnmatch.fnmatchcase(name, each) for each in ignored)
    )
