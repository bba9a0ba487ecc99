"""The ceremony as people do it: keys on another machine, signatures, publishing, comparing."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tutelage_collector.cli.main import main
from tutelage_wire import bundle, documents, trust

if TYPE_CHECKING:
    from pathlib import Path


class Desk:
    """A computer that is not the collector: it has files, and no state folder."""

    def __init__(self, folder: Path, collector: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.collector, self.capsys = folder, collector, capsys
        folder.mkdir()
        self.passphrases: dict[str, str] = {}

    def run(self, *words: str, keys: tuple[str, ...] = ()) -> tuple[int, str]:
        """Run a part of ``policy``; sign with these key files of ``keys/``."""
        more: list[str] = []
        reading = None
        if keys:
            reading, writing = os.pipe()
            lines = "".join(f"{self.passphrases[key]}\n" for key in keys)
            os.write(writing, lines.encode())
            os.close(writing)
            more = [word for key in keys for word in ("--key", str(self.folder / "keys" / key))]
            more += ["--passphrase-fd", str(reading)]
        state = "nowhere" if words[0] not in {"identity", "publish"} else str(self.collector)
        if words[0] in {"show", "diff"}:
            state = str(self.collector)
        ended = main(["--state", state, "policy", *words, *more])
        if reading is not None:
            os.close(reading)
        said = self.capsys.readouterr()
        return ended, said.out + said.err

    def path(self, name: str) -> str:
        return str(self.folder / name)


@pytest.fixture
def desk(tmp_path: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    made = Desk(tmp_path / "desk", folder, capsys)
    assert made.run("identity", "--out", made.path("id.json"))[0] == 0
    ended, said = made.run("init-root", "--collector", made.path("id.json"), "--json",
                           "--out", made.path("keys"))  # fmt: skip
    assert ended == 0
    made.passphrases = json.loads(said)["passphrases"]
    assert made.run("new", "--trust", "ret", "--out", made.path("policy.toml"))[0] == 0
    return made


def test_a_policy_goes_from_a_template_to_published(desk: Desk, tmp_path: Path) -> None:
    root = desk.path("keys/root-1.signed")
    ended, said = desk.run("sign", desk.path("policy.toml"), "--root", root, keys=("policy.key",))
    assert (ended, "it can be published" in said) == (0, True)
    assert desk.run("publish", desk.path("policy-1.signed"))[0] == 2  # no root yet
    ended, said = desk.run("publish", desk.path("policy-1.signed"), root)
    assert (ended, "root version 1 is published" in said) == (0, True)
    ended, said = desk.run("show", "--json")
    assert {(row["role"], row["version"]) for row in json.loads(said)} == {
        ("root", 1), ("policy", 1),
    }  # fmt: skip
    token = ["--state", str(desk.collector), "token", "create", "--out", desk.path("b.json")]
    assert main(token) == 0
    pinned = bundle.loads((desk.folder / "b.json").read_text()).root
    assert trust.first_root(documents.decode(pinned), "ret").version(documents.Role.ROOT) == 1


def test_what_changes_between_two_policies_is_shown_before_it_is_signed(desk: Desk) -> None:
    assert desk.run("sign", desk.path("policy.toml"), keys=("policy.key",))[0] == 0
    path = desk.folder / "policy.toml"
    path.write_text(path.read_text().replace("site_counts = false", "site_counts = true", 1))
    ended, said = desk.run("diff", desk.path("policy-1.signed"), str(path))
    assert (ended, said) == (1, "profile.pupil.site_counts\tFalse\tTrue\n")
    assert desk.run("diff", str(path), str(path)) == (0, "Both say the same.\n")


def test_another_policy_of_the_same_version_is_not_published(desk: Desk) -> None:
    root, path = desk.path("keys/root-1.signed"), desk.folder / "policy.toml"
    desk.run("sign", str(path), keys=("policy.key",))
    desk.run("publish", root, desk.path("policy-1.signed"))
    path.write_text(path.read_text().replace("site_counts = false", "site_counts = true", 1))
    desk.run("sign", str(path), keys=("policy.key",))
    ended, said = desk.run("publish", desk.path("policy-1.signed"))
    assert (ended, "equivocation" in said) == (2, True)


def test_the_roots_people_give_the_policy_to_another_key(desk: Desk) -> None:
    root = desk.path("keys/root-1.signed")
    desk.run("publish", root)
    ended, said = desk.run("key", "--name", "policy-2", "--json", "--out",
                           desk.path("keys/policy-2.key"))  # fmt: skip
    desk.passphrases["policy-2.key"] = json.loads(said)["passphrase"]
    change = f"policy={desk.path('keys/policy-2.key')}"
    ended, said = desk.run("rotate-root", root, "--set", change, "--out", desk.path("r2.signed"),
                           keys=("root-1.key",))  # fmt: skip
    assert (ended, "signed by 1 of the keys that count, 2 must" in said) == (1, True)
    assert desk.run("publish", desk.path("r2.signed"))[0] == 2
    ended, said = desk.run("sign", desk.path("r2.signed"), "--root", root, keys=("root-3.key",))
    assert (ended, "it can be published" in said) == (0, True)
    assert desk.run("publish", desk.path("r2.signed"))[0] == 0
    desk.run("sign", desk.path("policy.toml"), keys=("policy.key",))
    assert desk.run("publish", desk.path("policy-1.signed"))[0] == 2  # the old key counts no more
    desk.run("sign", desk.path("policy.toml"), keys=("policy-2.key",))
    assert desk.run("publish", desk.path("policy-1.signed"))[0] == 0


def test_a_key_file_without_its_passphrase_signs_nothing(desk: Desk) -> None:
    desk.passphrases["policy.key"] = "guessed"
    ended, said = desk.run("sign", desk.path("policy.toml"), keys=("policy.key",))
    assert (ended, "does not open this key" in said) == (2, True)
    assert not (desk.folder / "policy-1.signed").exists()


def test_threat_13_no_key_that_signs_policy_lies_with_the_collector(desk: Desk) -> None:
    publics = {
        json.loads((desk.folder / "keys" / name).read_text())["public_key"]
        for name in desk.passphrases
    }
    for file in desk.collector.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert not any(one.encode() in data for one in desk.passphrases.values())
            assert b"wrapped_private_key" not in data or not any(
                one.encode() in data for one in publics
            )


def test_a_policy_that_names_a_pack_needs_its_file(desk: Desk) -> None:
    path = desk.folder / "policy.toml"
    lines = (
        '[[pack]]\nname = "kcsie"\nversion = "9.0.0"\nleast_rules = 1\n'
        f'sha256 = "{"ab" * 32}"\nartefact = "{"cd" * 32}"\n'
    )
    path.write_text(path.read_text() + lines)
    desk.run("sign", str(path), keys=("policy.key",))
    ended, said = desk.run("publish", desk.path("keys/root-1.signed"), desk.path("policy-1.signed"))
    assert (ended, "whose file is not published here" in said) == (2, True)
