"""Compiling and fitting: optimizer, schedule, loss, class weights, early stopping, phases."""

from __future__ import annotations

from cnnsearch.report.code.freezing import lower_rates, train_layers
from cnnsearch.report.code.recipe import Part, Recipe
from cnnsearch.report.code.transfer import fitted_head
from cnnsearch.report.code.writing import Code, code, indented, joined, lines, literal, name

__all__ = ["has_one_hot", "one_hot", "training"]

_OPTIMIZERS = {"adam": "Adam", "adamw": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}

_F1 = ', keras.metrics.F1Score(average="macro", name="f1")'

_BEST_EPOCH = '''\
class BestEpoch(keras.callbacks.Callback):
    """Keeps the weights of the best epoch of all."""

    score, weights = -np.inf, None

    def on_epoch_end(self, epoch, logs=None):
        score = {score}
        if score > self.score:
            self.score, self.weights = score, self.model.get_weights()'''


def training(recipe: Recipe) -> Part:
    """The body of ``train(x_train, y_train, x_validation, y_validation)``, up to its return."""
    config = recipe.config
    if recipe.study.experiment.model == "transfer" and config["head"] != "dense":
        return _fitted(recipe)
    part = Part(beyond=_beyond(recipe))
    if recipe.study.experiment.model == "transfer":
        part.lines += lines("model, backbone, trained = build_model(x_train)")
        part.definitions += train_layers(recipe)
        if recipe.acts("layer_decay") and config["unfrozen_layers"]:
            part.definitions.append(lower_rates())
    else:
        part.lines += lines("model = build_model(x_train)")
    if config["class_weights"] == "balanced":
        part.lines += lines(
            "counts = np.maximum(np.bincount(y_train, minlength=CLASSES), 1)",
            "class_weight = {{index: len(x_train) / (CLASSES * count) for index, count in enumerate(counts.tolist())}}",
        )
    part.lines += _targets(recipe)
    if config["learning_rate_schedule"] != "constant":
        part.lines += lines("steps = -(-len(x_train) // {size})  # an epoch", size=config["batch_size"])
    objective = recipe.study.experiment.objective
    sign = code("-" if objective.mode == "min" else "")
    part.definitions.append(code(_BEST_EPOCH, score=code("{sign}logs[{metric}]", sign=sign, metric=objective.metric)))
    part.lines += [code("best = BestEpoch()"), *_patience(recipe), *_phases(recipe)]
    part.lines += lines("if best.weights:", "    model.set_weights(best.weights)", "return model, history")
    return part


def has_one_hot(recipe: Recipe) -> bool:
    """Whether the script trains and evaluates on labels as rows of shares, not as numbers of classes."""
    return recipe.acts("label_smoothing") or recipe.study.experiment.objective.metric == "val_f1"


def one_hot(labels: Code) -> Code:
    """Code for such rows."""
    return code("keras.utils.to_categorical({labels}, CLASSES)", labels=labels)


def _fitted(recipe: Recipe) -> Part:
    """Scikit-learn's classifier in the place of training."""
    rows = {"train": one_hot(code("y_train")), "validation": one_hot(code("y_validation"))}
    return Part(
        [
            code("model, backbone, trained = build_model(x_train)"),
            *fitted_head(recipe),
            *(lines("y_train, y_validation = {train}, {validation}", **rows) if has_one_hot(recipe) else []),
            *_compiled(recipe, code("1e-3")),
            *lines("history = None", "return model, history"),
        ]
    )


def _targets(recipe: Recipe) -> list[Code]:
    if not has_one_hot(recipe):
        return []
    smoothing = recipe.config["label_smoothing"]
    smoothed = code(" * (1 - {share}) + {share} / CLASSES", share=smoothing) if smoothing else code("")
    rows = {"train": one_hot(code("y_train")), "validation": one_hot(code("y_validation"))}
    return [
        *(lines("# the labels of training only are smoothed") if smoothing else []),
        *lines("y_train = {train}{smoothed}", "y_validation = {validation}", smoothed=smoothed, **rows),
    ]


def _phases(recipe: Recipe) -> list[Code]:
    """One ``fit``, or of a network whose layers are unfrozen later one a phase."""
    config, experiment = recipe.config, recipe.study.experiment
    rate = float(config["learning_rate"])
    whole = _fit(recipe, literal(rate), code("EPOCHS"), _callbacks(recipe))
    if experiment.model != "transfer":
        return whole
    tuned = config["fine_tune_epochs"]
    if not config["unfrozen_layers"] or tuned == 0:
        return [code("train_layers(backbone, [])"), *whole]
    if tuned is None:
        return [code("train_layers(backbone, trained)"), *whole]
    alone = max(0, experiment.epochs - tuned)
    first = lines("    ({alone}, {rate}, [], [best]),  # first the head alone", alone=alone, rate=rate)
    fields = {
        "rest": experiment.epochs - alone,
        "rate": rate,
        "last": rate * float(config["fine_tune_learning_rate_factor"]),
        "callbacks": _callbacks(recipe),
    }
    return [
        code("phases = [  # epochs, learning rate, layers of the backbone that learn, callbacks"),
        *(first if alone else []),
        *lines(
            "    ({rest}, {last}, trained, {callbacks}),",
            "]",
            "if not trained:  # none of the layers that were asked for has weights",
            "    phases = [(EPOCHS, {rate}, [], {callbacks})]",
            "for epochs, rate, learning, callbacks in phases:",
            "    train_layers(backbone, learning)",
            **fields,
        ),
        *indented(_fit(recipe, code("rate"), code("epochs"), code("callbacks"))),
    ]


def _fit(recipe: Recipe, rate: Code, epochs: Code, callbacks: Code) -> list[Code]:
    config = recipe.config
    weights = code(", class_weight=class_weight" if config["class_weights"] == "balanced" else "")
    schedule = _schedule(recipe, rate, epochs)
    return [
        *schedule,
        *_compiled(recipe, code("rate") if schedule else rate),
        *lines(
            "history = model.fit(",
            "    x_train, y_train, batch_size={size}, epochs={epochs},",
            "    validation_data=(x_validation, y_validation), callbacks={callbacks}{weights},",
            ")",
            size=config["batch_size"],
            epochs=epochs,
            callbacks=callbacks,
            weights=weights,
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
    decays = recipe.acts("layer_decay") and config["unfrozen_layers"]
    lowered = lines("lower_rates(optimizer, model, backbone, {decay})", decay=config.get("layer_decay"))
    return [
        code(
            "optimizer = keras.optimizers.{kind}({options})",
            kind=name(_OPTIMIZERS[config["optimizer"]]),
            options=joined(options, ", "),
        ),
        *(lowered if decays else []),
        *lines(
            "model.compile(",
            "    optimizer=optimizer,",
            "    loss=keras.losses.{kind}(from_logits=True),",
            '    metrics=["accuracy"{f1}],',
            "    jit_compile={xla},",
            ")",
            kind=name("CategoricalCrossentropy" if has_one_hot(recipe) else "SparseCategoricalCrossentropy"),
            f1=code(_F1 if experiment.objective.metric == "val_f1" else ""),
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
