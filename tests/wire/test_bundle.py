from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tutelage_wire import bundle
from tutelage_wire.errors import DecodeError

BUNDLE = bundle.Bundle(
    trust_id="ret",
    school_id="northgate",
    enrol_address="collector.invalid:7441",
    link_address="collector.invalid:7442",
    ca_certificate="-----BEGIN CERTIFICATE-----\n",
    checkpoint_keys=(b"\x01" * 32,),
    recipients=(bundle.Recipient("dsl", b"\x02" * 32),),
    subject_key=b"\x03" * 32,
    token_id="t1",
    token_secret=b"\x04" * 32,
)


def test_a_bundle_survives_its_file():
    assert bundle.loads(bundle.dumps(BUNDLE)) == BUNDLE


@pytest.mark.parametrize("key", ["trust_id", "ca_certificate", "recipients", "subject_key"])
def test_a_missing_key_is_named(key):
    row = json.loads(bundle.dumps(BUNDLE))
    del row[key]
    with pytest.raises(DecodeError, match=key):
        bundle.loads(json.dumps(row))


@given(st.text(max_size=300))
def test_arbitrary_text_is_refused_with_a_reason(text):
    with pytest.raises(DecodeError):
        bundle.loads(text)


def test_a_newer_bundle_says_so():
    with pytest.raises(DecodeError, match="version 2"):
        bundle.loads('{"tutelage_bundle": 2}')
