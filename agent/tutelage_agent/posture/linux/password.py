"""Passwords on Linux: the rules that PAM insists on, accounts without one, automatic sign-in."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

from tutelage_agent.host import Outcome, Reading, value
from tutelage_agent.posture.facts import missed, observed, saw
from tutelage_agent.posture.linux import pam
from tutelage_agent.posture.linux.ini import cascade, last, parse_ini, truth
from tutelage_agent.posture.linux.people import parse_shadow, password_state, read_people

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.host import Host
    from tutelage_agent.posture.model import Observation

_PASSWORD_STACKS = ("common-password", "system-auth", "passwd")
_AUTH_STACKS = ("common-auth", "system-auth", "login")
_DIRECTORY_MODULES = frozenset({"pam_sss.so", "pam_winbind.so", "pam_ldap.so", "pam_krb5.so"})


def observe_policy(host: Host) -> tuple[Observation, ...]:
    """Look at the password stack, and at who governs the passwords of this machine's people."""
    steps = pam.stack(host, "password", _PASSWORD_STACKS)
    governed = _governed_by(host)
    if not steps.seen:
        return (governed, observed(host, "min_length", steps.map(lambda _: 0), "pam"))
    quality = _quality_files(host)
    if not quality.seen:
        return (governed, observed(host, "min_length", quality.map(lambda _: 0), "pwquality.conf"))
    rules = pam.rules(steps.value, quality.value)
    source = rules.source
    return (
        governed,
        saw(host, "min_length", rules.min_length, source),
        saw(host, "classes", rules.classes, source),
        saw(host, "policy_active", rules.active, source),
        saw(host, "deny_list", rules.deny_list, source, needed=False),
    )


def _quality_files(host: Host) -> Reading[str]:
    # libpwquality reads the folder first, then the file, and the later setting counts.
    base = "/etc/security/pwquality.conf"
    folder = cascade(host, (), (f"{base}.d",))
    main = host.text(base)
    texts = []
    for reading in (folder, main):
        if not reading.seen and reading.outcome is not Outcome.ABSENT:
            return reading
        texts.append(reading.value if reading.seen else "")
    return value("\n".join(texts))


def _governed_by(host: Host) -> Observation:
    """Tell whose rules hold: ``local``, or ``directory`` where no person has a local account."""
    auth = pam.stack(host, "auth", _AUTH_STACKS)
    people = read_people(host)
    if not people.seen:
        return observed(host, "governed_by", people.map(lambda _: ""), "passwd")
    directory = auth.seen and any(step.module in _DIRECTORY_MODULES for step in auth.value)
    governs = "directory" if directory and not people.value else "local"
    return saw(host, "governed_by", governs, "pam:auth + passwd")


def observe_present(host: Host) -> tuple[Observation, ...]:
    """Look whether each person's account asks for a password."""
    people = read_people(host)
    if not people.seen:
        return (observed(host, "people", people.map(lambda _: ()), "passwd"),)
    shadow = host.text("/etc/shadow")
    states = parse_shadow(shadow.value) if shadow.seen else {}
    found: list[Observation] = []
    for account in people.value:
        subject = host.pseudonym(str(account.uid))
        if account.password != "x":  # noqa: S105 - the mark for "see shadow", not a password
            found.append(
                saw(host, "password", password_state(account.password), "passwd", subject=subject)
            )
        elif not shadow.seen:
            found.append(missed(host, "password", shadow.outcome, "shadow", subject=subject))
        else:
            # An account that shadow does not know cannot sign in with a password.
            state = states.get(account.name, "locked")
            found.append(saw(host, "password", state, "shadow", subject=subject))
    names = tuple(observation.subject for observation in found)
    return (saw(host, "people", names, "passwd"), *found)


def observe_lockout(host: Host) -> tuple[Observation, ...]:
    """Look after how many wrong passwords an account is locked."""
    steps = pam.stack(host, "auth", _AUTH_STACKS)
    conf = host.text("/etc/security/faillock.conf")
    text = conf.value if conf.seen else ""
    attempts = steps.map(lambda found: pam.lockout(found, text))
    return (observed(host, "lockout_attempts", attempts, "pam:auth"),)


def gdm(text: str) -> bool:
    """Tell whether GDM's custom.conf signs somebody in by itself (at once, or after a time)."""
    entries = parse_ini(text)
    for switch, account in (
        ("AutomaticLoginEnable", "AutomaticLogin"),
        ("TimedLoginEnable", "TimedLogin"),
    ):
        if truth(last(entries, "daemon", switch)) and last(entries, "daemon", account):
            return True
    return False


def sddm(text: str) -> bool:
    """Tell whether SDDM signs somebody in by itself: ``[Autologin] User`` is not empty."""
    return bool(last(parse_ini(text), "Autologin", "User"))


def lightdm(text: str) -> bool:
    """Tell whether LightDM signs somebody in by itself, in any seat section."""
    return any(e.key in {"autologin-user"} and e.value for e in parse_ini(text))


def greetd(text: str) -> bool:
    """Tell whether greetd starts a session without a greeter: ``[initial_session]``."""
    try:
        return "initial_session" in tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return re.search(r"^\s*\[initial_session\]", text, re.M) is not None


def getty(text: str) -> bool:
    """Tell whether a console signs somebody in by itself: agetty's ``--autologin`` or ``-a``."""
    lines = (e.value for e in parse_ini(text) if e.key == "ExecStart")
    return any(re.search(r"\s(--autologin|-a)[\s=]", line) for line in lines)


def observe_auto_sign_in(host: Host) -> tuple[Observation, ...]:
    """Look through every display manager's files, whether it is in use or not."""
    sources: tuple[tuple[str, Callable[[str], bool], Reading[str]], ...] = (
        ("gdm", gdm, cascade(host, ("/etc/gdm/custom.conf", "/etc/gdm3/custom.conf",
                                    "/etc/gdm3/daemon.conf"))),
        ("sddm", sddm, cascade(host, ("/etc/sddm.conf",),
                               ("/usr/lib/sddm/sddm.conf.d", "/etc/sddm.conf.d"))),
        ("lightdm", lightdm, cascade(host, ("/etc/lightdm/lightdm.conf",),
                                     ("/usr/share/lightdm/lightdm.conf.d",
                                      "/etc/lightdm/lightdm.conf.d"))),
        ("greetd", greetd, cascade(host, ("/etc/greetd/config.toml",))),
        ("getty", getty, cascade(host, (), ("/etc/systemd/system/getty@tty1.service.d",))),
    )  # fmt: skip
    found = []
    for name, parser, reading in sources:
        if reading.seen and parser(reading.value):
            return (saw(host, "auto_sign_in", name, f"config:{name}"),)
        if not reading.seen and reading.outcome is not Outcome.ABSENT:
            found.append(missed(host, "auto_sign_in", reading.outcome, f"config:{name}"))
    return tuple(found) or (saw(host, "auto_sign_in", "", "config:display managers"),)
