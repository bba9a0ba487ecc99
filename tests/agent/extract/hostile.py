"""Documents that are broken, and documents that are weapons: all made here, none shipped."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import builders

if TYPE_CHECKING:
    from collections.abc import Iterator

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    + "]>"
)


def malformed(count: int, seed: int = 7) -> Iterator[tuple[str, bytes]]:
    """Yield (name, bytes): real documents that were cut, flipped, blanked, doubled or mixed."""
    chance = random.Random(seed)
    kinds = sorted(builders.KINDS)
    whole = {kind: builders.KINDS[kind]("a line about the sea " * 40) for kind in kinds}
    for index in range(count):
        kind = kinds[index % len(kinds)]
        data = bytearray(whole[kind])
        match index % 5:
            case 0:
                data = data[: chance.randrange(8, len(data))]
            case 1:
                for _ in range(chance.randrange(1, 40)):
                    data[chance.randrange(8, len(data))] ^= 1 << chance.randrange(8)
            case 2:
                start = chance.randrange(8, len(data))
                data[start : start + 200] = bytes(min(200, len(data) - start))
            case 3:
                start = chance.randrange(8, len(data))
                data[start:start] = data[: chance.randrange(1, len(data))]
            case _:
                other = whole[chance.choice(kinds)]
                middle = chance.randrange(8, len(data))
                data[middle:] = other[len(other) // 2 :]
        yield f"m{index}.{kind}", bytes(data)


def zeros(mib: int) -> bytes:
    """Return ``mib`` MiB of zeros, deflated (raw)."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = bytes(1 << 20)
    return b"".join([squeeze.compress(block) for _ in range(mib)] + [squeeze.flush()])


def zip_of_zeros(name: str, mib: int, before: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", builders.TYPES)
        with package.open(name, "w") as entry:
            entry.write(before.encode())
            for _ in range(mib):
                entry.write(bytes(1 << 20))
    return out.getvalue()


def nested(levels: int, leaf: bytes) -> bytes:
    data = builders.packed([("leaf.txt", leaf)])
    for level in range(levels):
        data = builders.packed([(f"{level}-{copy}.zip", data) for copy in range(10)])
    return data


def overlapping(count: int) -> bytes:
    """A zip whose entries all point at the same deflated megabytes."""
    packed = zeros(16)
    check = zlib.crc32(bytes(16 << 20))
    local = struct.pack(
        "<IHHHHHIIIHH", 0x04034B50, 20, 0, 8, 0, 0, check, len(packed), 16 << 20, 1, 0
    )
    body = local + b"a" + packed
    central = b"".join(
        struct.pack(
            "<IHHHHHHIIIHHHHHII", 0x02014B50, 20, 20, 0, 8, 0, 0, check, len(packed), 16 << 20,
            1, 0, 0, 0, 0, 0, 0,
        )
        + b"a"
        for _ in range(count)
    )  # fmt: skip
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(central), len(body), 0)
    return body + central + end


def lying_size() -> bytes:
    """A zip that declares ten bytes for an entry of many megabytes."""
    data = bytearray(zip_of_zeros("word/document.xml", 64))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.rfind(mark)
        data[at + place : at + place + 4] = struct.pack("<I", 10)
    return bytes(data)


def pdf_bomb(mib: int, layers: int) -> bytes:
    data = b"BT /F1 12 Tf (x) Tj ET " + bytes(1 << 20) * mib
    for _ in range(layers):
        data = zlib.compress(data, 9)
    filters = b"/FlateDecode " * layers
    stream = b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(data), filters, data)
    return builders.pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 792] /Contents 4 0 R >>",
            stream,
        ]
    )


def pdf_loop() -> bytes:
    return builders.pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 1000000000 >>",
        ]
    )


def pdf_forms(depth: int) -> bytes:
    """A page whose form draws a form twice, which draws a form twice, and so on."""
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 792] /Contents 4 0 R "
        b"/Resources << /XObject << /F 5 0 R >> >> >>",
        b"<< /Length 10 >>\nstream\n/F Do /F Do\nendstream",
    ]
    for level in range(depth):
        objects.append(
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 11 /Resources "
            b"<< /XObject << /F %d 0 R >> >> >>\nstream\n/F Do /F Do\nendstream" % (6 + level)
        )
    objects.append(
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 0 >>\nstream\n\nendstream"
    )
    return builders.pdf_file(objects)


def nested_mail(depth: int) -> bytes:
    lines = ["Subject: deep", "MIME-Version: 1.0"]
    for level in range(depth):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]
    return "\r\n".join([*lines, "", "text"]).encode()


def forwarded_mail(depth: int) -> bytes:
    return b"Subject: x\r\nContent-Type: message/rfc822\r\n\r\n" * depth + b"Subject: y\r\n\r\nz"


def looping_ole() -> bytes:
    data = bytearray(builders.msg("text"))
    first_fat = struct.unpack_from("<I", data, 76)[0]
    struct.pack_into("<I", data, 512 + first_fat * 512, 0)  # sector 0 follows itself
    return bytes(data)


def bombs() -> dict[str, bytes]:
    """Return twenty-odd weapons by name."""
    laughing = LAUGHS + f"<w:document {builders.W}><w:t>&a11;</w:t></w:document>"
    content = LAUGHS + f"<x {builders.ODF}><office:body><text:p>&a11;</text:p></office:body></x>"
    types = ("[Content_Types].xml", builders.TYPES)
    return {
        "flat.zip": zip_of_zeros("a.txt", 1024),
        "flat.docx": zip_of_zeros("word/document.xml", 1024, "<w:document>"),
        "flat.xlsx": zip_of_zeros("xl/sharedStrings.xml", 512, "<sst>"),
        "lying.docx": lying_size(),
        "nested.zip": nested(6, b"x"),
        "wide.zip": nested(3, bytes(1 << 20)),
        "overlapping.zip": overlapping(1000),
        "entries.zip": builders.packed([(f"{i}.txt", "") for i in range(30_000)]),
        "laughs.docx": builders.packed([types, ("word/document.xml", laughing)]),
        "laughs.odt": builders.packed([("mimetype", "x"), ("content.xml", content)]),
        "laughs.xml": (LAUGHS + "<x>&a11;</x>").encode(),
        "flate.pdf": pdf_bomb(512, 1),
        "flate2.pdf": pdf_bomb(256, 3),
        "loop.pdf": pdf_loop(),
        "forms.pdf": pdf_forms(60),
        "groups.rtf": b"{\\rtf1 " + b"{" * 2_000_000,
        "letters.rtf": b"{\\rtf1 " + b"\\u20013?" * 2_000_000 + b"}",
        "fonts.rtf": b"{\\rtf1{\\fonttbl" + b"\\f1" * 200_000 + b"}}",
        "scripts.html": b"<html>" + b"<script" * 500_000,
        "comments.html": b"<html>" + b"<!--" * 500_000 + b"<p" * 500_000,
        "multipart.eml": nested_mail(3000),
        "forwarded.eml": forwarded_mail(20_000),
        "loop.msg": looping_ole(),
    }
