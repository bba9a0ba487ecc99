"""What PAM really does on a Linux machine, and the quality rules it would apply.

A file of quality rules proves nothing by itself: the module that reads it must stand in the
password stack, before the one that stores, and not be optional (posture.md section 2.3).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Reading, nothing, value
from tutelage_agent.posture.linux.ini import parse_ini, whole_number

if TYPE_CHECKING:
    from tutelage_agent.host import Host

_LINE = re.compile(
    r"^-?(?P<kind>auth|account|password|session)\s+(?P<control>\[[^\]]*\]|\S+)\s+(?P<module>\S+)"
    r"(?:\s+(?P<rest>.*))?$"
)
_INCLUDE = re.compile(r"^@include\s+(\S+)")
MAX_DEPTH = 8
PWQUALITY_MIN = 6
"""Characters; libpwquality's own floor, whatever ``minlen`` says."""


@dataclass(frozen=True, slots=True)
class Step:
    """One module of a stack."""

    control: str
    module: str
    arguments: tuple[str, ...]

    def argument(self, name: str) -> str | None:
        """Return the value of ``name=value``, the last one; None without it."""
        found = [a.partition("=")[2] for a in self.arguments if a.startswith(f"{name}=")]
        return found[-1] if found else None


@dataclass(frozen=True, slots=True)
class Rules:
    """What a new password must have, as far as the machine insists."""

    min_length: int
    classes: int
    """Of upper case, lower case, numbers, special characters: how many it must have."""
    deny_list: bool
    active: bool
    source: str


def parse_stack(text: str, kind: str) -> tuple[Step | str, ...]:
    """Return the steps of one kind in a pam.d file; an include is its file's name."""
    found: list[Step | str] = []
    for line in text.replace("\\\n", " ").splitlines():
        line = line.partition("#")[0].strip()
        if (include := _INCLUDE.match(line)) is not None:
            found.append(include.group(1))
            continue
        match = _LINE.match(line)
        if match is None or match["kind"] != kind:
            continue
        if match["control"] in {"include", "substack"}:
            found.append(match["module"])
            continue
        module = match["module"].rsplit("/", 1)[-1]
        found.append(Step(match["control"], module, tuple((match["rest"] or "").split())))
    return tuple(found)


def stack(host: Host, kind: str, files: tuple[str, ...]) -> Reading[tuple[Step, ...]]:
    """Return the steps of the first of ``files`` that is there, with what it includes."""
    for name in files:
        reading = _steps(host, kind, name, 0)
        if reading.outcome is not Outcome.ABSENT:
            return reading
    return nothing(Outcome.ABSENT, f"no /etc/pam.d/{files[0]}")


def _steps(host: Host, kind: str, name: str, depth: int) -> Reading[tuple[Step, ...]]:
    if depth > MAX_DEPTH or not re.fullmatch(r"[\w.-]+", name):
        return nothing(Outcome.ERROR, "includes without end")
    text = host.text(f"/etc/pam.d/{name}")
    if not text.seen:
        return nothing(text.outcome, text.detail)
    found: list[Step] = []
    for entry in parse_stack(text.value, kind):
        if isinstance(entry, Step):
            found.append(entry)
            continue
        included = _steps(host, kind, entry, depth + 1)
        if not included.seen:
            return nothing(Outcome.ERROR, f"include {entry}: {included.outcome}")
        found += included.value
    return value(tuple(found))


def rules(steps: tuple[Step, ...], quality_files: str) -> Rules:
    """Return what the password stack insists on: pure.

    Args:
        steps: the password stack, in order.
        quality_files: ``pwquality.conf.d/*.conf`` and ``pwquality.conf``, one after another.
    """
    storing = next((i for i, step in enumerate(steps) if step.module == "pam_unix.so"), len(steps))
    for step in steps[:storing]:
        if step.module in {"pam_pwquality.so", "pam_cracklib.so"}:
            return _quality(step, quality_files if step.module == "pam_pwquality.so" else "")
        if step.module == "pam_passwdqc.so":
            return _passwdqc(step)
    unix = steps[storing] if storing < len(steps) else None
    length = (whole_number(unix.argument("minlen")) if unix else None) or PWQUALITY_MIN
    return Rules(length, 0, deny_list=False, active=True, source="pam:pam_unix")


def _quality(step: Step, files: str) -> Rules:
    settings = {entry.key: entry.value for entry in parse_ini(files)}
    # A bare word such as enforce_for_root has no value; arguments in the stack win over files.
    settings.update(a.partition("=")[::2] for a in step.arguments if "=" in a)

    def number(name: str, default: int) -> int:
        found = whole_number(settings.get(name))
        return default if found is None else found

    credits = [number(f"{letter}credit", 0) for letter in "dulo"]
    # A positive credit lets a character of that class count twice: the length shrinks by it.
    length = max(PWQUALITY_MIN, number("minlen", 8) - sum(c for c in credits if c > 0))
    classes = max(number("minclass", 0), sum(c < 0 for c in credits))
    optional = step.control in {"optional", "sufficient"}
    return Rules(
        min_length=length,
        classes=min(4, classes),
        deny_list=number("dictcheck", 1) != 0,
        active=not optional and number("enforcing", 1) != 0,
        source=f"pam:{step.module.removesuffix('.so')}",
    )


def _passwdqc(step: Step) -> Rules:
    """Return the rules of pam_passwdqc: ``min=N0,N1,N2,N3,N4`` per number of classes."""
    words = (step.argument("min") or "disabled,24,11,8,7").split(",")
    lengths = [whole_number(word) for word in words]
    allowed = [(n, i) for i, n in enumerate(lengths[:2] + lengths[3:]) if n is not None]
    shortest, classes = min(allowed, default=(0, 0))
    fewest = min((i for _, i in allowed), default=0)
    return Rules(
        min_length=shortest,
        classes=min(fewest + 1, classes + 1),
        deny_list=True,
        active=step.argument("enforce") != "none",
        source="pam:pam_passwdqc",
    )


def lockout(steps: tuple[Step, ...], faillock_conf: str) -> int:
    """Return after how many wrong passwords an account is locked or slowed; 0: never. Pure.

    pam_faillock(8) locks only where one line records failures (``authfail``) and another refuses
    who has too many (``preauth``, or ``authsucc`` afterwards); either alone stops nobody.
    ``deny`` is 3 by default; pam_tally2 has no default.
    """
    faillock = [step for step in steps if step.module == "pam_faillock.so"]
    words = {word for step in faillock for word in step.arguments}
    if "authfail" in words and words & {"preauth", "authsucc"}:
        conf = {entry.key: entry.value for entry in parse_ini(faillock_conf)}
        given = [whole_number(step.argument("deny")) for step in faillock]
        # The laxest line decides: it is the one that lets the guesser in.
        stated = [number for number in given if number is not None]
        found = max(stated) if stated else whole_number(conf.get("deny"))
        return 3 if found is None else max(0, found)
    for step in steps:
        if step.module in {"pam_tally2.so", "pam_tally.so"}:
            return max(0, whole_number(step.argument("deny")) or 0)
    return 0
