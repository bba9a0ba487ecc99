from __future__ import annotations

import hashlib
import os
import plistlib
import struct
import sys
import time
from datetime import date

import pytest

from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.sensors.downloads import DownloadsSensor
from tutelage_agent.sensors.downloads.origin import (
    Origin,
    of_origin,
    of_quarantine,
    of_zone_identifier,
)
from tutelage_agent.sensors.folders import FolderSettings, Root
from tutelage_agent.sensors.lists import ListsFolder
from tutelage_agent.sensors.lists.domains import DomainList, dumps
from tutelage_agent.sensors.observation import SignalKind
from tutelage_wire.times import utc_now
from zip_files import packed

PROGRAM = b"MZ" + bytes(300)


def version_resource(product: str) -> bytes:
    """A VS_VERSION_INFO string as the linker lays it: key, padding, value, in UTF-16."""
    key = "ProductName\0".encode("utf-16-le")
    return struct.pack("<HHH", 0, 0, 1) + key + bytes(2) + f"{product}\0".encode("utf-16-le")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "Downloads").mkdir()
    return tmp_path / "Downloads"


@pytest.fixture
def sensor(tmp_path, folder, heard):
    with BoundedExtractor() as extractor:
        made = DownloadsSensor(
            lambda: [Root(str(folder), "a.pupil")],
            tmp_path / "downloads.cursor",
            extractor,
            ListsFolder(tmp_path / "lists").current,
            heard.tell,
            settings=FolderSettings(read_existing=False),
        )
        made.start(heard.emit)
        heard.until(lambda: made.report(utc_now()).last_progress is not None)
        yield made
        made.stop()


def arrive(folder, name, data):
    """As browsers do: under another name until it is whole."""
    (folder / "unconfirmed 1.crdownload").write_bytes(data)
    (folder / "unconfirmed 1.crdownload").rename(folder / name)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("setup.exe", PROGRAM, "program: exe"),
        ("holiday.jpg", PROGRAM, "program: exe"),
        ("tool", b"\x7fELF" + bytes(100), "program: elf"),
        ("run.sh", b"#!/bin/sh\nrm -r x\n", "script: shell"),
        ("invoice.pdf.js", b"new ActiveXObject('x')", "script: js"),
        ("install.ps1", b"Invoke-Expression x", "script: ps1"),
        ("open me.lnk", b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(60), "shortcut: lnk"),
        ("disk.iso", bytes(40_000), "disk image: iso"),
        ("form.docm", packed("word/document.xml", "word/vbaProject.bin"),
         "document with macros: docx"),
        ("form.docx", packed("word/document.xml", "word/vbaProject.bin"),
         "document with macros: docx"),
        ("pictures.zip", packed("a.txt", "b/photo.scr"), "archive with a program: zip"),
        ("pictures2.zip", packed(("a.txt", PROGRAM)), "archive with a program: zip"),
    ],
)  # fmt: skip
def test_what_is_run_rather_than_read_is_told_by_hash_and_type(
    sensor, folder, heard, name, data, said
):
    arrive(folder, name, data)
    heard.until(lambda: heard.signals)
    (told,) = heard.signals
    assert told.kind is SignalKind.DANGEROUS_DOWNLOAD
    assert told.detail.startswith(f"{said}; from: no mark")
    assert told.sha256 == hashlib.sha256(data).hexdigest()
    assert told.account
    assert heard.observations == [], "no text and no name is brought for matching"


def test_neither_name_nor_address_is_told(sensor, folder, heard):
    target = folder / "telling name of mine.exe"
    (folder / "x.part").write_bytes(PROGRAM)
    _mark(folder / "x.part", b"https://telling.example/telling?telling=1")
    (folder / "x.part").rename(target)
    heard.until(lambda: heard.signals)
    shown = repr(heard.signals) + heard.signals[0].detail + repr(sensor.report(utc_now()))
    assert "telling" not in shown


def test_what_is_read_and_what_was_there_before_is_not_told(tmp_path, folder, heard):
    (folder / "old.exe").write_bytes(PROGRAM)
    with BoundedExtractor() as extractor:
        made = DownloadsSensor(
            lambda: [Root(str(folder))],
            tmp_path / "c",
            extractor,
            ListsFolder().current,
            heard.tell,
        )
        made.start(heard.emit)
        try:
            heard.until(lambda: made.report(utc_now()).last_progress is not None)
            arrive(folder, "essay.docx", packed("word/document.xml"))
            arrive(folder, "lesson.py", b"print('hello')\n")
            arrive(folder, "lesson2.py", b"#!/usr/bin/env python3\nprint('hello')\n")
            arrive(folder, "site.zip", packed("index.html", "script.js"))
            arrive(folder, "last.exe", b"MZ" + bytes(17))
            heard.until(lambda: heard.signals)
            time.sleep(0.3)
        finally:
            made.stop()
    assert [one.sha256 for one in heard.signals] == [hashlib.sha256(b"MZ" + bytes(17)).hexdigest()]


def test_a_download_is_told_once_over_a_restart_and_under_another_name(
    sensor, tmp_path, folder, heard
):
    arrive(folder, "setup.exe", PROGRAM)
    heard.until(lambda: heard.signals)
    (folder / "setup.exe").rename(folder / "game.exe")
    sensor.stop()
    sensor.start(heard.emit)
    arrive(folder, "other.exe", PROGRAM + b"x")
    heard.until(lambda: len(heard.signals) == 2)
    assert {one.sha256 for one in heard.signals} == {
        hashlib.sha256(data).hexdigest() for data in (PROGRAM, PROGRAM + b"x")
    }


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tor-browser-windows-x86_64-portable-15.0.exe", PROGRAM),
        ("homework helper.exe", PROGRAM + version_resource("Tor Browser") + bytes(700)),
        ("at the end.exe", PROGRAM + version_resource("Tor Browser")),
        ("over the edge.exe", PROGRAM + bytes((1 << 20) - 310) + version_resource("Tor Browser")),
    ],
)
def test_a_tool_is_known_by_its_name_or_by_what_the_program_says(sensor, folder, heard, name, data):
    arrive(folder, name, data)
    heard.until(lambda: heard.signals)
    assert heard.signals[0].kind is SignalKind.CIRCUMVENTION_TOOL
    assert heard.signals[0].detail.startswith("anonymity: tor-browser; program: exe")


def test_a_tool_is_known_by_a_hash_of_an_added_list(sensor, tmp_path, folder, heard):
    (tmp_path / "lists").mkdir()
    digest = hashlib.sha256(PROGRAM).hexdigest()
    (tmp_path / "lists" / "school.toml").write_text(
        'format = "tutelage-programs/1"\n[[program]]\nid = "unblocker"\ncategory = "proxy"\n'
        f'sha256 = ["{digest}"]\n'
    )
    arrive(folder, "essay helper.exe", PROGRAM)
    heard.until(lambda: heard.signals)
    assert heard.signals[0].detail.startswith("proxy: unblocker")


@pytest.mark.skipif(sys.platform != "linux", reason="Linux' extended attributes")
def test_the_mark_of_a_download_gives_the_category_of_the_site(sensor, tmp_path, folder, heard):
    (tmp_path / "lists").mkdir()
    listed = DomainList("local", "Local", "hacks", date(2026, 11, 1), "")
    (tmp_path / "lists" / "local.list").write_bytes(dumps(listed, ["hacks.example"]))
    (folder / "x.part").write_bytes(PROGRAM)
    _mark(folder / "x.part", b"https://cdn.hacks.example/aim.exe")
    (folder / "x.part").rename(folder / "aim.exe")
    heard.until(lambda: heard.signals)
    assert heard.signals[0].detail == "program: exe; from: internet; site: hacks"


def _mark(path, address):
    try:
        os.setxattr(path, "user.xdg.origin.url", address)
    except OSError:
        pytest.skip("this file system keeps no extended attributes")


def test_the_marks_of_windows_and_macos_are_read_as_documented():
    mark = b"[ZoneTransfer]\r\nZoneId=3\r\nReferrerUrl=https://a.example/\r\nHostUrl=https://b.example/x\r\n"
    assert of_zone_identifier(mark).origin is Origin.INTERNET
    assert of_zone_identifier(mark).addresses == ("https://b.example/x", "https://a.example/")
    assert of_zone_identifier(b"[ZoneTransfer]\r\nZoneId=1\r\n").origin is Origin.OTHER
    for broken in (b"", b"\xff\xfe\x00", b"ZoneId"):
        assert of_zone_identifier(broken).origin is Origin.UNMARKED
    froms = plistlib.dumps(["https://b.example/x", "https://a.example/"])
    assert of_quarantine(b"", froms).addresses == ("https://b.example/x", "https://a.example/")
    assert of_quarantine(b"0083;5f;Chrome;", b"").origin is Origin.INTERNET
    assert of_quarantine(b"", b"").origin is Origin.UNMARKED
    assert of_quarantine(b"x", b"not a plist").addresses == ()
    assert of_origin(b"https://a.example/x").origin is Origin.INTERNET
    assert of_origin(b"file:///home").origin is Origin.OTHER


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        (
            "invoice\u202efdp.exe",
            PROGRAM,
            "program: exe; from: no mark; disguised: its name is written backwards in part",
        ),
        ("invoice.pdf.exe", PROGRAM, "program: exe; from: no mark; disguised: two endings"),
        ("holiday.jpg", PROGRAM, "program: exe; from: no mark; disguised: named as a document"),
        (
            "invoice.pdf.js",
            b"new ActiveXObject('x')",
            "script: js; from: no mark; disguised: two endings",
        ),
        ("setup.exe\u200b", b"no magic", "program: exe; from: no mark"),
        ("setup.scr. ", b"no magic", "program: scr; from: no mark"),
        ("old tool", b"\xce\xfa\xed\xfe" + bytes(99), "program: mach-o; from: no mark"),
    ],
)
def test_a_name_that_hides_what_runs_is_told_as_a_disguise(sensor, folder, heard, name, data, said):
    arrive(folder, name, data)
    heard.until(lambda: heard.signals)
    assert [one.detail for one in heard.signals] == [said]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("school.ovpn", b"client\ndev tun\n", "VPN profile: openvpn; from: no mark"),
        ("wg0.conf", b"[Interface]\nPrivateKey = x\n", "VPN profile: wireguard; from: no mark"),
    ],
)
def test_the_profile_of_a_vpn_is_told_as_leading_round_the_filter(
    sensor, folder, heard, name, data, said
):
    arrive(folder, name, data)
    heard.until(lambda: heard.signals)
    assert [(one.kind, one.detail) for one in heard.signals] == [
        (SignalKind.CIRCUMVENTION_TOOL, said)
    ]


@pytest.mark.parametrize(
    ("name", "data"), [("essay.txt", b"MZ is how it begins"), ("app.conf", b"[Interface]\nx = 1\n")]
)
def test_a_text_that_begins_like_a_program_is_none(sensor, folder, heard, name, data):
    arrive(folder, name, data)
    arrive(folder, "last.exe", PROGRAM)
    heard.until(lambda: heard.signals)
    assert [one.detail for one in heard.signals] == ["program: exe; from: no mark"]
