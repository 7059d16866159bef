"""A backbone of several maps in a script: the lines before what is behind them, of whichever family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cnnsearch.families.transfer.backbone_parameters import SCRATCH
from cnnsearch.families.transfer.backbone_sizes import Map, backbone_size
from cnnsearch.families.transfer.code import add_backbone, add_unfrozen, as_trained_on
from cnnsearch.families.transfer.code_training import before_compile, phases
from cnnsearch.families.transfer.maps import map_name
from cnnsearch.scripts.family import FamilyCode, Fit
from cnnsearch.scripts.recipe import Part, Recipe
from cnnsearch.scripts.writing import Code, code, joined, lines, literal, name

__all__ = ["add_encoder", "encoder_maps", "family_code", "named_maps"]


def encoder_maps(recipe: Recipe, deepest: int) -> tuple[Map, ...]:
    """Those of the backbone that a config names, down to a level."""
    config = recipe.config
    # Where they are does not depend on the width, of which any may have random weights.
    known = backbone_size(config["encoder"], float(config["backbone_alpha"])) or backbone_size(config["encoder"], 1.0)
    return known.encoder(deepest).maps if known is not None else ()


def add_encoder(recipe: Recipe, part: Part, maps: Sequence[Map]) -> None:
    """Lines up to the maps, each in a variable of its name; ``x`` is the deepest one."""
    of_backbone = replace(recipe, config={**recipe.config, "backbone": recipe.config["encoder"]})
    if recipe.study.experiment.features.dtype != "float32":
        part.beyond.append("The trial kept what its frozen layers gave in half precision.")
    part.lines.append(code("height, width, channels = x_train.shape[1:]"))
    add_backbone(of_backbone, part)
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


def named_maps(maps: Sequence[Map]) -> dict[str, Code]:
    """By which names layers take them -> the variables of a script, where there are several."""
    return {map_name(each.level): name(map_name(each.level)) for each in maps}


def _cut(maps: Sequence[Map]) -> list[Code]:
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


def family_code(model: Callable[[Recipe], Part]) -> FamilyCode:
    """Of a family whose encoder may be a backbone."""
    return FamilyCode(model, built=_built, phases=_phases, before_compile=_before_compile)


def _phases(recipe: Recipe, fit: Fit, callbacks: Code) -> Part:
    if recipe.config["encoder"] != SCRATCH:
        return phases(recipe, fit, callbacks)
    return Part(fit(literal(float(recipe.config["learning_rate"])), code("EPOCHS"), callbacks))


def _built(recipe: Recipe) -> Code:
    return code("model") if recipe.config["encoder"] == SCRATCH else code("model, backbone, trained")


def _before_compile(recipe: Recipe) -> list[Code]:
    return [] if recipe.config["encoder"] == SCRATCH else before_compile(recipe)
