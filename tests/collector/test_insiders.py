"""What an insider with the whole collector cannot do: read, cut, or write anew unseen."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import x25519

from live_collector import Device, LiveCollector, detection_event, heartbeat
from tutelage_collector import digests, excerpts, state, witness
from tutelage_collector.cli.main import main
from tutelage_collector.errors import SecretError, StateError
from tutelage_wire import codec

if TYPE_CHECKING:
    from pathlib import Path

    from tutelage_collector.state import Credentials

SECRETS = ("an invented sentence", "pupil.invented", "essay.odt")


@pytest.fixture
def device(collector: LiveCollector) -> Device:
    """A device with an alert among other batches."""
    made = collector.device()
    made.send(
        made.batch_of(heartbeat()),
        made.close_batch([codec.encode_event(detection_event(made))]),
        made.batch_of(heartbeat()),
    )
    return made


def test_the_whole_state_folder_holds_no_words_no_name_and_no_file_name(
    collector: LiveCollector, device: Device
) -> None:
    assert device.id
    for file in collector.settings.folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            for secret in SECRETS:
                assert secret.encode() not in data, file.name
                assert secret.encode("utf-16-le") not in data, file.name


def test_threat_13_no_key_in_the_state_folder_opens_an_excerpt_and_the_passphrase_does(
    collector: LiveCollector, device: Device, credentials: Credentials
) -> None:
    assert device.id
    folder = collector.settings.folder
    with collector.store() as store:
        (alert,) = store.alerts()
    with collector.store() as store:
        for file in (folder / "keys").iterdir():
            raw = file.read_bytes()
            if len(raw) == 32:
                key = x25519.X25519PrivateKey.from_private_bytes(raw)
                with pytest.raises(SecretError, match="not sealed to key"):
                    excerpts.opener(key, "ret", store)(alert)
        with pytest.raises(SecretError, match="does not open this key"):
            state.open_recipient_key(store, "dsl", "guess")
        key = state.open_recipient_key(store, "dsl", credentials.dsl_passphrase)
        content = excerpts.opener(key, "ret", store)(alert)
    assert content is not None
    assert (content.excerpt, content.account, content.source) == SECRETS


def test_threat_20_a_removed_last_batch_is_noticed(
    collector: LiveCollector, device: Device
) -> None:
    assert device.id
    with closing(sqlite3.connect(collector.settings.database)) as insider, insider:
        insider.execute("DELETE FROM batch WHERE number = (SELECT max(number) FROM batch)")
    with collector.store() as store:
        chain, log = store.check()
    assert "sequence 3: its batch was removed" in chain
    assert "not that of the stored batches" in log


def test_threat_20_a_chain_that_was_cut_short_cleanly_is_shown_by_a_digest_kept_elsewhere(
    collector: LiveCollector,
    device: Device,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, file = str(collector.settings.folder), str(tmp_path / "digest.json")
    assert main(["--state", folder, "store", "digest", "--out", file]) == 0
    device.send(device.batch_of(heartbeat()))
    check = ["--state", folder, "store", "check", "--against", file]
    assert main(check) == 0
    with closing(sqlite3.connect(collector.settings.database)) as insider, insider:
        insider.execute("DELETE FROM batch WHERE number > 1")
        insider.execute(
            "UPDATE head SET (next_sequence, head) = (SELECT next_sequence, head FROM batch)"
        )
        insider.execute("DELETE FROM log_edge")
    with collector.store() as store:
        assert store.check() == []
    capsys.readouterr()
    assert main(check) == 1
    assert "up to sequence 3 is missing from what is stored" in capsys.readouterr().out


def test_a_digest_that_was_changed_or_is_anothers_is_not_believed(
    collector: LiveCollector, device: Device
) -> None:
    assert device.id
    held = state.load(collector.settings.folder)
    with collector.store() as store:
        text = digests.make(store, "ret", held.checkpoint_key, collector.clock())
    key = held.checkpoint_keys.public()
    assert witness.read(text, key).heads
    with pytest.raises(StateError, match="not signed with this collector's key"):
        witness.read(text.replace(device.id[:6], "000000"), key)
    with pytest.raises(StateError, match="not signed with this collector's key"):
        witness.read(text, [bytes(32)])
    with pytest.raises(StateError, match="not a digest"):
        witness.read("{}", key)
