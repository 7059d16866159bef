"""What a script does about classes of few pictures: draws them more often, weighs them, or uses the focal loss."""

from __future__ import annotations

from cnnsearch.scripts.recipe import Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, lines

__all__ = ["draws", "drawing", "drawn_rows", "sizes", "times_drawn", "unfocused"]

_DRAWN = '''\
def drawn(weights, rng):
    """As many pictures as there are, each as often as its weight says, but for what is left of a whole number."""
    order = rng.permutation(len(weights))
    order = order[np.argsort(weights[order], kind="stable")]
    ends = np.cumsum(weights[order])
    ends *= len(weights) / ends[-1]
    ends[-1] = len(weights)
    times = np.diff(np.floor(ends + rng.random()), prepend=0.0).astype(int)
    return rng.permutation(np.repeat(order, times))'''

_BATCHES = '''\
class Drawn(keras.utils.PyDataset):
    """Batches of epochs in which rare pictures are drawn more often; each is as long as one over all pictures."""

    def __init__(self, weights, *arrays):
        super().__init__()
        self.weights, self.arrays, self.epoch = weights, arrays, 0
        self.draw()

    def draw(self):
        turns = range(self.epoch * {passes}, (self.epoch + 1) * {passes})
        self.rows = np.concatenate([drawn(self.weights, np.random.default_rng((SEED, turn))) for turn in turns])

    def __len__(self):
        return -(-len(self.rows) // {size})

    def __getitem__(self, batch):
        rows = self.rows[batch * {size} : (batch + 1) * {size}]
        return tuple(array[rows] for array in self.arrays)

    def on_epoch_begin(self):  # of one epoch the end is told several times
        self.draw()
        self.epoch += 1'''

_UNFOCUSED = '''\
def val_loss(model, x, y):
    """The study's: without the focus, which is for training only."""
    loss = {loss}
    logits = keras.ops.convert_to_tensor(model.predict(x, verbose=0).astype("float32"))
    return float(loss(y, logits)) + sum(float(penalty) for penalty in model.losses)'''


def draws(recipe: Recipe) -> bool:
    """Whether some pictures are drawn more often than others."""
    return recipe.acts("oversampling")


def times_drawn(recipe: Recipe) -> list[Code]:
    """Lines that define ``times``, how often an epoch draws each picture in the mean; none where each comes once."""
    if not draws(recipe):
        return []
    share = float(recipe.config["oversampling"])
    return lines(
        "times = alike ** -{share}", "times *= len(times) / times.sum()  # how often each is drawn", share=share
    )


def drawing(recipe: Recipe) -> list[Code]:
    """Definitions of ``drawn(weights, rng)`` and ``Drawn(weights, *arrays)``, where they are needed."""
    if not draws(recipe):
        return []
    passes, size = recipe.study.experiment.passes, recipe.config["batch_size"]
    return [code(_DRAWN), code(_BATCHES, passes=passes, size=size)]


def drawn_rows(recipe: Recipe) -> list[Code]:
    """Lines that leave in ``x_train``, ``y_train`` and ``weights`` what one epoch draws."""
    if not draws(recipe):
        return []
    return [
        *task_code(recipe).alike(recipe),
        *lines(
            "rows = np.sort(drawn(alike ** -{share}, np.random.default_rng((SEED, 0))))",
            "x_train, y_train = x_train[rows], y_train[rows]",
            share=float(recipe.config["oversampling"]),
        ),
        *(lines("weights = (weights / weights.mean())[rows]") if recipe.is_weighted else []),
    ]


def sizes(recipe: Recipe, weighing: str, counts: Code, is_fitted: bool = False) -> Code:
    """As how many pictures the classes count by a parameter that says how they are weighed; ``counts`` in fact.

    Args:
        recipe: of the trial.
        weighing: name of the parameter.
        counts: code of them.
        is_fitted: for a classifier of another library, which is given each picture once whatever the passes.
    """
    kind = recipe.config[weighing]
    if kind == "square_root":
        return code("np.sqrt({counts})", counts=counts)
    if kind == "effective":
        # With several passes an epoch the arrays hold each picture so many times.
        passes = 1 if is_fitted or draws(recipe) else recipe.study.experiment.passes
        each = counts if passes == 1 else code("({counts} / {passes})", counts=counts, passes=passes)
        return code("(1 - {beta} ** {each}) / (1 - {beta})", beta=float(recipe.config[f"{weighing}_beta"]), each=each)
    return counts


def unfocused(recipe: Recipe) -> list[Code]:
    """The definition of ``val_loss(model, x, y)``, where the loss of training has a focus."""
    return [code(_UNFOCUSED, loss=task_code(recipe).unfocused(recipe))] if recipe.acts("focal_gamma") else []
