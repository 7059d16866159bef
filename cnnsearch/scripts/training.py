"""Compiling and fitting: optimizer, schedule, early stopping."""

from __future__ import annotations

import functools

from cnnsearch.families.spec import OPTIMIZERS
from cnnsearch.scripts.family import family_code
from cnnsearch.scripts.imbalance import drawing, draws, unfocused
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.schedule import schedule, schedule_classes
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, joined, lines, name

__all__ = ["training"]

_BEST_EPOCH = '''\
class BestEpoch(keras.callbacks.Callback):
    """Keeps the weights of the best epoch of all."""

    score, weights = -np.inf, None

    def on_epoch_end(self, epoch, logs=None):
{told}        score = {score}
        if score > self.score:
            self.score, self.weights = score, self.model.get_weights()'''

_AVERAGES = '''\
class Averages(keras.callbacks.Callback):
    """Averages the weights over the steps, batch normalisation's statistics too, and has the model judged with them."""

    batches, weights, averages, held = 0, [], [], None

    def on_train_begin(self, logs=None):
        layers_of = self.model._flatten_layers(include_self=False, recursive=True)
        trained = [layer for layer in layers_of if isinstance(layer, layers.BatchNormalization) and layer.trainable]
        statistics = [of for layer in trained for of in (layer.moving_mean, layer.moving_variance)]
        self.batches, self.held = 0, None
        self.weights = [*self.model.trainable_variables, *statistics]

    def on_epoch_begin(self, epoch, logs=None):
        if self.held is not None:  # go on with the weights themselves
            for weight, value in zip(self.weights, self.held):
                weight.assign(value)
            self.held = None

    def on_train_batch_end(self, batch, logs=None):
        now = [np.array(weight) for weight in self.weights]
        before, kept = (self.averages, {momentum}) if self.batches >= {first} else (now, 0.0)
        self.averages = [new + np.float32(kept) * (old - new) for new, old in zip(now, before)]
        self.batches += 1

    def on_test_begin(self, logs=None):
        if self.held is None:
            self.held = [np.array(weight) for weight in self.weights]
            for weight, average in zip(self.weights, self.averages):
                weight.assign(average)'''

_TOLD = """\
        logs.update(judged(self.model, *self.validation))
"""

_TOLD_LOSS = """\
        logs["val_loss"] = val_loss(self.model, *self.validation)
"""


def training(recipe: Recipe) -> Part:
    """The body of ``train(x_train, y_train, x_validation, y_validation)``, up to its return."""
    config, family = recipe.config, family_code(recipe)
    if classifier := family.classifier(recipe):
        return _fitted(recipe, classifier)
    phases = family.phases(recipe, functools.partial(_fit, recipe), _callbacks(recipe))
    part = Part([*_repeated(recipe), *_built(recipe)], _beyond(recipe), [*phases.definitions])
    part.lines += task_code(recipe).alike(recipe) if draws(recipe) else []
    part.lines += [*_relative(recipe), *task_code(recipe).targets(recipe), *_together(recipe), *_drawn(recipe)]
    if config["learning_rate_schedule"] != "constant" or config["warmup_epochs"]:
        part.lines += lines("steps = {steps}  # an epoch", steps=_steps(recipe))
    objective = recipe.study.experiment.objective
    sign = code("-" if objective.mode == "min" else "")
    judged, focal = task_code(recipe).judged(recipe), unfocused(recipe)
    # Before patience and the history, which get the same logs.
    told = joined([code(_TOLD if judged else ""), code(_TOLD_LOSS if focal else "")], "")
    score = code("{sign}logs[{metric}]", sign=sign, metric=objective.metric)
    part.definitions += [*drawing(recipe), *schedule_classes(recipe), *focal]
    if recipe.acts("ema_momentum"):  # the first step gives the weights themselves
        momentum, first = config["ema_momentum"], config["gradient_accumulation"]
        part.definitions.append(code(_AVERAGES, momentum=momentum, first=first))
    part.definitions += [*judged, code(_BEST_EPOCH, told=told, score=score)]
    part.lines += lines("best = BestEpoch()")
    part.lines += lines("best.validation = x_validation, y_validation") if judged or focal else []
    part.lines += [*_patience(recipe), *phases.lines]
    part.lines += lines("if best.weights:", "    model.set_weights(best.weights)", "return model, history")
    return part


def _repeated(recipe: Recipe) -> list[Code]:
    """An epoch of several passes; Keras shuffles them together, where the trial shuffled each."""
    passes = recipe.study.experiment.passes
    if passes == 1 or draws(recipe):
        return []
    arrays = code("x_train, y_train, weights" if recipe.is_weighted else "x_train, y_train")
    return lines(
        "# an epoch is {passes} passes over the pictures",
        "{arrays} = (np.concatenate([values] * {passes}) for values in ({arrays}))",
        passes=passes,
        arrays=arrays,
    )


def _drawn(recipe: Recipe) -> list[Code]:
    """A line that defines ``pictures``, from which all phases draw theirs."""
    if not draws(recipe):
        return []
    weights = _weights(recipe)
    arrays = code("x_train, y_train") if weights is None else code("x_train, y_train, {weights}", weights=weights)
    share = float(recipe.config["oversampling"])
    return lines("pictures = Drawn(alike ** -{share}, {arrays})", share=share, arrays=arrays)


def _steps(recipe: Recipe) -> Code:
    if draws(recipe):
        return code("len(pictures)")
    return code("-(-len(x_train) // {size})", size=recipe.config["batch_size"])


def _weights(recipe: Recipe) -> Code | None:
    """The array by which losses weigh; ``None``: there is none."""
    if recipe.is_weighted:
        return code("weights")
    return code("sample_weight") if task_code(recipe).sample_weight(recipe) else None


def _given(recipe: Recipe) -> tuple[Code, Code]:
    """The pictures that ``fit`` is given, and its options that say how they weigh."""
    weights = _weights(recipe)
    if draws(recipe):
        given, option = code("pictures"), code("")
    else:
        given = code("x_train, y_train, batch_size={size}", size=recipe.config["batch_size"])
        option = code("") if weights is None else code(", sample_weight={weights}", weights=weights)
    # Weights of pictures hold those of their classes already.
    return given, option if recipe.is_weighted else joined([task_code(recipe).fit_options(recipe), option], "")


def _relative(recipe: Recipe) -> list[Code]:
    """Weights of pictures with a mean of 1, and the labels by which classes weigh, before these become shares."""
    return lines("weights, labels = weights / weights.mean(), y_train") if recipe.is_weighted else []


def _together(recipe: Recipe) -> list[Code]:
    """Weights of pictures times what the task weighs by: Keras takes one of the two."""
    if not recipe.is_weighted:
        return []
    if task_code(recipe).sample_weight(recipe):
        return lines("weights = weights[:, None] * sample_weight")
    if task_code(recipe).fit_options(recipe):
        return lines("weights = weights * np.array([class_weight[label] for label in labels.tolist()])")
    return []


def _built(recipe: Recipe) -> list[Code]:
    return lines("{built} = build_model(x_train)", built=family_code(recipe).built(recipe))


def _fitted(recipe: Recipe, classifier: list[Code]) -> Part:
    """A classifier of another library in the place of training."""
    definitions = drawing(recipe)
    return Part(
        [
            *_built(recipe),
            *classifier,
            *task_code(recipe).evaluated(recipe),
            *_compiled(recipe, code("1e-3")),
            *lines("history = None", "return model, history"),
        ],
        definitions=definitions,
    )


def _fit(recipe: Recipe, rate: Code, epochs: Code, callbacks: Code) -> list[Code]:
    scheduled = schedule(recipe, rate, epochs)
    given, options = _given(recipe)
    return [
        *scheduled,
        *_compiled(recipe, code("rate") if scheduled else rate),
        *lines(
            "history = model.fit(",
            "    {given}, epochs={epochs},",
            "    validation_data=(x_validation, y_validation), callbacks={callbacks}{options},",
            ")",
            given=given,
            epochs=epochs,
            callbacks=code("[Averages()] + {callbacks}", callbacks=callbacks)
            if recipe.acts("ema_momentum")
            else callbacks,
            options=options,
        ),
    ]


def _compiled(recipe: Recipe, rate: Code) -> list[Code]:
    config, experiment = recipe.config, recipe.study.experiment
    options = [rate]
    if config["optimizer"] == "sgd" and config["momentum"]:
        options.append(code("momentum={momentum}", momentum=config["momentum"]))
    if recipe.acts("weight_decay"):
        options.append(code("weight_decay={decay}", decay=config["weight_decay"]))
    if recipe.acts("clip_norm"):
        kind = name({"all": "global_clipnorm", "each": "clipnorm"}[config["clip_norm_of"]])
        options.append(code("{kind}={longest}", kind=kind, longest=config["clip_norm"]))
    if config["gradient_accumulation"] > 1:
        options.append(code("gradient_accumulation_steps={count}", count=config["gradient_accumulation"]))
    return [
        code(
            "optimizer = keras.optimizers.{kind}({options})",
            kind=name(OPTIMIZERS[config["optimizer"]]),
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
