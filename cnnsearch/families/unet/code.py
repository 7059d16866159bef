"""The ``unet`` family as stock layers, one a line; of ``keras.applications`` the encoder where it is a backbone."""

from __future__ import annotations

from dataclasses import replace

from cnnsearch.families.transfer.backbone_sizes import Map, backbone_size
from cnnsearch.families.transfer.code import add_backbone, add_unfrozen, as_trained_on
from cnnsearch.families.transfer.code_training import before_compile, phases
from cnnsearch.families.unet.decoder import decoder_of, map_name
from cnnsearch.families.unet.layers import layers_of
from cnnsearch.families.unet.spec import SCRATCH
from cnnsearch.scripts.family import FamilyCode, Fit
from cnnsearch.scripts.layers import assembled, augmentation, penalty, scaling, written
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.task import task_code
from cnnsearch.scripts.writing import Code, code, joined, lines, literal, name

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
    of_backbone = replace(recipe, config={**config, "backbone": config["encoder"]})
    side = 2 ** (config["depth"] + 1)
    sides = recipe.size or (side, side)
    if recipe.study.experiment.features.dtype != "float32":
        part.beyond.append("The trial kept what its frozen layers gave in half precision.")
    part.lines.append(code("height, width, channels = x_train.shape[1:]"))
    add_backbone(of_backbone, part)
    maps = _maps(recipe)
    part.lines += [
        *_cut(maps),
        *lines(
            "keras.utils.set_random_seed(SEED)  # whatever the backbone drew",
            "inputs = keras.Input(x_train.shape[1:])",
            "x = inputs",
        ),
        *as_trained_on(of_backbone),
    ]
    add_unfrozen(of_backbone, part)
    names = [name(map_name(each.level)) for each in maps]
    if len(maps) > 1:
        part.lines += lines("{maps} = x", "x = {deepest}", maps=joined(names, ", "), deepest=names[-1])
    shapes = {each.level: each.shape((*sides, 3)) for each in maps}
    decoder = decoder_of(config, sides, shapes, task_code(recipe).width)
    part.lines += written(recipe, decoder, {map_name(each.level): name(map_name(each.level)) for each in maps})
    part.lines += [*assembled(recipe), code("return model, backbone, trained")]


def _maps(recipe: Recipe) -> list[Map]:
    """Those that the decoder takes."""
    config = recipe.config
    # Where they are does not depend on the width, of which any may have random weights.
    known = backbone_size(config["encoder"], float(config["backbone_alpha"])) or backbone_size(config["encoder"], 1.0)
    maps = known.encoder(config["depth"]).maps if known is not None else ()
    return list(maps if config["skip_connections"] else maps[-1:])


def _cut(maps: list[Map]) -> list[Code]:
    """Lines that let ``backbone`` end in its maps; a network that ends in a list of one would give a list."""
    if len(maps) == 1:
        return [code("backbone = keras.Model(backbone.inputs, {tensor})", tensor=_tensor(maps[0]))]
    listed = [
        code("    {tensor},  # 1/{sides} of the sides", tensor=_tensor(each), sides=2**each.level) for each in maps
    ]
    return [code("backbone = keras.Model(backbone.inputs, ["), *listed, code("])")]


def _tensor(each: Map) -> Code:
    end = name("output" if each.place > 0 else "input")
    return code("backbone.layers[{place}].{end}", place=-abs(each.place), end=end)


def _phases(recipe: Recipe, fit: Fit, callbacks: Code) -> Part:
    if recipe.config["encoder"] != SCRATCH:
        return phases(recipe, fit, callbacks)
    return Part(fit(literal(float(recipe.config["learning_rate"])), code("EPOCHS"), callbacks))


def _built(recipe: Recipe) -> Code:
    return code("model") if recipe.config["encoder"] == SCRATCH else code("model, backbone, trained")


def _before_compile(recipe: Recipe) -> list[Code]:
    return [] if recipe.config["encoder"] == SCRATCH else before_compile(recipe)


CODE = FamilyCode(_model, built=_built, phases=_phases, before_compile=_before_compile)
