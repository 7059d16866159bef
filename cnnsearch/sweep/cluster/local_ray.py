"""A Ray of our own on this machine: nobody on another one reaches it, and nobody else on this one has its token."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from cnnsearch.sweep.ray_private import tokens

__all__ = ["keep_token_private"]

_LOG = logging.getLogger("cnnsearch")


def keep_token_private() -> None:
    """See that the token of this user's Rays is there, in a file that only its owner reads.

    Ray makes one where there is none, which the umask leaves open to everybody: a token is all that it takes to run
    code as this user. Where it can be neither made nor narrowed, Ray says what is wrong.
    """
    with contextlib.suppress(OSError, RuntimeError):  # no folder, no home
        path = Path("~/.ray/auth_token").expanduser()
        if not tokens.has_token() and os.environ.get("RAY_AUTH_MODE", "token").lower() == "token":
            _make(path, tokens.new_token())
            tokens.look_again()
        _narrow(path)


def _make(path: Path, token: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # private before anything stands in it
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(token)


def _narrow(path: Path) -> None:
    """Shut others out of a token that Ray has made."""
    if os.name == "posix" and path.is_file() and path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
        path.chmod(0o600)
        _LOG.warning("%s, the token of your Rays, could be read by others on this machine; now by you alone", path)
