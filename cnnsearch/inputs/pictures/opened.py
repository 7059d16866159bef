"""A picture file, opened: upright, opaque, grey or RGB, and what of the file that leaves out.

What stands beside the pixels (EXIF, texts, colour profiles) never decides whether a picture can be read.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from cnnsearch.inputs.pictures.metadata import without_metadata

__all__ = [
    "FRAMES",
    "LEVELS",
    "OpenedPicture",
    "UnreadableError",
    "cut_of",
    "is_too_large",
    "is_wide",
    "open_picture",
    "read_file",
    "turned",
    "turns_sides",
]

FRAMES = "the frames or pages after the first one"
LEVELS = "the last 8 of 16 bits a channel, which Pillow reads in grey pictures without transparency only"

_TURNS: Mapping[object, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""EXIF's orientation -> what turns the picture upright."""


class UnreadableError(Exception):
    """The file is no picture that can be used; the message is a short reason."""


@dataclass(frozen=True)
class OpenedPicture:
    """A decoded picture.

    Attributes:
        image: upright; mode ``L`` where the file is grey, ``I;16`` where it is grey of 16 bits, else ``RGB``.
        cut: what of the file is not used, of :data:`FRAMES` and :data:`LEVELS`.
    """

    image: Image.Image
    cut: tuple[str, ...]


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableError: it is not there, or no file: to open a named pipe would wait for ever.
    """
    try:
        kind = os.stat(path).st_mode
        if not stat.S_ISREG(kind):
            raise UnreadableError(f"a {_KINDS.get(stat.S_IFMT(kind), 'device')}, not a file")
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a path that no file can have
        raise UnreadableError(_reason(error)) from None


def open_picture(content: bytes) -> OpenedPicture:
    """Decode the content of a file.

    Raises:
        UnreadableError: with the reason.
    """
    try:
        return _opened(content)
    except UnreadableError:
        raise
    except Exception as error:  # noqa: BLE001 - on damaged bytes Pillow's readers raise whatever they stumble over
        bare = without_metadata(content)
        if bare is None:
            raise UnreadableError(_reason(error)) from None
    try:
        return _opened(bare)
    except Exception as error:  # noqa: BLE001 - likewise
        raise UnreadableError(_reason(error)) from None


def is_wide(image: Image.Image) -> bool:
    """Whether a grey picture has 16 bits; older Pillows give a PNG of these as 32-bit numbers."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")


def _opened(content: bytes) -> OpenedPicture:
    with Image.open(io.BytesIO(content)) as image:
        if is_too_large(image):
            rule = f"too large: {image.width} x {image.height} pixels, and at most {Image.MAX_IMAGE_PIXELS:,} are read"
            raise UnreadableError(
                f"{rule}, as a small file may claim any number (a decompression bomb): save it smaller"
            )
        cut = cut_of(image)
        image.load()
        turn = turned(image)
        flat = _flattened(image)
        return OpenedPicture(flat if turn is None else flat.transpose(turn), cut)


def is_too_large(image: Image.Image) -> bool:
    """Whether a file claims more pixels than are read."""
    return Image.MAX_IMAGE_PIXELS is not None and image.width * image.height > Image.MAX_IMAGE_PIXELS


def turned(image: Image.Image) -> Image.Transpose | None:
    """What turns a picture upright, as its EXIF data says; ``None``: nothing need."""
    return _TURNS.get(_orientation(image))


def turns_sides(turn: Image.Transpose | None) -> bool:
    """Whether height becomes width."""
    return turn is not None and turn.name in ("TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90")


def cut_of(image: Image.Image) -> tuple[str, ...]:
    """What reading will leave out, which is known before the pixels are there only."""
    found = []
    # A JPEG of several pictures is a photograph with its preview or depth.
    if image.format in ("GIF", "PNG", "TIFF", "WEBP") and getattr(image, "is_animated", False):
        found.append(FRAMES)
    raw = [tile.args if isinstance(tile.args, str) else (tile.args or ("",))[0] for tile in getattr(image, "tile", ())]
    if not is_wide(image) and any(";16" in str(mode) for mode in raw):
        found.append(LEVELS)
    return tuple(found)


def _orientation(image: Image.Image) -> object:
    """What EXIF says of which way is up; ``None`` where it says nothing that can be read."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation)
        hash(found)
    except Exception:  # noqa: BLE001 - Pillow's reader of EXIF raises whatever it stumbles over
        return None
    return found


def _flattened(image: Image.Image) -> Image.Image:
    if is_wide(image):
        return _wide(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        numbers = "floating-point" if image.mode == "F" else "32-bit or signed"
        rule = f"{numbers} pixels, whose range is not known"
        raise UnreadableError(f"{rule}: save it with 8 or 16 bits, or give arrays in a .npz file")
    grey = image.mode in ("1", "L", "LA")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        flat = white.convert("RGB")
    else:
        flat = image.convert("L" if grey else "RGB")
    return flat.convert("L") if grey or (image.mode in ("P", "PA") and _is_grey(flat)) else flat


def _wide(image: Image.Image) -> Image.Image:
    """All 65,536 levels; Pillow's own conversions cut them off at 255."""
    levels = np.asarray(image).astype(np.uint16)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        levels[levels == clear] = 65535
    return Image.fromarray(levels)


def _is_grey(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return red.tobytes() == green.tobytes() == blue.tobytes()


_KINDS = {stat.S_IFDIR: "folder", stat.S_IFIFO: "named pipe", stat.S_IFSOCK: "socket"}


def _reason(error: Exception) -> str:
    """Why a file cannot be read, in a few words."""
    if isinstance(error, UnreadableError):
        return str(error)
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, UnidentifiedImageError):
        return "not a picture"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return "too large, a decompression bomb"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = " ".join(str(error).split())
    return "truncated" if "truncated" in text.lower() else f"damaged: {text[:80] or type(error).__name__}"
