"""Structure: what two trials must share to run the same compiled program."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnsearch.data.stages import Pixels, Scaling
from cnnsearch.experiment import Experiment
from cnnsearch.families import find_family
from cnnsearch.space import value_key
from cnnsearch.tasks import TASKS
from cnnsearch.tasks.contract.heads import Head
from cnnsearch.tasks.contract.targets import Outputs

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.cuts import Cut
    from cnnsearch.networks.runtime import RuntimeValue
    from cnnsearch.training.network import Network
    from cnnsearch.training.teacher import Teacher

__all__ = ["Structure", "plain_scaling"]


@dataclass(frozen=True)
class Structure:
    """Everything that shapes a compiled program; trials of equal structures differ in runtime parameters only.

    Attributes:
        family: as the experiment's ``model``.
        task: as the experiment says.
        settings: name and value of every structural parameter, and of the runtime ones that are off in every trial of
            the search, sorted.
        active: runtime parameters that the program reads.
        shape: of one picture at rest, ``(height, width, channels)``; of one text ``(length,)``.
        dtype: of the pictures at rest.
        outputs: what the network ends in, as the task says of the training targets.
        scale, offset: one number a channel; the model sees ``x * scale + offset``.
        value_range: of the pixels at rest.
        xla, precision: as in the experiment's ``resources``.
        cut: what comes before it is frozen and computed once; ``None``: the program sees
            pictures.
        features_dtype: of what the cut gives, at rest.
        is_weighted: whether each picture has a weight in the loss of training.
        network: that is trained on, in place of one that the family builds.
        teacher: whose answers training compares with too; ``None``: the targets alone.
    """

    family: str
    task: str
    settings: tuple[tuple[str, Any], ...] = field(compare=False)
    active: frozenset[str]
    shape: tuple[int, ...]
    dtype: str
    outputs: Outputs
    scale: tuple[float, ...]
    offset: tuple[float, ...]
    value_range: tuple[float, float]
    xla: bool
    precision: str
    cut: Cut | None = None
    features_dtype: str = "float32"
    is_weighted: bool = False
    network: Network | None = None
    teacher: Teacher | None = None
    _settings_key: Hashable = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Structures are found again by hash and equality, to which True, 1 and 1.0 are one: a family may differ.
        object.__setattr__(self, "_settings_key", value_key(self.settings))

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        filled: Mapping[str, Any],
        pixels: Pixels,
        scaling: Scaling,
        network: Network | None = None,
        teacher: Teacher | None = None,
    ) -> Structure:
        """The structure of a trial whose config is ``filled``, every parameter with its value; not cut."""
        searchable, at_runtime = experiment.searchable, experiment.active
        active = frozenset(name for name in at_runtime if searchable[name].in_graph)
        if filled["optimizer"] != "sgd":
            active -= {"momentum"}
        return cls(
            family=experiment.model,
            task=experiment.task,
            settings=tuple(
                (name, _hashable(filled[name]))
                for name in sorted(searchable)
                if searchable[name].structural or name not in at_runtime
            ),
            active=active,
            shape=pixels.x_train.shape[1:],
            dtype=str(pixels.x_train.dtype),
            outputs=experiment.predicted.targets(pixels.y_train, pixels.names).outputs,
            scale=tuple(map(float, scaling.scale)),
            offset=tuple(map(float, scaling.offset)),
            value_range=(scaling.low, scaling.high),
            xla=experiment.resources.xla,
            precision=experiment.resources.precision,
            is_weighted=pixels.w_train is not None,
            network=network,
            teacher=teacher,
        )

    @property
    def inputs(self) -> tuple[tuple[tuple[int, ...], str], ...]:
        """Shape, without the batch, and dtype of each array that the program is fed with."""
        if self.cut is None:
            return ((self.shape, self.dtype),)
        return tuple((shape, self.features_dtype) for shape in self.cut.shapes)

    @property
    def is_of_texts(self) -> bool:
        """Whether the program is fed with numbers of tokens."""
        return self.cut is None and len(self.shape) == 1

    @property
    def head(self) -> Head:
        """The task's, for what the network ends in."""
        return TASKS[self.task].head(self.outputs, dict(self.settings))

    @property
    def trained(self) -> tuple[str, ...]:
        """Metrics that training tells beside the loss."""
        return TASKS[self.task].trained

    def runtime_values(self) -> dict[str, RuntimeValue]:
        """New variables for the runtime parameters that the program reads, by name."""
        from cnnsearch.networks.runtime import RuntimeValue

        return {name: RuntimeValue(name, self.head.value_shape(name)) for name in sorted(self.active)}

    def build(self, values: Mapping[str, RuntimeValue | float], for_training: bool = False) -> keras.Model:
        """A new model from what the program is fed with to what the task's head takes.

        Args:
            values: of the runtime parameters; a plain number gives a stock Keras layer.
            for_training: some layers may be this project's own.

        Raises:
            TrialError: the architecture cannot exist for this shape.
        """
        if self.network is not None:
            return self.network.build()
        settings = {**dict(self.settings), **values}
        scaling = plain_scaling(self.scale, self.offset)
        family, width, ends = find_family(self.family), self.outputs.width, TASKS[self.task].ends
        return family.build(settings, self.shape, width, *scaling, self.cut, for_training, ends)


def _hashable(value: Any) -> Any:
    return tuple(map(_hashable, value)) if isinstance(value, (list, tuple)) else value


def plain_scaling(scale: Sequence[float], offset: Sequence[float]) -> tuple[float | list[float], float | list[float]]:
    """Scale and offset, each one number where all channels share it: the model file says ``1/255``, and no list."""
    return _plain(scale), _plain(offset)


def _plain(values: Sequence[float]) -> float | list[float]:
    return values[0] if len(set(values)) == 1 else list(values)
