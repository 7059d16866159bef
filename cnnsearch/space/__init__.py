"""Parameters and the search space: named, typed, possibly conditional.

A space is data, in YAML (``filters: {choice: [8, 16]}``) and in Python (``Space(filters=Choice([8, 16]))``).
A *config* is one point of it: a flat dict, parameter name -> value, without the inactive parameters.
"""

from cnnsearch.space.parameters import Choice, Constant, Float, Int, Parameter
from cnnsearch.space.parsing import parse_parameter
from cnnsearch.space.space import Space
from cnnsearch.space.values import Config, config_key, freeze, is_number, position, same, shown, value_key

__all__ = [
    "Choice",
    "Config",
    "Constant",
    "Float",
    "Int",
    "Parameter",
    "Space",
    "config_key",
    "freeze",
    "is_number",
    "parse_parameter",
    "position",
    "same",
    "shown",
    "value_key",
]
