"""TensorFlow from inside: whatever of it is not documented is touched here, and nowhere else.

``tests/training/test_tensorflow_private.py`` looks at every part in the installed version, and tells what of ours needs
it; ``pyproject.toml`` bounds the versions.
"""

from __future__ import annotations

from typing import Any

__all__ = ["captured_by", "seeding_state"]


def seeding_state() -> Any:
    """Of the generator that gives TensorFlow's random operations their seeds; ``None`` until it has been seeded."""
    from tensorflow.python.eager import context

    generator = getattr(context.context(), "_rng", None)
    return generator and generator.getstate()


def captured_by(graph: Any) -> list[Any]:
    """What the graph of a compiled function takes from outside: handles of variables, and tensors."""
    return list(graph.external_captures)
