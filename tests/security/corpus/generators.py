"""Inputs that are too large to be kept in a file, made when they are needed."""

import io
import json
import pickle
import struct
import zipfile
import zlib
from typing import Any

MEGABYTE = 1024 * 1024


_read: list[str] = []


class _Canary:
    def __reduce__(self) -> Any:
        return (_sing, ())


def _sing() -> None:
    _read.append("canary")


def unpickled() -> int:
    """How often somebody has read a canary as a pickle."""
    return len(_read)


def repeat(s: str, n: int) -> str:
    return s * n


def json_nest(depth: int) -> str:
    return '{"name":"a","settings":{"x":' + "[" * depth + "]" * depth + "}}"


def json_int(digits: int) -> str:
    return '{"name":"a","settings":{"x":' + "9" * digits + "}}"


def json_string(n: int) -> str:
    return '{"name":"' + "a" * n + '"}'


def json_keys(n: int) -> str:
    keys = {f"k{i}": 0 for i in range(n)}
    return json.dumps({"name": "a", "settings": keys})


def gzip_zeros(mb: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(MEGABYTE)
    return b"".join(packer.compress(piece) for _ in range(mb)) + packer.flush()


def gz_wrong_isize(mb: int) -> bytes:
    return gzip_zeros(mb)[:-4] + struct.pack("<I", 10)


def zip_zeros(mb: int) -> bytes:
    return _zip({"zeros": bytes(mb * MEGABYTE)})


def zip_slip(name: str = "../../evil", **_: Any) -> bytes:
    return _zip({name: b"x"})


def zip_entries(n: int) -> bytes:
    return _zip({f"e{i}": b"" for i in range(n)})


def zip_symlink(to: str) -> bytes:
    entry = zipfile.ZipInfo("link")
    entry.external_attr = 0o120777 << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(entry, to)
    return file.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def png_header(w: int, h: int) -> bytes:
    head = b"IHDR" + struct.pack(">IIBBBBB", w, h, 8, 2, 0, 0, 0)
    size, check = struct.pack(">I", 13), struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + size + head + check


def xml_billion_laughs() -> str:
    lines = ['<!ENTITY l0 "lol">']
    for n in range(1, 10):
        lines.append(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">')
    return f"<!DOCTYPE r [{''.join(lines)}]><r>&l9;</r>"


def xml_quadratic(entity: int, refs: int) -> str:
    return f'<!DOCTYPE r [<!ENTITY x "{"a" * entity}">]><r>{"&x;" * refs}</r>'


def utf16(text: str = '{"name":"a"}', **_: Any) -> bytes:
    return text.encode("utf-16")


def pickle_canary() -> bytes:
    return pickle.dumps(_Canary())


def npy_object_pickle() -> bytes:
    head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    head += b" " * (-(len(head) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + pickle_canary()


def nodes(n: int) -> list[dict[str, Any]]:
    return [{"id": str(i), "block": "note"} for i in range(n)]


GENERATORS = {
    made.__name__: made
    for made in (
        repeat, json_nest, json_int, json_string, json_keys, gzip_zeros,
        gz_wrong_isize, zip_zeros, zip_slip, zip_entries, zip_symlink, png_header,
        xml_billion_laughs, xml_quadratic, utf16, pickle_canary, npy_object_pickle,
        nodes,
    )
}  # fmt: skip


def built(value: Any) -> Any:
    """The value with every `{"gen": …}` in it made."""
    if isinstance(value, dict):
        if "gen" in value:
            options = {name: each for name, each in value.items() if name != "gen"}
            return GENERATORS[value["gen"]](**options)  # type: ignore[operator]
        return {name: built(each) for name, each in value.items()}
    return [built(each) for each in value] if isinstance(value, list) else value
