"""Extractors fed with broken documents for as long as you like: nothing hangs, nothing grows.

Starts from a document of every kind (made by hand, and by LibreOffice where it is installed),
changes bytes, cuts, repeats, splices and nests them, and hands them to the agent's bounded
extractor. What counts: each ends in a stated outcome within its bound, the agent's own process
does not grow, and the next good document is read. A crash or a time-out of the *child* is a stated
outcome; the seeds of such documents are printed, and kept with ``--keep FOLDER``.

Usage: fuzz_extract.py [--seconds 600] [--seed N] [--keep FOLDER]. The last line is ``ratio: N``:
the slowest document over its bound.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
import time
from collections import Counter
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).parents[1] / "agent" / "extract"))

import builders

from tutelage_agent.extract.bounded import BoundedExtractor
from tutelage_agent.extract.limits import Limits
from tutelage_agent.extract.outcome import Outcome

BOUND = Limits().wall_ms / 1000 + 3
"""Seconds: the limit, how often the guard looks, and a new child."""
MOST_GROWTH = 32
"""MiB that the agent's own process may differ by between beginning and end."""
GOOD = b"the next good document"


def seeds() -> list[tuple[str, bytes]]:
    """Return a good document of each kind."""
    words = "some words that are read " * 40
    made = [(kind, make(words)) for kind, make in builders.KINDS.items()]
    return [*made, *((name.rpartition(".")[2], data) for name, data in builders.MORE.items())]


def mutated(chance: random.Random, good: list[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Return a name and bytes that no program wrote."""
    kind, whole = chance.choice(good)
    data = bytearray(whole)
    for _ in range(chance.choice((1, 1, 2, 4, 16, 64))):
        start = chance.randrange(max(1, len(data)))
        match chance.randrange(8):
            case 0:
                data[start : start + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[start : start + chance.randrange(1, 400)]
            case 2:
                data[start:start] = data[: chance.randrange(1, 2000)]
            case 3:
                data[start : start + 4] = chance.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\x7f\xff\xff\xff", b"\x80\0\0\0")
                )
            case 4:
                other = chance.choice(good)[1]
                data[start:] = other[chance.randrange(len(other)) :]
            case 5:
                data[start:start] = chance.choice(
                    (b"<", b"&", b"((", b"{\\", b"PK\x03\x04", b"\n--")
                )
            case 6:
                number = str(chance.choice((-1, 0, 2**31, 2**63, 10**30))).encode()
                data[start : start + 2] = number
            case _:
                data[start:start] = chance.randbytes(chance.randrange(1, 300))
    if chance.random() < 0.1:
        data = bytearray(builders.packed([(f"inside.{kind}", bytes(data)), ("b.txt", b"text")]))
    return f"fuzz.{kind}" if chance.random() < 0.8 else "fuzz", bytes(data)


def main(arguments: list[str] | None = None) -> int:
    """Fuzz; return 0 if nothing broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=int(time.monotonic() * 1000))
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args(arguments)
    chance, good = random.Random(options.seed), seeds()
    ended: Counter[str] = Counter()
    broken: list[str] = []
    slowest, fed = 0.0, 0
    process = psutil.Process()
    with BoundedExtractor() as extractor:
        for kind, data in good:
            extractor.extract(io.BytesIO(data), f"a.{kind}")
        before = process.memory_info().rss
        until = time.monotonic() + options.seconds
        while time.monotonic() < until:
            name, data = mutated(chance, good)
            began = time.monotonic()
            found = extractor.extract(io.BytesIO(data), name)
            took = time.monotonic() - began
            slowest, fed = max(slowest, took), fed + 1
            ended[found.outcome] += 1
            if took > BOUND:
                broken.append(f"document {fed} took {took:.1f} s")
            if found.outcome in (Outcome.CRASHED, Outcome.TIMEOUT) and options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                (options.keep / f"{options.seed}-{fed}-{found.outcome}-{name}").write_bytes(data)
            if (
                fed % 500 == 0
                and extractor.extract(io.BytesIO(GOOD), "a.txt").text != GOOD.decode()
            ):
                broken.append(f"a good document was not read after document {fed}")
        started = extractor.started
        grown = (process.memory_info().rss - before) / (1 << 20)
    if grown > MOST_GROWTH:
        broken.append(f"the agent's process grew by {grown:.0f} MiB")
    print(f"seed {options.seed}: {fed} documents in {options.seconds:.0f} s, {started} children")
    print(", ".join(f"{count} {outcome}" for outcome, count in ended.most_common()))
    print(f"the agent's process grew by {grown:.1f} MiB; slowest document {slowest:.2f} s")
    for line in broken:
        print(f"BROKEN: {line}")
    print(f"ratio: {slowest / BOUND:.2f}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
