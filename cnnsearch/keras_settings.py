"""Keras as trials rely on it, whatever the user's ``keras.json`` and ``KERAS_*`` say: one config is one model on every
machine."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnsearch.deferred_import import defer
from cnnsearch.errors import InputError, Problem
from cnnsearch.escaping import printable

__all__ = ["check_backend", "choose_backend", "foreign_settings", "set_keras", "tell_foreign_settings"]

_LOG = logging.getLogger("cnnsearch")

_BACKEND = "tensorflow"

_SETTINGS: dict[str, Any] = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}
"""As ``keras.json`` has them."""

_FORMATS = ("channels_last", "channels_first")
_FLOATS = ("float16", "float32", "float64")

_VALID: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "floatx": (f"one of {', '.join(_FLOATS)}", lambda value: value in _FLOATS),
    "epsilon": ("a number with a decimal point", lambda value: isinstance(value, float)),
    "image_data_format": (f"one of {', '.join(_FORMATS)}", lambda value: value in _FORMATS),
}
"""What Keras takes when it is imported; of all else in ``keras.json`` only the backend concerns it."""

_CUT_SHORT = ("KERAS_MAX_EPOCHS", "KERAS_MAX_STEPS_PER_EPOCH")
"""With these even ``predict`` leaves pictures out."""

_WRAPPERS = ("keras.wrappers", "keras._tf_keras.keras.wrappers")

_found: dict[str, str] = {}
"""Variables of the environment, as they were before :func:`choose_backend`."""


def choose_backend() -> None:
    """Let Keras run on TensorFlow; it reads this when it is imported, not later.

    Its wrappers for scikit-learn are imported where somebody uses one: with that they take a fifth of Keras's import.
    """
    defer(*_WRAPPERS)
    for name in ("KERAS_BACKEND", *_CUT_SHORT):
        if name in os.environ:
            _found.setdefault(name, os.environ[name])
    os.environ["KERAS_BACKEND"] = _BACKEND


def set_keras() -> None:
    """Set everything else that trials rely on; imports Keras."""
    choose_backend()
    import keras

    keras.config.set_floatx(_SETTINGS["floatx"])
    keras.config.set_epsilon(_SETTINGS["epsilon"])
    keras.config.set_image_data_format(_SETTINGS["image_data_format"])
    keras.config.set_dtype_policy(_SETTINGS["floatx"])
    keras.config.set_max_epochs(None)
    keras.config.set_max_steps_per_epoch(None)


def check_backend() -> None:
    """Whether the Keras that this process has imported can be used.

    Raises:
        InputError: it was imported before, with another backend.
    """
    import keras

    if keras.backend.backend() != _BACKEND:
        rule = f"models here are trained and read with {_BACKEND}, and this process has imported Keras with another"
        hint = f"start it anew, with KERAS_BACKEND={_BACKEND}"
        raise InputError(Problem("KERAS_BACKEND", f"{rule} backend: {hint}", keras.backend.backend()))


def foreign_settings() -> list[str]:
    """What the user's environment and ``keras.json`` say otherwise than trials have it, in words.

    Raises:
        InputError: Keras cannot be imported with that ``keras.json``.
    """
    choose_backend()
    told = []
    if _found.get("KERAS_BACKEND", _BACKEND) != _BACKEND:
        told.append(f"backend {_BACKEND} (KERAS_BACKEND is {_found['KERAS_BACKEND']})")
    told += [f"no {name} (it is {_found[name]})" for name in _CUT_SHORT if name in _found]
    path = Path(os.environ.get("KERAS_HOME") or "~/.keras", "keras.json").expanduser()
    wanted = {**({} if "KERAS_BACKEND" in _found else {"backend": _BACKEND}), **_SETTINGS}
    given = _read(path)
    return told + [
        f"{name} {value} ({path} says {given[name]})"
        for name, value in wanted.items()
        if given.get(name, value) != value
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        given = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}  # as Keras does
    if not isinstance(given, dict):
        raise InputError(Problem(str(path), "must hold a mapping: correct it, or delete it"))
    problems = [
        Problem(f"{path}: {name}", f"must be {rule}, or Keras cannot be imported", given[name])
        for name, (rule, valid) in _VALID.items()
        if name in given and not valid(given[name])
    ]
    if problems:
        raise InputError(problems)
    return given


def tell_foreign_settings() -> None:
    """Log :func:`foreign_settings`, where there are any.

    Raises:
        InputError: as :func:`foreign_settings`.
    """
    told = foreign_settings()
    if told:
        _LOG.warning("your settings of Keras are not those of trials, which have: %s", printable("; ".join(told)))
