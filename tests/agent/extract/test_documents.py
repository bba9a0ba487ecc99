from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
from html import escape

import builders
import pytest

from tutelage_agent.extract import documents
from tutelage_agent.extract.budget import Budget
from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import Outcome
from tutelage_agent.extract.rich import unpacked_rtf

TEXT = "Meet me at the harbour & bring the map"


def read(data, name=""):
    return documents.read(data, name)


@pytest.mark.parametrize("kind", sorted(builders.KINDS))
def test_each_kind_gives_its_text_in_the_child(kind, extractor):
    found = extractor.extract(io.BytesIO(builders.KINDS[kind](TEXT)), f"name.{kind}")
    assert found.outcome is Outcome.TEXT
    assert TEXT in found.text


@pytest.mark.parametrize("kind", sorted(set(builders.KINDS) - {"eml", "html"}))
def test_a_false_suffix_hides_nothing(kind):
    assert TEXT in read(builders.KINDS[kind](TEXT), "holiday.jpg").text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_of_any_usual_encoding_is_read(encoding):
    assert read("the café was closed again".encode(encoding)).text == "the café was closed again"


def test_a_picture_and_a_program_are_unsupported_and_not_malformed():
    for data in (b"\x89PNG\r\n\x1a\n" + bytes(99), b"MZ\x90\0" + bytes(99), bytes(range(256)) * 9):
        assert read(data).outcome is Outcome.UNSUPPORTED


def test_words_that_are_cut_into_runs_stay_whole_and_paragraphs_stay_apart():
    assert read(builders.docx("harbour lights")).text == "harbour lights"
    two = builders.packed(
        [
            ("[Content_Types].xml", builders.TYPES),
            ("word/document.xml", "<w:p><w:t>one</w:t></w:p><w:p><w:t>two</w:t></w:p>"),
        ]
    )
    assert read(two).text == "one\ntwo"


@pytest.mark.parametrize("part", ["header1", "footer2", "footnotes", "comments", "endnotes"])
def test_headers_notes_and_comments_are_read(part):
    note = {f"word/{part}.xml": f"<w:ftr><w:t>{part} text</w:t></w:ftr>"}
    assert f"{part} text" in read(builders.docx("body", **note)).text


def test_deleted_text_that_word_still_tracks_is_read():
    note = {"word/comments.xml": "<w:del><w:delText>taken back</w:delText></w:del>"}
    assert "taken back" in read(builders.docx("body", **note)).text


def test_other_prefixes_and_utf16_parts_are_read():
    body = "<n:document xmlns:n='urn:w'><n:p><n:t>odd prefix</n:t></n:p></n:document>"
    for data in (body.encode(), ("\ufeff" + body).encode("utf-16-le")):
        entries = [("[Content_Types].xml", builders.TYPES), ("word/document.xml", data)]
        assert read(builders.packed(entries)).text == "odd prefix"


def test_a_document_inside_a_document_is_read():
    inner = {"word/embeddings/sheet.xlsx": builders.xlsx("inner cell")}
    assert "inner cell" in read(builders.docx("outer", **inner)).text


def test_an_attachment_in_a_mail_in_a_zip_is_read():
    mail = builders.eml("see attached", ("plan.docx", builders.docx("the plan")))
    found = read(builders.packed([("saved.eml", mail)]))
    assert "the plan" in found.text
    assert "plan.docx" in found.text


def test_text_in_rtf_notes_headers_and_boxes_is_read():
    head = rb"{\rtf1\ansi{\header top}{\footnote below}"
    box = rb"{\shp{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt boxed}}}body}"
    text = read(head + box).text
    assert all(word in text for word in ("top", "below", "boxed", "body"))


def test_what_html_hides_is_not_text_and_what_pictures_say_is():
    page = b"<html><script>var x='no'</script><!-- no --><p>seen</p><img alt='a boat'></html>"
    assert read(page).text == "seen\na boat"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", builders.pdf("x", encrypted=True)),
        ("a.doc", builders.doc("x", encrypted=True)),
        ("a.docx", builders.ole({"EncryptedPackage": b"x", "EncryptionInfo": b"y"})),
        (
            "a.odt",
            builders.packed(
                [
                    ("mimetype", "x"),
                    ("content.xml", b"\x8f" * 40),
                    ("META-INF/manifest.xml", "<m:file-entry><m:encryption-data/>"),
                ]
            ),
        ),
    ],
)
def test_encrypted_documents_are_said_to_be(name, data):
    assert read(data, name).outcome is Outcome.ENCRYPTED


def test_an_encrypted_entry_does_not_hide_the_others():
    data = bytearray(builders.packed([("a.txt", "open text"), ("b.txt", "secret")]))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rfind(mark) + place] |= 1
    found = read(bytes(data))
    assert found.outcome is Outcome.ENCRYPTED
    assert "open text" in found.text


def test_long_text_is_cut_and_said_to_be():
    found = documents.read(b"word " * 1000, "a.txt", Limits(text_chars=100))
    assert (len(found.text), found.truncated) == (100, True)


def test_a_document_without_text_is_empty():
    assert read(builders.docx("")).outcome is Outcome.EMPTY
    assert read(b" \n ").outcome is Outcome.EMPTY


def test_repr_quotes_nothing():
    assert "harbour" not in repr(read(TEXT.encode()))


def test_a_zip_with_an_entry_without_a_name_is_read_like_any_other():
    class Nameless(zipfile.ZipInfo):
        def is_dir(self):
            return False

    out, nameless = io.BytesIO(), Nameless("x")
    nameless.filename = ""
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(nameless, b"no name")
        package.writestr("a.txt", b"words")
    assert "words" in documents.read(out.getvalue(), "a.zip").text


def sheet(body, **extra):
    return builders.packed(
        [("[Content_Types].xml", builders.TYPES), ("xl/workbook.xml", "<workbook/>"),
         ("xl/worksheets/sheet1.xml", body), *extra.items()]
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        f'<c r="A1" t="str"><f>A2&amp;B2</f><v>{escape(TEXT)}</v></c>',
        f'<c t="str" r="A1"><f t="shared" si="0"/><v>{escape(TEXT)}</v></c>',
        f'<x:c t="inlineStr"><x:is><x:t>{escape(TEXT)}</x:t></x:is></x:c>',
        f"<headerFooter><oddHeader>&amp;C{escape(TEXT)}</oddHeader></headerFooter>",
        f"<c t='inlineStr'><is><t><![CDATA[{TEXT}]]></t></is></c>",
    ],
)
def test_text_of_formulas_prefixed_cells_and_page_headers_of_a_sheet_is_read(body):
    assert TEXT in read(sheet(body)).text


def test_hidden_sheets_notes_and_binary_workbooks_are_read():
    hidden = "<workbook><sheets><sheet name='Secret plan' state='veryHidden'/></sheets></workbook>"
    book = sheet("<v>1</v>", **{"xl/comments1.xml": f"<t>{escape(TEXT)}</t>",
                                "xl/workbook2.xml": hidden.replace("'", '"')})  # fmt: skip
    assert all(words in read(book).text for words in (TEXT, "Secret plan"))
    binary = builders.packed(
        [("[Content_Types].xml", builders.TYPES), ("xl/workbook.bin", b"\x83\x01"),
         ("xl/sharedStrings.bin", b"\x9f\x01" + TEXT.encode("utf-16-le"))]
    )  # fmt: skip
    assert TEXT in read(binary).text


def test_what_a_picture_is_said_to_show_is_read():
    picture = f'<w:drawing><wp:docPr id="1" descr="{escape(TEXT)}"/></w:drawing>'
    note = {"word/header1.xml": picture}
    assert TEXT in read(builders.docx("body", **note)).text


@pytest.mark.parametrize("cut", ["<![CDATA[{}]]>", "a<![CDATA[]]><![CDATA[{}]]>"])
def test_cdata_hides_nothing_in_xml_and_in_office_documents(cut):
    assert TEXT in read(f"<?xml version='1.0'?><a>{cut.format(TEXT)}</a>".encode()).text
    body = f"<w:p><w:t>{cut.format(TEXT)}</w:t></w:p>"
    entries = [("[Content_Types].xml", builders.TYPES), ("word/document.xml", body)]
    assert TEXT in read(builders.packed(entries)).text


def test_an_element_that_is_only_called_like_a_script_hides_nothing():
    page = f"<html><script-box>{TEXT}</script-box><styled>x</styled><p>end</p></html>"
    assert all(words in read(page.encode()).text for words in ("harbour", "x", "end"))
    assert "never" not in read(b"<html><script\n>never</script><style>never</style></html>").text


def test_notes_fields_attachments_and_the_title_of_a_pdf_are_read(extractor):
    found = extractor.extract(io.BytesIO(builders.pdf_with_notes()), "a.pdf")
    for words in ("a note to myself", "beside it\u00e9", "typed into a field", "plan.txt",
                  "the attached plan", "what it is called"):  # fmt: skip
        assert words in found.text


def test_a_mail_in_a_mail_and_a_page_in_another_charset_are_read():
    mail = (
        b"Subject: outer\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?q?inner_caf=C3=A9?=\r\n\r\nbody\r\n"
        b"--b\r\nContent-Type: text/html; charset=iso-2022-jp\r\n\r\n"
        + "<p>今日は</p>".encode("iso2022_jp")
        + b"\r\n--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        b"\r\nfolded=\r\n words=E2=80=A6\r\n--b--\r\n"
    )
    text = read(mail, "a.eml").text
    for words in ("outer", "inner café", "body", "今日は", "folded words…"):
        assert words in text


def test_a_mail_of_outlook_that_has_only_a_rich_body_is_read():
    rich = {"__substg1.0_0037001F": "subject".encode("utf-16-le"),
            "__substg1.0_10090102": builders.outlook_rtf(b"words of a rich body")}  # fmt: skip
    assert "words of a rich body" in read(builders.ole(rich), "a.msg").text
    # 3.1.1 of the specification, byte by byte: it refers to its dictionary and to itself.
    example = bytes.fromhex(
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
        "0af32068656c090020627705b06c647d0a800fa0"
    )
    assert unpacked_rtf(example, Budget()) == (b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n")


@pytest.mark.parametrize("cut", range(0, 60, 7))
def test_a_rich_body_that_is_cut_or_lies_ends(cut):
    data = bytearray(builders.outlook_rtf(b"words" * 9))
    data[cut : cut + 3] = b"\xff\xff\xff"
    for body in (bytes(data), bytes(data[:cut])):
        found = read(builders.ole({"__substg1.0_0037001F": b"s\0", "__substg1.0_10090102": body}))
        assert found.outcome in (Outcome.TEXT, Outcome.MALFORMED, Outcome.BOMB)


def test_the_code_page_of_an_older_mail_is_kept_to():
    table = bytes(32) + struct.pack("<I4xQ", 0x3FFD0003, 1251)
    mail = {"__substg1.0_1000001E": "привет".encode("cp1251"), "__properties_version1.0": table}
    assert "привет" in read(builders.ole(mail), "a.msg").text


@pytest.mark.parametrize(
    ("name", "streams"),
    [
        ("a.xls", {"Workbook": struct.pack("<HH6xHH", 0x0809, 6, 0x002F, 4) + bytes(40)}),
        ("a.ppt", {"PowerPoint Document": bytes(40), "EncryptedSummary": b"x"}),
    ],
)
def test_older_sheets_and_slides_under_a_password_are_said_to_be(name, streams):
    assert read(builders.ole(streams), name).outcome is Outcome.ENCRYPTED


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3"), "onenote"),
    ],
)
def test_what_is_known_and_not_read_is_said_to_be_there(head, kind, extractor):
    found = extractor.extract(io.BytesIO(head + bytes(99)), "a.bin")
    assert (found.outcome, found.kind) == (Outcome.UNREAD, kind)
    assert read(builders.packed([("a.bin", head + bytes(99)), ("b.txt", "words")])).text
    pages = builders.packed([("Index/Document.iwa", b"x"), ("preview.jpg", b"\xff\xd8\xff")])
    assert read(pages, "a.pages").outcome is Outcome.UNREAD


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_streams_and_what_a_tar_in_them_holds_are_read(pack):
    assert read(pack(TEXT.encode()), "a.txt.gz").text == TEXT
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("one.txt", b"first words"), ("two.docx", builders.docx("second"))):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    text = read(pack(out.getvalue()), "a.tar.gz").text
    assert all(words in text for words in ("one.txt", "first words", "second", "link"))
    assert "root:" not in text


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_stream_that_unfolds_too_far_is_a_bomb(pack):
    assert read(pack(bytes(200 << 20)), "a.gz").outcome is Outcome.BOMB
    assert read(pack(TEXT.encode() * 99)[:-9][:40], "a.gz").outcome in (
        Outcome.MALFORMED, Outcome.TEXT, Outcome.UNSUPPORTED, Outcome.EMPTY,
    )  # fmt: skip


def test_text_of_before_utf8_is_read_in_japanese_and_stays_what_it_is_in_french():
    assert read("今日はとても寂しいです".encode("cp932")).text == "今日はとても寂しいです"
    assert read("今日は寂しい".encode("iso2022_jp")).text == "今日は寂しい"
    for text in ("déjà vu, ça va où ?", "\u00a35 \u2013 \u201cquoted\u201d café"):
        assert read(text.encode("cp1252")).text == text


def test_characters_of_two_halves_notes_and_the_title_of_rtf_are_read():
    head = rb"{\rtf1\ansi{\info{\title what it is called}}I\u8217?m \u-10179?\u-8704? here"
    text = read(head + rb"{\*\annotation a comment}{\v kept hidden}}").text
    for words in ("m \U0001f600 here", "what it is called", "a comment", "kept hidden"):
        assert words in text
