"""A host whose sources have proved themselves, and which asks each question only once a run.

"Absent" is only believed from a source that has just shown a value known to be present there:
a mistyped path, a missing mount or a hive that is not loaded would otherwise read as "not set",
and "not set" as "fine" (posture.md section 15, row 17: twelve rules that could never fail).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_agent.host import Door, Host, Question, System
from tutelage_agent.host.reading import Outcome, Reading, nothing

if TYPE_CHECKING:
    from datetime import datetime

_FILES = frozenset({Door.READ, Door.FOLDER, Door.STAT})
_REGISTRY = frozenset({Door.REGISTRY, Door.REGISTRY_KEYS, Door.REGISTRY_VALUES})

_WINDOWS_KEY = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"

CANARIES: tuple[tuple[System, frozenset[Door], str, Question], ...] = (
    (System.LINUX, _FILES, "/sys/class/tpm", Question(Door.FOLDER, "/sys/class")),
    (System.LINUX, _FILES, "/sys/firmware", Question(Door.FOLDER, "/sys/firmware")),
    (System.LINUX, _FILES, "/sys/", Question(Door.FOLDER, "/sys/class/block")),
    (System.LINUX, _FILES, "/proc/", Question(Door.READ, "/proc/self/mountinfo")),
    (System.LINUX, _FILES, "/", Question(Door.READ, "/etc/passwd")),
    (
        System.MACOS,
        _FILES,
        "/",
        Question(Door.READ, "/System/Library/CoreServices/SystemVersion.plist"),
    ),
    (
        System.WINDOWS,
        _REGISTRY,
        "HKLM\\",
        Question(Door.REGISTRY, _WINDOWS_KEY, ("ProgramFilesDir",)),
    ),
    (System.WINDOWS, _REGISTRY, "HKU\\", Question(Door.REGISTRY_KEYS, "HKU")),
    (
        System.WINDOWS,
        _FILES,
        "C:\\",
        Question(Door.STAT, "C:\\Windows\\System32\\kernel32.dll"),
    ),
)
"""(system, doors, prefix of the question, what must be seen there); the first match decides."""


class ProvenHost(Host):
    """Another host, with its absences proved and its answers kept for the length of one run."""

    def __init__(self, inner: Host) -> None:
        """Wrap ``inner``."""
        self._inner = inner
        self._known: dict[Question, Reading[object]] = {}
        self.system = inner.system
        self.privileged = inner.privileged
        self.state = inner.state

    def now(self) -> datetime:
        """Return the inner host's moment."""
        return self._inner.now()

    def pseudonym(self, account: str) -> str:
        """Return the inner host's pseudonym."""
        return self._inner.pseudonym(account)

    def remember(self, name: str, content: bytes) -> bool:
        """Keep ``content`` in the inner host's state folder."""
        return self._inner.remember(name, content)

    def answer(self, question: Question) -> Reading[object]:
        """Return the inner host's answer; an absence that is not proved becomes ERROR."""
        known = self._known.get(question)
        if known is None:
            known = self._known[question] = self._ask(question)
        return known

    def _ask(self, question: Question) -> Reading[object]:
        reading = self._inner.answer(question)
        if reading.outcome is not Outcome.ABSENT or question.what.startswith(self.state):
            return reading
        canary = canary_for(self.system, question)
        if canary is None or canary == question:
            return reading
        if self.answer(canary).seen:
            return reading
        return nothing(
            Outcome.ERROR, f"absence proves nothing: this source did not show {canary} either"
        )


def canary_for(system: System, question: Question) -> Question | None:
    """Return what the source of ``question`` must show before its absences count."""
    for of_system, doors, prefix, canary in CANARIES:
        if system is of_system and question.door in doors and question.what.startswith(prefix):
            return canary
    return None
