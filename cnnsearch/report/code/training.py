"""Compiling and fitting: optimizer, schedule, loss, class weights, early stopping, phases."""

from __future__ import annotations

from cnnsearch.report.code.recipe import Part, Recipe, literal
from cnnsearch.report.code.transfer import fitted_head

__all__ = ["training"]

_OPTIMIZERS = {"adam": "Adam", "adamw": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}


def training(recipe: Recipe) -> Part:
    """The body of ``train(x_train, y_train, x_validation, y_validation)``, up to its return."""
    part = Part()
    config, experiment = recipe.config, recipe.study.experiment
    is_transfer = experiment.model == "transfer"
    part.lines.append(
        "model, backbone, trained = build_model(x_train)" if is_transfer else "model = build_model(x_train)"
    )
    if is_transfer and config["head"] != "dense":
        part.lines += [
            *fitted_head(recipe),
            *_compiled(recipe, "1e-3", None),
            "history = None",
            "return model, history",
        ]
        part.beyond.append("Where the training split lacks a class, scikit-learn's head needs a row for it.")
        return part
    if recipe.acts("label_smoothing"):
        part.lines += [
            "y_train, y_validation = (keras.utils.to_categorical(y, CLASSES) for y in (y_train, y_validation))"
        ]
        part.beyond.append("Keras smooths the labels of its validation loss too, the trial those of training only.")
    if config["class_weights"] == "balanced":
        part.lines += _weights(smoothed=recipe.acts("label_smoothing"))
    tuned = config["fine_tune_epochs"] if is_transfer and config["unfrozen_layers"] else None
    alone = max(0, experiment.epochs - tuned) if tuned else 0
    if tuned == 0:
        tuned = None
    if alone:
        part.lines += ["# first the head alone", *_phase(recipe, str(alone), 1.0, last=False)]
    if is_transfer and config["unfrozen_layers"] and config["fine_tune_epochs"] != 0:
        part.lines += [
            "# then the unfrozen layers too, with a new optimizer"
            if alone
            else "# the unfrozen layers are trained too",
            "backbone.trainable = True",
            "for layer in backbone.layers:",
            "    layer.trainable = layer in trained",
        ]
    factor = float(config["fine_tune_learning_rate_factor"]) if tuned else 1.0
    part.lines += _phase(recipe, str(experiment.epochs - alone) if alone else "EPOCHS", factor, last=True)
    part.lines.append("return model, history")
    part.beyond += _beyond(recipe, bool(alone))
    return part


def _phase(recipe: Recipe, epochs: str, factor: float, last: bool) -> list[str]:
    rate = recipe.config["learning_rate"] * factor
    schedule = _schedule(recipe, repr(float(rate)), epochs)
    weights = ", class_weight=class_weight" if recipe.config["class_weights"] == "balanced" else ""
    return [
        *schedule,
        *_compiled(recipe, "rate" if schedule else repr(float(rate)), epochs),
        *(_stopping(recipe) if last else []),
        f"{'history = ' if last else ''}model.fit(",
        f"    x_train, y_train, batch_size={recipe.config['batch_size']}, epochs={epochs},",
        f"    validation_data=(x_validation, y_validation){', callbacks=[best]' if last else ''}{weights},",
        ")",
    ]


def _schedule(recipe: Recipe, rate: str, epochs: str) -> list[str]:
    config = recipe.config
    kind = config["learning_rate_schedule"]
    if kind == "constant":
        return []
    steps = f"steps = -(-len(x_train) // {config['batch_size']})  # an epoch"
    if kind == "cosine":
        return [steps, f"rate = keras.optimizers.schedules.CosineDecay({rate}, {epochs} * steps)"]
    return [
        steps,
        f"rate = keras.optimizers.schedules.ExponentialDecay({rate}, {config['decay_epochs']} * steps, "
        f"{literal(config['decay_factor'])}, staircase=True)",
    ]


def _compiled(recipe: Recipe, rate: str, epochs: str | None) -> list[str]:
    config, resources = recipe.config, recipe.study.experiment.resources
    options = [rate if epochs else "1e-3"]
    if config["optimizer"] == "sgd" and config["momentum"]:
        options.append(f"momentum={literal(config['momentum'])}")
    if recipe.acts("weight_decay"):
        options.append(f"weight_decay={literal(config['weight_decay'])}")
    smoothing = f", label_smoothing={literal(config['label_smoothing'])}" if recipe.acts("label_smoothing") else ""
    kind = "CategoricalCrossentropy" if smoothing else "SparseCategoricalCrossentropy"
    return [
        "model.compile(",
        f"    optimizer=keras.optimizers.{_OPTIMIZERS[config['optimizer']]}({', '.join(options)}),",
        f"    loss=keras.losses.{kind}(from_logits=True{smoothing}),",
        '    metrics=["accuracy"],',
        f"    jit_compile={bool(resources.xla)},",
        ")",
    ]


def _weights(smoothed: bool) -> list[str]:
    counted = "np.maximum(np.bincount(y_train, minlength=CLASSES), 1)"
    if smoothed:
        counted = "np.maximum(y_train.sum(axis=0), 1)"
    return [
        f"counts = {counted}",
        "class_weight = {index: len(x_train) / (CLASSES * count) for index, count in enumerate(counts.tolist())}",
    ]


def _stopping(recipe: Recipe) -> list[str]:
    """Patience where the experiment has it; the weights of the best epoch in any case."""
    experiment = recipe.study.experiment
    stopping, objective = experiment.early_stopping, experiment.objective
    monitor, mode = (objective.metric, objective.mode) if objective.metric != "val_f1" else ("val_accuracy", "max")
    patience = str(stopping.patience) if stopping else "EPOCHS"
    delta = f", min_delta={literal(stopping.min_delta)}" if stopping and stopping.min_delta else ""
    return [
        "best = keras.callbacks.EarlyStopping(",
        f"    monitor={literal(monitor)}, mode={literal(mode)}, patience={patience}{delta}, restore_best_weights=True",
        ")",
    ]


def _beyond(recipe: Recipe, has_phases: bool) -> list[str]:
    experiment, said = recipe.study.experiment, []
    if experiment.objective.metric == "val_f1":
        said.append("Keras has no macro F1 of sparse labels: the best epoch is that of the best val_accuracy here.")
    if experiment.early_stopping and experiment.early_stopping.min_delta:
        said.append("The trial kept the weights of its very best epoch, Keras those of the last one beyond min_delta.")
    if has_phases:
        said.append("The best epoch of the second phase is kept here; the trial compared those of both phases.")
    if experiment.resources.precision != "float32":
        said.append("The exported model of the study is float32 whatever the precision of its training.")
    return said
