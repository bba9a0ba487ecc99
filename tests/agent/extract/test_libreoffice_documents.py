"""Documents as LibreOffice writes them: every type that it makes, opened and saved for real."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

import parts
from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.extract.outcome import Outcome

if TYPE_CHECKING:
    from pathlib import Path

WORDS = ("heliotrope", "marjoram", "quixotic")
PAGE = """<html><head><title>An essay</title></head><body><h1>A heading: heliotrope</h1>
<p>A paragraph with <b>mar</b>joram in it, in two runs.</p>
<table><tr><td>a cell: quixotic</td><td>another</td></tr></table></body></html>"""
TABLE = "name,remark\none,heliotrope\ntwo,marjoram and quixotic\n"
SLIDES = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:svg="urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0" office:version="1.2"
 office:mimetype="application/vnd.oasis.opendocument.presentation"><office:body>
<office:presentation><draw:page draw:name="p1"><draw:frame svg:width="20cm" svg:height="5cm"
 svg:x="1cm" svg:y="1cm"><draw:text-box><text:p>A title: heliotrope</text:p>
<text:p>marjoram, quixotic</text:p></draw:text-box></draw:frame></draw:page>
</office:presentation></office:body></office:document>"""
MADE = (
    ("essay.html", PAGE, "writer", ("odt", "docx", "doc", "rtf", "pdf", "txt")),
    ("table.csv", TABLE, "calc", ("ods", "xlsx", "xls", "pdf", "html")),
    ("talk.fodp", SLIDES, "impress", ("odp", "pptx", "ppt", "pdf")),
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    office = str(parts.need("soffice"))
    for name, text, kind, ends in MADE:
        (folder / name).write_text(text, encoding="utf-8")
        for end in ends:
            wanted = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
            if kind == "writer":
                wanted.append("--writer")
            out = folder / f"{kind}-{end}"
            run = subprocess.run(
                [*wanted, "--convert-to", end, "--outdir", str(out), str(folder / name)],
                capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            assert list(out.glob(f"*.{end}")), f"LibreOffice made no {end}: {run.stderr}"
    return folder


@pytest.mark.parametrize(
    ("kind", "end"), [(kind, end) for _, _, kind, ends in MADE for end in ends]
)
def test_what_libreoffice_wrote_is_read(made, kind, end):
    (path,) = (made / f"{kind}-{end}").glob(f"*.{end}")
    with BoundedExtractor() as extractor, path.open("rb", buffering=0) as stream:
        found = extractor.extract(stream, path.name)
    assert found.outcome is Outcome.TEXT
    assert [word for word in WORDS if word not in found.text] == []
