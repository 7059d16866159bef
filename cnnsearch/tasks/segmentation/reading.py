"""From what a source brings to masks: outlines, or arrays or files that hold indices, colours, or yes and no."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnsearch.data.raw_labels import MaskExcerpt, MaskReading, RawLabels
from cnnsearch.data.raw_outlines import PictureOutlines
from cnnsearch.errors import InputError, Problem, first_line
from cnnsearch.inputs.pictures.opened import is_too_large, turned, turned_array
from cnnsearch.inputs.pictures.tiles import Tile
from cnnsearch.tasks.segmentation.masks import MOST_CLASSES, VOID, Mask
from cnnsearch.tasks.segmentation.outlines import BACKGROUND, OutlineError, filled

__all__ = ["read_masks"]

_SHOWN = 10
"""Masks that an error names."""

_JPEG = ("JPEG", "MPO")

_BRIGHT, _NOISE = 128, 16
"""Of a JPEG of two classes: levels from which a pixel is of the second one, and below which all is noise around 0."""

_SPARSE, _TENTH = 20, 10
"""Indices above the first are doubted where fewer than this share of those up to the highest occur."""


class _MaskError(ValueError):
    """What is wrong with one mask, in words, and the value to show."""

    def __init__(self, rule: str, value: Any = None) -> None:
        super().__init__(rule)
        self.rule, self.value = rule, value


@dataclass(frozen=True, eq=False)
class _Whole:
    """The mask that was read last.

    Attributes:
        given, page: of what it was read.
        mask: ``(height, width)`` uint8; ``None``: it is none, which is told already.
    """

    given: Any = None
    page: int | None = None
    mask: np.ndarray | None = None

    def is_of(self, given: Any, excerpt: MaskExcerpt) -> bool:
        """Whether it holds that tile."""
        same = given is self.given or (isinstance(given, Path) and given == self.given)
        return excerpt.tile is not None and same and excerpt.page == self.page


def read_masks(labels: RawLabels, names: tuple[str, ...] = ()) -> tuple[tuple[Mask, ...], tuple[str, ...]]:
    """Masks, and the names of their classes.

    Args:
        labels: arrays ``(n, height, width)`` of indices or ``(n, height, width, 3)`` of colours, paths of files, or
            outlines.
        names: of the classes, where a model knows them already.

    Raises:
        InputError: they are no masks, or say what is no class; ten of these are named.
    """
    how = labels.masks or MaskReading()
    if labels.outlines is not None:
        names = _with_background(labels, names)
    names = names or how.names
    masks: list[Mask] = []
    problems: list[Problem] = []
    used: set[int] = set()
    palettes = _Palettes()
    last = _Whole()
    for index, given in enumerate(_given(labels)):
        excerpt = labels.excerpts[index] if labels.excerpts else MaskExcerpt()
        try:
            if not last.is_of(given, excerpt):  # else a tile of the same one
                last = _Whole(given, excerpt.page, _indices(given, how, names, excerpt.page, palettes))
            if last.mask is None:
                continue
            mask = last.mask if excerpt.tile is None else _of_tile(last.mask, excerpt.tile)
            used |= {*np.flatnonzero(np.bincount(mask.ravel(), minlength=VOID)[:VOID]).tolist()}
            masks.append(Mask.of(mask))
        except _MaskError as error:
            last = _Whole(given, excerpt.page)
            problems.append(_problem(labels, index, given, error))
            if len(problems) == _SHOWN:
                break
    if problems:
        raise InputError(problems)
    return tuple(masks), names or _numbered(used, labels)


def _numbered(used: set[int], labels: RawLabels) -> tuple[str, ...]:
    """Names of the classes where nobody has named them.

    Raises:
        InputError: so few indices occur that they are levels of grey.
    """
    highest = max(used, default=0)
    if highest > _SPARSE and len(used) * _TENTH <= highest:
        levels = ", ".join(map(str, sorted(used)))
        rule = (
            f"the masks have the values {levels} alone, which are taken for indices of classes from 0 to {highest}: "
            f"say which class has which, as mask_classes: {{NAME: [{highest}, {highest}, {highest}], ...}}"
        )
        raise InputError(Problem(labels.parts[0][0], rule))
    return tuple(map(str, range(highest + 1)))


class _Palettes:
    """The colours that masks with a palette show for their indices."""

    def __init__(self) -> None:
        self._first: dict[tuple[int, ...], tuple[int, str]] = {}

    def check(self, image: Image.Image, name: str) -> None:
        """Whether what one shows in a colour is what the others show in it.

        Raises:
            _MaskError: it is not, so that indices are no classes.
        """
        shown = {index: tuple(colour) for index, colour in _palette(image).items()}
        if len({*shown.values()}) < len(shown):
            return
        for index, colour in shown.items():
            before, where = self._first.setdefault(colour, (index, name))
            if before != index:
                rule = (
                    f"shows the colour {list(colour)} by the index {index} of its palette, and {where} by {before}: "
                    "palettes differ, so give the colours of the classes, as mask_classes: {NAME: [red, green, blue]}"
                )
                raise _MaskError(rule)


def _palette(image: Image.Image) -> dict[int, tuple[int, ...]]:
    """Index -> the colour of those that occur."""
    colours = np.asarray(image.getpalette("RGB") or (), np.uint8).reshape(-1, 3)
    used = np.flatnonzero(np.bincount(np.asarray(image.convert("P") if image.mode == "PA" else image).ravel()))
    return {index: tuple(colours[index].tolist()) for index in used.tolist() if index < len(colours)}


def _with_background(labels: RawLabels, names: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the classes of outlines, the first that of all else.

    Raises:
        InputError: there are more than masks can tell, or a model's names have no background.
    """
    where = labels.parts[0][0]
    names = names or tuple(dict.fromkeys((BACKGROUND, *labels.known)))
    if len(names) > MOST_CLASSES:
        raise InputError(Problem(where, f"has more than {MOST_CLASSES} classes", len(names)))
    if BACKGROUND not in names:
        rule = f"pixels in no outline are of the class '{BACKGROUND}', which the model does not know"
        raise InputError(Problem(where, rule, ", ".join(names)))
    return names


def _given(labels: RawLabels) -> Iterator[Any]:
    """Of each picture a path, its array, or its outlines."""
    if labels.outlines is not None:
        for _, indices in labels.parts:
            yield from (labels.outlines[index] for index in indices.tolist())
        return
    root = Path(labels.file).resolve().parent if labels.file else Path()
    for where, array in labels.parts:
        if array.dtype.kind in "US":
            if array.ndim != 1:
                raise InputError(Problem(where, "needs one mask a picture: name one column as label_column"))
            yield from (root / name for name in array.tolist())
        elif array.ndim == 3 or (array.ndim == 4 and array.shape[-1] in (1, 3)):
            yield from array
        else:
            rule = "masks must have the shape (n, height, width), or (n, height, width, 3) where they are colours"
            raise InputError(Problem(where, rule, array.shape))


def _problem(labels: RawLabels, index: int, given: Any, error: _MaskError) -> Problem:
    """Of a file or an outline, which one it is."""
    if isinstance(given, PictureOutlines):
        return Problem(labels.parts[0][0], error.rule)
    rule = f"the mask {given} {error.rule}" if isinstance(given, Path) else f"the mask {error.rule}"
    if isinstance(given, Path) and not labels.lines:
        return Problem(labels.parts[0][0], rule, error.value)
    if error.value is not None and labels.lines:
        rule = f"{rule} (got {error.value!r})"
    return labels.problem(index, rule, None if labels.lines else error.value)


def _of_tile(mask: np.ndarray, tile: Tile) -> np.ndarray:
    """Void but for the core: what lies around is learnt and judged in other tiles, or is beyond the picture."""
    if mask.shape != tile.picture:
        raise _MaskError("must have the size of its picture, {} x {}".format(*tile.picture), list(mask.shape))
    found = np.full(tile.size, VOID, np.uint8)
    found[tile.core_within] = mask[tile.core_in_picture]
    return found


def _indices(given: Any, how: MaskReading, names: tuple[str, ...], page: int | None, palettes: _Palettes) -> np.ndarray:
    """``(height, width)`` uint8."""
    if isinstance(given, PictureOutlines):
        try:
            return filled(given, names)
        except OutlineError as error:
            raise _MaskError(str(error)) from None
    values = _opened(given, how, page, palettes) if isinstance(given, Path) else np.asarray(given)
    if values.ndim == 3 and (values.shape[-1] == 1 or (not how.colours and _is_grey(values))):
        values = values[..., 0]
    if values.size == 0:
        raise _MaskError("holds no pixels", values.shape)
    if how.colours:
        return _of_colours(values, how.colours, how.void)
    if values.ndim == 3:
        raise _MaskError(
            "is a picture of colours, and which class has which is not known: give them as mask_classes: "
            "{NAME: [red, green, blue], ...}"
        )
    if how.is_binary:
        return _of_two(values, how.void)
    return _of_indices(values, how.void, names)


def _is_grey(values: np.ndarray) -> bool:
    return bool((values[..., :1] == values).all())


def _opened(path: Path, how: MaskReading, page: int | None, palettes: _Palettes) -> np.ndarray:
    """As it stands upright, as a picture would; what is transparent is not looked at.

    Args:
        path: of the file.
        how: with colours, a palette, or black and white, is read as those that it shows; else it stays indices, as
            PASCAL VOC has them, but for a grey one where there are two classes.
        page: of several; ``None``: it must have one alone.
        palettes: of the masks before it.
    """
    try:
        with Image.open(path) as image:
            if is_too_large(*image.size):
                raise _MaskError("is too large", image.size)
            pages = getattr(image, "n_frames", 1)
            if page is not None:
                image.seek(page)
            elif pages > 1:
                raise _MaskError("has several pages, and a picture has one mask: save each as a file", pages)
            image.load()  # what says which way is up may stand behind the pixels
            if image.mode in ("P", "PA") and not how.colours and not how.is_binary:
                palettes.check(image, path.name)
            return turned_array(_values(image, how), turned(image))
    except FileNotFoundError:
        raise _MaskError("is not there") from None
    except _MaskError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes Pillow raise
        raise _MaskError(f"cannot be read: {first_line(error)}") from None


def _values(image: Image.Image, how: MaskReading) -> np.ndarray:
    """As they lie in the file."""
    if image.format in _JPEG and not how.colours:
        return _of_jpeg(image, how)
    if how.colours and image.mode in ("P", "PA", "1"):
        return np.asarray(image.convert("RGB"))
    if how.is_binary and image.mode in ("P", "PA") and all(len({*each}) == 1 for each in _palette(image).values()):
        return np.asarray(image.convert("RGB"))[..., 0]
    if image.mode in ("RGBA", "LA", "CMYK", "YCbCr"):
        return np.asarray(image.convert("L" if image.mode == "LA" else "RGB"))
    return np.asarray(image)


def _of_jpeg(image: Image.Image, how: MaskReading) -> np.ndarray:
    """0 and 255: near edges a JPEG has all levels between them, and some noise everywhere."""
    if not how.is_binary:
        raise _MaskError(
            "is a JPEG, which changes the indices of classes: save masks as PNG, or say mask_binary: true where they "
            "are of 0 and 255"
        )
    if how.void is not None:
        raise _MaskError("is a JPEG, which does not keep mask_void: save masks as PNG")
    values = np.asarray(image.convert("L"))
    if _NOISE <= (highest := int(values.max())) < _BRIGHT:
        raise _MaskError(
            "is a JPEG without a bright pixel, so that it is not told what is no noise: save masks as PNG", highest
        )
    return np.where(values >= _BRIGHT, np.uint8(255), np.uint8(0))


def _of_colours(values: np.ndarray, colours: Mapping[str, tuple[int, int, int]], void: Any) -> np.ndarray:
    if values.ndim == 2:
        values = np.repeat(values[..., np.newaxis], 3, axis=-1)
    keys = _keys(values)
    table = {_key(colour): index for index, colour in enumerate(colours.values())}
    if void is not None:
        table[_key(void if isinstance(void, tuple) else (void,) * 3)] = VOID
    known = np.array(sorted(table))
    places = np.searchsorted(known, keys).clip(max=len(known) - 1)
    wrong = known[places] != keys
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        share = wrong.mean()
        hint = "; a JPEG changes colours: save masks as PNG" if share > 0.01 else ""
        rule = f"has at row {row}, column {column} a colour that is none of mask_classes, as {share:.1%} of its pixels"
        raise _MaskError(f"{rule}{hint}", values[row, column].tolist())
    indices = np.array([table[key] for key in known.tolist()], np.uint8)
    return np.asarray(indices[places])


def _keys(values: np.ndarray) -> np.ndarray:
    """One number a colour."""
    if values.dtype.kind not in "biu":
        raise _MaskError("must hold whole numbers", str(values.dtype))
    wide = values.astype(np.int64)
    return np.asarray((wide[..., 0] << 32) + (wide[..., 1] << 16) + wide[..., 2])


def _key(colour: tuple[int, ...]) -> int:
    red, green, blue = colour
    return (red << 32) + (green << 16) + blue


def _of_two(values: np.ndarray, void: Any) -> np.ndarray:
    found = np.asarray(values != 0, np.uint8)
    if void is not None:
        found[values == void] = VOID
    return found


def _of_indices(values: np.ndarray, void: Any, names: tuple[str, ...]) -> np.ndarray:
    if values.dtype.kind not in "biu" and not (np.isfinite(values).all() and (values == np.floor(values)).all()):
        raise _MaskError("must hold whole numbers, the indices of classes", str(values.dtype))
    unknown = np.zeros(values.shape, bool) if void is None else values == void
    most = len(names) or MOST_CLASSES
    wrong = ~unknown & ((values < 0) | (values >= most))
    if wrong.any():
        row, column = np.argwhere(wrong)[0].tolist()
        value = values[row, column].item()
        rule = f"has at row {row}, column {column} an index that no class has: they go from 0 to {most - 1}"
        say = (
            "say mask_void where it means that nothing is known, mask_binary: true where all but 0 is one class, or "
            "the value of each class, as mask_classes: {NAME: [1, 1, 1], ...}"
        )
        raise _MaskError(f"{rule}; {say}", value)
    return np.asarray(np.where(unknown, VOID, values), np.uint8)
