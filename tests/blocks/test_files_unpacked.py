"""Archives and pictures from strangers."""

import gzip
import io
import resource
import stat
import struct
import tarfile
import zipfile
import zlib

import pytest

from blocks.archives import is_safe_path, make_tar_gz, make_zip, unique_names
from blocks.registry import registry
from blocks.testing import FakeContext, run_block
from blocks.testing.fakes import FakeFiles

SPECS = {spec.name: spec for spec in registry}
EXTRACT, LIST = SPECS["ExtractArchiveBlock"], SPECS["ListArchiveBlock"]
FILES = [("a.txt", b"A"), ("b/c.md", b"CC")]


def world(content: bytes, name: str = "file") -> FakeContext:
    return FakeContext(files=FakeFiles({"workspace://0": (name, "", content)}))


async def extracted(content: bytes, name: str = "file", **more):
    ctx = world(content, name)
    result = await run_block(EXTRACT, {"archive": "workspace://0", **more}, ctx)
    return result, ctx.files


def tar(*members: tuple[tarfile.TarInfo, bytes], mode: str = "w:gz") -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:
        for info, content in members:
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def linked(kind: bytes) -> bytes:
    info = tarfile.TarInfo("link")
    info.type, info.linkname = kind, "/etc/passwd"
    return tar((info, b""))


def zip_symlink(to: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, to)
    return target.getvalue()


def zip_zeros(mb: int) -> bytes:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros", "w") as out,
    ):
        for _ in range(mb):
            out.write(bytes(1024 * 1024))
    return target.getvalue()


def gz_zeros(mb: int, said: int | None = None) -> bytes:
    target = io.BytesIO()
    with gzip.GzipFile(fileobj=target, mode="wb") as out:
        for _ in range(mb):
            out.write(bytes(1024 * 1024))
    content = target.getvalue()
    return content if said is None else content[:-4] + struct.pack("<I", said)


def png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0")))
    )
    return b"\x89PNG\r\n\x1a\n" + body


GOOD = [
    pytest.param(make_zip(FILES), id="zip"),
    pytest.param(make_tar_gz(FILES), id="tar.gz"),
    pytest.param(tar(*[(tarfile.TarInfo(n), c) for n, c in FILES], mode="w"), id="tar"),
]


@pytest.mark.parametrize("content", GOOD)
async def test_good_archives_are_unpacked(content: bytes):
    result, files = await extracted(content)
    assert result.error is None
    assert dict(result.outputs)["names"] == ["a.txt", "b/c.md"]
    refs = dict(result.outputs)["files"]
    assert [files.files[ref][2] for ref in refs] == [b"A", b"CC"]


@pytest.mark.parametrize("content", GOOD)
async def test_good_archives_are_listed(content: bytes):
    result = await run_block(LIST, {"archive": "workspace://0"}, world(content))
    assert dict(result.outputs)["entries"] == [
        {"name": "a.txt", "size": 1}, {"name": "b/c.md", "size": 2},
    ]  # fmt: skip


async def test_a_gz_of_one_file():
    result, files = await extracted(gzip.compress(b"hello"), "letter.txt.gz")
    assert dict(result.outputs)["names"] == ["letter.txt"]
    assert files.files["workspace://1"][2] == b"hello"


async def test_folders_are_no_files():
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    result, _ = await extracted(tar((folder, b""), (tarfile.TarInfo("folder/a"), b"A")))
    assert dict(result.outputs)["names"] == ["folder/a"]


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        pytest.param(zip_symlink("/etc/passwd"), "unsafe_archive", "link", id="FL10"),
        pytest.param(linked(tarfile.SYMTYPE), "unsafe_archive", "link", id="symlink"),
        pytest.param(linked(tarfile.LNKTYPE), "unsafe_archive", "link", id="hard-link"),
        pytest.param(linked(tarfile.CHRTYPE), "unsafe_archive", "device", id="device"),
        pytest.param(
            make_zip([("ok", b"1"), ("../../x", b"2")]), "unsafe_archive", "x", id="up"
        ),
        pytest.param(make_zip([("/etc/x", b"")]), "unsafe_archive", "x", id="root"),
        pytest.param(make_zip([("C:\\x", b"")]), "unsafe_archive", "x", id="drive"),
        pytest.param(make_zip([("..\\x", b"")]), "unsafe_archive", "x", id="backslash"),
        pytest.param(make_tar_gz([("../x", b"")]), "unsafe_archive", "x", id="tar-up"),
        pytest.param(b"hello", "bad_input", "not a zip", id="text"),
        pytest.param(b"", "bad_input", "not a zip", id="empty"),
        pytest.param(make_zip(FILES)[:-10], "bad_input", "cannot be read", id="cut"),
        pytest.param(make_tar_gz(FILES)[:40], "bad_input", "cannot", id="cut-tar"),
        pytest.param(b"PK\x03\x04" + b"\0" * 50, "bad_input", "cannot", id="broken"),
        pytest.param(
            make_zip([(str(n), b"") for n in range(1001)]),
            "too_many",
            "1,000",
            id="many",
        ),
    ],
)
async def test_archives_that_are_refused_as_a_whole(content: bytes, code, text):
    """Nothing is stored, not even what came before the fault."""
    result, files = await extracted(content)
    assert result.error is not None
    assert (result.error.code, result.outputs, files.written) == (code, [], [])
    assert text in str(result.error)


def grown_kib(before: int) -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: zip_zeros(100), id="FL11"),
        pytest.param(lambda: gz_zeros(100), id="gz"),
        pytest.param(lambda: gz_zeros(500, said=10), id="FL13"),
        pytest.param(lambda: gzip.compress(tar_head() + bytes(60 << 20)), id="tar.gz"),
    ],
)
@pytest.mark.parametrize("spec", [EXTRACT, LIST], ids=["extract", "list"])
async def test_bombs_are_counted_and_never_held(make, spec):
    content = make()
    ctx = world(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = await run_block(spec, {"archive": "workspace://0"}, ctx)
    assert result.error is not None
    assert result.error.code == "too_large"
    assert "too large" in str(result.error)
    assert grown_kib(before) < 50 * 1024


def tar_head() -> bytes:
    """Of one large file, which is not here whole."""
    info = tarfile.TarInfo("zeros")
    info.size = 60 << 20
    return info.tobuf()


async def test_limits_can_be_raised():
    result, _ = await extracted(zip_zeros(60), max_total_mb=60)
    assert result.error is None
    result, _ = await extracted(make_zip(FILES), max_files=1)
    assert result.error.code == "too_many"


@pytest.mark.parametrize(
    ("name", "is_safe"),
    [
        ("a", True), ("a/b.txt", True), ("a..b", True), ("./a", True), ("", False),
        ("..", False), ("a/../b", False), ("/a", False), ("\\a", False),
        ("C:a", False), ("\\\\host\\a", False), ("a\0b", False), ("a\\..\\b", False),
    ],
)  # fmt: skip
def test_safe_paths(name: str, is_safe: bool):
    assert is_safe_path(name) is is_safe


def test_names_that_occur_twice():
    names = ["a.txt", "a.txt", "d/b", "d/b", "c"]
    assert unique_names(names) == ["a.txt", "a (2).txt", "d/b", "d/b (2)", "c"]


@pytest.mark.parametrize("make", [make_zip, make_tar_gz])
def test_the_same_files_are_the_same_bytes(make):
    assert make(FILES) == make(FILES)


# --- Pictures -------------------------------------------------------------------------


def picture(format: str, size=(4, 2), mode: str = "RGB", **more) -> bytes:
    from PIL import Image

    target = io.BytesIO()
    Image.new(mode, size, more.pop("colour", 0)).save(target, format, **more)
    return target.getvalue()


def opened(content: bytes):
    from PIL import Image

    return Image.open(io.BytesIO(content))


async def changed(name: str, content: bytes, **more):
    ctx = world(content, "a.bin")
    given = {"image": "workspace://0", **more}
    result = await run_block(SPECS[name], given, ctx)
    stored = ctx.files.files.get("workspace://1")
    return result, stored and opened(stored[2])


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
async def test_each_format_is_resized_in_its_own(format: str):
    result, image = await changed("ResizeImageBlock", picture(format), height=4)
    assert result.error is None
    assert (image.format, image.size) == (format, (8, 4))


@pytest.mark.parametrize(
    ("given", "size"),
    [
        ({"width": 2, "height": 2}, (2, 1)),
        ({"width": 100, "height": 3}, (6, 3)),
        ({"width": 3, "height": 9, "keep_aspect": False}, (3, 9)),
        ({"width": 9, "keep_aspect": False}, (9, 2)),
        ({"width": 1}, (1, 1)),
    ],
)
async def test_sizes(given, size):
    _, image = await changed("ResizeImageBlock", picture("PNG"), **given)
    assert image.size == size


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "gif"])
async def test_any_kind_of_pixels_is_converted(mode: str, format: str):
    source = "TIFF" if mode == "CMYK" else "PNG"
    if mode == "CMYK":
        source = "JPEG"
    result, image = await changed(
        "ConvertImageBlock", picture(source, mode=mode), format=format
    )
    assert result.error is None, result.error
    assert image.format.lower() == format


async def test_what_can_be_seen_through_becomes_white():
    clear = picture("PNG", mode="RGBA", colour=(0, 0, 0, 0))
    _, image = await changed("ConvertImageBlock", clear, format="jpeg")
    assert min(image.getpixel((1, 1))) > 250


async def test_what_the_camera_noted_is_left_out():
    from PIL import Image

    notes = Image.Exif()
    notes[0x010F] = "Secret Camera"
    notes[0x0112] = 6  # turned by a quarter
    content = picture("JPEG", exif=notes)
    assert b"Secret Camera" in content
    result, image = await changed("ConvertImageBlock", content, format="jpeg")
    assert result.error is None
    assert (image.size, len(image.getexif())) == ((2, 4), 0)


@pytest.mark.parametrize("name", ["ResizeImageBlock", "ConvertImageBlock"])
async def test_huge_picture_is_refused_before_it_is_read(name: str):
    """FL17"""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    given = {"width": 10} if name == "ResizeImageBlock" else {}
    result, image = await changed(name, png_header(65_500, 65_500), **given)
    assert result.error is not None
    assert result.error.code == "too_large"
    assert image is None
    assert grown_kib(before) < 50 * 1024


async def test_no_picture_is_made_huge():
    result, image = await changed(
        "ResizeImageBlock", picture("PNG"), width=20_000, height=20_000
    )
    assert (result.error.code, image) == ("too_large", None)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="text"),
        pytest.param(picture("PNG")[:30], id="cut-in-the-header"),
        pytest.param(picture("PNG", (200, 200))[:-40], id="cut-in-the-pixels"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", id="svg"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n", id="postscript"),
        pytest.param(b"II*\0" + b"\0" * 100, id="tiff"),
    ],
)
async def test_what_is_no_picture(content: bytes):
    result, image = await changed("ConvertImageBlock", content)
    assert (result.error.code, image) == ("bad_input", None)
