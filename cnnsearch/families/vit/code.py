"""The ``vit`` family as stock layers, one a line."""

from __future__ import annotations

from collections.abc import Iterable

from cnnsearch.errors import InputError, Problem
from cnnsearch.families.vit.layers import layers_of
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.layers import assembled, augmentation, scaling, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, lines

__all__ = ["CODE", "POSITIONS"]

POSITIONS = '''\
def sine_positions(rows, columns, width, first):
    """Sines and cosines of the column and the row of each token; the first tokens stand nowhere."""
    rates = 10000.0 ** -(np.arange(width // 4) / (width // 4))
    row, column = (np.outer(places.ravel(), rates) for places in np.mgrid[:rows, :columns])
    table = np.concatenate([np.sin(column), np.cos(column), np.sin(row), np.cos(row)], axis=1)
    return np.round(np.pad(table, ((first, 0), (0, 0))), 4).tolist()'''


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return."""
    if recipe.size is None:
        raise InputError(Problem("TRIAL", "the study does not tell how large its pictures are"))
    body = [
        *lines("inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
        *scaling(recipe, recipe.config["scaling"]),
        *written(recipe, layers_of(recipe.config, recipe.size, task_code(recipe).width, _table)),
    ]
    random = augmentation(recipe)
    return Part(
        [*body, *assembled(recipe), code("return model")], random.beyond, [*_defined(recipe), *random.definitions]
    )


def _table(rows: int, columns: int, width: int, first: int) -> Code:
    """The positions, as the script computes them."""
    return code(
        "sine_positions({rows}, {columns}, {width}, {first})", rows=rows, columns=columns, width=width, first=first
    )


def _defined(recipe: Recipe) -> Iterable[Code]:
    return [code(POSITIONS)] if recipe.config["positions"] == "sine" else []


CODE = FamilyCode(_model)
