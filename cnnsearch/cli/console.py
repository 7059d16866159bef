"""Where the command line writes: results to standard output, everything else to standard error."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.text import Text

__all__ = ["complain", "out", "print_json", "status"]

out = Console(highlight=False)
status = Console(stderr=True, highlight=False)


def complain(message: str) -> None:
    """An error, each of its lines whole: no wrapping, no markup in what the user gave."""
    for line in message.splitlines():
        status.print(Text("error: ", style="bold red").append(Text(line, style="default")), soft_wrap=True)


def print_json(content: Any) -> None:
    """One JSON value on standard output, and nothing else."""
    print(json.dumps(content, indent=2, ensure_ascii=False))
