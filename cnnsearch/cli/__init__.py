"""The command line: one file a group of commands. Nothing here computes; it asks, shows and sets the exit code."""

from __future__ import annotations

import contextlib
import sys

from cnnsearch.sweep.signals import INTERRUPTED, Stop, take_over

__all__ = ["main"]


def main() -> None:
    """Entry point of ``cnnsearch``: heeds signals first; see the exit codes in ``cnnsearch --help``."""
    stop = take_over()
    code = _code(stop)
    if stop.raised:
        print(stop.says, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # Python tells of them when it ends
            stream.flush()
    stop.over(code)
    sys.exit(code)


def _code(stop: Stop) -> int:
    """Run the command; its exit code."""
    try:
        from cnnsearch.cli.app import main as run_command

        run_command()
    except SystemExit as ended:
        if not stop.raised:
            return _number(ended.code)
    except BaseException:  # whatever a library has made of the exception that a signal raised
        if not stop.raised:
            raise
    else:
        return 0
    return INTERRUPTED


def _number(code: object) -> int:
    return code if isinstance(code, int) else int(code is not None)
