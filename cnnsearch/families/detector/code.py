"""The ``detector`` family as stock layers, one a line."""

from __future__ import annotations

from cnnsearch.families.detector.layers import Written, layers_behind, layers_of
from cnnsearch.families.detector.places import levels_of, ratios_of, strides_of
from cnnsearch.families.transfer.backbone_parameters import SCRATCH
from cnnsearch.families.transfer.encoder_code import add_encoder, encoder_maps, family_code, named_maps
from cnnsearch.families.transfer.maps import map_name
from cnnsearch.scripts.layers import assembled, augmentation, penalty, scaling, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, lines, name

__all__ = ["CODE"]

_PLACES = '''\
def places(height, width):
    """Of each prior the centre, and how far its sides lie from there: x, y, x, y each, in pixels."""
    ratios = np.sqrt({ratios})  # of width and height
    shapes = np.stack([ratios, 1 / ratios], -1)
    centres, halves = [], []
    for stride in {strides}:
        rows, columns = (np.arange(0, side, stride) + stride / 2 for side in (height, width))
        x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
        centres.append(np.repeat(np.stack([x, y, x, y], -1), len(shapes), axis=0))
        half = np.tile(shapes * {scale} * stride / 2, (len(x), 1))
        halves.append(np.concatenate([-half, half], -1))
    return [np.concatenate(parts).astype("float32") for parts in (centres, halves)]'''


def _model(recipe: Recipe) -> Part:
    """The body of ``build_model(x_train)``, up to its return."""
    config = recipe.config
    random = augmentation(recipe)
    found = code(
        _PLACES, ratios=list(ratios_of(config)), strides=strides_of(config), scale=float(config["prior_scale"])
    )
    part = Part([*penalty(recipe)], random.beyond, [found, *random.definitions])
    if config["encoder"] == SCRATCH:
        _from_scratch(recipe, part)
    else:
        _encoded(recipe, part)
    return part


def _from_scratch(recipe: Recipe, part: Part) -> None:
    config = recipe.config
    greatest = strides_of(config)[-1]
    sides = recipe.size or (greatest,) * 2  # of which none need be padded
    part.lines += [
        *lines(
            "centres, halves = places(*(side + -side % {greatest} for side in x_train.shape[1:3]))",
            "inputs = keras.Input(x_train.shape[1:])",
            "x = inputs",
            greatest=greatest,
        ),
        *scaling(recipe, config["scaling"]),
        *written(recipe, layers_of(config, sides, _written(recipe))),
        *assembled(recipe),
        code("return model"),
    ]


def _encoded(recipe: Recipe, part: Part) -> None:
    """Behind a backbone that ends in its maps."""
    config = recipe.config
    sides = recipe.size or (2 * strides_of(config)[-1],) * 2
    levels = levels_of(config)
    maps = [each for each in encoder_maps(recipe, levels[-1]) if each.level in levels]
    part.lines.append(code("centres, halves = places(*x_train.shape[1:3])"))
    add_encoder(recipe, part, maps)
    if len(maps) == 1:
        part.lines += lines("{map} = x", map=name(map_name(maps[0].level)))
    shapes = {each.level: each.shape((*sides, 3)) for each in maps}
    behind = layers_behind(config, sides, shapes, _written(recipe))
    part.lines += written(recipe, behind, named_maps(maps))
    part.lines += [*assembled(recipe), code("return model, backbone, trained")]


def _written(recipe: Recipe) -> Written:
    classes: Code = task_code(recipe).width
    priors = len(ratios_of(recipe.config))
    logits = classes if priors == 1 else code("{priors} * {classes}", priors=priors, classes=classes)
    centres, halves = name("centres"), name("halves")
    rows, sides, boxes = code("(-1, {classes})", classes=classes), code("2 * np.abs(halves)"), code("centres + halves")
    return Written(rows, logits, centres, halves, sides, boxes)


CODE = family_code(_model)
