"""The ``unet`` family as stock layers, one a line; of ``keras.applications`` the encoder where it is a backbone."""

from __future__ import annotations

from cnnsearch.families.transfer.backbone_parameters import SCRATCH
from cnnsearch.families.transfer.encoder_code import add_encoder, encoder_maps, family_code, named_maps
from cnnsearch.families.unet.decoder import decoder_of, levels_of
from cnnsearch.families.unet.layers import layers_of
from cnnsearch.scripts.layers import assembled, augmentation, penalty, scaling, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import code, lines

__all__ = ["CODE"]


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``; see ``body.py``."""
    random = augmentation(recipe)
    part = Part([*penalty(recipe)], random.beyond, random.definitions)
    if recipe.config["encoder"] == SCRATCH:
        _from_scratch(recipe, part)
    else:
        _encoded(recipe, part)
    return part


def _from_scratch(recipe: Recipe, part: Part) -> None:
    sides = recipe.size or (2 ** recipe.config["depth"],) * 2  # of which none need be padded
    part.lines += [
        *lines("inputs = keras.Input(x_train.shape[1:])", "x = inputs"),
        *scaling(recipe, recipe.config["scaling"]),
        *written(recipe, layers_of(recipe.config, sides, task_code(recipe).width)),
        *assembled(recipe),
        code("return model"),
    ]


def _encoded(recipe: Recipe, part: Part) -> None:
    """Behind a backbone that ends in several maps."""
    config = recipe.config
    side = 2 ** (config["depth"] + 1)
    sides = recipe.size or (side, side)
    levels, (deepest,) = levels_of(config)
    maps = [each for each in encoder_maps(recipe, deepest) if each.level in levels]
    add_encoder(recipe, part, maps)
    shapes = {each.level: each.shape((*sides, 3)) for each in maps}
    decoder = decoder_of(config, sides, shapes, task_code(recipe).width)
    part.lines += written(recipe, decoder, named_maps(maps))
    part.lines += [*assembled(recipe), code("return model, backbone, trained")]


CODE = family_code(_model)
