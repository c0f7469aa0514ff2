"""Pictures: what they are, other sizes, other formats."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from enum import StrEnum
from pathlib import PurePosixPath
from typing import Any, Final

from blocks.base import Block, Pins, Steps, block, pin
from blocks.context import Context
from blocks.file_sources import FileText, data_uri
from blocks.imaging import convert, describe, resize
from blocks.spec import Category, CostHint, Effect, Example

_PNG: Final = data_uri(
    "image/png",
    b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAIAAAB7QOjdAAAAD0lEQVR4nGP8z8DAwMAAAAYI"
        "AQHLR3Z1AAAAAElFTkSuQmCC"
    ),
)


@block(
    id="a3c1e7b5-5b8a-4d52-b1fd-0f6b9e2d7c34",
    name="ImageInfoBlock",
    categories=(Category.MULTIMEDIA,),
    effect=Effect.IDEMPOTENT,
    examples=(
        Example(
            inputs={"image": _PNG},
            outputs=[
                ("width", 2),
                ("height", 1),
                ("format", "png"),
                ("frames", 1),
                ("size", lambda size: size > 50),
            ],
        ),
        Example(inputs={"image": "data:,hello"}, error="no picture"),
    ),
)
class ImageInfo(Block):
    """Tells the size and the format of a picture."""

    class Input(Pins):
        image: FileText = pin("A PNG, JPEG, GIF, WebP or BMP file.")

    class Output(Pins):
        width: int = pin("In pixels.")
        height: int = pin("In pixels.")
        format: str = pin("Like png or jpeg.")
        frames: int = pin("More than one if it moves.")
        size: int = pin("In bytes.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        file, content = await ctx.files.read(inputs.image)
        picture = await asyncio.to_thread(describe, content)
        yield "width", picture.width
        yield "height", picture.height
        yield "format", picture.format
        yield "frames", picture.frames
        yield "size", file.size


async def _changed(
    source: str, ctx: Context, change: Callable[[bytes], bytes], end: str = ""
) -> tuple[str, bytes]:
    """The changed picture as a stored file."""
    file, content = await ctx.files.read(source)
    result = await asyncio.to_thread(change, content)
    name = str(PurePosixPath(file.name).with_suffix(end)) if end else file.name
    return (await ctx.files.write(name, result)).ref, result


@block(
    id="d5b7c9a1-2e64-4c1b-8f0a-7a3e5d9b1f62",
    name="ResizeImageBlock",
    categories=(Category.MULTIMEDIA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"image": _PNG, "width": 4},
            outputs=[("image", "workspace://1"), ("width", 4), ("height", 2)],
        ),
        Example(inputs={"image": _PNG}, error="give a width"),
    ),
)
class ResizeImage(Block):
    """Makes a picture larger or smaller. It fits into the width and the height that are
    given, unless its shape may change. Only the first frame of one that moves stays."""

    class Input(Pins):
        image: FileText = pin("A PNG, JPEG, GIF, WebP or BMP file.")
        width: int | None = pin("In pixels.", default=None, ge=1, le=20_000)
        height: int | None = pin("In pixels.", default=None, ge=1, le=20_000)
        keep_aspect: bool = pin("Keep its shape.", default=True)

    class Output(Pins):
        image: FileText = pin("The changed picture.")
        width: int = pin("In pixels.")
        height: int = pin("In pixels.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        ref, content = await _changed(
            inputs.image,
            ctx,
            lambda picture: resize(
                picture, inputs.width, inputs.height, keep_aspect=inputs.keep_aspect
            ),
        )
        picture = await asyncio.to_thread(describe, content)
        yield "image", ref
        yield "width", picture.width
        yield "height", picture.height


class ImageFormat(StrEnum):
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    GIF = "gif"


@block(
    id="7e9a2d4c-6f13-4b85-a0d7-3c5e1b8f9a40",
    name="ConvertImageBlock",
    categories=(Category.MULTIMEDIA,),
    effect=Effect.IDEMPOTENT,
    cost=CostHint.COMPUTE,
    examples=(
        Example(
            inputs={"image": _PNG, "format": "jpeg"},
            outputs=[("image", "workspace://1")],
        ),
        Example(inputs={"image": "data:,hello"}, error="no picture"),
    ),
)
class ConvertImage(Block):
    """Writes a picture in another format, without what the camera noted in it. What can
    be seen through becomes white where the format has no such thing."""

    class Input(Pins):
        image: FileText = pin("A PNG, JPEG, GIF, WebP or BMP file.")
        format: ImageFormat = pin("The new format.", default=ImageFormat.PNG)
        quality: int = pin("Of JPEG and WebP.", default=85, ge=1, le=100, advanced=True)

    class Output(Pins):
        image: FileText = pin("The picture in the new format.")

    async def run(self, inputs: Any, ctx: Context) -> Steps:
        format = inputs.format.value
        ref, _ = await _changed(
            inputs.image,
            ctx,
            lambda picture: convert(picture, format, inputs.quality),
            f".{format}",
        )
        yield "image", ref
