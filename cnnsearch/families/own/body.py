"""The networks of a family of the user's own: ``package.module:function``, or a declared one's ``build``.

It is called as ``function(config, shape, classes)``, and gets its parameters by name
(:class:`~cnnsearch.families.own.config.OwnConfig`), the shape of one picture ``(height, width, channels)`` and how many
numbers the task takes of each picture: of classification the number of classes. It returns a ``keras.Model`` from
scaled pictures to these numbers: logits, or their softmax or sigmoid as the task has it. Its parameters are
structural, unless the experiment names them under ``runtime`` or the family declares them so: those arrive as
:class:`~cnnsearch.networks.runtime.RuntimeValue`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnsearch.errors import TrialError
from cnnsearch.families.own.config import OwnConfig
from cnnsearch.families.own.spec import FAMILY, OwnFamily
from cnnsearch.networks.keras_private import gives_a_dict
from cnnsearch.own_code.module import imported, where_raised
from cnnsearch.tasks.task import Ends

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.cuts import Cut

__all__ = ["OwnBody", "network"]

Shape = tuple[int, ...]


@dataclass(frozen=True)
class OwnBody:
    """The networks of one family; see :class:`cnnsearch.families.family.Body`.

    Attributes:
        model: what the experiment's ``model`` says.
    """

    model: str

    def build(
        self,
        config: Mapping[str, Any],
        shape: Shape,
        classes: int,
        scale: float | list[float],
        offset: float | list[float],
        cut: Cut | None = None,  # noqa: ARG002 - it freezes nothing
        for_training: bool = False,  # noqa: ARG002
        ends: Ends = "softmax",
    ) -> keras.Model:
        """The user's model behind the scaling of all families."""
        import keras

        from cnnsearch.families.own.logits import without_ending

        own = network(self.model, config, shape, classes)
        inputs = keras.Input(shape, name="pictures")
        scaled = keras.layers.Rescaling(scale, offset, name="scaling")(inputs)
        _check_output(own, keras.Input(shape), classes, ends, self.model)
        return keras.Model(inputs, without_ending(own, scaled, ends, self.model)(scaled), name=own.name)

    def count(self, config: Mapping[str, Any], shape: Shape, classes: int) -> int:
        """What a declared family says; else what the model has, built without values of its weights."""
        from cnnsearch.networks.counting import count_weights

        found = imported(self.model, FAMILY)
        if isinstance(found, OwnFamily) and found.count is not None:
            count = found.count(OwnConfig(self.model, config), shape, classes)
            if isinstance(count, bool) or not isinstance(count, int) or count < 0:
                raise TrialError(f"{self.model} must count its weights as a whole number of at least 0 (got {count!r})")
            return count
        return count_weights(lambda: network(self.model, config, shape, classes), shape)

    def cost(self, config: Mapping[str, Any], shape: Shape, classes: int) -> None:
        """Nothing: only its code tells it, which runs in workers alone."""


_OUTPUT: dict[Ends, str] = {"softmax": "logits", "sigmoid": "logits", "linear": "numbers"}
"""What a network gives by what the task makes of it."""


def network(family: str, config: Mapping[str, Any], shape: Shape, classes: int) -> keras.Model:
    """What the user's function returns.

    Raises:
        TrialError: no model, or one that trains itself.
    """
    import keras

    found = imported(family, FAMILY)
    function = found.build if isinstance(found, OwnFamily) else found
    if not callable(function):
        raise TrialError(f"{family} must be a function, not {type(function).__name__}")
    try:
        own = function(OwnConfig(family, config), shape, classes)
    except SystemExit as error:  # else it would end the worker, without a word
        raise TrialError(f"{family} ends its process: SystemExit: {error}{where_raised(error)}") from error
    if not isinstance(own, keras.Model):
        raise TrialError(f"{family} must return a keras.Model, not {type(own).__name__}")
    for name in ("train_step", "compute_loss"):
        if not str(getattr(type(own), name).__module__).startswith("keras."):
            raise TrialError(
                f"{family} returns a {type(own).__name__} with a {name} of its own, which is not used here: trials "
                "have one loss. Leave it out; what layers add to the loss goes into add_loss"
            )
    return own


def _check_output(own: keras.Model, pictures: Any, classes: int, ends: Ends, family: str) -> None:
    """Whether a model has one input and one output, of as many numbers as the task takes; it is built, if it was not.

    Args:
        own: of the user's.
        pictures: a tensor of Keras's.
        classes, ends, family: as of :func:`build`.

    Raises:
        TrialError: it has not.
    """
    from keras import tree

    if own.built and len(taken := tree.flatten(own.inputs or ())) > 1:
        raise TrialError(f"{family} must return a model of one input, the pictures, not of {len(taken)}")
    # What code of the user's own gives is known when it is called; a functional model tells it.
    given = own.outputs if own.built and own.inputs else own(pictures)
    outputs = tree.flatten(given)
    if len(outputs) != 1 or gives_a_dict(own, given):
        count = len(outputs) if len(outputs) != 1 else "a dict"
        raise TrialError(
            f"{family} must return a model of one output, the {_OUTPUT[ends]} (None, {classes}), not of {count}: "
            "other outputs have no labels here"
        )
    found = tuple(outputs[0].shape)
    if found == (None, 1) and classes == 2 and ends == "softmax":
        raise TrialError(
            f"{family} gives one number a picture, as for a loss of two classes (binary_crossentropy): here each class "
            f"has a number of its own, so end in Dense({classes}) without an activation, or with softmax; or say "
            "task: binary"
        )
    if found == (None, 2) and classes == 1 and ends == "sigmoid":
        raise TrialError(
            f"{family} gives two numbers a picture, and task binary takes the one of the second class: end in Dense(1) "
            "without an activation, or with sigmoid"
        )
    if found != (None, classes):
        raise TrialError(f"{family} must return a model with {_OUTPUT[ends]} (None, {classes}), not {found}")
