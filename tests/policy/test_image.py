"""A compiled pack on disk gives what a fresh one gives; what is not its own, it does not read."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import small_pack
import tutelage_policy
from tutelage_policy import flat
from tutelage_policy.image import FORMAT, open_matcher
from tutelage_policy.model import AgeBand, Channel
from tutelage_policy.tables import Rows

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
    return FORMAT + hashlib.sha256(data).digest() + data


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


@pytest.mark.parametrize(
    "damage", ["empty", "short", "one bit", "signed nonsense", "other things", "an older format"]
)
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
            "other things": signed(flat.to_bytes(Rows.of([[1]]))),
            "an older format": b"tutelage image 1\n" + good[len(FORMAT) :],
        }[damage]
    )
    assert open_matcher(pack, cache).scan(TEXTS[0], now=now).grade == 5
    assert signed(only(cache).read_bytes()[len(FORMAT) + 32 :]) == only(cache).read_bytes()
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


@pytest.mark.parametrize("kind", ["Path", "Hyperscan", "object"])
def test_only_tables_come_to_life_from_an_image(kind):
    with pytest.raises(KeyError):
        flat.from_bytes(memoryview(described({"is": "table", "kind": kind, "fields": {}})))


@pytest.mark.parametrize(
    "told",
    [
        [],
        {"is": "array", "code": "I", "size": 400},
        {"is": "array", "code": "I", "size": -4},
        {"is": "bytes", "size": -1},
        {"is": "table", "kind": "Rows", "fields": {}},
        {"is": "table", "kind": "Rows", "fields": {"__class__": 1}},
    ],
)
def test_a_description_that_its_bytes_do_not_bear_out_is_refused(told):
    with pytest.raises((ValueError, KeyError, TypeError)):
        flat.from_bytes(memoryview(described(told)))


def described(told: object) -> bytes:
    head = json.dumps(told).encode()
    return len(head).to_bytes(8, "little") + head + b"four"
