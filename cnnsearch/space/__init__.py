"""Parameters and the search space: named, typed, possibly conditional.

A space is data, in YAML (``filters: {choice: [8, 16]}``) and in Python (``Space(filters=Choice([8, 16]))``).
A *config* is one point of it: a flat dict, parameter name -> value, without the inactive parameters.
"""

from cnnsearch.space.parameters import (
    Choice,
    Config,
    Constant,
    Float,
    Int,
    Parameter,
    config_key,
    parse_parameter,
    same,
    shown,
)
from cnnsearch.space.space import Space

__all__ = [
    "Choice",
    "Config",
    "Constant",
    "Float",
    "Int",
    "Parameter",
    "Space",
    "config_key",
    "parse_parameter",
    "same",
    "shown",
]
