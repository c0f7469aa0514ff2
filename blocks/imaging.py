"""Work with pictures from strangers: only common formats, and so many pixels."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from blocks.errors import BlockError, BlockInputError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS: Final = 40_000_000
"""Four bytes each in memory."""
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
_WITHOUT_ALPHA: Final = frozenset({"JPEG", "BMP"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    format: str
    width: int
    height: int
    mode: str
    frames: int


def describe(content: bytes) -> Picture:
    """Told by the header alone.

    Raises:
        BlockInputError: it is no picture of a known format.
    """
    image = _opened(content)
    return Picture(
        format=str(image.format).lower(),
        width=image.width,
        height=image.height,
        mode=image.mode,
        frames=int(getattr(image, "n_frames", 1)),
    )


def resize(
    content: bytes, width: int | None, height: int | None, *, keep_aspect: bool = True
) -> bytes:
    """In the same format. With `keep_aspect` it fits into the given box.

    Raises:
        BlockInputError: it is no picture, or no size is given.
        BlockError: code `too_large`, it has or would have too many pixels.
    """
    from PIL.Image import Resampling

    image = _loaded(content)
    kind = image.format or "PNG"
    size = _fitting(_upright(image).size, width, height, keep_aspect)
    _check_pixels(*size)
    changed = _upright(image).convert(_workable(image)).resize(size, Resampling.LANCZOS)
    return _saved(changed, kind, 90)


def convert(content: bytes, format: str, quality: int) -> bytes:
    """
    Raises:
        BlockInputError: it is no picture of a known format.
        BlockError: code `too_large`, it has too many pixels.
    """
    return _saved(_upright(_loaded(content)), format.upper(), quality)


def _opened(content: bytes) -> "Image":
    from PIL import Image, UnidentifiedImageError

    # We count ourselves, before any pixel is read; its own check only warns at first.
    Image.MAX_IMAGE_PIXELS = None
    try:
        return Image.open(BytesIO(content), formats=_FORMATS)
    except UnidentifiedImageError:
        names = ", ".join(_FORMATS)
        raise BlockInputError(f"this is no picture that can be read: {names}") from None
    # What its parsers raise on damaged files is not limited to a few kinds.
    except Exception as error:
        raise _damaged(error) from None


def _loaded(content: bytes) -> "Image":
    image = _opened(content)
    _check_pixels(image.width, image.height)
    try:
        image.load()
    except Exception as error:
        raise _damaged(error) from None
    return image


def _damaged(error: Exception) -> BlockInputError:
    return BlockInputError(f"the picture is damaged: {str(error)[:100]}")


def _check_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise BlockError(
            f"a picture of {width:,} x {height:,} pixels is too large: the limit is "
            f"{MOST_PIXELS:,} pixels",
            code="too_large",
        )


def _upright(image: "Image") -> "Image":
    """As a camera meant it; what else it noted, such as the place, is left out."""
    from PIL import ImageOps

    return ImageOps.exif_transpose(image)


def _workable(image: "Image") -> str:
    """A mode that can be blended."""
    has_alpha = "A" in image.mode or "transparency" in image.info
    if image.mode == "L":
        return "L"
    return "RGBA" if has_alpha else "RGB"


def _fitting(
    size: tuple[int, int], width: int | None, height: int | None, keep_aspect: bool
) -> tuple[int, int]:
    if not width and not height:
        raise BlockInputError("give a width, a height or both")
    if not keep_aspect:
        return width or size[0], height or size[1]
    pairs = zip((width, height), size, strict=True)
    factor = min(wanted / there for wanted, there in pairs if wanted)
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _saved(image: "Image", format: str, quality: int) -> bytes:
    target = BytesIO()
    if format in _WITHOUT_ALPHA:
        image = _on_white(image)
    elif image.mode not in ("L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    options = {"quality": quality} if format in ("JPEG", "WEBP") else {}
    image.info.clear()
    image.save(target, format, **options)
    return target.getvalue()


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    if _workable(image) != "RGBA":
        return image.convert("RGB")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")
