"""A compiled pack on disk gives what a fresh one gives; what is not its own, it does not read."""

from __future__ import annotations

import hashlib
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import small_pack
import tutelage_policy
from tutelage_policy.engines import Hyperscan
from tutelage_policy.image import open_matcher
from tutelage_policy.model import AgeBand, Channel

TEXTS = (
    "i want to sink the raft",
    "i w4nt to s1nk the raft",
    "my essay about it: paddles and holes at night",
    "martians are daft",
    "it is wrong to say that martians are daft",
    "look 🔪🚣, a £99 raft",
    "exploding raft building instructions " * 40,
    "nothing at all",
    "",
)
PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from tutelage_policy.engines import Hyperscan
from tutelage_policy.image import open_matcher
if __name__ == "__main__":
    matcher = open_matcher(Path(sys.argv[1]), Path(sys.argv[2]))
    print(matcher.scan(sys.argv[3], now=datetime(2026, 11, 26, tzinfo=UTC)).grade)
"""


@pytest.fixture(scope="module")
def pack(tmp_path_factory) -> Path:
    return small_pack.write(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def made(pack, tmp_path_factory) -> Path:
    """Give a folder with one good image of ``pack``."""
    folder = tmp_path_factory.mktemp("images")
    open_matcher(pack, folder)
    return folder


@pytest.fixture
def cache(made, tmp_path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "images"))


def only(cache) -> Path:
    (image,) = cache.glob("*.image")
    return Path(image)


def signed(data: bytes) -> bytes:
    return hashlib.sha256(data).digest() + data


def test_an_image_gives_the_same_results_as_a_fresh_matcher(pack, cache, small, now):
    before = only(cache).read_bytes()
    again = open_matcher(pack, cache)
    for text in TEXTS:
        for channel in (Channel.FILE, Channel.SEARCH):
            for band in AgeBand:
                fresh = small.scan(text, channel, band, now=now)
                assert again.scan(text, channel, band, now=now) == fresh
    assert only(cache).read_bytes() == before, "it was read, not made anew"


def test_its_pack_has_the_same_name_and_fingerprint(pack, cache, small):
    again = open_matcher(pack, cache).pack
    assert (again.ref, again.sha256) == (small.pack.ref, small.pack.sha256)
    assert [r.repeat for r in again.rules] == [r.repeat for r in small.pack.rules]


@pytest.mark.parametrize("damage", ["empty", "short", "one bit", "signed nonsense", "other things"])
def test_a_damaged_image_is_made_anew(pack, cache, now, damage):
    image = only(cache)
    good = image.read_bytes()
    middle = len(good) // 2
    image.write_bytes(
        {
            "empty": b"",
            "short": good[:middle],
            "one bit": good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1 :],
            "signed nonsense": signed(b"nonsense"),
            "other things": signed(pickle.dumps(({1, 2}, "compiled"))),
        }[damage]
    )
    assert open_matcher(pack, cache).scan(TEXTS[0], now=now).grade == 5
    assert signed(only(cache).read_bytes()[32:]) == only(cache).read_bytes()
    assert len(only(cache).read_bytes()) > len(good) // 2


def test_a_pack_that_changes_is_another_image(pack, cache, tmp_path, now):
    changed = Path(shutil.copytree(pack, tmp_path / "changed"))
    rules = changed / "content/rafts.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("sink", "swamp"), encoding="utf-8")
    assert open_matcher(changed, cache).scan("i want to swamp the raft", now=now).grade == 5
    assert len(list(cache.glob("*.image"))) == 2


def test_the_image_of_another_engine_version_is_not_read(pack, cache, tmp_path):
    """The image at hand is made to hold other rules: whoever reads it finds nothing."""
    other = small_pack.write(tmp_path / "other")
    rules = other / "content/rafts.toml"
    rules.write_text(rules.read_text(encoding="utf-8").replace("sink", "swamp"), encoding="utf-8")
    open_matcher(other, tmp_path / "elsewhere")
    image = only(cache)
    shutil.copy(only(tmp_path / "elsewhere"), image)
    source = Path(str(tutelage_policy.__file__)).parent
    for name, change, grade in (("same", "", "0"), ("next", "\n# the next version\n", "5")):
        room = tmp_path / name
        copy = Path(shutil.copytree(source, room / source.name))
        with (copy / "score.py").open("a", encoding="utf-8") as file:
            file.write(change)
        (room / "program.py").write_text(PROGRAM, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, str(room / "program.py"), str(pack), str(cache), TEXTS[0]],
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == [grade], name
    assert len(list(cache.glob("*.image"))) == 2


class Call:
    """Pickles as a call of what it is given."""

    def __init__(self, call, *values) -> None:
        self.call, self.values = call, values

    def __reduce__(self):
        return self.call, self.values

    def __call__(self) -> None:
        """Never called here: what a call gives can be called where the pickle is read."""


def members(path: str) -> bytes:
    """Return a pickle that opens ``path`` for writing, member by member, from a class of ours."""
    names = Call(getattr, Call(getattr, Hyperscan, "__init__"), "__globals__")
    builtins = Call(Call(getattr, names, "get"), "__builtins__")
    return pickle.dumps(Call(Call(Call(getattr, builtins, "get"), "open"), path, "w"), 5)


def dotted(module: str, name: str, value: str) -> bytes:
    """Return a pickle that calls ``name`` of ``module``, by way of its dots, with ``value``."""
    parts = b"".join(
        b"\x8c" + bytes([len(part)]) + part for part in (module.encode(), name.encode())
    )
    text = b"\x8c" + bytes([len(value)]) + value.encode()
    return b"\x80\x05" + parts + b"\x93" + text + b"\x85R."


def foreign(path: str) -> dict[str, bytes]:
    """Return pickles that leave something at ``path`` when they are read."""
    return {
        "a call": pickle.dumps(Call(os.mkdir, path), 5),
        "by dots": dotted("tutelage_policy.image", "os.mkdir", path),
        "by a member": members(path),
    }


@pytest.mark.parametrize("way", ["a call", "by dots", "by a member"])
def test_an_image_with_something_foreign_in_it_is_refused(pack, cache, tmp_path, now, way):
    proof = tmp_path / "it-ran"
    only(cache).write_bytes(signed(foreign(str(proof))[way]))
    assert open_matcher(pack, cache).scan(TEXTS[0], now=now).grade == 5
    assert not proof.exists()


@pytest.mark.parametrize("way", ["a call", "by dots", "by a member"])
def test_each_of_these_would_run_in_an_ordinary_reader(tmp_path, way):
    """Or the test above would prove nothing."""
    proof = tmp_path / "it-ran"
    ran = pickle.loads(foreign(str(proof))[way])
    getattr(ran, "close", int)()
    assert proof.exists()
