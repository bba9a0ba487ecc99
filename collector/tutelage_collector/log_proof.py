"""A proof, as a file, that the log only grew since others were shown it.

It is checked without the database.

Who keeps digests or what devices saw, and holds no copy of the collector's records, checks with it
that each of them is the beginning of the newest one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tutelage_collector import log_witness, witness
from tutelage_collector.errors import StateError
from tutelage_wire import merkle_log
from tutelage_wire.merkle_log import LogRoot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tutelage_collector.log_witness import Shown


def make(
    digest: str,
    size: int,
    heads: Sequence[bytes],
    sizes: Iterable[int],
    earlier_keys: Sequence[bytes] = (),
) -> str:
    """Return a proof as the text of its file.

    Args:
        digest: signed, with the newest root: ``digests.make``.
        size: of the log in it.
        heads: of all stored batches, in order.
        sizes: that others were shown.
        earlier_keys: raw keys that signed for this collector before its present one.
    """
    steps = {
        str(old): [one.hex() for one in merkle_log.consistency_proof(heads[:size], old)]
        for old in sorted(set(sizes))
        if 0 < old <= size
    }
    return json.dumps(
        {
            "newest": json.loads(digest),
            "only_grew": steps,
            "earlier_keys": [key.hex() for key in earlier_keys],
        },
        indent=1,
    )


def check(text: str, kept: Callable[[Sequence[bytes]], list[Shown]]) -> tuple[int, list[str]]:
    """Check a proof against what others were shown; return how many were, and what is wrong.

    Args:
        text: of the proof's file.
        kept: given the raw keys of the collector, returns what others were shown.

    Raises:
        StateError: the file is no such proof.
    """
    try:
        row: dict[str, Any] = json.loads(text)
        key = bytes.fromhex(row["newest"]["key"])
        known = [key, *(bytes.fromhex(one) for one in row.get("earlier_keys", ()))]
        newest = witness.read(json.dumps(row["newest"]), [key]).log
        steps = {
            int(size): [bytes.fromhex(one) for one in proof]
            for size, proof in row["only_grew"].items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise StateError("not a proof that the log only grew; give the file as made") from error
    if newest is None:
        raise StateError("the digest in it is from before there was a log")
    shown = kept(known)
    wrong = log_witness.faults(shown, None)
    for one in shown:
        if one.root.size > newest.size:
            wrong.append(
                f"{one.where} was shown a log of {one.root.size} batches, the newest has "
                f"{newest.size}: it was cut short, or the proof is an old one"
            )
        elif one.root.size not in steps:
            wrong.append(f"{one.where}: the proof says nothing about {one.root.size} batches")
        elif not merkle_log.only_grew(
            LogRoot(one.root.size, one.root.root), newest, steps[one.root.size]
        ):
            wrong.append(
                f"{one.where} was shown a log of {one.root.size} batches that is not the "
                "beginning of the newest one: it did not only grow"
            )
    return len(shown), wrong
