"""Keys in a real software TPM: they never leave it, lose nothing to a kill, and say when lost."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from software_tpm import SoftwareTpm
from tutelage_agent import identity
from tutelage_agent.config import KeyPlace, KeySettings
from tutelage_agent.errors import AgentError, KeyLostError, TpmError
from tutelage_agent.host import tpm_door
from tutelage_agent.keystore import choose
from tutelage_agent.keystore.tpm import chip as chips
from tutelage_agent.keystore.tpm import objects
from tutelage_agent.keystore.tpm.chip import Chip
from tutelage_agent.keystore.tpm.endorsement import endorsement_hash
from tutelage_agent.keystore.tpm.numbers import Command
from tutelage_agent.keystore.tpm.store import TpmKeyStore
from tutelage_agent.tls_identity import certificate_request
from tutelage_wire import keys

MACHINE = b"this machine"


@pytest.fixture
def tpm(tmp_path):
    one = SoftwareTpm(tmp_path / "tpm").start()
    yield one
    one.stop()


def opened(tmp_path, tpm):
    return TpmKeyStore(tmp_path / "keys", MACHINE, Chip(tpm.where))


def loaded(tpm):
    """Return what lies in the TPM: objects and sessions."""
    return [
        line
        for kind in ("handles-transient", "handles-loaded-session", "handles-persistent")
        for line in tpm.tool("tpm2_getcap", kind).splitlines()
    ]


def test_secrets_and_keys_come_back_after_a_restart_of_agent_and_tpm(tmp_path, tpm):
    store = opened(tmp_path, tpm)
    drawn = identity.new_keys(store)
    identity.save_keys(store, drawn)
    store.store("one", b"secret")
    tpm.stop()
    tpm.start()
    again = opened(tmp_path, tpm)
    assert again.load("one") == b"secret"
    back = identity.load_keys(again)
    assert back.device_id == drawn.device_id
    assert back.signing_public == drawn.signing_public
    keys.verify_p256(drawn.tls.public_key(), back.tls.sign(b"message"), b"message")


def test_the_tls_key_signs_a_certificate_request_and_gives_nobody_its_private_half(tmp_path, tpm):
    from cryptography import x509

    key = opened(tmp_path, tpm).draw_key()
    request = x509.load_der_x509_csr(certificate_request(key))
    assert request.is_signature_valid
    assert request.public_key() == key.public_key()
    assert not isinstance(key, ec.EllipticCurvePrivateKey)


def test_the_tpm_itself_says_that_the_key_cannot_leave_it(tmp_path, tpm):
    store = opened(tmp_path, tpm)
    store.keep_key("tls-key", store.draw_key())
    blob = store.load_key("tls-key").blob
    (tmp_path / "key.pub").write_bytes(len(blob.public.area).to_bytes(2, "big") + blob.public.area)
    (tmp_path / "key.priv").write_bytes(len(blob.private).to_bytes(2, "big") + blob.private)
    here = [str(tmp_path / one) for one in ("primary.ctx", "key.pub", "key.priv", "key.ctx")]
    template = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|decrypt"
    tpm.tool("tpm2_createprimary", "-C", "o", "-G", "ecc", "-a", template, "-c", here[0])
    tpm.tool("tpm2_flushcontext", "-t")  # tools leave what they loaded, and here is no manager
    tpm.tool("tpm2_load", "-C", here[0], "-u", here[1], "-r", here[2], "-c", here[3])
    tpm.tool("tpm2_flushcontext", "-t")
    said = tpm.tool("tpm2_readpublic", "-c", here[3])
    assert "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|sign" in said


def test_no_file_holds_a_secret_and_all_are_private(tmp_path, tpm):
    store = opened(tmp_path, tpm)
    store.store("one", b"a secret of some length")
    store.keep_key("tls-key", store.draw_key())
    for path in (tmp_path / "keys").iterdir():
        assert b"a secret" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_threat_05_a_copied_folder_is_refused_by_a_second_tpm(tmp_path, tpm):
    store = opened(tmp_path, tpm)
    identity.save_keys(store, identity.new_keys(store))
    other = SoftwareTpm(tmp_path / "other").start()
    try:
        thief = TpmKeyStore(tmp_path / "keys", MACHINE, Chip(other.where))
        with pytest.raises(KeyLostError, match="is another one"):
            identity.load_keys(thief)
        with pytest.raises(KeyLostError, match="is another one"):
            thief.load_key(identity.TLS_KEY).sign(b"benign")
    finally:
        other.stop()


def test_threat_28_a_cleared_tpm_is_a_lost_key_and_the_store_begins_anew(tmp_path, tpm):
    store = opened(tmp_path, tpm)
    identity.save_keys(store, identity.new_keys(store))
    tpm.clear()
    again = opened(tmp_path, tpm)
    with pytest.raises(KeyLostError, match="was cleared"):
        identity.load_keys(again)
    fresh = identity.new_keys(again)
    identity.save_keys(again, fresh)
    assert identity.load_keys(opened(tmp_path, tpm)).device_id == fresh.device_id


def test_nothing_is_left_in_the_tpm_after_work_or_after_a_kill(tmp_path, tpm):
    opened(tmp_path, tpm).prove()
    assert loaded(tpm) == []
    killed = tmp_path / "killed.py"
    killed.write_text(
        textwrap.dedent(
            f"""
            from tutelage_agent.keystore.tpm import chip, objects
            with chip.Chip({tpm.where!r}).talk() as talk:
                parent = objects.find_parent(talk)
                objects._session(talk, parent)
                print("loaded", flush=True)
                import os, signal
                os.kill(os.getpid(), signal.SIGKILL)
            """
        )
    )
    ended = subprocess.run([sys.executable, str(killed)], capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert b"loaded" in ended.stdout, ended.stderr
    assert loaded(tpm) != []  # swtpm has no resource manager, which would have forgotten it
    opened(tmp_path, tpm).prove()
    assert loaded(tpm) == []


def test_a_locked_tpm_still_serves_this_agent(tmp_path, tpm):
    store = opened(tmp_path, tpm)
    store.keep_key("tls-key", store.draw_key())
    store.store("one", b"secret")
    # Lockout is for objects that somebody may guess the password of; ours are outside of it.
    tpm.tool("tpm2_dictionarylockout", "--setup-parameters", "--max-tries", "1")
    context, here = str(tmp_path / "p.ctx"), str(tmp_path / "s")
    tpm.tool("tpm2_createprimary", "-C", "o", "-p", "word", "-c", context)
    with pytest.raises(AssertionError):
        tpm.tool("tpm2_create", "-C", context, "-P", "wrong", "-u", here, "-r", here)
    with pytest.raises(AssertionError, match="0x921"):
        tpm.tool("tpm2_create", "-C", context, "-P", "wrong", "-u", here, "-r", here)
    again = opened(tmp_path, tpm)
    assert again.load("one") == b"secret"
    assert again.load_key("tls-key").sign(b"message")


def test_the_sealed_key_never_crosses_the_bus_in_clear(tmp_path, tpm):
    passed = []

    class Listening:
        managed = False

        def __init__(self, where):
            self._door = tpm_door.open_tpm(where)
            self.close = self._door.close

        def submit(self, command):
            answer = self._door.submit(command)
            passed.extend((command, answer))
            return answer

    store = TpmKeyStore(tmp_path / "keys", MACHINE, Chip(tpm.where, Listening))
    store.store("one", b"secret")
    again = TpmKeyStore(tmp_path / "keys", MACHINE, Chip(tpm.where, Listening))
    assert again.load("one") == b"secret"
    blob = objects.read_blob((tmp_path / "keys" / "key.tpm").read_bytes())
    with Chip(tpm.where).talk() as talk:
        seed = objects.unseal(talk, objects.find_parent(talk), blob, 32)
    assert len(passed) > 10
    assert not any(seed in one for one in passed)


def test_what_is_changed_on_the_bus_is_found(tmp_path, tpm):
    class Changing:
        managed = False

        def __init__(self, where):
            self._door = tpm_door.open_tpm(where)
            self.close = self._door.close

        def submit(self, command):
            answer = bytearray(self._door.submit(command))
            if command[6:10] == Command.UNSEAL.to_bytes(4, "big"):
                answer[20] ^= 1
            return bytes(answer)

    opened(tmp_path, tpm).store("one", b"secret")
    again = TpmKeyStore(tmp_path / "keys", MACHINE, Chip(tpm.where, Changing))
    with pytest.raises(TpmError, match="changed on its way"):
        again.load("one")


def test_eight_threads_that_sign_at_once_all_get_their_signature(tmp_path, tpm):
    key, made = opened(tmp_path, tpm).draw_key(), []
    threads = [threading.Thread(target=lambda: made.append(key.sign(b"message"))) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(made) == 8


class Recorded:
    """A door that answers what it was given, and then no more."""

    managed = True

    def __init__(self, *answers):
        self.answers = list(answers)

    def submit(self, command):
        if not self.answers:
            raise OSError("nothing more")
        return self.answers.pop(0)

    def close(self):
        self.closed = True


def code(number):
    return b"\x80\x01\x00\x00\x00\x0a" + number.to_bytes(4, "big")


@pytest.mark.parametrize("number", [0x908, 0x909, 0x90A, 0x920, 0x922, 0x923])
def test_a_busy_tpm_is_asked_again(number):
    door = Recorded(code(number), code(number), code(0))
    with Chip("", lambda _: door).talk() as talk:
        talk.flush(0x80000000)
    assert door.answers == []


def test_a_tpm_that_stays_busy_is_given_up_on_with_a_reason(monkeypatch):
    monkeypatch.setattr(chips, "PATIENCE", 0.1)
    with (
        pytest.raises(TpmError, match="busy"),
        Chip("", lambda _: Recorded(*[code(0x922)] * 50)).talk() as talk,
    ):
        talk.flush(0x80000000)


@pytest.mark.parametrize(
    ("number", "said"), [(0x921, "opens by itself"), (0x9A2, "password"), (0x101, "refuses")]
)
def test_a_refusal_says_what_it_means(number, said):
    with (
        pytest.raises(TpmError, match=said),
        Chip("", lambda _: Recorded(code(number))).talk() as talk,
    ):
        talk.flush(0x80000000)


def test_a_tpm_that_stops_answering_is_an_error_in_time_and_not_a_lost_key(
    tmp_path, tpm, monkeypatch
):
    store = opened(tmp_path, tpm)
    store.store("one", b"secret")
    key = store.draw_key()
    monkeypatch.setattr(tpm_door, "ANSWER_SECONDS", 0.3)
    tpm.freeze()
    with pytest.raises(TpmError, match="does not answer") as caught:
        key.sign(b"message")
    assert not isinstance(caught.value, KeyLostError)
    store.store("two", b"kept without the TPM: its key was had before")
    assert store.load("one") == b"secret"
    tpm.thaw()
    assert key.sign(b"message")


def test_a_tpm_is_chosen_first_and_used_again(tmp_path, tpm):
    settings = KeySettings(tpm=tpm.where)
    store = choose.open_keystore(tmp_path / "k", MACHINE, settings)
    assert store.protection == "tpm"
    store.store("one", b"secret")
    refused = KeySettings(KeyPlace.SEALED_FILE, tpm.where)
    assert choose.open_keystore(tmp_path / "k", MACHINE, refused).load("one") == b"secret"
    tpm.stop()
    with pytest.raises(TpmError, match="cannot be opened"):
        choose.open_keystore(tmp_path / "k", MACHINE, settings).load("one")


def test_hardware_is_left_alone_where_the_settings_say_so(tmp_path, tpm):
    settings = KeySettings(KeyPlace.SEALED_FILE, tpm.where)
    assert choose.chip_of(settings) is None
    assert choose.open_keystore(tmp_path / "k", MACHINE, settings).protection == "sealed-file"


def test_without_a_tpm_the_next_place_is_used_and_the_reason_logged(tmp_path, caplog):
    caplog.set_level("INFO")
    missing = KeySettings(tpm=str(tmp_path / "tpmrm0"))
    assert choose.open_keystore(tmp_path / "a", MACHINE, missing).protection == "sealed-file"
    assert "keys do not go to tpm: this machine has no TPM 2.0" in caplog.text
    broken = tmp_path / "broken"
    broken.write_bytes(b"")
    settings = KeySettings(tpm=str(broken))
    assert choose.open_keystore(tmp_path / "b", MACHINE, settings).protection == "sealed-file"
    assert "keys do not go to tpm: " in caplog.text
    with pytest.raises(AgentError, match="keys cannot go to tpm"):
        choose.open_keystore(tmp_path / "c", MACHINE, KeySettings(KeyPlace.TPM, missing.tpm))


def test_the_endorsement_hash_outlives_a_clear_and_tells_two_tpms_apart(tmp_path, tpm):
    certified = SoftwareTpm(tmp_path / "certified")
    certified.setup()
    certified.start()
    try:
        with_certificate = endorsement_hash(Chip(certified.where))
        without = endorsement_hash(Chip(tpm.where))
        assert len(with_certificate) == len(without) == 32
        assert with_certificate != without
        tpm.clear()
        certified.clear()
        assert endorsement_hash(Chip(tpm.where)) == without
        assert endorsement_hash(Chip(certified.where)) == with_certificate
    finally:
        certified.stop()
    assert endorsement_hash(Chip("/nonexistent")) == ""
