"""Optimizers from a config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cnnsearch.families.spec import OPTIMIZERS

if TYPE_CHECKING:
    import keras

    from cnnsearch.networks.runtime import RuntimeValue

__all__ = ["build_optimizer"]


def build_optimizer(
    kind: str,
    values: Mapping[str, RuntimeValue],
    depths: Sequence[int] = (),
    clip_norm_of: str = "all",
    accumulated: int = 1,
) -> keras.optimizers.Optimizer:
    """A Keras optimizer; its learning rate is set at each step.

    Args:
        kind: one of :data:`~cnnsearch.families.spec.OPTIMIZERS`. ``adamw`` is Adam with decoupled weight decay
            (Loshchilov and Hutter 2019), which is how Keras applies weight decay in all of them.
        values: ``weight_decay``, ``layer_decay``, ``clip_norm`` and, of sgd, ``momentum``; what is not there is off.
        depths: of each trained variable the number of layers above it, for ``layer_decay``, by which its learning rate
            is multiplied once for each of them (Howard and Ruder 2018); weight decay is not.
        clip_norm_of: ``all`` gradients together (Pascanu et al. 2013), or ``each`` by itself.
        accumulated: batches whose gradients are averaged before a step, at least 1. Clipping and weight decay belong to
            the step.
    """
    from keras import optimizers

    options = {"gradient_accumulation_steps": accumulated} if accumulated > 1 else {}
    if kind == "sgd" and "momentum" in values:
        from cnnsearch.training.programs.sgd import RuntimeSGD

        optimizer: keras.optimizers.Optimizer = RuntimeSGD(values["momentum"], **options)
    else:
        optimizer = getattr(optimizers, OPTIMIZERS[kind])(**options)
    if "weight_decay" in values:
        optimizer.weight_decay = values["weight_decay"].variable
    if "layer_decay" in values:
        _decay_by_layer(optimizer, values["layer_decay"], depths)
    if "clip_norm" in values:
        _clip(optimizer, values["clip_norm"], clip_norm_of)
    return optimizer


def _decay_by_layer(optimizer: Any, decay: RuntimeValue, depths: Sequence[int]) -> None:
    import tensorflow as tf

    from cnnsearch.networks.keras_private import variable_index

    # On the instance, not by a subclass: it holds for every optimizer there is.
    update = optimizer.update_step

    def update_step(gradient: Any, variable: Any, learning_rate: Any) -> None:
        # Read at each step: the decay is a runtime value, and the depth is known when the step is traced.
        factor = tf.pow(decay.tensor, float(depths[variable_index(optimizer, variable)]))
        update(gradient, variable, tf.cast(learning_rate, tf.float32) * factor)

    optimizer.update_step = update_step


def _clip(optimizer: Any, longest: RuntimeValue, of: str) -> None:
    import tensorflow as tf

    from cnnsearch.networks.keras_private import clip_by

    def factor(norm: Any) -> Any:
        limit = longest.tensor
        return tf.where(limit > 0.0, limit / tf.maximum(norm, limit), 1.0)  # 0 clips nothing

    def shortened(gradient: Any, norm: Any) -> Any:
        return gradient * tf.cast(factor(tf.cast(norm, tf.float32)), gradient.dtype)

    def clipped(gradients: Sequence[Any]) -> list[Any]:
        # Those of an embedding are of some rows, of which one may come several times: only their sum has a norm.
        gradients = [tf.convert_to_tensor(gradient) for gradient in gradients]
        norms = [tf.norm(gradient) for gradient in gradients]
        if of == "all":
            norms = [tf.linalg.global_norm(gradients)] * len(gradients)
        return [shortened(gradient, norm) for gradient, norm in zip(gradients, norms, strict=True)]

    clip_by(optimizer, clipped)
