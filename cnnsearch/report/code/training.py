"""Compiling and fitting: optimizer, schedule, loss, class weights, early stopping, phases."""

from __future__ import annotations

from cnnsearch.report.code.freezing import LOWER_RATES, train_layers
from cnnsearch.report.code.recipe import Part, Recipe, literal
from cnnsearch.report.code.transfer import fitted_head

__all__ = ["has_one_hot", "one_hot", "training"]

_OPTIMIZERS = {"adam": "Adam", "adamw": "Adam", "sgd": "SGD", "rmsprop": "RMSprop"}

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
        part.lines.append("model, backbone, trained = build_model(x_train)")
        part.definitions.append(train_layers(recipe))
        if recipe.acts("layer_decay") and config["unfrozen_layers"]:
            part.definitions.append(LOWER_RATES)
    else:
        part.lines.append("model = build_model(x_train)")
    if config["class_weights"] == "balanced":
        part.lines += [
            "counts = np.maximum(np.bincount(y_train, minlength=CLASSES), 1)",
            "class_weight = {index: len(x_train) / (CLASSES * count) for index, count in enumerate(counts.tolist())}",
        ]
    part.lines += _targets(recipe)
    if config["learning_rate_schedule"] != "constant":
        part.lines.append(f"steps = -(-len(x_train) // {config['batch_size']})  # an epoch")
    objective = recipe.study.experiment.objective
    score = f'{"-" if objective.mode == "min" else ""}logs["{objective.metric}"]'
    part.definitions.append(_BEST_EPOCH.format(score=score))
    part.lines += ["best = BestEpoch()", *_patience(recipe), *_phases(recipe), *_RESTORED, "return model, history"]
    return part


_RESTORED = ["if best.weights:", "    model.set_weights(best.weights)"]


def has_one_hot(recipe: Recipe) -> bool:
    """Whether the script trains and evaluates on labels as rows of shares, not as numbers of classes."""
    return recipe.acts("label_smoothing") or recipe.study.experiment.objective.metric == "val_f1"


def one_hot(labels: str) -> str:
    """Code for such rows."""
    return f"keras.utils.to_categorical({labels}, CLASSES)"


def _fitted(recipe: Recipe) -> Part:
    """Scikit-learn's classifier in the place of training."""
    labels = [f"y_train, y_validation = {one_hot('y_train')}, {one_hot('y_validation')}"]
    return Part(
        [
            "model, backbone, trained = build_model(x_train)",
            *fitted_head(recipe),
            *(labels if has_one_hot(recipe) else []),
            *_compiled(recipe, "1e-3"),
            "history = None",
            "return model, history",
        ]
    )


def _targets(recipe: Recipe) -> list[str]:
    if not has_one_hot(recipe):
        return []
    smoothing = recipe.config["label_smoothing"]
    smoothed = f" * (1 - {literal(smoothing)}) + {literal(smoothing)} / CLASSES" if smoothing else ""
    lines = [f"y_train = {one_hot('y_train')}{smoothed}", f"y_validation = {one_hot('y_validation')}"]
    return ["# the labels of training only are smoothed", *lines] if smoothed else lines


def _phases(recipe: Recipe) -> list[str]:
    """One ``fit``, or of a network whose layers are unfrozen later one a phase."""
    config, experiment = recipe.config, recipe.study.experiment
    rate = float(config["learning_rate"])
    if experiment.model != "transfer":
        return _fit(recipe, literal(rate), "EPOCHS", _callbacks(recipe))
    tuned = config["fine_tune_epochs"]
    if not config["unfrozen_layers"] or tuned == 0:
        return ["train_layers(backbone, [])", *_fit(recipe, literal(rate), "EPOCHS", _callbacks(recipe))]
    if tuned is None:
        return ["train_layers(backbone, trained)", *_fit(recipe, literal(rate), "EPOCHS", _callbacks(recipe))]
    alone = max(0, experiment.epochs - tuned)
    last = literal(rate * float(config["fine_tune_learning_rate_factor"]))
    return [
        "phases = [  # epochs, learning rate, layers of the backbone that learn, callbacks",
        *([f"    ({alone}, {literal(rate)}, [], [best]),  # first the head alone"] if alone else []),
        f"    ({experiment.epochs - alone}, {last}, trained, {_callbacks(recipe)}),",
        "]",
        "if not trained:  # none of the layers that were asked for has weights",
        f"    phases = [(EPOCHS, {literal(rate)}, [], {_callbacks(recipe)})]",
        "for epochs, rate, learning, callbacks in phases:",
        "    train_layers(backbone, learning)",
        *(f"    {line}" for line in _fit(recipe, "rate", "epochs", "callbacks")),
    ]


def _fit(recipe: Recipe, rate: str, epochs: str, callbacks: str) -> list[str]:
    config = recipe.config
    weights = ", class_weight=class_weight" if config["class_weights"] == "balanced" else ""
    schedule = _schedule(recipe, rate, epochs)
    return [
        *schedule,
        *_compiled(recipe, "rate" if schedule else rate),
        "history = model.fit(",
        f"    x_train, y_train, batch_size={config['batch_size']}, epochs={epochs},",
        f"    validation_data=(x_validation, y_validation), callbacks={callbacks}{weights},",
        ")",
    ]


def _schedule(recipe: Recipe, rate: str, epochs: str) -> list[str]:
    config = recipe.config
    kind = config["learning_rate_schedule"]
    if kind == "constant":
        return []
    if kind == "cosine":
        return [f"rate = keras.optimizers.schedules.CosineDecay({rate}, {epochs} * steps)"]
    return [
        f"rate = keras.optimizers.schedules.ExponentialDecay({rate}, {config['decay_epochs']} * steps, "
        f"{literal(config['decay_factor'])}, staircase=True)",
    ]


def _compiled(recipe: Recipe, rate: str) -> list[str]:
    config, experiment = recipe.config, recipe.study.experiment
    options = [rate]
    if config["optimizer"] == "sgd" and config["momentum"]:
        options.append(f"momentum={literal(config['momentum'])}")
    if recipe.acts("weight_decay"):
        options.append(f"weight_decay={literal(config['weight_decay'])}")
    decays = recipe.acts("layer_decay") and config["unfrozen_layers"]
    kind = "CategoricalCrossentropy" if has_one_hot(recipe) else "SparseCategoricalCrossentropy"
    f1 = ', keras.metrics.F1Score(average="macro", name="f1")' if experiment.objective.metric == "val_f1" else ""
    made = f"keras.optimizers.{_OPTIMIZERS[config['optimizer']]}({', '.join(options)})"
    return [
        f"optimizer = {made}",
        *([f"lower_rates(optimizer, model, backbone, {literal(config['layer_decay'])})"] if decays else []),
        "model.compile(",
        "    optimizer=optimizer,",
        f"    loss=keras.losses.{kind}(from_logits=True),",
        f'    metrics=["accuracy"{f1}],',
        f"    jit_compile={bool(experiment.resources.xla)},",
        ")",
    ]


def _patience(recipe: Recipe) -> list[str]:
    experiment = recipe.study.experiment
    stopping, objective = experiment.early_stopping, experiment.objective
    if not stopping:
        return []
    delta = f", min_delta={literal(stopping.min_delta)}" if stopping.min_delta else ""
    return [
        "patience = keras.callbacks.EarlyStopping(",
        f"    monitor={literal(objective.metric)}, mode={literal(objective.mode)}, patience={stopping.patience}{delta}",
        ")",
    ]


def _callbacks(recipe: Recipe) -> str:
    """Of the last phase, in which alone patience counts."""
    return "[best, patience]" if recipe.study.experiment.early_stopping else "[best]"


def _beyond(recipe: Recipe) -> list[str]:
    if recipe.study.experiment.resources.precision == "float32":
        return []
    return ["The exported model of the study is float32 whatever the precision of its training."]
