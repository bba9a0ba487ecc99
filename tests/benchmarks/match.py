"""Is the whole path of detection fast enough to run on every device? CPU time, against ripgrep.

Ours: normalise, match, bounds, rules, score. Theirs: ``rg -F -f``, which only matches, on text
that is in lower case already. Same phrases, same text, one run, interleaved, medians.

    match.py [--text FILE] [--phrases 10000] [--megabytes 8] [--rounds 5]

Without ``--text`` the documents are made: words by their frequency in English, with punctuation.
Each claim is printed with its goal (issue 4: on a quiet machine; ratios hold on a busy one). The
last line is the cost of the whole path over that of rg at 10,000 phrases (under 1 is better).
"""

from __future__ import annotations

import argparse
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tutelage_policy.build import load_pack, seal
from tutelage_policy.match import Matcher

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_policy.model import Pack

DOCUMENT = 65536
NOW = datetime(2026, 11, 26, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "policy_packs" / "tutelage_policy" / "data"


def words_of(name: str) -> list[str]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [w for w in lines if w and not w.startswith("#")]


def made_text(size: int, chance: random.Random) -> str:
    """Return prose-like text: words by Zipf's law, commas, full stops, paragraphs."""
    common, rare = words_of("frequency.txt"), words_of("words.txt")
    weights = [1 / (rank + 2) for rank in range(len(common))]
    out: list[str] = []
    length = 0
    while length < size:
        sentence = chance.choices(common, weights, k=chance.randint(5, 24))
        for at in range(len(sentence)):
            if chance.random() < 0.12:
                sentence[at] = chance.choice(rare)
            if chance.random() < 0.08:
                sentence[at] += ","
        text = " ".join(sentence).capitalize() + chance.choice([". ", ". ", "? ", ".\n\n", ' "'])
        out.append(text)
        length += len(text)
    return "".join(out)[:size]


def made_phrases(text: str, count: int, chance: random.Random) -> list[str]:
    """Return phrases of two to four words: some from the text, most in its manner."""
    import re

    words = re.findall(r"[a-z]+", text.lower())
    rare = words_of("words.txt")
    out: set[str] = set()
    while len(out) < count:
        at = chance.randrange(len(words) - 4)
        phrase = words[at : at + chance.randint(2, 4)]
        if chance.random() < 0.95:
            phrase[chance.randrange(len(phrase))] = chance.choice(rare)
        if len("".join(phrase)) >= 8:
            out.add(" ".join(phrase))
    return sorted(out)


def made_strings(text: str, chance: random.Random) -> list[str]:
    """Return the text in pieces of 3 to 19 words, some 66 characters each."""
    words = text.split()
    out: list[str] = []
    at = 0
    while at < len(words):
        count = chance.randint(3, 19)
        out.append(" ".join(words[at : at + count]))
        at += count
    return out


def pack_of(phrases: list[str], per_rule: int = 10) -> Pack:
    """Return a pack of topic rules with ``phrases``, ten a rule."""
    base = load_pack()
    like = next(r for r in base.rules if r.lane == "topic")
    rules = tuple(
        replace(
            like,
            id=f"content.bench.{at // per_rule:04}",
            any=tuple(phrases[at : at + per_rule]),
            all=(), none=(), slots=(), weight=30,
            reviewed=date(2026, 11, 26),
        )
        for at in range(0, len(phrases), per_rule)
    )  # fmt: skip
    return seal(replace(base, rules=rules, suppressors=(), windows=(), slots=()))


def hostile_texts(phrases: list[str], size: int) -> dict[str, str]:
    """Return texts that are made to cost, each of ``size`` characters."""
    chance = random.Random(7)
    listed = " ".join(chance.choices(phrases, k=size // 12))
    return {
        "nothing but phrases": listed[:size],
        "near misses": " ".join(p[:-1] for p in chance.choices(phrases, k=size // 10))[:size],
        "no space": "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=size)),
        "one letter": "a" * size,
        "phrases glued": "".join(chance.choices(phrases, k=size // 8)).replace(" ", "")[:size],
        "combining marks": ("e" + "\u0301" * 9) * (size // 10),
        "letters and digits": "".join(chance.choices("abc123", k=size)),
        "letters one by one": "k i l l " * (size // 8),
    }


OPENED = """
import sys, time
from pathlib import Path
from tutelage_policy.image import open_matcher
pages = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
if __name__ == "__main__":
    before, started = pages(), time.process_time()
    matcher = open_matcher(None, Path(sys.argv[1]))
    print(time.process_time() - started, pages() - before)
"""
"""Run twice: the first start compiles in a child, the second reads the image."""


def shipped_pack() -> tuple[float, float, float]:
    """Return seconds of CPU to compile and to open the shipped pack, and MB that it takes."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "program.py"
        program.write_text(OPENED, encoding="utf-8")
        images = Path(folder) / "images"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(2):
            after = before
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            done = subprocess.run(
                [sys.executable, program, images], capture_output=True, text=True, check=True
            )
        opened, grown = map(float, done.stdout.split())
        compiled = before.ru_utime + before.ru_stime - after.ru_utime - after.ru_stime
        return compiled, opened, grown


def verdict(value: float, goal: float, *, most: bool) -> str:
    """Return whether ``value`` is at most (or at least) ``goal``."""
    good = value <= goal if most else value >= goal
    return f"goal {'at most' if most else 'at least'} {goal:g}: {'met' if good else 'NOT MET'}"


def resident() -> float:
    """Return this process's resident memory in MB (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def cpu(run: Callable[[], object]) -> float:
    started = time.process_time()
    run()
    return time.process_time() - started


def lowest(run: Callable[[], object]) -> float:
    """Return the least CPU time of three runs."""
    return min(cpu(run) for _ in range(3))


def rg_cpu(phrases: Path, text: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        ["rg", "-F", "--count-matches", "-j1", "-f", phrases, text],
        stdout=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path)
    parser.add_argument("--phrases", type=int, default=10_000)
    parser.add_argument("--megabytes", type=float, default=8)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args()
    if shutil.which("rg") is None:
        print("needs ripgrep (apt-get install ripgrep)", file=sys.stderr)
        return 2
    chance = random.Random(20261126)
    size = int(args.megabytes * 1e6)
    text = args.text.read_text(encoding="utf-8")[:size] if args.text else made_text(size, chance)
    documents = [text[at : at + DOCUMENT] for at in range(0, len(text), DOCUMENT)]
    phrases = made_phrases(text, args.phrases, chance)
    strings = made_strings(text[:3_000_000], chance)
    pack = pack_of(phrases)
    before = resident()
    started = time.process_time()
    fast = Matcher(pack)
    built, grown = time.process_time() - started, resident() - before
    portable = Matcher(pack, "aho-corasick")
    with tempfile.TemporaryDirectory() as folder:
        listed, lower, empty = (Path(folder) / n for n in ("list", "text", "empty"))
        listed.write_text("\n".join(phrases), encoding="utf-8")
        lower.write_text(text.lower(), encoding="utf-8")
        empty.write_text("")
        rows: dict[str, list[float]] = {}
        for _ in range(args.rounds):
            start_up = rg_cpu(listed, empty)
            rows.setdefault("rg", []).append(rg_cpu(listed, lower) - start_up)
            for name, matcher in (("whole path", fast), ("portable", portable)):
                rows.setdefault(name, []).append(
                    cpu(lambda m=matcher: [m.scan(d, now=NOW) for d in documents])
                )
            rows.setdefault("strings", []).append(cpu(lambda: fast.scan_many(strings, now=NOW)))
    cost = {name: statistics.median(times) for name, times in rows.items()}
    hits = sum(len(fast.scan(d, now=NOW).matches) for d in documents)
    megabytes = sum(map(len, documents)) / 1e6
    version = subprocess.run(["rg", "--version"], capture_output=True, text=True, check=False)
    print(
        f"{len(phrases)} phrases, {megabytes:.1f} MB in {len(documents)} documents, {hits} matches"
    )
    print(f"{version.stdout.splitlines()[0]}: {megabytes / cost['rg']:.0f} MB/s")
    for name, goal in (("whole path", 1.5), ("portable", 0.6)):
        times = cost["rg"] / cost[name]
        print(f"{name}: {megabytes / cost[name]:.1f} MB/s, {times:.2f} x rg", end="; ")
        print(verdict(times, goal, most=False))
    rate = len(strings) / cost["strings"]
    print(f"short strings in batches: {rate:,.0f} a second;", verdict(rate, 200_000, most=False))
    print(f"built in {built:.2f} s of CPU with {fast.engine};", verdict(built, 2, most=True))
    print(f"{grown:.0f} MB more resident;", verdict(grown, 60, most=True))
    compiled, opened, taken = shipped_pack()
    print(
        f"the shipped pack: compiled in {compiled:.1f} s of CPU;", verdict(compiled, 2, most=True)
    )
    print(f"  opened in {opened:.2f} s, {taken:.0f} MB;", verdict(taken, 60, most=True))
    plain = lowest(lambda: [fast.scan(d, now=NOW) for d in documents[:16]]) / 16 / DOCUMENT
    million = lowest(lambda: fast.scan(text[:1_000_000], now=NOW)) / min(len(text), 1_000_000)
    for name, hostile in hostile_texts(phrases, 1_000_000).items():
        whole = lowest(lambda t=hostile: fast.scan(t, now=NOW)) / len(hostile) / million
        parts = [hostile[at : at + DOCUMENT] for at in range(0, 4 * DOCUMENT, DOCUMENT)]
        each = lowest(lambda p=parts: [fast.scan(t, now=NOW) for t in p]) / 4 / DOCUMENT / plain
        told = verdict(max(whole, each), 5, most=True)
        print(f"  {name:22} 1 MB {whole:5.2f} x plain, 64 KiB {each:5.2f} x plain; {told}")
    print(f"ratio: {cost['whole path'] / cost['rg']:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
