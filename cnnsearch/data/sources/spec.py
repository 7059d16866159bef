"""The data sources that an experiment may name, with their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from cnnsearch.data.sources.keys import (
    IMAGE_COLUMN,
    PATH_COLUMN,
    AnySource,
    Columns,
    FileName,
    FilesSource,
    FolderSource,
    ImageSize,
    MaskedSource,
    PicturesSource,
    TableSource,
    TextTableSource,
    TiledSource,
)

__all__ = [
    "BOXED_SOURCES",
    "BOXES_ALONE",
    "MASKED_SOURCES",
    "MASKS_ALONE",
    "SOURCES",
    "ArchiveSource",
    "ArraysSource",
    "CocoSource",
    "CsvSource",
    "DigitBoxesSource",
    "DigitScenesSource",
    "DirectorySource",
    "FileName",
    "FileSource",
    "ImageSize",
    "JsonlSource",
    "KerasSource",
    "MasksSource",
    "NpzSource",
    "ParquetSource",
    "SentencesSource",
    "SklearnSource",
    "Source",
    "UrlSource",
    "VocSource",
    "YoloSource",
    "given_source",
    "tables_of",
    "weights_key",
]


def _name_pattern(pattern: str) -> str:
    if pattern.count("{name}") != 1 or "/" in pattern:
        raise PydanticCustomError("rule", "must have {name} in it once, and no slash, as {name}_mask")
    return pattern


def _four_or_one(columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(columns) not in (1, 4) or len({*columns}) < len(columns):
        raise PydanticCustomError("rule", "must name four columns, or one whose cells have all four numbers")
    return columns


def _different_names(names: tuple[str, ...]) -> tuple[str, ...]:
    if len({*names}) < len(names):
        raise PydanticCustomError("rule", "must name each class once")
    return names


class SklearnSource(AnySource):
    """scikit-learn's ``load_digits``: 1,797 grey pictures of 8x8 in 10 classes; needs no download."""

    source: Literal["digits"] = "digits"


class DigitScenesSource(AnySource):
    """449 pictures of 24x24 with four of scikit-learn's digits each, at random places, and a mask that tells which
    pixels are of which digit: for the task ``segmentation``; needs no download."""

    source: Literal["digit_scenes"]


class DigitBoxesSource(AnySource):
    """About 700 pictures of 48x48 with up to four of scikit-learn's digits each, of several sizes, and a box around
    each: for the task ``detection``; needs no download."""

    source: Literal["digit_boxes"]


class KerasSource(AnySource):
    """A data set of ``keras.datasets``, by its own loader and cache (``~/.keras/datasets``)."""

    source: Literal["mnist", "fashion_mnist", "cifar10", "cifar100"]


class SentencesSource(AnySource):
    """Made English sentences in 4 classes, of two words that say it together; for a family that takes texts.

    Attributes:
        count: sentences.
    """

    source: Literal["sentences"]
    count: Annotated[int, Field(ge=100, le=100_000)] = 2000


class NpzSource(MaskedSource, FilesSource):
    """A NumPy ``.npz`` file with ``x, y`` or ``x_train, y_train``; also ``x_val, y_val`` and ``x_test, y_test``.

    Attributes:
        weight_array: name of the array of what each picture of ``x`` counts in the loss of training, as
            ``weight_column`` of a table.
        group_array: name of the array that says which pictures belong together, as of a patient: they are in one
            split. Of own splits ``NAME_val`` and ``NAME_test`` are read too.
    """

    source: Literal["npz"]
    weight_array: str | None = None
    group_array: str | None = None


class DirectorySource(FolderSource, FilesSource):
    """A folder with a sub-folder of pictures a class, at any depth, or with ``train``, ``val``, ``test`` folders of
    these. For a family that takes texts: of ``.txt`` files."""

    source: Literal["directory"]


class MasksSource(PicturesSource, MaskedSource, TiledSource, FilesSource):
    """A folder with one folder of pictures and one of their masks, with ``train``, ``val``, ``test`` folders in both or
    around them, or with the splits of ``ImageSets/Segmentation``; for the task ``segmentation``.

    Attributes:
        images, masks: names of the two folders, which may be one; what lies deeper in one lies so in the other.
        image_name: name of a picture without its suffix, in which ``{name}`` is what its mask has too, as
            ``{name}_leftImg8bit``; others are left out.
        mask_name: name of the mask of a picture without its suffix, in which ``{name}`` is that of the picture, as
            ``{name}_mask``, or what stands for it in ``image_name``.
    """

    source: Literal["masks"]
    images: FileName = "images"
    masks: FileName = "masks"
    image_name: Annotated[str, AfterValidator(_name_pattern)] = "{name}"
    mask_name: Annotated[str, AfterValidator(_name_pattern)] = "{name}"


class CocoSource(PicturesSource, TiledSource, FilesSource):
    """Boxes in COCO's JSON: a file, or a folder with one in it, or with ``train``, ``valid``, ``test`` folders of
    these; for the task ``detection``. For ``segmentation`` masks are made of its polygons and run lengths.

    Attributes:
        images: folder of the pictures, relative to that of the file; left out, they lie beside it.
    """

    source: Literal["coco"]
    images: FileName = "."


class VocSource(PicturesSource, FilesSource):
    """Boxes in the XML files of Pascal VOC: a folder with one of pictures and one of XML files, and with the splits of
    ``ImageSets/Main`` where they are there; or with ``train``, ``valid``, ``test`` folders; for the task ``detection``.

    Attributes:
        images, annotations: names of the two folders; ``.`` where files lie side by side.
    """

    source: Literal["voc"]
    images: FileName = "JPEGImages"
    annotations: FileName = "Annotations"


class YoloSource(PicturesSource, FilesSource):
    """Boxes in YOLO's text files: a folder with one of pictures and one of text files, or with ``train``, ``val``,
    ``test`` folders in it or in these two; for the task ``detection``.

    Attributes:
        images, labels: names of the two folders.
        class_names: of the classes, by their numbers from 0 on; left out, they stand in ``data.yaml`` or
            ``classes.txt``.
    """

    source: Literal["yolo"]
    images: FileName = "images"
    labels: FileName = "labels"
    class_names: (
        Annotated[tuple[str, ...], Field(min_length=1, strict=False), AfterValidator(_different_names)] | None
    ) = None


class ArchiveSource(FolderSource, FilesSource):
    """A zip or tar (also ``.tar.gz``, ``.tar.bz2``, ``.tar.xz``) of such a folder, read in place."""

    source: Literal["archive"]


class CsvSource(TextTableSource, MaskedSource, TiledSource, FilesSource):
    """A CSV file with a header: the path of each picture (relative to the file) and what is to be predicted of it.

    Columns may be separated by comma, semicolon, tabulator or bar. For a family that takes texts: a row a text.

    Attributes:
        path_column: name of the column of the paths.
        box_columns: for the task ``detection``, names of the columns of left, top, right and bottom: a row
            is then a box, and one where they are empty is a picture without any. Or of one column, whose cells have
            all four, as ``[15, 4, 27, 27]``.
        box_format: what these four are: ``xyxy`` left, top, right and bottom; ``xywh`` left, top, width and height;
            ``cxcywh`` the middle, width and height.
        box_unit: ``pixels`` of the picture, or ``shares`` of its width and height, from 0 to 1.
        decimal: what stands before the decimals of numbers: those to be predicted, of boxes and of ``weight_column``.
    """

    source: Literal["csv"]
    path_column: str = PATH_COLUMN
    box_columns: (
        Annotated[tuple[str, ...], Field(min_length=1, max_length=4, strict=False), AfterValidator(_four_or_one)] | None
    ) = None
    box_format: Literal["xyxy", "xywh", "cxcywh"] = "xyxy"
    box_unit: Literal["pixels", "shares"] = "pixels"
    decimal: Literal[".", ","] = "."

    @property
    def columns(self) -> Columns:
        """How the table is read."""
        return self._columns(self.path_column)

    def _columns(self, pictures: str) -> Columns:
        return super()._columns(pictures)._replace(decimal=self.decimal)


class JsonlSource(TextTableSource, FilesSource):
    """JSON Lines: on each line an object of one text, and what is to be predicted of it; for a family that takes texts.

    Its columns are the keys of the objects.
    """

    source: Literal["jsonl"]


class ParquetSource(TextTableSource, FilesSource):
    """A Parquet file, or a folder of these: of each picture its content or path, and what is to be predicted of it.

    For a family that takes texts: a row a text.

    Attributes:
        image_column: name of the column of the pictures: bytes of a picture file, ``{bytes, path}`` as Hugging Face
            keeps them, or a path relative to the file.
    """

    source: Literal["parquet"]
    image_column: str = IMAGE_COLUMN

    @property
    def columns(self) -> Columns:
        """How the table is read."""
        return self._columns(self.image_column)


def _address(url: str) -> str:
    if not re.match(r"(https?://[^/]|file:///)", url, re.IGNORECASE):
        raise PydanticCustomError("rule", "must be an address that begins with http://, https:// or file:///")
    if "@" in urlsplit(url).netloc:
        rule = (
            "must be without user and password, as it is written into the study: download the file, and name its path"
        )
        raise PydanticCustomError("rule", rule)
    return url


class UrlSource(FolderSource, TableSource):
    """A zip or tar of a folder of pictures, a ``.npz`` or Parquet file, or a table, at an address: downloaded once.

    Attributes:
        url: ``http``, ``https`` or ``file``.
        sha256: what its content must have; left out, a study keeps the one that was found.
        path_column: of a table, name of the column of the paths or addresses of the pictures.
        image_column: of a Parquet file, name of the column of the pictures.
        weight_array: of a ``.npz`` file, name of the array of what each picture of ``x`` counts in the loss of
            training.
        group_array: of a ``.npz`` file, name of the array that says which pictures belong together.
    """

    source: Literal["url"]
    url: Annotated[str, AfterValidator(_address)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None
    path_column: str = PATH_COLUMN
    image_column: str = IMAGE_COLUMN
    weight_array: str | None = None
    group_array: str | None = None

    @property
    def tables(self) -> tuple[Columns, ...]:
        """How a table is read, and how a Parquet file: which of them it is shows when it is there."""
        return self._columns(self.path_column), self._columns(self.image_column)


class ArraysSource(MaskedSource):
    """Arrays in memory, from Python only.

    Attributes:
        x: pictures, ``(n, height, width)`` or ``(n, height, width, channels)``, of any real dtype; for a family that
            takes texts ``(n,)`` strings.
        y: labels, ``(n,)``, numbers or strings.
        x_validation, y_validation, x_test, y_test: own splits, optional.
        groups: ``(n,)`` of ``x``, numbers or strings, optional: pictures of one group are in one split.
        weights: ``(n,)`` of ``x``, numbers from 0 on, optional: what each picture counts in the loss of training, as
            ``weight_column`` of a table.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    source: Literal["arrays"] = "arrays"
    x: Any = Field(default=None, exclude=True, repr=False)
    y: Any = Field(default=None, exclude=True, repr=False)
    x_validation: Any = Field(default=None, exclude=True, repr=False)
    y_validation: Any = Field(default=None, exclude=True, repr=False)
    x_test: Any = Field(default=None, exclude=True, repr=False)
    y_test: Any = Field(default=None, exclude=True, repr=False)
    groups: Any = Field(default=None, exclude=True, repr=False)
    weights: Any = Field(default=None, exclude=True, repr=False)

    @property
    def arrays(self) -> dict[str, Any]:
        """The arrays by the names of their keys."""
        return {name: getattr(self, name) for name, field in type(self).model_fields.items() if field.exclude}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArraysSource):
            return NotImplemented
        mine, theirs = self.arrays, other.arrays
        return self.model_dump() == other.model_dump() and all(_equal(mine[name], theirs[name]) for name in mine)


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None or left is right:
        return left is right
    try:
        return np.array_equal(left, right)
    except ValueError:  # rows of different lengths make no array
        return False


_InFiles = (
    SklearnSource
    | DigitScenesSource
    | DigitBoxesSource
    | KerasSource
    | NpzSource
    | DirectorySource
    | MasksSource
    | CocoSource
    | VocSource
    | YoloSource
    | ArchiveSource
    | CsvSource
    | JsonlSource
    | ParquetSource
    | UrlSource
    | SentencesSource
)

FileSource = Annotated[_InFiles, Field(discriminator="source")]
"""Any of the sources that an experiment file may name, told apart by its key ``source``."""

Source = Annotated[_InFiles | ArraysSource, Field(discriminator="source")]
"""Any of the sources, those from Python too."""

SOURCES: dict[str, type[BaseModel]] = {
    name: kind for kind in get_args(get_args(Source)[0]) for name in get_args(kind.model_fields["source"].annotation)
}
"""What ``source`` may say -> the keys that it takes."""


MASKED_SOURCES = ("masks", "coco", "csv", "npz", "arrays", "digit_scenes")
"""What ``source`` may say for the task ``segmentation``."""

MASKS_ALONE = ("masks", "digit_scenes")
"""What of these it may say for no other task."""

BOXED_SOURCES = ("coco", "voc", "yolo", "csv", "npz", "arrays", "digit_boxes")
"""What ``source`` may say for the task ``detection``."""

BOXES_ALONE = ("coco", "voc", "yolo", "digit_boxes")
"""What of these brings nothing else, but for the outlines of ``coco``."""


def given_source(dataset: Any) -> Mapping[str, Any]:
    """The section ``dataset`` of an experiment by its keys, as it was given: parsed or not, a name alone, or left out.

    Empty for arrays, and for what its own validation refuses.
    """
    if dataset is None or isinstance(dataset, str):
        return {"source": dataset or "digits"}
    given = dataset.model_dump() if isinstance(dataset, BaseModel) else dataset
    return {"source": "digits", **given} if isinstance(given, Mapping) else {}


def tables_of(source: Source) -> tuple[Columns, ...]:
    """How the tables of a source are read, the likeliest first; empty for a source without one."""
    if isinstance(source, UrlSource):
        return source.tables
    return (source.columns,) if isinstance(source, (CsvSource, ParquetSource)) else ()


def weights_key(source: Source) -> str:
    """Which key of a source says what pictures count in training; ``weights`` of arrays, which no record holds."""
    return next((key for key in ("weight_column", "weight_array") if getattr(source, key, None) is not None), "weights")
