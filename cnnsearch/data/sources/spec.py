"""The data sources that an experiment may name, with their keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple, get_args

import numpy as np
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

from cnnsearch.space.specs import SIZE_RULE, is_size

__all__ = [
    "SOURCES",
    "SPLIT_COLUMN",
    "ArchiveSource",
    "ArraysSource",
    "Columns",
    "CsvSource",
    "DirectorySource",
    "FileName",
    "FileSource",
    "KerasSource",
    "NpzSource",
    "ParquetSource",
    "PicturesSource",
    "SklearnSource",
    "Source",
    "TableSource",
    "UrlSource",
    "given_source",
    "ImageSize",
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


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise PydanticCustomError("text", "must be text, not empty")
    return value


FileName = Annotated[
    str,
    PlainValidator(_text, json_schema_input_type=Annotated[str, Field(min_length=1)]),
    PlainSerializer(lambda name: name, return_type=Any),
]
"""A path of any bytes: those that are no UTF-8 are lone surrogates in it, which pydantic's own str refuses."""

LABEL_COLUMN = "label"

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
    """

    path: str = "path"
    labels: tuple[str, ...] = (LABEL_COLUMN,)
    separator: str | None = None
    split: str | None = SPLIT_COLUMN
    group: str | None = None


Share = Annotated[float, Field(ge=0.0, lt=1.0, allow_inf_nan=False)]


class _Source(BaseModel):
    """What all sources share.

    Attributes:
        validation: share of the pictures for validation, stratified by class; where the source brings its own
            validation split, that one is used and this is not read.
        test: share for the test split; 0 for none. A split that the source brings is used as it is, and where it
            brings one for validation and none for the test, there is no test split.
        classes: use the pictures of these classes alone, by their names; ``null`` takes all.
        limit: use at most so many pictures of these, drawn by class and seed; ``null`` takes all.
        image_size: ``[height, width]`` in pixels to which every picture is resized; one number for a square.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    validation: Annotated[float, Field(gt=0.0, lt=1.0, allow_inf_nan=False)] = 0.2
    test: Share = 0.2
    classes: Annotated[tuple[ClassName, ...], Field(min_length=2, strict=False)] | None = None
    limit: Annotated[int, Field(ge=2)] | None = None
    image_size: ImageSize | None = None

    @model_validator(mode="after")
    def _leaves_training(self) -> _Source:
        if self.validation + self.test >= 1.0:
            raise PydanticCustomError(
                "splits",
                "validation + test must be below 1, to leave pictures for training (they are {total})",
                {"total": f"{self.validation + self.test:g}"},
            )
        return self


class SklearnSource(_Source):
    """scikit-learn's ``load_digits``: 1,797 grey pictures of 8x8 in 10 classes; needs no download."""

    source: Literal["digits"] = "digits"


class KerasSource(_Source):
    """A data set of ``keras.datasets``, by its own loader and cache (``~/.keras/datasets``)."""

    source: Literal["mnist", "fashion_mnist", "cifar10", "cifar100"]


class _Files(_Source):
    path: FileName


class NpzSource(_Files):
    """A NumPy ``.npz`` file with ``x, y`` or ``x_train, y_train``; also ``x_val, y_val`` and ``x_test, y_test``."""

    source: Literal["npz"]


def _pattern(pattern: str | None) -> str | None:
    try:
        re.compile(pattern or "")
    except re.error as error:
        rule = "must be a regular expression, as (.*)_[0-9]+: {error}"
        raise PydanticCustomError("rule", rule, {"error": str(error)}) from None
    return pattern


class PicturesSource(_Source):
    """Picture files.

    Attributes:
        color: ``rgb``, ``grey``, or ``auto``: grey only where every picture is, and TIFF files of any other number of
            channels as they are.
        max_unreadable: largest share of files that may be unreadable; they are skipped and named in the study.
        decoding: ``reduced``: a JPEG that becomes smaller anyway is decoded at a part of its size, which is faster;
            pixels of photographs differ by 2 of 255 levels in the mean. ``full``: all of it is decoded.
        group: a regular expression on names of files: pictures for which its groups match the same, as
            ``(.*)_\\d+`` for ``patient7_01.png`` and ``patient7_02.png``, are in one split. It matches from the
            beginning of the file's own name; one with a slash matches anywhere in the path.
    """

    color: Literal["auto", "rgb", "grey"] = "auto"
    decoding: Literal["reduced", "full"] = "reduced"
    max_unreadable: Annotated[float, Field(ge=0.0, le=1.0)] = 0.1
    group: Annotated[str | None, AfterValidator(_pattern)] = None


class DirectorySource(PicturesSource, _Files):
    """A folder with a sub-folder of pictures a class, at any depth, or with ``train``, ``val``, ``test`` folders of
    these."""

    source: Literal["directory"]


class ArchiveSource(PicturesSource, _Files):
    """A zip or tar (also ``.tar.gz``, ``.tar.bz2``, ``.tar.xz``) of such a folder, read in place."""

    source: Literal["archive"]


class TableSource(PicturesSource):
    """A table with a row a picture.

    Attributes:
        label_column: name of the column of what is to be predicted.
        label_columns: names of several columns, in place of ``label_column``, for a task that predicts as many.
        label_separator: what stands between the labels of one cell, for a task with several labels a picture.
        split_column: name of the column that says train, validation or test, where there is one; ``null`` reads none.
        group_column: name of the column that says which pictures belong together, as of a patient: they are in one
            split. In place of ``group``.
    """

    label_column: str = LABEL_COLUMN
    label_columns: Annotated[tuple[str, ...], Field(min_length=1, strict=False)] | None = None
    label_separator: Annotated[str, Field(min_length=1)] | None = None
    split_column: str | None = SPLIT_COLUMN
    group_column: str | None = None

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
        return Columns(pictures, labels, self.label_separator, self.split_column, self.group_column)


class CsvSource(TableSource, _Files):
    """A CSV file with a header: the path of each picture (relative to the file) and what is to be predicted of it.

    Columns may be separated by comma, semicolon, tabulator or bar.

    Attributes:
        path_column: name of the column of the paths.
    """

    source: Literal["csv"]
    path_column: str = "path"

    @property
    def columns(self) -> Columns:
        """How the table is read."""
        return self._columns(self.path_column)


class ParquetSource(TableSource, _Files):
    """A Parquet file, or a folder of these: of each picture its content or path, and what is to be predicted of it.

    Attributes:
        image_column: name of the column of the pictures: bytes of a picture file, ``{bytes, path}`` as Hugging Face
            keeps them, or a path relative to the file.
    """

    source: Literal["parquet"]
    image_column: str = "image"

    @property
    def columns(self) -> Columns:
        """How the table is read."""
        return self._columns(self.image_column)


def _address(url: str) -> str:
    if not re.match(r"(https?://[^/]|file:///)", url, re.IGNORECASE):
        raise PydanticCustomError("rule", "must be an address that begins with http://, https:// or file:///")
    return url


class UrlSource(TableSource):
    """A zip or tar of a folder of pictures, a ``.npz`` file or a table at an address; downloaded once, and kept.

    Attributes:
        url: ``http``, ``https`` or ``file``.
        sha256: what its content must have; left out, a study keeps the one that was found.
        path_column: of a table, name of the column of the paths or addresses of the pictures.
    """

    source: Literal["url"]
    url: Annotated[str, AfterValidator(_address)]
    sha256: Annotated[str, Field(pattern="^[0-9a-fA-F]{64}$")] | None = None
    path_column: str = "path"


class ArraysSource(_Source):
    """Arrays in memory, from Python only.

    Attributes:
        x: pictures, ``(n, height, width)`` or ``(n, height, width, channels)``, of any real dtype.
        y: labels, ``(n,)``, numbers or strings.
        x_validation, y_validation, x_test, y_test: own splits, optional.
        groups: ``(n,)`` of ``x``, numbers or strings, optional: pictures of one group are in one split.
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
    SklearnSource | KerasSource | NpzSource | DirectorySource | ArchiveSource | CsvSource | ParquetSource | UrlSource
)

FileSource = Annotated[_InFiles, Field(discriminator="source")]
"""Any of the sources that an experiment file may name, told apart by its key ``source``."""

Source = Annotated[_InFiles | ArraysSource, Field(discriminator="source")]
"""Any of the sources, those from Python too."""

SOURCES: dict[str, type[BaseModel]] = {
    name: kind for kind in get_args(get_args(Source)[0]) for name in get_args(kind.model_fields["source"].annotation)
}
"""What ``source`` may say -> the keys that it takes."""


def given_source(dataset: Any) -> Mapping[str, Any]:
    """The section ``dataset`` of an experiment by its keys, as it was given: parsed or not, a name alone, or left out.

    Empty for arrays, and for what its own validation refuses.
    """
    if dataset is None or isinstance(dataset, str):
        return {"source": dataset or "digits"}
    given = dataset.model_dump() if isinstance(dataset, BaseModel) else dataset
    return {"source": "digits", **given} if isinstance(given, Mapping) else {}
