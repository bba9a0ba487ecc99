"""ICT's own accounts, named in the signed policy, are known by whatever a check calls them."""

from __future__ import annotations

import getpass
import os
import sys

import pytest

from tutelage_agent.host.account_names import pseudonyms_of
from tutelage_agent.host.local import LocalHost


@pytest.mark.skipif(sys.platform == "win32", reason="asks for the number of an account")
def test_an_account_is_known_by_its_name_and_its_number(tmp_path):
    host = LocalHost(state=tmp_path)
    known = pseudonyms_of(host, [getpass.getuser()])
    assert {host.pseudonym(getpass.getuser()), host.pseudonym(str(os.getuid()))} <= known
    assert host.pseudonym("somebody.else") not in known


def test_an_account_of_a_directory_that_is_not_known_here_counts_by_its_name(tmp_path):
    host = LocalHost(state=tmp_path)
    assert host.pseudonym("name:it-support-invented") in pseudonyms_of(
        host, ["it-support-invented"]
    )
