"""Texts and results that another process, or another system, must come to again bit for bit."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

from tutelage_policy.build import plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutelage_policy.model import Pack
    from tutelage_policy.result import Result

TEXTS = 1000


def sentences(pack: Pack) -> list[str]:
    """Return texts of the pack's own examples, in chance order, some of them side by side."""
    chance = random.Random(4)
    examples = [text for rule in pack.rules for text in (*rule.matches, *rule.ignores)]
    return [
        " ".join(chance.choice(examples) for _ in range(chance.randint(1, 4))) for _ in range(TEXTS)
    ]


def stored(results: Iterable[Result]) -> list[str]:
    """Return results as they are stored, one line each."""
    return [json.dumps(plain(result), sort_keys=True) for result in results]
