"""Structure: what two trials must share to run the same compiled program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment

if TYPE_CHECKING:
    import keras

    from cnnsearch.models.runtime import RuntimeValue

__all__ = ["Structure"]

_SCHEDULE = frozenset(("learning_rate", "learning_rate_schedule", "decay_epochs", "decay_factor"))
"""Runtime parameters that reach the program as a learning rate a step."""


@dataclass(frozen=True)
class Structure:
    """Everything that shapes a compiled program; trials of equal structures differ in runtime parameters only.

    Attributes:
        family: as the experiment's ``model``.
        settings: name and value of every structural parameter, and of the runtime ones that are off in every trial of
            the search, sorted.
        active: runtime parameters that the program reads.
        shape: of one picture at rest, ``(height, width, channels)``.
        dtype: of the pictures at rest.
        classes: number of classes.
        scale, offset: one number a channel; the model sees ``x * scale + offset``.
        value_range: of the pixels at rest.
        xla, precision: as in the experiment's ``resources``.
    """

    family: str
    settings: tuple[tuple[str, Any], ...]
    active: frozenset[str]
    shape: tuple[int, int, int]
    dtype: str
    classes: int
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    value_range: tuple[float, float]
    xla: bool
    precision: str

    @classmethod
    def of(cls, experiment: Experiment, filled: Mapping[str, Any], pixels: Pixels, scaling: Scaling) -> Structure:
        """The structure of a trial whose config is ``filled``, every parameter with its value."""
        searchable = experiment.family.searchable
        active = experiment.active - _SCHEDULE
        if filled["optimizer"] != "sgd":
            active -= {"momentum"}
        return cls(
            family=experiment.model,
            settings=tuple(
                (name, _hashable(filled[name]))
                for name in sorted(searchable)
                if searchable[name].structural or name not in experiment.active
            ),
            active=active,
            shape=pixels.x_train.shape[1:],
            dtype=str(pixels.x_train.dtype),
            classes=len(pixels.classes),
            scale=tuple(map(float, scaling.scale)),
            offset=tuple(map(float, scaling.offset)),
            value_range=(scaling.low, scaling.high),
            xla=experiment.resources.xla,
            precision=experiment.resources.precision,
        )

    def build(self, values: Mapping[str, RuntimeValue | float]) -> keras.Model:
        """A new model from pictures at rest to logits.

        Args:
            values: of the runtime parameters; a plain number gives a stock Keras layer.

        Raises:
            TrialError: the architecture cannot exist for this shape.
        """
        from cnnsearch.models.families import build_model

        return build_model(
            self.family,
            {**dict(self.settings), **values},
            self.shape,
            self.classes,
            _plain(self.scale),
            _plain(self.offset),
        )


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, (list, tuple)) else value


def _plain(values: tuple[float, ...]) -> float | list[float]:
    """One number where all channels share it, so that the model file says ``1/255`` and no list."""
    return values[0] if len(set(values)) == 1 else list(values)
