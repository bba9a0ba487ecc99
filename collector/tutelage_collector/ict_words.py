"""What devices tell the ICT manager, in words for people, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """A kind of finding as people read it."""

    said: str
    remedy: str


FOR_THE_HEAD = "non_work_use"
"""How a member of staff uses a device is the headteacher's to raise, and not ICT's to know."""

_WORDS = {
    "dangerous_download": Told(
        "A program or script was downloaded",
        "Look the SHA-256 up in your anti-virus; if nobody needs it, remove it and block its kind",
    ),
    "circumvention_tool": Told(
        "A VPN, proxy or anonymity tool",
        "Remove it and block it by policy; if the school uses it, name it in the signed policy",
    ),
    "tunnel_up": Told(
        "A VPN carries this device's traffic",
        "Filtering may be by-passed: look at the device; the school's own goes into the policy",
    ),
    "private_window": Told(
        "A browser was used in a private window",
        "Turn private windows off by policy; they leave no history to look at",
    ),
    "storage_arrived": Told(
        "A removable drive was plugged in",
        "Nothing, where drives are allowed; otherwise turn them off by policy",
    ),
    "history_cleared": Told(
        "A browser's history was cleared",
        "Turn deleting of history off by policy (AllowDeletingBrowserHistory)",
    ),
    "non_work_use": Told(
        "A week's use that is not work, over the policy's threshold (11.a.9)",
        "For the headteacher to raise: only that it was over is known",
    ),
}


def rank(kind: str) -> int:
    """Return the place of a kind in a list: what needs doing first comes first."""
    order = ("circumvention_tool", "tunnel_up", "dangerous_download", "private_window")
    return order.index(kind) if kind in order else len(order)


def in_words(kind: str) -> Told:
    """Return a kind in words; one that is not known is shown as it came."""
    return _WORDS.get(kind, Told(kind.replace("_", " ").capitalize(), ""))
