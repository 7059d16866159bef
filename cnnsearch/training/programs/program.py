"""Program: the compiled training and evaluation functions of one structure, for one trial after another."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from cnnsearch.families import FAMILIES, find_family
from cnnsearch.inputs.pictures.spec import AUGMENTATION, MIXED
from cnnsearch.networks.keras_private import added_losses, penalties
from cnnsearch.networks.sizes import bytes_a_parameter
from cnnsearch.tasks import TASKS
from cnnsearch.training.latency import Latency, measured
from cnnsearch.training.programs.optimizer import build_optimizer
from cnnsearch.training.programs.structure import Structure
from cnnsearch.training.teacher import STRENGTHS
from cnnsearch.training.tensorflow_private import captured_by

if TYPE_CHECKING:
    import keras
    import tensorflow as tf

    from cnnsearch.inputs.pictures.augmentation import Mixing
    from cnnsearch.networks.runtime import RuntimeValue
    from cnnsearch.tasks.contract.heads import Combining, Head
    from cnnsearch.training.programs.averages import Averages
    from cnnsearch.training.teacher import Lessons

__all__ = ["EVALUATION_BATCH", "Piece", "Program"]

EVALUATION_BATCH = 256
"""Pictures that are evaluated at once."""

_STATEFUL_DRAWS = frozenset(
    (
        *("RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "RandomShuffle"),
        *("Multinomial", "RandomGamma", "RandomGammaV2", "RandomPoissonV2", "ParameterizedTruncatedNormal"),
        *("PyFunc", "EagerPyFunc"),  # Python may do anything
    )
)

Piece = tuple[Any, Any, np.ndarray]
"""Pictures, targets, and the order in which the two are trained on."""


class Program:
    """A model, its optimizer, and two compiled functions that each go over a whole array.

    One call an epoch instead of one a batch: on small networks the calls cost more than the arithmetic. What differs
    between trials of one structure is read from variables.

    Args:
        structure: what is compiled.
        seed: of the first trial, for which the program is ready when it is made.

    Attributes:
        model: from pictures at rest, or from the tensors of a cut, to what the task's head takes, ``(batch, width)``.
        values: the runtime parameters by name; :meth:`set_values` sets them.
        is_reusable: whether :meth:`reset` may be used.
        is_restorable: whether :attr:`variables` are all that training changes.
        compile_seconds: time it took to build and trace.
        bytes: of the weights and all that training adds to them, about.

    Raises:
        TrialError: the architecture cannot exist.
    """

    def __init__(self, structure: Structure, seed: int) -> None:
        import tensorflow as tf

        from cnnsearch.networks.precision import precision
        from cnnsearch.training.programs.initial_state import InitialState

        started = time.perf_counter()
        settings = dict(structure.settings)
        self.structure = structure
        self.values = structure.runtime_values()
        self._head = structure.head
        with precision(structure.precision):
            self._initial = InitialState(
                lambda: structure.build(self.values, for_training=True),
                seed,
                draws_by_keras=structure.family in FAMILIES,
            )
        self.model = self._initial.model
        decayed = find_family(structure.family).body.depths(self.model) if "layer_decay" in self.values else []
        self.optimizer = build_optimizer(
            settings["optimizer"],
            self.values,
            decayed,
            settings["clip_norm_of"],
            settings["gradient_accumulation"],
        )
        self._loss_scale = _loss_scaled(self.optimizer, structure.precision)
        # Slots made at the first step would be made inside the graph, where nothing could reset them.
        self._loss_scale.build(self.model.trainable_variables)
        self._first_slots = [_first_value(variable) for variable in self._loss_scale.variables]
        self._averages = _averages(self.model, self.values)
        self._batch_size: int = settings["batch_size"]
        self._adds_losses = False  # known when a training step is traced
        self._augment = _augmentation(structure, settings, self.values, self._head)
        self._mix = _mixing(structure, self.values)
        self._combine = _combining(structure, self.values, self._head)
        # Numbers of steps and pictures vary between calls: a signature that leaves them open is traced once.
        specs = tuple(tf.TensorSpec((None, *shape), dtype) for shape, dtype in structure.inputs)
        pictures = specs if len(specs) > 1 else specs[0]
        targets = tf.TensorSpec((None, *structure.outputs.shape), structure.outputs.dtype)
        number = tf.TensorSpec((), tf.float32)
        signature = (
            pictures,
            targets,
            tf.TensorSpec((None,), tf.int32),
            tf.TensorSpec((None,), tf.float32),
            tf.TensorSpec((2,), tf.int64),
            (number,) * (1 + len(structure.trained)),
            self._beside(),
        )
        # A function of its own inside the loop: where XLA is on, it compiles a step once, however many there are.
        self._step = tf.function(self._train_step, autograph=False, jit_compile=structure.xla or None)
        # The loops are written out: converting them by AutoGraph would take as long as tracing.
        self._train = tf.function(self._train_steps, autograph=False, input_signature=signature)
        self._evaluate = tf.function(self._evaluate_all, autograph=False, input_signature=(pictures, targets))
        traced = [function.get_concrete_function().graph for function in (self._train, self._evaluate)]
        self.is_restorable = self._is_all_reset(traced)
        self.is_reusable = self._initial.is_resettable and self.is_restorable
        self.compile_seconds = time.perf_counter() - started
        weights = sum(math.prod(weight.shape) for weight in self.model.weights)
        self.bytes = weights * bytes_a_parameter(settings, structure.active)
        self._latency: Latency | None = None

    def set_values(self, numbers: Mapping[str, Any]) -> None:
        """Set the runtime parameters for the next trial.

        Args:
            numbers: value of every active one.

        Raises:
            TrialError: what reads one cannot take such a number.
        """
        for name, value in self.values.items():
            value.assign(numbers[name])

    def reset(self, seed: int) -> None:
        """Bring weights, optimizer and seed generators to where those of a new program with that seed are."""
        self._initial.reset(seed)
        for variable, first in zip(self._loss_scale.variables, self._first_slots, strict=True):
            variable.assign(np.broadcast_to(first, variable.shape))
        if self._averages is not None:
            self._averages.reset()

    @property
    def variables(self) -> list[Any]:
        """Weights, seed generators, optimizer slots, iterations, loss scale and averages, always in the same order."""
        averages = () if self._averages is None else self._averages.variables
        return [*self.model.variables, *self._loss_scale.variables, *averages]

    def judged(self) -> contextlib.AbstractContextManager[None]:
        """While it lasts, the model has the weights that it is evaluated with: their averages where there are some."""
        return contextlib.nullcontext() if self._averages is None else self._averages.in_place()

    def train_epoch(
        self,
        pieces: Iterable[Piece],
        learning_rates: np.ndarray,
        seed: int,
        step: int,
        weights: np.ndarray | None = None,
        lessons: Lessons | None = None,
    ) -> tuple[float, ...]:
        """Train on every picture once; the last step takes what is left.

        Args:
            pieces: pictures at rest ``(n, height, width, channels)``, or the tensors of a cut, a tuple where there are
                several; targets ``(n, ...)``; and indices into both, in the order in which they are trained on. All
                but the last piece hold whole batches.
            learning_rates: one a step, float32.
            seed: of the augmentation.
            step: number of the first step, counted over the trial.
            weights: of the pictures in the loss, float32, in the order in which they are trained on; of a structure
                that is weighted.
            lessons: of a structure that has a teacher, in the same order.

        Returns:
            Over the epoch: mean loss (regularisation included, as ``keras.Model.fit`` reports it), then the mean of
            each metric of the task that training tells.
        """
        import tensorflow as tf

        sums = (tf.constant(0.0),) * (1 + len(self.structure.trained))
        done = count = 0
        for x, y, order in pieces:
            rates = learning_rates[done : done + -(-len(order) // self._batch_size)]
            at = tf.constant([seed, step + done], tf.int64)
            beside = {} if weights is None else {"weights": tf.constant(weights[count : count + len(order)])}
            beside |= {} if lessons is None else lessons.tensors(slice(count, count + len(order)))
            sums = self._train(x, y, tf.constant(order, tf.int32), tf.constant(rates), at, sums, beside)
            done += len(rates)
            count += len(order)
        return tuple(float(each) / count for each in sums)

    def evaluate(self, pieces: Iterable[tuple[Any, Any]]) -> tuple[float, dict[str, np.ndarray]]:
        """Evaluate in inference mode.

        Args:
            pieces: pictures (or features) and targets; all but the last hold a multiple of :data:`EVALUATION_BATCH`.

        Returns:
            Mean loss (regularisation included), and what the task's head kept and counted, by name.
        """
        with self.judged():
            found = [self._evaluate(x, y) for x, y in self._judged_pieces(pieces)]
        losses = np.concatenate([part[0].numpy() for part in found])
        kept = {name: np.concatenate([part[1][name].numpy() for part in found]) for name in found[0][1]}
        counts = {
            name: np.stack([part[2][name].numpy() for part in found]).astype(np.int64).sum(axis=0)
            for name in found[0][2]
        }
        added = sum(float(part[4]) for part in found) / len(losses)
        return float(losses.mean(dtype=np.float64)) + float(found[0][3]) + added, {**kept, **counts}

    def _judged_pieces(self, pieces: Iterable[tuple[Any, Any]]) -> Iterator[tuple[Any, Any]]:
        """As they are evaluated: maps of all pictures at once would take as much as all that training keeps of them."""
        if not self._gives_maps:
            yield from pieces
            return
        for x, y in pieces:
            for at in range(0, len(y), self._judged_at_once):
                part = slice(at, at + self._judged_at_once)
                yield (tuple(each[part] for each in x) if isinstance(x, tuple) else x[part]), y[part]

    @property
    def _judged_at_once(self) -> int:
        """Pictures that go through the network at once in evaluation."""
        return self._batch_size if self._gives_maps else EVALUATION_BATCH

    @property
    def _gives_maps(self) -> bool:
        """Whether the network gives more of a picture than one vector."""
        return len(self.model.output_shape) > 2

    def latency(self, x: Any, y: Any) -> Latency:
        """Of one picture through the compiled model; the same for all trials of the structure.

        Args:
            x, y: one picture and its target.
        """
        if self._latency is None:
            self._latency = measured(lambda: self._evaluate(x, y))
        return self._latency

    def _train_steps(
        self,
        x: tf.Tensor,
        y: tf.Tensor,
        order: tf.Tensor,
        learning_rates: tf.Tensor,
        seed: tf.Tensor,
        sums: tuple[tf.Tensor, ...],
        beside: Mapping[str, tf.Tensor],
    ) -> tuple[tf.Tensor, ...]:
        import tensorflow as tf

        count = tf.shape(order)[0]

        def train(step: tf.Tensor, *sums: tf.Tensor) -> tuple[tf.Tensor, ...]:
            first, end = step * self._batch_size, tf.minimum((step + 1) * self._batch_size, count)
            # Gathered in the graph: handing over shuffled pictures would copy the whole split each epoch.
            batch = order[first:end]
            given = {name: part if name == STRENGTHS else part[first:end] for name, part in beside.items()}
            self.optimizer.learning_rate.assign(learning_rates[step])
            at = seed + tf.stack([tf.constant(0, tf.int64), tf.cast(step, tf.int64)])
            loss, *told = self._step(_each(lambda part: tf.gather(part, batch), x), tf.gather(y, batch), at, given)
            # `fit` weighs each batch by its pictures: the last one, which is smaller, counts for less.
            size = tf.cast(tf.shape(batch)[0], tf.float32)
            new = (loss * size, *told)
            return step + 1, *(before + each for before, each in zip(sums, new, strict=True))

        steps = tf.shape(learning_rates)[0]
        # One iteration at a time: each step needs the weights of the one before.
        _, *totals = tf.while_loop(lambda step, *_: step < steps, train, (0, *sums), parallel_iterations=1)
        return tuple(totals)

    def _beside(self) -> dict[str, tf.TensorSpec]:
        """What a training step is given beside pictures and targets."""
        import tensorflow as tf

        weights = {"weights": tf.TensorSpec((None,), tf.float32)} if self.structure.is_weighted else {}
        teacher = self.structure.teacher
        return weights if teacher is None else {**weights, **teacher.specs}

    def _train_step(
        self, x: tf.Tensor, y: tf.Tensor, seed: tf.Tensor, beside: Mapping[str, tf.Tensor]
    ) -> tuple[tf.Tensor, ...]:
        """Loss of a batch, and the sums of the metrics that training tells."""
        import tensorflow as tf

        pictures, y, weights = self._combine(*self._augment(x, y, seed), beside.get("weights"), seed)
        compared: tuple[tuple[Any, Any], ...] = ((y, weights),)
        if self._mix is not None:
            pictures, shares = self._mix(pictures, seed)
            compared = self._head.mixed(y, self._mix.others(y), shares)
            if weights is not None:
                compared = _weighted(compared, weights, self._mix.others(weights), shares)
        with tf.GradientTape() as tape:
            outputs = tf.cast(self.model(pictures, training=True), tf.float32)
            losses = self._taught(self._losses(outputs, compared), outputs, pictures, compared, beside)
            loss = tf.reduce_mean(losses) + self._penalty() + self._added()
            # Within the tape: the gradients must be those of the scaled loss, which `apply` divides again.
            scaled = self._loss_scale.scale_loss(loss)
        variables = self.model.trainable_variables
        is_first = tf.equal(self.optimizer.iterations, 0)
        self._loss_scale.apply(tape.gradient(scaled, variables), variables)
        if self._averages is not None:
            self._averages.update(is_first)
        return loss, *self._head.sums(outputs, compared[0][0])

    def _losses(self, outputs: tf.Tensor, compared: Iterable[tuple[tf.Tensor, tf.Tensor | None]]) -> tf.Tensor:
        """Of each picture: the losses by the targets that it is compared with, each times what that counts.

        As `fit` does: their mean is over the number of pictures, not over that of their weights.
        """
        losses = [(self._head.losses(outputs, targets, self.values), counts) for targets, counts in compared]
        first, *others = (each if counts is None else counts * each for each, counts in losses)
        return sum(others, start=first)

    def _taught(
        self,
        losses: tf.Tensor,
        outputs: tf.Tensor,
        pictures: tf.Tensor,
        compared: Iterable[tuple[tf.Tensor, tf.Tensor | None]],
        beside: Mapping[str, tf.Tensor],
    ) -> tf.Tensor:
        """Of each picture, where there is a teacher, the mean of ``losses`` and of that by its answer, by their weight.

        What a picture counts in the loss, it counts in both.
        """
        teacher = self.structure.teacher
        if teacher is None:
            return losses
        temperature, weight = beside[STRENGTHS][0], beside[STRENGTHS][1]
        soft = self._head.taught(outputs, teacher.told(pictures, beside), temperature)
        counts = [each for _, each in compared if each is not None]
        soft *= sum(counts[1:], start=counts[0]) if counts else 1.0
        return (1.0 - weight) * losses + weight * soft

    def _evaluate_all(self, x: tf.Tensor, y: tf.Tensor) -> tuple[Any, ...]:
        import tensorflow as tf

        count = tf.shape(y)[0]
        as_read = _read_as(self.structure)
        # What a layer adds to the loss may be a sum over its batch: then that is as large as that of `fit`.
        size = self._batch_size if self._adds_losses else self._judged_at_once
        steps = (count + size - 1) // size
        # The last chunk is shorter, so no shape of the elements may be inferred from the first.
        shape = (None, *self.model.output_shape[1:])
        chunks = tf.TensorArray(tf.float32, steps, infer_shape=False, element_shape=shape)

        def infer(step: tf.Tensor, chunks: tf.TensorArray, added: tf.Tensor) -> tuple[Any, ...]:
            first, end = step * size, tf.minimum((step + 1) * size, count)
            batch = _each(lambda part: tf.cast(part[first:end], as_read), x)
            outputs = self.model(batch, training=False)
            added += self._added() * tf.cast(end - first, tf.float32)
            return step + 1, chunks.write(step, tf.cast(outputs, tf.float32)), added

        start = (0, chunks, tf.constant(0.0))
        _, chunks, added = tf.while_loop(lambda step, *_: step < steps, infer, start, parallel_iterations=1)
        judged = self._head.judged(chunks.concat(), y)
        return judged.losses, dict(judged.kept), dict(judged.counts), self._penalty(), added

    def _penalty(self) -> tf.Tensor:
        """Sum of the weights' regularisation losses, 0 where there are none."""
        import tensorflow as tf

        losses = penalties(self.model)
        return tf.add_n(losses) if losses else tf.constant(0.0)

    def _added(self) -> tf.Tensor:
        """What layers added to the loss in the last call: by ``add_loss``, and activity regularisers; 0 for nothing."""
        import tensorflow as tf

        added = added_losses(self.model)
        self._adds_losses = self._adds_losses or bool(added)
        return tf.add_n([tf.reduce_sum(tf.cast(loss, tf.float32)) for loss in added] or [tf.constant(0.0)])

    def _is_all_reset(self, graphs: Iterable[tf.Graph]) -> bool:
        """Whether all state that the graphs hold is set by :meth:`reset` or :meth:`set_values`."""
        import tensorflow as tf

        known = {id(variable.handle) for variable in self.variables}
        known |= {id(value.variable.handle) for value in self.values.values()}
        if self.structure.teacher is not None:  # which never changes
            known |= {id(variable.handle) for variable in self.structure.teacher.model.variables}
        # A graph reaches its state through captured handles: one that nobody resets would carry over to other trials.
        held = {id(tensor) for graph in graphs for tensor in captured_by(graph) if tensor.dtype == tf.resource}
        return held <= known and not any(_draws_unseeded(graph.as_graph_def()) for graph in graphs)


def _each(function: Callable[[Any], Any], x: Any) -> Any:
    """Of pictures, or of each tensor of a cut."""
    return list(map(function, x)) if isinstance(x, (list, tuple)) else function(x)


def _draws_unseeded(graph: Any) -> bool:
    """Whether there is a random operation whose state is TensorFlow's own, and cannot be reset."""
    functions = [graph.node, *(function.node_def for function in graph.library.function)]
    return any(node.op in _STATEFUL_DRAWS for nodes in functions for node in nodes)


def _loss_scaled(optimizer: keras.optimizers.Optimizer, precision: str) -> keras.optimizers.Optimizer:
    """In float16 small gradients vanish unless the loss is scaled (Micikevicius et al. 2018)."""
    import keras

    return keras.optimizers.LossScaleOptimizer(optimizer) if precision == "mixed_float16" else optimizer


def _first_value(variable: Any) -> np.ndarray:
    """What a variable of an optimizer holds before the first step; one number where all are the same, as they mostly
    are: a copy of the slots would take as much as these do."""
    value = np.asarray(variable).copy()
    is_one = value.size > 0 and (value == value.flat[0]).all()
    return np.array(value.flat[0]) if is_one else value


def _averages(model: keras.Model, values: Mapping[str, RuntimeValue]) -> Averages | None:
    """Of the weights, where the search asks for some."""
    from cnnsearch.training.programs.averages import Averages

    return Averages(model, values["ema_momentum"]) if "ema_momentum" in values else None


def _read_as(structure: Structure) -> tf.DType:
    """What the network takes: numbers of tokens stay what they are, as a lookup takes whole numbers."""
    import tensorflow as tf

    return tf.int32 if structure.is_of_texts else tf.float32


def _augmentation(
    structure: Structure, settings: Mapping[str, Any], values: Mapping[str, RuntimeValue], head: Head
) -> Any:
    """Pictures at rest, their targets and a seed -> float32 pictures and targets; only what is active is in the graph.

    Targets that have places in the pictures are moved with them.
    """
    import tensorflow as tf

    from cnnsearch.inputs.pictures.augmentation import Augmentation

    strengths = {name: value.variable for name, value in values.items() if name in AUGMENTATION and name not in MIXED}
    active = frozenset(strengths) | ({"random_flip"} if settings.get("random_flip", "none") != "none" else frozenset())
    if structure.cut is not None or not active:
        as_read = _read_as(structure)
        return lambda x, y, _: (_each(lambda part: tf.cast(part, as_read), x), y)
    augmentation = Augmentation(active, settings, strengths, structure.value_range)
    if not (TASKS[structure.task].follows and augmentation.moves):
        return lambda x, y, seed: (augmentation(x, seed), y)

    def both(x: tf.Tensor, y: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        pictures, movement = augmentation.with_movement(x, seed)
        return pictures, head.moved(y, movement)

    return both


def _combining(structure: Structure, values: Mapping[str, RuntimeValue], head: Head) -> Any:
    """Pictures, targets, weights or ``None``, and a seed -> the first three, some of them of several pictures."""
    joining = [name for name in TASKS[structure.task].joins if name in values]
    if not joining or structure.cut is not None:
        return lambda x, y, weights, _: (x, y, weights)
    return lambda x, y, weights, seed: cast("Combining", head).combined(x, y, weights, values, seed)


def _weighted(
    compared: tuple[tuple[Any, Any], ...], weights: tf.Tensor, others: tf.Tensor, shares: tf.Tensor
) -> tuple[tuple[Any, Any], ...]:
    """Targets of mixed pictures and what each counts, where a picture has a weight and ``others`` are those of others.

    A target that lies between two has a weight between theirs.
    """
    if len(compared) == 1:
        return tuple((targets, shares * weights + (1.0 - shares) * others) for targets, _ in compared)
    return tuple((targets, share * each) for (targets, share), each in zip(compared, (weights, others), strict=True))


def _mixing(structure: Structure, values: Mapping[str, RuntimeValue]) -> Mixing | None:
    """What mixes pictures with each other; ``None`` where nothing does, or where the program sees features."""
    from cnnsearch.inputs.pictures.augmentation import Mixing

    alphas = {name: value.variable for name, value in values.items() if name in MIXED}
    return Mixing(frozenset(alphas), alphas) if alphas and structure.cut is None else None
