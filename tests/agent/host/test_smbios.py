"""The serial number on the case, from a table that firmware of any quality wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_agent.host.smbios import serial_of, shown


def structure(kind: int, body: bytes, *strings: bytes) -> bytes:
    tail = b"".join(one + b"\0" for one in strings) + b"\0" if strings else b"\0\0"
    return bytes([kind, 4 + len(body), 0, 0]) + body + tail


BIOS = structure(0, b"\x01\x02" + bytes(14), b"Maker", b"1.0")
SYSTEM = structure(1, bytes([1, 2, 0, 3]) + bytes(20), b"Maker", b"Model", b"PF1ABCDE")


def test_the_systems_serial_number_is_found_behind_other_structures() -> None:
    assert serial_of(BIOS + SYSTEM + structure(127, b"")) == "PF1ABCDE"


def test_a_table_without_one_gives_none() -> None:
    assert serial_of(BIOS + structure(127, b"")) == ""
    assert serial_of(structure(1, bytes([1, 2, 0, 9]) + bytes(20), b"Maker")) == ""


@pytest.mark.parametrize("text", ["", "To Be Filled By O.E.M.", "Default string", " None "])
def test_what_makers_leave_in_its_place_is_no_serial_number(text: str) -> None:
    assert shown(text) == ""


@given(st.binary(max_size=400))
def test_no_table_makes_it_stumble(table: bytes) -> None:
    assert isinstance(serial_of(table), str)
