"""What nftables does with a packet that no rule names: the truth beneath ufw, firewalld, iptables.

Reads ``nft -j list ruleset``. A chain decides by its first rule that takes every packet, or by its
policy; a jump that takes every packet is followed. A rule with a condition decides nothing here:
what is asked is what happens to everything else.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DEPTH = 16
_HARMLESS = frozenset({"counter", "log", "comment", "ct count", "notrack", "mangle", "meta set"})
"""Statements that let a packet go on."""
_VERDICTS = {"accept": "allow", "drop": "block", "reject": "block"}
FAMILIES = ("ip", "ip6")


@dataclass(slots=True)
class Chain:
    """A chain, with its rules as lists of statements."""

    hook: str = ""
    policy: str = ""
    rules: list[list[object]] = field(default_factory=list)


Chains = dict[tuple[str, str, str], Chain]


def parse(text: str) -> Chains | None:
    """Return (family, table, chain) -> chain; None for another text."""
    try:
        entries = json.loads(text)["nftables"]
        if not isinstance(entries, list):
            return None
        chains: Chains = {}
        for entry in entries:
            if "chain" in entry:
                c = entry["chain"]
                key = (str(c["family"]), str(c["table"]), str(c["name"]))
                chain = chains.setdefault(key, Chain())
                chain.hook, chain.policy = str(c.get("hook", "")), str(c.get("policy", ""))
            elif "rule" in entry:
                r = entry["rule"]
                key = (str(r["family"]), str(r["table"]), str(r["chain"]))
                chains.setdefault(key, Chain()).rules.append(list(r.get("expr", [])))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return chains


def inbound(chains: Mapping[tuple[str, str, str], Chain], family: str) -> str:
    """Return ``block`` if some input chain of a family stops what no rule names, else ``allow``.

    Args:
        chains: of ``parse``.
        family: ``ip`` or ``ip6``; ``inet`` tables hold for both.
    """
    for (of, table, _), chain in chains.items():
        concerned = chain.hook == "input" and of in {family, "inet"}
        if concerned and _decides(chains, of, table, chain, 0) == "block":
            return "block"
    return "allow"


def _decides(
    chains: Mapping[tuple[str, str, str], Chain], family: str, table: str, chain: Chain, depth: int
) -> str:
    """Return ``allow``, ``block``, or "" where a chain that was jumped to lets packets go on."""
    for rule in chain.rules:
        verdict = _verdict(chains, family, table, rule, depth)
        if verdict:
            return "" if verdict == "return" else verdict
    return {"drop": "block", "accept": "allow"}.get(chain.policy, "")


def _verdict(
    chains: Mapping[tuple[str, str, str], Chain],
    family: str,
    table: str,
    rule: list[object],
    depth: int,
) -> str:
    for statement in rule:
        if not isinstance(statement, dict) or len(statement) != 1:
            return ""
        ((kind, content),) = statement.items()
        if kind in _VERDICTS:
            return _VERDICTS[kind]
        if kind == "return":
            return "return"
        if kind in {"jump", "goto"} and isinstance(content, dict) and depth < MAX_DEPTH:
            target = chains.get((family, table, str(content.get("target"))))
            found = _decides(chains, family, table, target, depth + 1) if target else ""
            # A goto does not come back: what its chain lets go on meets the base chain's policy.
            return found or ("return" if kind == "goto" else "")
        if kind not in _HARMLESS:
            return ""  # a condition, or something that we do not know: not every packet
    return ""
