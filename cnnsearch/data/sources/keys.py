"""The keys that sources of data share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from cnnsearch.data.raw_labels import MaskReading
from cnnsearch.space.specs import SIZE_RULE, is_size

__all__ = [
    "IMAGE_COLUMN",
    "LABEL_COLUMN",
    "PATH_COLUMN",
    "SPLIT_COLUMN",
    "TEXT_COLUMN",
    "AnySource",
    "Columns",
    "FileName",
    "FilesSource",
    "FolderSource",
    "ImageSize",
    "MaskedSource",
    "PicturesSource",
    "TableSource",
    "TiledSource",
    "Tiles",
]


def _square(value: Any) -> Any:
    """``64`` is ``[64, 64]``; lists become tuples."""
    if not is_size(value):
        raise PydanticCustomError("rule", "must be {rule}", {"rule": SIZE_RULE})
    return (value, value) if isinstance(value, int) else tuple(value)


Side = Annotated[int, Field(ge=1, le=4096)]
ImageSize = Annotated[
    tuple[Side, Side],
    BeforeValidator(_square, json_schema_input_type=Side | tuple[Side, Side]),
]
ClassName = Annotated[
    str,
    BeforeValidator(
        lambda name: str(name) if isinstance(name, int) and not isinstance(name, bool) else name,
        json_schema_input_type=str | int,
    ),
]


_LEVELS = 65536
"""Of 16 bits, which a pixel of a mask may have."""


def _is_level(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LEVELS


def _colour(value: Any) -> tuple[int, ...] | None:
    """Red, green and blue; ``None`` where it is none."""
    is_one = isinstance(value, (list, tuple)) and len(value) == 3 and all(map(_is_level, value))
    return tuple(value) if is_one else None


def _mask_classes(value: Any) -> Any:
    """A tuple of names, or a colour by name."""
    if isinstance(value, (list, tuple)):
        names = tuple(str(name) if isinstance(name, int) and not isinstance(name, bool) else name for name in value)
        if len(names) > 1 and all(isinstance(name, str) and name for name in names):
            return names
    if isinstance(value, Mapping) and len(value) > 1 and all(map(_colour, value.values())):
        return {str(name): _colour(colour) for name, colour in value.items()}
    rule = (
        "must name at least two classes, as [background, tumour], or give the colour of each, as "
        "{background: [0, 0, 0], tumour: [255, 0, 0]}"
    )
    raise PydanticCustomError("rule", rule)


def _mask_void(value: Any) -> Any:
    found = value if _is_level(value) else _colour(value)
    if found is None:
        raise PydanticCustomError("rule", "must be an index from 0 to 65535, or a colour, as [255, 255, 255]")
    return found


_AS_IT_IS = PlainSerializer(lambda value: value, return_type=Any)
"""A PlainValidator alone has its value written twice, and the second time warns of the lists that tuples became."""

Level = Annotated[int, Field(ge=0, lt=_LEVELS)]
Colour = Annotated[list[Level], Field(min_length=3, max_length=3)]
MaskClasses = Annotated[
    tuple[str, ...] | dict[str, tuple[int, int, int]],
    PlainValidator(_mask_classes, json_schema_input_type=tuple[str | int, ...] | dict[str, Colour]),
    _AS_IT_IS,
]
MaskVoid = Annotated[
    int | tuple[int, int, int], PlainValidator(_mask_void, json_schema_input_type=Level | Colour), _AS_IT_IS
]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise PydanticCustomError("text", "must be text, not empty")
    return value


class Tiles(BaseModel):
    """Tiles into which large pictures are cut.

    Attributes:
        size: ``[height, width]`` in pixels of each; one number for a square.
        overlap: pixels that two neighbours share at least; ``null``: a quarter of the smaller side.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    size: ImageSize
    overlap: Annotated[int, Field(ge=0)] | None = None

    @property
    def shared(self) -> int:
        """Pixels that two neighbours share at least."""
        return min(self.size) // 4 if self.overlap is None else self.overlap


def _tiles(value: Any) -> Any:
    """``256`` is ``{size: 256}``."""
    return {"size": value} if is_size(value) else value


FileName = Annotated[
    str,
    PlainValidator(_text, json_schema_input_type=Annotated[str, Field(min_length=1)]),
    _AS_IT_IS,
]
"""A path of any bytes: those that are no UTF-8 are lone surrogates in it, which pydantic's own str refuses."""

PATH_COLUMN, IMAGE_COLUMN, TEXT_COLUMN, LABEL_COLUMN = "path", "image", "text", "label"

SPLIT_COLUMN = "split"
"""The column of a table that is read as splits where it is there."""


class Columns(NamedTuple):
    """Of a table of pictures.

    Attributes:
        path: name of the column of their paths.
        labels: names of those of what is to be predicted.
        separator: between the labels of one cell.
        split: name of the column that says train, validation or test; ``None`` reads none. The default may be missing.
        group: name of the column that says which pictures belong together; ``None`` reads none.
        weight: name of the column of what a picture counts in training; ``None`` reads none.
        drops_missing: rows with an empty cell are left out; else they are an error.
        decimal: what stands before the decimals of its numbers, a point or a comma; ``None``: the source does not ask.
    """

    path: str = PATH_COLUMN
    labels: tuple[str, ...] = (LABEL_COLUMN,)
    separator: str | None = None
    split: str | None = SPLIT_COLUMN
    group: str | None = None
    weight: str | None = None
    drops_missing: bool = False
    decimal: str | None = None

    def with_point(self, cell: str) -> str:
        """The text of a number with a point, if it has what this table has in its place."""
        return swapped(cell) if self.decimal == "," else cell


def swapped(cell: str) -> str:
    """With points for commas, and commas for points, which no number has then."""
    return cell.translate(_SWAPPED)


_SWAPPED = str.maketrans(",.", ".,")

Share = Annotated[float, Field(ge=0.0, lt=1.0, allow_inf_nan=False)]


class AnySource(BaseModel):
    """What all sources share.

    Attributes:
        validation: share of the pictures for validation, stratified by class; where the source brings its own
            validation split, that one is used and this is not read.
        test: share for the test split; 0 for none. A split that the source brings is used as it is, and where it
            brings one for validation and none for the test, there is no test split.
        classes: use the pictures of these classes alone, by their names; ``null`` takes all.
        limit: use at most so many pictures of these, drawn by class and seed; ``null`` takes all.
        image_size: ``[height, width]`` in pixels to which every picture is resized; one number for a square.
        resizing: ``letterbox``: the ratio of the sides is kept, and what is left over is black; ``stretch``: all of
            ``image_size`` is filled. ``null`` is letterbox of boxes, which alone can be letterboxed, and else stretch.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    validation: Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)] = 0.2
    test: Share = 0.2
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2, strict=False)] | None = None
    limit: Annotated[int, Field(ge=2)] | None = None
    image_size: ImageSize | None = None
    resizing: Literal["letterbox", "stretch"] | None = None

    @model_validator(mode="after")
    def _leaves_training(self) -> AnySource:
        if self.validation + self.test >= 1.0:
            raise PydanticCustomError(
                "splits",
                "validation + test must be below 1, to leave pictures for training (they are {total})",
                {"total": f"{self.validation + self.test:g}"},
            )
        return self


class MaskedSource(AnySource):
    """Pictures that may have masks, which the task ``segmentation`` learns from.

    Attributes:
        mask_classes: of masks, names of the classes by their indices, from 0 on; or, of masks that are pictures of
            colours, ``{NAME: [red, green, blue]}`` of each class. Left out, indices are the names.
        mask_binary: of masks, all values but 0 are the second of two classes, as in masks of 0 and 255.
        mask_void: of masks, the index, or the colour, of pixels of which nothing is known: they are neither learnt nor
            judged. ``null``: there are none.
    """

    mask_classes: MaskClasses | None = None
    mask_binary: bool = False
    mask_void: MaskVoid | None = None

    @model_validator(mode="after")
    def _says_one_kind_of_mask(self) -> MaskedSource:
        classes, colours = self.mask_classes, isinstance(self.mask_classes, dict)
        if self.mask_binary and (colours or (classes is not None and len(classes) != 2)):
            raise PydanticCustomError("masks", "must have two names in mask_classes where mask_binary is true")
        if isinstance(classes, tuple) and len({*classes}) < len(classes):
            raise PydanticCustomError("masks", "must name each of its mask_classes once")
        if isinstance(classes, dict) and len({*classes.values()}) < len(classes):
            raise PydanticCustomError("masks", "must give each of its mask_classes a colour of its own")
        if isinstance(self.mask_void, tuple) and not colours:
            raise PydanticCustomError("masks", "must have mask_void as an index where masks are of indices")
        if isinstance(classes, dict) and self._void_colour in classes.values():
            raise PydanticCustomError("masks", "must have a mask_void that is the colour of no class")
        return self

    @property
    def _void_colour(self) -> tuple[int, ...] | None:
        return (self.mask_void,) * 3 if isinstance(self.mask_void, int) else self.mask_void

    @property
    def mask_reading(self) -> MaskReading:
        """What the values of masks mean."""
        classes = self.mask_classes
        colours = classes if isinstance(classes, dict) else {}
        names = tuple(classes or (("background", "foreground") if self.mask_binary else ()))
        return MaskReading(names, colours, self.mask_binary, self.mask_void)


class FilesSource(AnySource):
    """What is read from the disk.

    Attributes:
        path: where it lies, relative to where the command is typed.
    """

    path: FileName


class TiledSource(AnySource):
    """Picture files that may be cut into tiles.

    Attributes:
        tiles: of masks, ``{size: 256, overlap: 64}``, or the size alone: pictures and masks are cut into tiles of so
            many pixels, which are pictures of their own. Each pixel is learnt and judged in one tile, where it is
            farthest from the edge. ``predict`` tells whole pictures. ``null``: they stay whole.
    """

    tiles: Annotated[Tiles, BeforeValidator(_tiles, json_schema_input_type=ImageSize | Tiles)] | None = None

    @model_validator(mode="after")
    def _has_tiles_that_go_on(self) -> TiledSource:
        tiles = self.tiles
        if tiles is not None and tiles.shared >= min(tiles.size):
            rule = "must have tiles with an overlap of less than their smaller side, {side} (it is {overlap})"
            raise PydanticCustomError("masks", rule, {"side": min(tiles.size), "overlap": tiles.shared})
        return self


def _pattern(pattern: str | None) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        rule = "must be a regular expression, as (.*)_[0-9]+: {error}"
        raise PydanticCustomError("rule", rule, {"error": str(error)}) from None
    return pattern


class PicturesSource(AnySource):
    """Picture files.

    Attributes:
        color: ``rgb``, ``grey``, or ``auto``: grey only where every picture is, and TIFF files of any other number of
            channels as they are.
        max_unreadable: largest share of files that may be unreadable; they are skipped and named in the study.
        decoding: ``reduced``: a JPEG that becomes less than half as large is decoded at a part of its size, which is
            faster; pixels of photographs differ by 1 of 255 levels in the mean. ``full``: all of it is decoded.
        group: a regular expression on names of files: pictures for which its groups match the same, as
            ``(.*)_\\d+`` for ``patient7_01.png`` and ``patient7_02.png``, are in one split. It matches from the
            beginning of the file's own name; one with a slash matches anywhere in the path.
    """

    color: Literal["auto", "rgb", "grey"] = "auto"
    decoding: Literal["reduced", "full"] = "reduced"
    max_unreadable: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    group: Annotated[str | None, AfterValidator(_pattern)] = None


class FolderSource(PicturesSource):
    """A folder with a sub-folder of pictures a class.

    Attributes:
        recursive: pictures in sub-folders of a class, at any depth, are of that class too; else these are left out, and
            told.
    """

    recursive: bool = True


class TableSource(PicturesSource):
    """A table with a row a picture.

    Attributes:
        label_column: name of the column of what is to be predicted.
        label_columns: names of several columns, in place of ``label_column``: as many as are predicted, or a column a
            class, of which one cell of each row is 1 and all others are 0.
        label_separator: what stands between the labels of one cell, for a task with several labels a picture.
        split_column: name of the column that says train, validation or test, where there is one; ``null`` reads none.
        group_column: name of the column that says which pictures belong together, as of a patient: they are in one
            split. In place of ``group``.
        weight_column: name of the column of what each picture counts in the loss of training, as scikit-learn's
            ``sample_weight``: numbers from 0 on, of which only the ratios matter. Metrics count every picture alike.
    """

    label_column: str = LABEL_COLUMN
    label_columns: Annotated[tuple[str, ...], Field(min_length=1, strict=False)] | None = None
    label_separator: Annotated[str, Field(min_length=1)] | None = None
    split_column: str | None = SPLIT_COLUMN
    group_column: str | None = None
    weight_column: str | None = None

    @model_validator(mode="after")
    def _names_columns_once(self) -> TableSource:
        columns = self.label_columns
        if self.group is not None and self.group_column is not None:
            raise PydanticCustomError("columns", "must have group or group_column, and not both")
        if columns is not None and self.label_column != LABEL_COLUMN:
            raise PydanticCustomError("columns", "must have label_column or label_columns, and not both")
        if columns is not None and len({*columns}) < len(columns):
            raise PydanticCustomError("columns", "must name each of its label_columns once")
        if columns is not None and len(columns) > 1 and self.label_separator is not None:
            rule = "label_separator is for the labels of one column, and label_columns names several"
            raise PydanticCustomError("columns", rule)
        return self

    def _columns(self, pictures: str) -> Columns:
        labels = (self.label_column,) if self.label_columns is None else self.label_columns
        return Columns(pictures, labels, self.label_separator, self.split_column, self.group_column, self.weight_column)


class TextTableSource(TableSource):
    """A table whose rows may be texts.

    Attributes:
        text_column: name of the column of the texts, for a family that takes texts; left out, it is ``text``.
    """

    text_column: Annotated[str, Field(min_length=1)] | None = None

    @property
    def text_columns(self) -> Columns:
        """How it is read where its rows are texts."""
        return self._columns(self.text_column or TEXT_COLUMN)
