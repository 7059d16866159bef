"""Begins a process of Ray's that has variables of its own, as Ray's program of this name does, which imports Ray.

Whatever is more than variables is left to that one. The raylet knows it by the name of its file.
"""

import json
import os
import sys

_CONTEXT, _LANGUAGE = "--serialized-runtime-env-context=", "--language="


def plain_variables(arguments: list[str], python: str) -> dict[str, str] | None:
    """What is to be set for a worker of Python; ``None``: it is to get something else besides.

    Args:
        arguments: of Ray's program: the worker's program and its arguments, and among them what it is to get.
        python: runs this program.
    """
    told = [each.removeprefix(_CONTEXT) for each in arguments if each.startswith(_CONTEXT)]
    if len(told) != 1 or f"{_LANGUAGE}PYTHON" not in arguments:
        return None
    try:
        context = json.loads(told[0])
        variables = dict(context.pop("env_vars"))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    is_plain = context.pop("py_executable", python) == python and not any(context.values())
    # Ray puts other variables in the place of ${THEIR_NAMES}.
    return variables if is_plain and not any("$" in value for value in variables.values()) else None


def main(arguments: list[str]) -> None:
    """Become the worker."""
    variables = plain_variables(arguments, sys.executable)
    if variables is None:
        worker = next(each for each in arguments if each.endswith(".py"))
        arguments = [os.path.join(os.path.dirname(worker), "setup_worker.py"), *arguments]
    else:
        os.environ.update(variables)
        arguments = [each for each in arguments if not each.startswith((_CONTEXT, _LANGUAGE))]
    os.execv(sys.executable, [sys.executable, *arguments])


if __name__ == "__main__":
    main(sys.argv[1:])
