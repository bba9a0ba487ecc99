"""More of a text: its answer has one name, and its seal belongs to that name."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from tutelage_wire import sealed
from tutelage_wire.context import answer_id
from tutelage_wire.errors import SealError
from tutelage_wire.events import DeviceId, EventId
from tutelage_wire.sealed import Content, SealContext

FINDING = EventId("cd" * 16)


def test_an_answer_has_one_name_that_everybody_can_work_out_from_the_finding():
    assert answer_id(FINDING) == "f484d6e45ee3321c32c2620daffad567"
    assert answer_id(FINDING) != answer_id(EventId("ce" * 16))
    assert answer_id(FINDING) != FINDING


def test_a_stretch_cannot_be_shown_as_the_excerpt_nor_under_another_finding():
    key = x25519.X25519PrivateKey.generate()
    device = DeviceId("ab" * 16)
    place = SealContext("ret", device, answer_id(FINDING))
    closed = sealed.seal(Content("invented words"), [key.public_key().public_bytes_raw()], place)
    assert sealed.open_sealed(closed, key, place).excerpt == "invented words"
    for other in (FINDING, answer_id(EventId("ce" * 16))):
        with pytest.raises(SealError):
            sealed.open_sealed(closed, key, SealContext("ret", device, other))
