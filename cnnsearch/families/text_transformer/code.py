"""The ``text_transformer`` family as stock layers, one a line."""

from __future__ import annotations

from cnnsearch.families.text_transformer.layers import layers_of
from cnnsearch.scripts.family import FamilyCode
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.texts import model_of_texts
from cnnsearch.scripts.writing import Code, code

__all__ = ["CODE", "POSITIONS"]

POSITIONS = '''\
def sine_positions(places, width, first):
    """Sines and cosines of the place of each token; the first tokens stand nowhere."""
    rates = 10000.0 ** -(np.arange(width // 2) / (width // 2))
    angles = np.outer(np.arange(places - first), rates)
    table = np.pad(np.concatenate([np.sin(angles), np.cos(angles)], axis=1), ((first, 0), (0, 0)))
    return np.round(table, 4).tolist()'''


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return."""
    length, width = recipe.config["text_length"], task_code(recipe).width
    defined = [code(POSITIONS)] if recipe.config["positions"] == "sine" else []
    return model_of_texts(recipe, lambda config: layers_of(config, length, width, _table), defined)


def _table(places: int, width: int, first: int) -> Code:
    """The positions, as the script computes them."""
    return code("sine_positions({places}, {width}, {first})", places=places, width=width, first=first)


CODE = FamilyCode(_model)
