"""The data sources: one loader for each that ``spec.py`` declares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnsearch.data.raw_labels import RawLabels
from cnnsearch.data.sources.archive import load_archive
from cnnsearch.data.sources.arrays import load_arrays, load_npz
from cnnsearch.data.sources.boxes.coco import load_coco
from cnnsearch.data.sources.boxes.digit_boxes import load_digit_boxes
from cnnsearch.data.sources.boxes.voc import load_voc
from cnnsearch.data.sources.boxes.yolo import load_yolo
from cnnsearch.data.sources.collected import Collected, Read
from cnnsearch.data.sources.digit_scenes import load_digit_scenes
from cnnsearch.data.sources.digits import load_digits
from cnnsearch.data.sources.folders import load_directory
from cnnsearch.data.sources.keras_sets import load_keras_set
from cnnsearch.data.sources.masks import load_masks
from cnnsearch.data.sources.remote.url import load_url
from cnnsearch.data.sources.sentences import load_sentences
from cnnsearch.data.sources.spec import (
    ArchiveSource,
    ArraysSource,
    CocoSource,
    CsvSource,
    DigitBoxesSource,
    DigitScenesSource,
    DirectorySource,
    JsonlSource,
    KerasSource,
    MasksSource,
    NpzSource,
    ParquetSource,
    SentencesSource,
    SklearnSource,
    UrlSource,
    VocSource,
    YoloSource,
)
from cnnsearch.data.sources.tables.parquet import load_parquet
from cnnsearch.data.sources.tables.tables import load_csv
from cnnsearch.data.sources.tables.text_tables import load_text_table
from cnnsearch.data.sources.texts import load_text_arrays, load_text_directory
from cnnsearch.inputs.pictures.pictures import Pictures, Size

__all__ = ["LOADERS", "TEXT_LOADERS", "Loader", "TextLoader"]

Loader = Callable[[Any, Size | None, int, Read], Collected]
"""``(source, image_size, seed, read)``: the size that will most likely be read, the seed of a limited draw, and how the
task reads its labels."""


def _without_options(load: Callable[[], tuple[Pictures, RawLabels]]) -> Loader:
    """Of pictures that are always the same ones, in memory."""
    return lambda _source, _image_size, _seed, read: Collected.of(*load(), read)


LOADERS: Mapping[type, Loader] = {
    SklearnSource: _without_options(load_digits),
    DigitScenesSource: _without_options(load_digit_scenes),
    DigitBoxesSource: _without_options(load_digit_boxes),
    KerasSource: load_keras_set,
    NpzSource: load_npz,
    DirectorySource: load_directory,
    MasksSource: load_masks,
    CocoSource: load_coco,
    VocSource: load_voc,
    YoloSource: load_yolo,
    ArchiveSource: load_archive,
    CsvSource: load_csv,
    ParquetSource: load_parquet,
    UrlSource: load_url,
    ArraysSource: load_arrays,
}
"""Class of the source -> its loader of pictures."""

TextLoader = Callable[[Any, Read], Collected]
"""``(source, read)``: texts are read whole, and at once."""

TEXT_LOADERS: Mapping[type, TextLoader] = {
    ArraysSource: load_text_arrays,
    CsvSource: load_text_table,
    DirectorySource: load_text_directory,
    JsonlSource: load_text_table,
    ParquetSource: load_text_table,
    SentencesSource: load_sentences,
}
"""Class of the source -> its loader of texts."""
