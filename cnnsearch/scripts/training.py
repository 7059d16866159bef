"""Compiling and fitting: optimizer, schedule, early stopping."""

from __future__ import annotations

import functools

from cnnsearch.scripts.family import family_code
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, joined, lines, name

__all__ = ["training"]

_OPTIMIZERS = {"adam": "Adam", "adamw": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}

_BEST_EPOCH = '''\
class BestEpoch(keras.callbacks.Callback):
    """Keeps the weights of the best epoch of all."""

    score, weights = -np.inf, None

    def on_epoch_end(self, epoch, logs=None):
{told}        score = {score}
        if score > self.score:
            self.score, self.weights = score, self.model.get_weights()'''

_TOLD = """\
        logs.update(judged(self.model, *self.validation))
"""


def training(recipe: Recipe) -> Part:
    """The body of ``train(x_train, y_train, x_validation, y_validation)``, up to its return."""
    config, family = recipe.config, family_code(recipe)
    if classifier := family.classifier(recipe):
        return _fitted(recipe, classifier)
    phases = family.phases(recipe, functools.partial(_fit, recipe), _callbacks(recipe))
    part = Part([*_repeated(recipe), *_built(recipe)], _beyond(recipe), [*phases.definitions])
    part.lines += [*_relative(recipe), *task_code(recipe).targets(recipe), *_together(recipe)]
    if config["learning_rate_schedule"] != "constant":
        part.lines += lines("steps = -(-len(x_train) // {size})  # an epoch", size=config["batch_size"])
    objective = recipe.study.experiment.objective
    sign = code("-" if objective.mode == "min" else "")
    judged = task_code(recipe).judged(recipe)
    # Before patience and the history, which get the same logs.
    told = code(_TOLD if judged else "")
    score = code("{sign}logs[{metric}]", sign=sign, metric=objective.metric)
    part.definitions += [*judged, code(_BEST_EPOCH, told=told, score=score)]
    part.lines += lines("best = BestEpoch()")
    part.lines += lines("best.validation = x_validation, y_validation") if judged else []
    part.lines += [*_patience(recipe), *phases.lines]
    part.lines += lines("if best.weights:", "    model.set_weights(best.weights)", "return model, history")
    return part


def _repeated(recipe: Recipe) -> list[Code]:
    """An epoch of several passes; Keras shuffles them together, where the trial shuffled each."""
    passes = recipe.study.experiment.passes
    if passes == 1:
        return []
    arrays = code("x_train, y_train, weights" if recipe.is_weighted else "x_train, y_train")
    return lines(
        "# an epoch is {passes} passes over the pictures",
        "{arrays} = (np.concatenate([values] * {passes}) for values in ({arrays}))",
        passes=passes,
        arrays=arrays,
    )


def _relative(recipe: Recipe) -> list[Code]:
    """Weights of pictures with a mean of 1, and the labels by which classes weigh, before these become shares."""
    return lines("weights, labels = weights / weights.mean(), y_train") if recipe.is_weighted else []


def _together(recipe: Recipe) -> list[Code]:
    """Weights of pictures times what the task weighs by: Keras takes one of the two."""
    if not recipe.is_weighted:
        return []
    options = str(task_code(recipe).fit_options(recipe))
    if "class_weight" in options:
        return lines("weights = weights * np.array([class_weight[label] for label in labels.tolist()])")
    return lines("weights = weights[:, None] * sample_weight") if "sample_weight" in options else []


def _built(recipe: Recipe) -> list[Code]:
    return lines("{built} = build_model(x_train)", built=family_code(recipe).built)


def _fitted(recipe: Recipe, classifier: list[Code]) -> Part:
    """A classifier of another library in the place of training."""
    return Part(
        [
            *_built(recipe),
            *classifier,
            *task_code(recipe).evaluated(recipe),
            *_compiled(recipe, code("1e-3")),
            *lines("history = None", "return model, history"),
        ]
    )


def _fit(recipe: Recipe, rate: Code, epochs: Code, callbacks: Code) -> list[Code]:
    config = recipe.config
    schedule = _schedule(recipe, rate, epochs)
    return [
        *schedule,
        *_compiled(recipe, code("rate") if schedule else rate),
        *lines(
            "history = model.fit(",
            "    x_train, y_train, batch_size={size}, epochs={epochs},",
            "    validation_data=(x_validation, y_validation), callbacks={callbacks}{options},",
            ")",
            size=config["batch_size"],
            epochs=epochs,
            callbacks=callbacks,
            options=code(", sample_weight=weights") if recipe.is_weighted else task_code(recipe).fit_options(recipe),
        ),
    ]


def _schedule(recipe: Recipe, rate: Code, epochs: Code) -> list[Code]:
    config = recipe.config
    kind = config["learning_rate_schedule"]
    if kind == "constant":
        return []
    if kind == "cosine":
        return [
            code("rate = keras.optimizers.schedules.CosineDecay({rate}, {epochs} * steps)", rate=rate, epochs=epochs)
        ]
    return lines(
        "rate = keras.optimizers.schedules.ExponentialDecay({rate}, {every} * steps, {factor}, staircase=True)",
        rate=rate,
        every=config["decay_epochs"],
        factor=config["decay_factor"],
    )


def _compiled(recipe: Recipe, rate: Code) -> list[Code]:
    config, experiment = recipe.config, recipe.study.experiment
    options = [rate]
    if config["optimizer"] == "sgd" and config["momentum"]:
        options.append(code("momentum={momentum}", momentum=config["momentum"]))
    if recipe.acts("weight_decay"):
        options.append(code("weight_decay={decay}", decay=config["weight_decay"]))
    return [
        code(
            "optimizer = keras.optimizers.{kind}({options})",
            kind=name(_OPTIMIZERS[config["optimizer"]]),
            options=joined(options, ", "),
        ),
        *family_code(recipe).before_compile(recipe),
        *lines(
            "model.compile(",
            "    optimizer=optimizer,",
            "    loss={loss},",
            "    metrics={metrics},",
            "    jit_compile={xla},",
            ")",
            loss=task_code(recipe).loss(recipe),
            metrics=task_code(recipe).metrics(recipe),
            xla=bool(experiment.resources.xla),
        ),
    ]


def _patience(recipe: Recipe) -> list[Code]:
    experiment = recipe.study.experiment
    stopping, objective = experiment.early_stopping, experiment.objective
    if not stopping:
        return []
    return lines(
        "patience = keras.callbacks.EarlyStopping(",
        "    monitor={metric}, mode={mode}, patience={patience}{delta}",
        ")",
        metric=objective.metric,
        mode=objective.mode,
        patience=stopping.patience,
        delta=code(", min_delta={delta}", delta=stopping.min_delta) if stopping.min_delta else code(""),
    )


def _callbacks(recipe: Recipe) -> Code:
    """Of the last phase, in which alone patience counts."""
    return code("[best, patience]" if recipe.study.experiment.early_stopping else "[best]")


def _beyond(recipe: Recipe) -> list[str]:
    if recipe.study.experiment.resources.precision == "float32":
        return []
    return ["The exported model of the study is float32 whatever the precision of its training."]
