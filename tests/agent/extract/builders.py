"""Documents made by hand, byte by byte, so that a test knows what is in them."""

from __future__ import annotations

import gzip
import io
import lzma
import struct
import zipfile
from email.message import EmailMessage
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
P = 'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
S = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)
TYPES = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def packed(entries: Iterable[tuple[str, str | bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, data in entries:
            package.writestr(name, data)
    return out.getvalue()


def docx(text: str, **extra: str | bytes) -> bytes:
    # Each word is cut into two runs, as Word does after a correction.
    runs = "".join(
        f"<w:r><w:t xml:space='preserve'>{escape(word[:2])}</w:t></w:r>"
        f"<w:r><w:rPr><w:b/></w:rPr><w:t xml:space='preserve'>{escape(word[2:])} </w:t></w:r>"
        for word in text.split()
    )
    body = f"<w:document {W}><w:body><w:p>{runs}</w:p><w:p/></w:body></w:document>"
    return packed([("[Content_Types].xml", TYPES), ("word/document.xml", body), *extra.items()])


def pptx(text: str) -> bytes:
    slide = f"<p:sld {P} {A}><a:p><a:r><a:t>{escape(text)}</a:t></a:r></a:p></p:sld>"
    return packed([("[Content_Types].xml", TYPES), ("ppt/slides/slide1.xml", slide)])


def xlsx(text: str) -> bytes:
    strings = f"<sst {S}><si><t>{escape(text)}</t></si><si><t>other cell</t></si></sst>"
    sheet = f"<worksheet {S}><sheetData><row><c t='s'><v>0</v></c></row></sheetData></worksheet>"
    book = f"<workbook {S}><sheets><sheet name='S' sheetId='1'/></sheets></workbook>"
    return packed(
        [
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.xml", book),
            ("xl/worksheets/sheet1.xml", sheet),
            ("xl/sharedStrings.xml", strings),
        ]
    )


def odf(text: str, body: str) -> bytes:
    content = (
        f"<office:document-content {ODF}><office:body>"
        f"{body.format(escape(text))}</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.text"
    return packed([("mimetype", kind), ("content.xml", content)])


def odt(text: str) -> bytes:
    return odf(text, "<office:text><text:p>{}<text:s/></text:p></office:text>")


def ods(text: str) -> bytes:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    return odf(text, f"<office:spreadsheet><table:table>{cell}</table:table></office:spreadsheet>")


def odp(text: str) -> bytes:
    return odf(text, "<office:presentation><text:p>{}</text:p></office:presentation>")


def rtf(text: str) -> bytes:
    escaped = "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in text)
    head = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fswiss Arial;}}"
    return (head + r"\f0 " + escaped + r"\par}").encode("ascii")


def html(text: str) -> bytes:
    return (
        "<!doctype html><html><head><title>t</title><style>p{}</style>"
        f"<script>var hidden = 1;</script></head><body><p>{escape(text)}</p></body></html>"
    ).encode()


def pdf(text: str, *, encrypted: bool = False, content: bytes | None = None) -> bytes:
    shown = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    stream = content or f"BT /F1 12 Tf 72 700 Td ({shown}) Tj ET".encode("latin-1", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 6000 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    if encrypted:
        secret = b"<" + b"5a" * 32 + b">"
        objects.append(
            b"<< /Filter /Standard /V 1 /R 2 /P -4 /O " + secret + b" /U " + secret + b" >>"
        )
    return pdf_file(objects, b"/Encrypt 6 0 R /ID [<00> <00>]" if encrypted else b"")


def pdf_file(objects: list[bytes], trailer: bytes = b"") -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer << /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    out += b"startxref\n%d\n%%%%EOF\n" % table
    return bytes(out)


def eml(text: str, attached: tuple[str, bytes] | None = None) -> bytes:
    message = EmailMessage()
    message["From"] = "a@school.invalid"
    message["Subject"] = "homework"
    message.set_content("see below")
    message.add_alternative(f"<p>{escape(text)}</p>", subtype="html")
    if attached is not None:
        name, data = attached
        message.add_attachment(data, maintype="application", subtype="x", filename=name)
    return message.as_bytes()


def msg(text: str, subject: str = "homework") -> bytes:
    return ole(
        {
            "__substg1.0_0037001F": subject.encode("utf-16-le"),
            "__substg1.0_1000001F": text.encode("utf-16-le"),
        }
    )


def doc(text: str, *, encrypted: bool = False) -> bytes:
    flags = 0x0100 if encrypted else 0
    head = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0x809, 0, flags)
    return ole({"WordDocument": head + bytes(500) + text.encode("cp1252") + bytes(64)})


def ole(streams: dict[str, bytes]) -> bytes:
    """A compound file ([MS-CFB]) of version 3 whose streams all lie in ordinary sectors."""
    end, free, fat_mark, size = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 512
    # Streams under the cutoff would live in the mini stream: pad them with zeros beyond it.
    padded = {name: data + bytes(max(0, 4096 - len(data))) for name, data in streams.items()}
    chains: list[int] = []
    body = bytearray()
    starts: dict[str, int] = {}

    def lay(data: bytes) -> int:
        first = len(chains)
        count = max(1, -(-len(data) // size))
        chains.extend(range(first + 1, first + count))
        chains.append(end)
        body.extend(data + bytes(count * size - len(data)))
        return first

    for name, data in padded.items():
        starts[name] = lay(data)
    names = ["Root Entry", *padded]
    entries = bytearray()
    for index, name in enumerate(names):
        utf16 = name.encode("utf-16-le") + b"\0\0"
        # Each stream is the right sibling of the one before: a list is a valid tree to readers.
        right = index + 1 if 0 < index < len(names) - 1 else free
        child = 1 if index == 0 and padded else free
        entries += utf16 + bytes(64 - len(utf16))
        entries += struct.pack("<HBBIII", len(utf16), 5 if index == 0 else 2, 1, free, right, child)
        entries += bytes(36)
        start = end if index == 0 else starts[name]
        length = 0 if index == 0 else len(padded[name])
        entries += struct.pack("<IQ", start, length)
    entries += bytes(-len(entries) % size)
    directory = lay(bytes(entries))
    fats = 1
    while (len(chains) + fats) > fats * 128:
        fats += 1
    first_fat = len(chains)
    table = [*chains, *([fat_mark] * fats)]
    table += [free] * (fats * 128 - len(table))
    body += struct.pack(f"<{len(table)}I", *table)
    difat = [*range(first_fat, first_fat + fats)] + [free] * (109 - fats)
    header = struct.pack(
        "<8s16sHHHHH6sIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(16), 0x3E, 3, 0xFFFE, 9, 6, bytes(6),
        0, fats, directory, 0, 4096, end, 0, end, 0,
    )  # fmt: skip
    return header + struct.pack("<109I", *difat) + bytes(body)


def pdf_with_notes() -> bytes:
    """A PDF with a note, a form field, an attachment and a title, none of them in its text."""
    return pdf_file(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names "
            b"[(plan.txt) 7 0 R] >> >> /AcroForm << /Fields [6 0 R] >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 792] /Annots [4 0 R 5 0 R 6 0 R] >>",
            b"<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /Contents (a note to myself) >>",
            b"<< /Type /Annot /Subtype /FreeText /Rect [0 0 9 9] /Contents "
            b"<FEFF00620065007300690064006500200069007400E9> >>",
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (n) /V (typed into a field) "
            b"/Rect [0 0 9 9] >>",
            b"<< /Type /Filespec /F (plan.txt) /UF (plan.txt) /EF << /F 8 0 R >> >>",
            b"<< /Type /EmbeddedFile /Length 17 >>\nstream\nthe attached plan\nendstream",
            b"<< /Title (what it is called) >>",
        ],
        b"/Info 9 0 R",
    )  # fmt: skip


def outlook_rtf(text: bytes) -> bytes:
    """The example of [MS-OXRTFCP] 3: literal runs, and one reference into the dictionary."""
    body = b"{\\rtf1\\ansi " + text + b"}"
    out = bytearray()
    for start in range(0, len(body), 8):
        out += b"\0" + body[start : start + 8]
    return struct.pack("<IIII", len(out) + 12, len(body), 0x75465A4C, 0) + bytes(out)


KINDS: dict[str, Callable[[str], bytes]] = {
    "txt": lambda text: text.encode(),
    "csv": lambda text: f"a,b\n1,{text}\n".encode(),
    "md": lambda text: f"# Title\n\n{text}\n".encode(),
    "py": lambda text: f"# {text}\nprint(1)\n".encode(),
    "docx": docx,
    "pptx": pptx,
    "xlsx": xlsx,
    "odt": odt,
    "ods": ods,
    "odp": odp,
    "rtf": rtf,
    "html": html,
    "pdf": pdf,
    "eml": eml,
    "msg": msg,
    "doc": doc,
    "zip": lambda text: packed([("folder/inner.docx", docx(text)), ("readme.txt", "hello")]),
}

MORE: dict[str, bytes] = {
    "notes.pdf": pdf_with_notes(),
    "rich.msg": ole({"__substg1.0_0037001F": b"s\0", "__substg1.0_10090102": outlook_rtf(b"x y")}),
    "a.txt.gz": gzip.compress(b"words of a packed file"),
    "a.txt.xz": lzma.compress(b"words of a packed file"),
    "a.xlsb": packed(
        [
            ("[Content_Types].xml", TYPES),
            ("xl/workbook.bin", b"\x83\x01"),
            ("xl/sharedStrings.bin", "words of a cell".encode("utf-16-le")),
        ]
    ),
}
"""What is read beside the kinds that people know by name: food for the fuzzer."""
