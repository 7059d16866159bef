"""A picture file, opened: upright, opaque, and what of the file that leaves out.

What stands beside the pixels (EXIF, texts, colour profiles) never decides whether a picture can be read.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import IO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from cnnsearch.inputs.pictures.metadata import without_metadata
from cnnsearch.inputs.pictures.tiff import TiffPixels, is_tiff, orientation_of, tiff_pixels
from cnnsearch.inputs.pictures.wide import has_more_bits, wide_pixels
from cnnsearch.inputs.pictures.within import WithinFile

__all__ = [
    "FRAMES",
    "LEVELS",
    "OpenedPicture",
    "UnreadableError",
    "is_too_large",
    "is_turned",
    "open_picture",
    "read_file",
    "turned",
    "turned_array",
    "turns_sides",
]

FRAMES = "the frames or pages after the first one"
LEVELS = "the bits after the first 8 of a channel, which are not read in files of that kind"

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

_ARRAY_TURNS: Mapping[Image.Transpose, Callable[[np.ndarray], np.ndarray]] = {
    Image.Transpose.FLIP_LEFT_RIGHT: np.fliplr,
    Image.Transpose.ROTATE_180: lambda array: np.rot90(array, 2),
    Image.Transpose.FLIP_TOP_BOTTOM: np.flipud,
    Image.Transpose.TRANSPOSE: lambda array: np.swapaxes(array, 0, 1),
    Image.Transpose.ROTATE_270: lambda array: np.rot90(array, 3),
    Image.Transpose.TRANSVERSE: lambda array: np.rot90(np.swapaxes(array, 0, 1), 2),
    Image.Transpose.ROTATE_90: np.rot90,
}
"""The same for ``(height, width)``, and ``(height, width, channels)``."""


_MAY_TURN = (b"Exif", b"eXIf", b"EXIF", b"exif", b"Orientation", b"adobe.xmp", b"/xap/")
"""One of these is in a file that says which way is up, but for TIFF."""

_END = 2**16
"""Bytes at the beginning and at the end of a file, where that is said: nothing more of large data sets is read."""


class UnreadableError(Exception):
    """The file is no picture that can be used; the message is a short reason."""


@dataclass(frozen=True)
class OpenedPicture:
    """A decoded picture, upright.

    Attributes:
        image: of 8 bits; mode ``L`` where the file is grey, else ``RGB``. ``None`` where ``array`` has the pixels.
        array: ``(height, width, channels)``, as the numbers lie in the file: uint8, uint16, uint32, int8, int16, int32
            or float32.
        cut: what of the file is not used, of :data:`FRAMES` and :data:`LEVELS`.
    """

    image: Image.Image | None
    array: np.ndarray | None
    cut: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it is of 8 bits, and grey or RGB, as most files are."""
        return self.array is None or (self.array.dtype == np.uint8 and self.array.shape[2] in (1, 3))

    @property
    def channels(self) -> int:
        """Of the file, where transparency is none."""
        return len(self.image.getbands()) if self.array is None and self.image else self.pixels.shape[2]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        if self.image is not None:
            return self.image.height, self.image.width
        return int(self.pixels.shape[0]), int(self.pixels.shape[1])

    @property
    def pixels(self) -> np.ndarray:
        """``(height, width, channels)``."""
        if self.array is not None:
            return self.array
        pixels = np.asarray(self.image)
        return pixels.reshape(*pixels.shape[:2], -1)


def read_file(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a file.

    Raises:
        UnreadableError: it is not there, or no file: to open a named pipe would wait for ever.
    """
    try:
        if isinstance(path, WithinFile):
            return path.read()
        kind = os.stat(path).st_mode
        if not stat.S_ISREG(kind):
            raise UnreadableError(f"a {_KINDS.get(stat.S_IFMT(kind), 'device')}, not a file")
        with open(path, "rb", buffering=0) as file:
            return file.readall()
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


def _opened(content: bytes) -> OpenedPicture:
    tiff = tiff_pixels(content, Image.MAX_IMAGE_PIXELS)
    if tiff is not None:
        return _of_tiff(tiff)
    with Image.open(io.BytesIO(content)) as image:
        _check_size(*image.size)
        if image.format == "EPS":  # Pillow would start Ghostscript, with whatever program is in the file
            raise UnreadableError("PostScript, which is no picture but a program: save it as PNG")
        wide = wide_pixels(content)
        if wide is not None:
            flat = _opaque(wide, "straight" if wide.shape[2] in (2, 4) else "")
            return _of_array(flat, turned(image), _frames(image))
        cut = _cut(image, content)
        image.load()
        # Asked for it before, Pillow would decode the picture, and hide that it is damaged.
        turn = turned(image)
        if image.mode in ("I", "F") or image.mode.startswith("I;"):
            return _of_array(_numbers(image), turn, cut)
        opaque = _flattened(image)
        return OpenedPicture(opaque if turn is None else opaque.transpose(turn), None, cut)


def _check_size(width: int, height: int) -> None:
    if is_too_large(width, height):
        rule = f"too large: {width} x {height} pixels, and at most {Image.MAX_IMAGE_PIXELS:,} are read"
        raise UnreadableError(f"{rule}, as a small file may claim any number (a decompression bomb): save it smaller")


def is_too_large(width: int, height: int) -> bool:
    """Whether a file claims more pixels than are read."""
    return Image.MAX_IMAGE_PIXELS is not None and width * height > Image.MAX_IMAGE_PIXELS


def turned(image: Image.Image) -> Image.Transpose | None:
    """What turns a picture upright, as its EXIF data says; ``None``: nothing need."""
    return _TURNS.get(_orientation(image))


def is_turned(path: str | os.PathLike[str]) -> bool:
    """Whether a file is turned when it is opened, told by what stands at its ends; not one that cannot be opened."""
    try:
        with _stream(path) as stream:
            return _is_turned(stream)
    except Exception:  # noqa: BLE001 - on damaged bytes Pillow's readers raise whatever they stumble over
        return False


def _stream(path: str | os.PathLike[str]) -> IO[bytes]:
    return io.BytesIO(path.read()) if isinstance(path, WithinFile) else open(path, "rb")


def _is_turned(stream: IO[bytes]) -> bool:
    ends = stream.read(_END)
    if is_tiff(ends):
        stream.seek(0)
        return orientation_of(stream) in _TURNS
    stream.seek(max(stream.seek(0, os.SEEK_END) - _END, 0))
    ends += stream.read()
    if not any(mark in ends for mark in _MAY_TURN):  # else Pillow would decode a PNG
        return False
    stream.seek(0)
    with Image.open(stream) as image:
        return turned(image) is not None


def turned_array(array: np.ndarray, turn: Image.Transpose | None) -> np.ndarray:
    """``(height, width)`` or ``(height, width, channels)``, turned so."""
    return np.ascontiguousarray(array if turn is None else _ARRAY_TURNS[turn](array))


def turns_sides(turn: Image.Transpose | None) -> bool:
    """Whether height becomes width."""
    return turn is not None and turn.name in ("TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90")


def _of_tiff(tiff: TiffPixels) -> OpenedPicture:
    if tiff.array is None:
        _check_size(tiff.shape[1], tiff.shape[0])
        raise UnreadableError("too large: it has too many pages")
    return _of_array(_opaque(tiff.array, tiff.alpha), _TURNS.get(tiff.orientation), (FRAMES,) if tiff.has_more else ())


def _of_array(array: np.ndarray, turn: Image.Transpose | None, cut: tuple[str, ...]) -> OpenedPicture:
    return OpenedPicture(None, turned_array(_plain(array), turn), cut)


def _plain(array: np.ndarray) -> np.ndarray:
    """Of a dtype that pictures may have; networks compute in float32, so nothing wider is kept."""
    if array.dtype.kind == "f":
        with np.errstate(over="ignore"):
            array = array.astype(np.float32)
        if not np.isfinite(array).all():
            raise UnreadableError("has a pixel that is not a finite number")
        return array
    if array.dtype.kind not in "iu" or array.dtype.itemsize > 4:
        rule = f"{array.dtype} pixels, which are not read: save it as whole numbers of at most 32 bits or as floats"
        raise UnreadableError(rule)
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _opaque(array: np.ndarray, alpha: str) -> np.ndarray:
    """Transparent parts on white; ``array`` is unsigned where its last channel is the alpha."""
    if not alpha:
        return array
    white = float(np.iinfo(array.dtype).max)
    share = array[:, :, -1:] / white
    colours = array[:, :, :-1] * (share if alpha == "straight" else 1.0)
    flat: np.ndarray = np.rint(np.minimum(colours + white * (1.0 - share), white)).astype(array.dtype)
    return flat


def _cut(image: Image.Image, content: bytes) -> tuple[str, ...]:
    """What reading will leave out, which is known before the pixels are there only."""
    raw = [tile.args if isinstance(tile.args, str) else (tile.args or ("",))[0] for tile in getattr(image, "tile", ())]
    is_cut = not _is_wide(image) and any(";16" in str(mode) for mode in raw)
    return (*_frames(image), *((LEVELS,) if is_cut or has_more_bits(content) else ()))


def _frames(image: Image.Image) -> tuple[str, ...]:
    # A JPEG of several pictures is a photograph with its preview or depth.
    has_more = image.format in ("GIF", "PNG", "TIFF", "WEBP") and getattr(image, "is_animated", False)
    return (FRAMES,) if has_more else ()


def _is_wide(image: Image.Image) -> bool:
    """Whether a grey picture has 16 bits; older Pillows give a PNG of these as 32-bit numbers."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG")


def _orientation(image: Image.Image) -> object:
    """What EXIF says of which way is up; ``None`` where it says nothing that can be read."""
    try:
        found = image.getexif().get(ExifTags.Base.Orientation)
        hash(found)
    except Exception:  # noqa: BLE001 - Pillow's reader of EXIF raises whatever it stumbles over
        return None
    return found


def _flattened(image: Image.Image) -> Image.Image:
    grey = image.mode in ("1", "L", "LA")
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, "white")
        white.alpha_composite(image.convert("RGBA"))
        flat = white.convert("RGB")
    else:
        flat = image.convert("L" if grey else "RGB")
    return flat.convert("L") if grey or (image.mode in ("P", "PA") and _is_grey(flat)) else flat


def _numbers(image: Image.Image) -> np.ndarray:
    """``(height, width, 1)``, all levels; Pillow's own conversions cut them off at 255."""
    if not _is_wide(image):
        return np.asarray(image)[:, :, np.newaxis]
    levels = np.asarray(image).astype(np.uint16)
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        levels[levels == clear] = 65535
    return levels[:, :, np.newaxis]


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
