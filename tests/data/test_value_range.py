"""Values of training, and what brings others to them: every conversion exactly, every doubt refused."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from cnnsearch.errors import InputError
from cnnsearch.inputs.pictures.value_range import FILE_VALUES, ValueRange, as_trained

BYTES = np.random.default_rng(0).integers(20, 221, (6, 4, 4, 3), dtype=np.uint8)
"""Pictures with neither black nor white, as single files may be."""

FORMS: dict[str, np.ndarray] = {
    "uint8": BYTES,
    "int64": BYTES.astype(np.int64),
    "float 0..255": BYTES.astype(np.float32),
    "float 0..1": (BYTES / 255).astype(np.float32),
    "half 0..1": (BYTES / 255).astype(np.float16),
    "float -1..1": (BYTES / 127.5 - 1).astype(np.float32),
    "half -1..1": (BYTES / 127.5 - 1).astype(np.float16),
    "uint16": BYTES.astype(np.uint16) * 257,
}


def values(x: Any) -> ValueRange:
    x = np.asarray(x)
    return ValueRange.of(x.dtype, [x[:2], x[2:]] if len(x) > 2 else [x])


@pytest.mark.parametrize("trained", FORMS)
@pytest.mark.parametrize("given", FORMS)
def test_every_certain_conversion(given: str, trained: str) -> None:
    got = as_trained(FORMS[given], values(FORMS[given]), values(FORMS[trained]), "DATA")
    if values(FORMS[given]).scale == values(FORMS[trained]).scale:
        assert got is FORMS[given]
        return
    assert got.dtype == FORMS[trained].dtype
    black, white = values(FORMS[trained]).scale or (0, 0)
    exact = FORMS[trained].dtype.kind in "iu" and "half" not in given
    rounding = 0 if exact else (white - black) * (1e-3 if "half" in given + trained else 1e-6)
    np.testing.assert_allclose(got.astype(float), FORMS[trained].astype(float), rtol=0, atol=rounding)


@pytest.mark.parametrize(
    ("x", "scale"),
    [
        (np.uint8([0, 128]), (0, 255)),
        (np.uint8([0, 127]), None),  # dark, or of 7 bits
        (np.uint8([0, 1]), None),  # a mask
        (np.uint16([0, 4095]), None),  # a camera of 12 bits
        (np.uint16([0, 200]), None),  # dark, or bytes in a wider type
        (np.uint16([0, 32768]), (0, 65535)),
        (np.int32([0, 65535]), (0, 65535)),
        (np.int32([-1, 255]), None),
        (np.uint32([0, 2**31]), None),
        (np.float32([0, 1]), (0, 1)),
        (np.float32([0, 0.4]), None),
        (np.float32([-1, 1]), (-1, 1)),
        (np.float32([-0.55, 1]), None),  # less the mean
        (np.float32([-0.5, 0.5]), None),
        (np.float32([-2.1, 2.6]), None),  # standardised
        (np.float32([0, 37.2]), None),
        (np.float32([0, 200.5]), None),
        (np.float32([0.3, 254.6]), (0, 255)),  # resized
        (np.float32([-0.5, 255.5]), None),
    ],
)
def test_black_and_white_are_known_only_where_they_are_certain(x: np.ndarray, scale: Any) -> None:
    assert values(x).scale == scale
    assert (values(x).low, values(x).high) == (x.min(), x.max())


@pytest.mark.parametrize(
    ("given", "trained"),
    [
        (np.uint8([0, 255]), np.float32([0, 37.2])),
        (np.uint8([0, 255]), np.uint16([0, 4095])),
        (np.uint8([0, 255]), np.float32([-2.1, 2.6])),
        (np.uint8([0, 1]), np.uint8([0, 255])),
        (np.uint8([0, 255]), np.uint8([0, 16])),
        (np.uint8([0, 100]), np.float32([0, 1])),
        (np.uint8([0, 60]), np.uint16([0, 4095])),
        (np.uint16([0, 65535]), np.uint16([0, 4095])),
        (np.uint16([0, 200]), np.uint16([0, 4095])),
        (np.uint16([0, 4095]), np.uint8([0, 255])),
        (np.float32([0, 1]), np.float32([0, 37.2])),
        (np.float32([-2, 2]), np.float32([0, 1])),
        (np.float32([0, 37.2]), np.uint8([0, 255])),
    ],
)
def test_what_is_not_certain_is_refused_and_both_ranges_are_named(given: np.ndarray, trained: np.ndarray) -> None:
    with pytest.raises(InputError) as error:
        as_trained(given, values(given), values(trained), "x.png")
    for part in ("x.png: ", f"trained on {values(trained)}", f"these pictures are {values(given)}", ".npz file"):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("given", "trained"),
    [
        (np.float32([0, 0.4]), np.float32([0, 1])),
        (np.float16([0, 0.9]), np.float32([0, 1])),
        (np.float32([-0.05, 1.08]), np.float32([0, 1])),  # resized by a filter that overshoots
        (np.uint8([0, 100]), np.uint8([0, 255])),
        (np.uint8([0, 140]), np.uint8([0, 120])),
        (np.uint16([0, 4000]), np.uint16([0, 4095])),
        (np.int32([0, 4000]), np.uint16([0, 4095])),
        (np.float32([-2.5, 3]), np.float32([-2.1, 2.6])),
        (np.float32([290, 292]), np.float32([270, 320])),
    ],
)
def test_other_pictures_of_the_same_kind_are_taken_as_they_are(given: np.ndarray, trained: np.ndarray) -> None:
    assert as_trained(given, values(given), values(trained), "DATA") is given


def test_a_single_picture_may_be_dark() -> None:
    dark, trained = np.uint16([0, 90]), values(np.uint16([0, 4095]))
    assert as_trained(dark, values(dark), trained, "x.png", is_set=False) is dark


def test_what_is_recorded_is_read_again() -> None:
    for x in FORMS.values():
        assert ValueRange.recorded(json.loads(json.dumps({"values": values(x).to_dict()}))) == values(x)
    assert ValueRange.recorded({"values": values(np.float32([0, 37])).to_dict()}).scale is None


def test_a_record_of_an_older_version_tells_the_dtype_alone() -> None:
    assert ValueRange.recorded({}) == ValueRange.recorded({"dtype": "uint8"}) == FILE_VALUES
    old = ValueRange.recorded({"dtype": "float32"})
    x = np.float32([0, 1])
    assert as_trained(x, values(x), old, "DATA") is x
    with pytest.raises(InputError, match="trained on float32 of a range that was not recorded"):
        as_trained(BYTES, FILE_VALUES, old, "x.png")


def test_in_words() -> None:
    assert str(FILE_VALUES) == "uint8 from 0 to 255"
    assert str(values(np.float32([0.25, 0.75]))) == "float32 from 0.25 to 0.75 (black 0, white 1)"
    assert str(values(np.uint16([7, 4095]))) == "uint16 from 7 to 4095"
