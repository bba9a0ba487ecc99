"""Which store keys go to, and which never: real keyring, real Secret Service, hostile backends."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from parts import need
from tutelage_agent.errors import AgentError
from tutelage_agent.keystore import choose
from tutelage_agent.keystore.os_store import OsKeyStore

MACHINE = b"this machine"


def in_a_session(tmp_path, code):
    """Run Python on a private session bus with a real, unlocked gnome-keyring."""
    need("dbus-run-session")
    need("gnome-keyring-daemon")
    script = tmp_path / "inside.py"
    script.write_text(textwrap.dedent(code))
    shell = (
        "echo -n invented | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;"
        f" exec {sys.executable} {script}"
    )
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    return subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", shell],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_real_secret_service_keeps_gives_back_and_forgets(tmp_path):
    done = in_a_session(
        tmp_path,
        """
        from tutelage_agent.keystore.os_store import OsKeyStore
        store = OsKeyStore()
        store.store("one", bytes(range(32)))
        assert OsKeyStore().load("one") == bytes(range(32))
        store.delete("one")
        assert store.load("one") is None
        print("kept and forgotten")
        """,
    )
    assert "kept and forgotten" in done.stdout, done.stderr


def test_threat_25_environment_and_settings_file_cannot_choose_another_backend(tmp_path):
    (tmp_path / "config").mkdir()
    done = in_a_session(
        tmp_path,
        """
        import os
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        from tutelage_agent.keystore.os_store import OsKeyStore
        store = OsKeyStore()
        print(type(store._backend).__module__)
        """,
    )
    assert "keyring.backends.SecretService" in done.stdout, done.stderr


def test_without_a_store_the_answer_is_an_error_never_a_plaintext_file(tmp_path, monkeypatch):
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(AgentError, match=r"cannot be used|does not take"):
        OsKeyStore()
    assert not list(tmp_path.rglob("*keyring*"))


def test_threat_25_null_fail_plaintext_and_unknown_backends_are_refused():
    from keyring.backend import KeyringBackend
    from keyring.backends import fail, null

    class EvilKeyring(KeyringBackend):
        priority = 99

        def set_password(self, service, username, password):
            raise AssertionError("it was given a key")

        def get_password(self, service, username):
            raise AssertionError("it was asked for a key")

        def delete_password(self, service, username):
            raise AssertionError("it was asked to delete")

    class PlaintextKeyring(EvilKeyring):
        pass

    for backend in (null.Keyring(), fail.Keyring(), EvilKeyring(), PlaintextKeyring()):
        with pytest.raises(AgentError, match="not a store that keys may be given to"):
            OsKeyStore(backend)


def test_a_store_that_forgets_in_silence_is_found_out():
    from keyring.backends import SecretService

    class Forgetful(SecretService.Keyring):
        def set_password(self, service, username, password):
            return None

        def get_password(self, service, username):
            return None

    Forgetful.__module__, Forgetful.__name__ = "keyring.backends.SecretService", "Keyring"
    with pytest.raises(AgentError, match="does not give it back"):
        OsKeyStore(Forgetful())


def test_the_seed_comes_from_the_units_credential_where_systemd_gives_one(tmp_path, monkeypatch):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / choose.CREDENTIAL).write_bytes(b"c" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    store = choose.open_keystore(tmp_path / "keys", MACHINE)
    store.store("one", b"secret")
    assert store.protection == "systemd-credential"
    assert not (tmp_path / "keys" / "seed").exists()
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(AgentError, match="start the agent as its service"):
        choose.open_keystore(tmp_path / "keys", MACHINE)


def test_a_better_store_that_appears_later_does_not_hide_the_keys(tmp_path, monkeypatch):
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    choose.open_keystore(tmp_path / "keys", MACHINE).store("one", b"secret")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / choose.CREDENTIAL).write_bytes(b"c" * 32)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    again = choose.open_keystore(tmp_path / "keys", MACHINE)
    assert again.load("one") == b"secret"
    assert again.protection == "sealed-file"
