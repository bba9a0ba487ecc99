"""The recovery key on paper: any two of three cards make it whole, one alone says nothing.

Shamir's secret sharing as SLIP-0039 has it, through its authors' reference implementation: words
from a list of 1,024 that no two of begin alike, and a checksum that finds up to three wrong ones.
Any other SLIP-0039 program can join the cards without us, years later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import shamir_mnemonic as slip39
from cryptography.hazmat.primitives.asymmetric import x25519
from shamir_mnemonic.share import Share

from tutelage_collector.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Sequence

NEEDED, CARDS = 2, 3
WORDS = 33
"""Of a card for a key of 32 bytes."""
_NO_STRETCHING = 0
"""The secret is 256 drawn bits: there is nothing to guess that stretching would slow."""


def split(private: x25519.X25519PrivateKey) -> tuple[str, ...]:
    """Return the words of each card."""
    (cards,) = slip39.generate_mnemonics(
        1, [(NEEDED, CARDS)], private.private_bytes_raw(), iteration_exponent=_NO_STRETCHING
    )
    return tuple(cards)


def read_card(text: str) -> Share:
    """Check one card's words as they were typed.

    Raises:
        SecretError: it says which word is not in the list, or that some word is another.
    """
    words = [word.strip(".,") for word in text.lower().split() if not word.strip(".").isdigit()]
    known = slip39.wordlist.WORD_INDEX_MAP
    for number, word in enumerate(words, 1):
        if word not in known:
            raise SecretError(f"word {number}, {word!r}, is on no card: look at its first letters")
    if len(words) != WORDS:
        raise SecretError(f"a card has {WORDS} words; these are {len(words)}")
    try:
        return Share.from_mnemonic(" ".join(words))
    except slip39.MnemonicError as error:
        raise SecretError(
            "a word of this card is another one, or two are exchanged: compare them one by one"
        ) from error


def join(cards: Sequence[Share]) -> x25519.X25519PrivateKey:
    """Return the key that two cards of one set make.

    Raises:
        SecretError: they are the same card, too few, or of different sets.
    """
    if len({card.index for card in cards}) < NEEDED:
        raise SecretError(f"{NEEDED} different cards are needed")
    try:
        raw = slip39.combine_mnemonics([card.mnemonic() for card in cards])
        return x25519.X25519PrivateKey.from_private_bytes(raw)
    except (slip39.MnemonicError, ValueError) as error:
        raise SecretError("these cards are not of one set: look at the date on each") from error
