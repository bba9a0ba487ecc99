"""Whatever a machine says: no parser raises, and nothing passes that was not seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import recorded_host
from posture_facts import NOW, judged
from tutelage_agent.host import Outcome, Row
from tutelage_agent.host.proven import ProvenHost
from tutelage_agent.host.recorded import RecordedHost
from tutelage_agent.host.scrub import Scrubber
from tutelage_agent.posture import (
    CHECKS,
    DeviceClass,
    attested,
    first_seen,
    kept,
    lock_samples,
    versions,
)
from tutelage_agent.posture.linux import (
    administrator,
    apt_conf,
    automatic,
    boot,
    browser,
    dconf,
    desktops,
    disk,
    firewall,
    fixes,
    ini,
    kscreenlocker,
    malware,
    mounts,
    nftables,
    os_support,
    pam,
    password,
    people,
    restart,
    sign_ins,
    usb,
)

if TYPE_CHECKING:
    from tutelage_agent.posture.check import Check


def _steps(text: str, kind: str) -> tuple[pam.Step, ...]:
    return tuple(step for step in pam.parse_stack(text, kind) if isinstance(step, pam.Step))


TEXT_PARSERS = (
    administrator.parse_sudoers,
    lambda text: apt_conf.settings(apt_conf.parse(text)),
    lambda text: automatic.apt_periodic(apt_conf.settings(apt_conf.parse(text)), upgrader=True),
    browser.firefox_locks,
    lambda text: browser.chromium_policy((text,)),
    lambda text: browser.chromium_locks("edge", browser.chromium_policy((text,)) or {}),
    browser.parse_packages,
    browser.snap_version,
    dconf.parse_keyfile,
    dconf.parse_locks,
    dconf.parse_profile,
    desktops.parse_gsettings,
    disk.parse_zfs,
    disk.encrypts,
    firewall.legacy_blocks,
    fixes.parse_apt,
    fixes.parse_dnf,
    ini.parse_ini,
    ini.parse_words,
    ini.truth,
    ini.whole_number,
    lambda text: kscreenlocker.daemon(text, ""),
    lambda text: kscreenlocker.daemon("", text),
    kscreenlocker.minutes,
    malware.parse_bitdefender,
    lambda text: malware.parse_mdatp(text, NOW),
    malware.parse_sentinelone,
    mounts.parse_mountinfo,
    mounts.parse_swaps,
    mounts.subject,
    nftables.parse,
    os_support.parse_os_release,
    lambda text: os_support.product(os_support.parse_os_release(text)),
    os_support.pro_attached,
    lambda text: pam.rules(_steps(text, "password"), text),
    lambda text: pam.lockout(_steps(text, "auth"), text),
    password.gdm,
    password.getty,
    password.greetd,
    password.lightdm,
    password.sddm,
    people.parse_group,
    people.parse_passwd,
    people.parse_shadow,
    lambda text: restart.newest_kernel(tuple(text.split())),
    lambda text: sign_ins.keyboard(text, text),
    usb.refused_modules,
    versions.major,
    versions.numbers,
    Scrubber().text,
)
BYTE_PARSERS = (
    attested.parse,
    boot.efi_flag,
    first_seen.parse,
    kept.parse,
    lock_samples.parse,
    malware.clamav_built_at,
    sign_ins.parse_wtmp,
    Scrubber().wtmp,
)

_WORDS = st.sampled_from(
    ["password", "requisite", "pam_pwquality.so", "minlen=", "-1", "{", "}", ";", '"', "[Daemon]",
     "Timeout", "=", "\\\n", "APT::Periodic::", "#clear", "Inst", "(", "ClamAV-VDB:", ":", "\t",
     "[$i]", "uint32", "install", "usb-storage", "/bin/false", "%sudo", "ALL", "*filter", "-"],
)  # fmt: skip
SHAPED = st.lists(st.one_of(_WORDS, st.text(max_size=8)), max_size=40).map(" ".join)
JSON_KEYS = [
    "nftables",
    "chain",
    "rule",
    "expr",
    "policies",
    "attached",
    "services",
    "name",
    "status",
    "value",
    "$type",
    "seen",
    "checks",
    "*",
    "definitionsStatus",
    "samples",
    "realTimeProtectionEnabled",
    "passiveModeEnabled",
    "attestations",
    "family",
    "table",
    "hook",
    "ExtensionSettings",
]
JSONISH = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.sampled_from(JSON_KEYS),
            inner, max_size=5),
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("parser", TEXT_PARSERS, ids=lambda p: getattr(p, "__qualname__", "?"))
def test_no_text_parser_raises(parser):
    @settings(max_examples=60, deadline=None)
    @given(st.one_of(st.text(), SHAPED, JSONISH.map(_json)))
    def never_raises(text):
        parser(text)

    never_raises()


@pytest.mark.parametrize("parser", BYTE_PARSERS, ids=lambda p: getattr(p, "__qualname__", "?"))
def test_no_byte_parser_raises(parser):
    @settings(max_examples=80, deadline=None)
    @given(st.one_of(st.binary(), st.binary(min_size=384, max_size=384),
                     SHAPED.map(str.encode), JSONISH.map(_json).map(str.encode)))  # fmt: skip
    def never_raises(content):
        parser(content)

    never_raises()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.fixed_dictionaries({"name": st.text(), "time": st.integers(),
                                       "tty": st.text(), "host": st.text()})))  # fmt: skip
def test_no_row_of_a_sign_in_database_raises(rows):
    sign_ins.from_rows(tuple(Row(row) for row in rows))


@settings(max_examples=60, deadline=None)
@given(JSONISH)
def test_a_ruleset_of_any_shape_decides_something(found):
    chains = nftables.parse(_json({"nftables": found}))
    if chains is not None:
        assert nftables.inbound(chains, "ip") in {"allow", "block"}


def _json(found) -> str:
    return json.dumps(found)


@cache
def looked() -> tuple[tuple[Check, DeviceClass, datetime, tuple], ...]:
    """Return what every check sees on every recorded machine."""
    found = []
    for folder in recorded_host.machines():
        host = RecordedHost(folder)
        proven = ProvenHost(host)
        kind = DeviceClass(host.machine.device_class)
        found += [(check, kind, host.now(), check.observe(proven)) for check in CHECKS]
    return tuple(found)


MISSING = [outcome for outcome in Outcome if outcome is not Outcome.VALUE]


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_nothing_passes_of_which_a_needed_observation_is_missing(data):
    check, kind, now, observations = data.draw(st.sampled_from(looked()))
    needed = [i for i, one in enumerate(observations) if one.needed]
    if not needed:
        return
    index = data.draw(st.sampled_from(needed))
    outcome = data.draw(st.sampled_from(MISSING))
    gone = replace(observations[index], outcome=outcome, value=None)
    changed = (*observations[:index], gone, *observations[index + 1 :])
    for profile in check.clauses:
        judgement = judged(check.id, *changed, profile=profile, device_class=kind, now=now)
        for part in judgement.parts:
            if part.status == "pass":
                assert gone.subject not in {part.subject, "device"}


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_leaving_observations_out_never_turns_a_judgement_into_a_pass(data):
    check, kind, now, observations = data.draw(st.sampled_from(looked()))
    keep = data.draw(st.lists(st.booleans(), min_size=len(observations),
                              max_size=len(observations)))  # fmt: skip
    fewer = [one for one, kept_one in zip(observations, keep, strict=True) if kept_one]
    for profile in check.clauses:
        whole = judged(check.id, *observations, profile=profile, device_class=kind, now=now)
        part = judged(check.id, *fewer, profile=profile, device_class=kind, now=now)
        # What is needed for a pass is never merely optional. A shorter list of subjects is
        # another machine, so only checks of the whole device are compared.
        of_device = {one.subject for one in observations} == {"device"}
        if whole.status == "fail" and of_device:
            assert part.status != "pass", (check.id, [o.fact for o in fewer])


ODD = st.one_of(
    st.booleans(),
    st.integers(-5, 10**9),
    st.text(max_size=5),
    st.just(("volume:x",)),
    st.just(datetime(1970, 1, 1, tzinfo=UTC)),
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_judge_raises_whatever_kind_of_value_a_fact_has(data):
    check, kind, now, observations = data.draw(st.sampled_from(looked()))
    if not observations:
        return
    index = data.draw(st.integers(0, len(observations) - 1))
    odd = data.draw(ODD)
    changed = list(observations)
    changed[index] = replace(observations[index], outcome=Outcome.VALUE, value=odd)
    for profile in check.clauses:
        judged(check.id, *changed, profile=profile, device_class=kind, now=now)
