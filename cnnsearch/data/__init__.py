"""From a source to arrays: loading, cleaning, splitting, resizing, scaling."""

from cnnsearch.data.dataset import Dataset, load_dataset
from cnnsearch.data.split import Split, split_dataset
from cnnsearch.data.stages import Pixels, Scaling, pixels, pixels_key, scaling, scaling_key

__all__ = [
    "Dataset",
    "Pixels",
    "Scaling",
    "Split",
    "load_dataset",
    "pixels",
    "pixels_key",
    "scaling",
    "scaling_key",
    "split_dataset",
]
