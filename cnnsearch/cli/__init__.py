"""The command line: one file a group of commands. Nothing here computes; it asks, shows and sets the exit code."""

from __future__ import annotations

import contextlib
import os
import sys

from cnnsearch.sweep.signals import INTERRUPTED, Stop, take_over

__all__ = ["main"]


def main() -> None:
    """Entry point of ``cnnsearch``: heeds signals first; see the exit codes in ``cnnsearch --help``."""
    stop = take_over()
    code = _code(stop)
    if stop.raised:
        print(stop.says, file=sys.stderr)
    code = _written(code)
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


def _written(code: int) -> int:
    """See that what was printed is written; where it is not, Python would end with a code of its own."""
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as error:
        if not isinstance(error, BrokenPipeError) and not code:
            with contextlib.suppress(OSError, ValueError):
                print(f"error: cannot write the output: {getattr(error, 'strerror', error)}", file=sys.stderr)
        with contextlib.suppress(OSError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.close(nowhere)
        return code or 1
    return code


def _number(code: object) -> int:
    return code if isinstance(code, int) else int(code is not None)
