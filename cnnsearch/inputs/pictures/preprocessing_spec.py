"""Parameters of preprocessing: valid in ``preprocessing`` and, to be searched, in ``space``."""

from __future__ import annotations

from cnnsearch.space.specs import Parameters, ParameterSpec, choices

__all__ = ["PREPROCESSING"]

PREPROCESSING = Parameters(
    ParameterSpec(
        "image_size",
        "size",
        None,
        "side of the resized picture in pixels, or [height, width]; null keeps the size of the data",
        sensible=choices(32, 48, 64, 96),
        nullable=True,
    ),
    ParameterSpec(
        "scaling",
        "choice",
        "unit",
        "unit: to 0..1; standardize: zero mean and unit variance a channel, from the training split; none: raw pixels",
        options=("unit", "standardize", "none"),
        sensible=choices("unit", "standardize"),
    ),
)
