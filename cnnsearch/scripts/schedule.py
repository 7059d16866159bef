"""Learning-rate schedules in a script: Keras's own, and classes for what it has none."""

from __future__ import annotations

from cnnsearch.families.spec import ONE_CYCLE_FIRST, ONE_CYCLE_LAST, ONE_CYCLE_RISE
from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.writing import Code, code, lines

__all__ = ["schedule", "schedule_classes"]

_WARM_UP = '''\
class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """Rises in equal steps, then follows another schedule."""

    def __init__(self, rate, steps, then):
        self.rate, self.steps, self.then = rate, steps, then

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        then = self.then(keras.ops.maximum(step - self.steps, 0.0)) if callable(self.then) else self.then
        return keras.ops.where(step < self.steps, self.rate * (step + 1) / self.steps, then)'''

_ONE_CYCLE = '''\
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """Up to the rate, then down to nearly 0, along half a cosine each."""

    def __init__(self, rate, rise, total):
        self.rate, self.rise, self.total = rate, rise, total

    def __call__(self, step):
        step, first, last = keras.ops.cast(step, "float32"), {first}, {last}
        up = first + (1 - first) * (1 - keras.ops.cos(np.pi * step / max(self.rise, 1))) / 2
        done = (step - self.rise) / max(self.total - self.rise, 1)
        down = last + (1 - last) * (1 + keras.ops.cos(np.pi * done)) / 2
        return self.rate * keras.ops.where(step < self.rise, up, down)'''


def schedule(recipe: Recipe, rate: Code, epochs: Code) -> list[Code]:
    """Lines that define ``rate``, of ``steps`` an epoch; none where it is the same at each step."""
    config = recipe.config
    warmup = config["warmup_epochs"]
    if config["learning_rate_schedule"] == "one_cycle":
        rise = code("round({share} * ({epochs} * steps))", share=ONE_CYCLE_RISE, epochs=epochs)
        if warmup:  # of less than half a step there is none
            asked = code("min(round({warmup} * steps), {epochs} * steps)", warmup=warmup, epochs=epochs)
            rise = code("{asked} or {rise}", asked=asked, rise=rise)
        return [code("rate = OneCycle({rate}, {rise}, {epochs} * steps)", rate=rate, rise=rise, epochs=epochs)]
    if not warmup:
        return _after(recipe, rate, code("{epochs} * steps", epochs=epochs))
    return [
        *lines(
            "rise = min(round({warmup} * steps), {epochs} * steps)",
            "highest = rate = {rate}",
            warmup=warmup,
            epochs=epochs,
            rate=rate,
        ),
        *_after(recipe, code("highest"), code("max({epochs} * steps - rise, 1)", epochs=epochs)),
        code("rate = WarmUp(highest, rise, rate) if rise else rate"),
    ]


def _after(recipe: Recipe, rate: Code, total: Code) -> list[Code]:
    """Without its warm-up: lines that define ``rate``, of so many steps."""
    config = recipe.config
    kind = config["learning_rate_schedule"]
    if kind == "constant":
        return []
    if kind == "cosine":
        return [code("rate = keras.optimizers.schedules.CosineDecay({rate}, {total})", rate=rate, total=total)]
    if kind == "polynomial":
        return lines(
            "rate = keras.optimizers.schedules.PolynomialDecay({rate}, {total}, 0.0, power={power})",
            rate=rate,
            total=total,
            power=config["decay_power"],
        )
    return lines(
        "rate = keras.optimizers.schedules.ExponentialDecay({rate}, {every} * steps, {factor}, staircase=True)",
        rate=rate,
        every=config["decay_epochs"],
        factor=config["decay_factor"],
    )


def schedule_classes(recipe: Recipe) -> list[Code]:
    """Definitions that :func:`schedule` uses."""
    if recipe.config["learning_rate_schedule"] == "one_cycle":
        return [code(_ONE_CYCLE, first=ONE_CYCLE_FIRST, last=ONE_CYCLE_LAST)]
    return [code(_WARM_UP)] if recipe.config["warmup_epochs"] else []
