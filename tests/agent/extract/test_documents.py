from __future__ import annotations

import io
import zipfile

import builders
import pytest

from tutelage_agent.extract import documents
from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import Outcome

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
