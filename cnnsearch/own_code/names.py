"""Names of code of the user's own: ``package.module:name``."""

from __future__ import annotations

import keyword
import re

__all__ = ["OWN_NAME", "is_own_name", "name_problem"]

OWN_NAME = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*"
"""Pattern of the whole name, for messages of an editor; that none of it is a keyword it does not say."""


def is_own_name(name: str) -> bool:
    """Whether it is ``package.module:name``, of names that Python's own statements take."""
    return re.fullmatch(OWN_NAME, name) is not None and not any(map(keyword.iskeyword, re.split("[.:]", name)))


def name_problem(name: str, what: str) -> str | None:
    """Why workers cannot import what a name with a colon stands for: the rule.

    Args:
        name: as the user wrote it.
        what: it stands for, as ``a family``.
    """
    if name.startswith("__main__:"):
        function = name[9:]
        rule = "stands in the script or notebook itself, which no worker can import: from Python give the function"
        file = f"put it into a file beside it, my_models.py, and name it my_models:{function}"
        return f"{rule} itself, model={function}, or {file}"
    return None if is_own_name(name) else f"{what} of your own must be given as package.module:function"
