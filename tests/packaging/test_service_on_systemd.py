"""Both services under a real systemd: hardened, restarted, connected, and gone when removed."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from pathlib import Path

import pytest

import parts
from booted_machine import boot, path_inside

ROOT = Path(__file__).parents[2]
OPT = "/opt/tutelage"
AGENT, COLLECTOR = f"{OPT}/bin/tutelage-agent", f"{OPT}/bin/tutelage-collector"
STATE = "/var/lib/tutelage-collector"

pytestmark = pytest.mark.slow


def install_programs(machine):
    """Install as packaging/README.md says, into /opt: services may not read a developer's home.

    The code under test is this checkout's, by a list of folders in place of copies.
    """
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    if machine.run(f"/usr/bin/{version}", "-m", "venv", "-h", check=False).returncode != 0:
        parts.missing(f"no system {version} with venv: apt-get install python3-venv")
    folders = [
        path_inside(ROOT / part) for part in ("agent", "collector", "policy_packs", "protos")
    ]
    folders.append(path_inside(next(one for one in sys.path if one.endswith("site-packages"))))
    machine.run(f"/usr/bin/{version}", "-m", "venv", "--without-pip", OPT)
    machine.write(f"{OPT}/lib/{version}/site-packages/under-test.pth", "\n".join(folders))
    for name, module in (("agent", "tutelage_agent"), ("collector", "tutelage_collector")):
        machine.write(
            f"{OPT}/bin/tutelage-{name}",
            f"#!{OPT}/bin/python\nimport sys\n"
            f"from {module}.cli.main import main\nsys.exit(main())\n",
        )
        machine.run("chmod", "755", f"{OPT}/bin/tutelage-{name}")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    with boot(tmp_path_factory.mktemp("machine")) as booted:
        install_programs(booted)
        yield booted


@pytest.fixture(scope="module")
def collector(machine):
    """The collector as a service, as packaging/README.md says to install it."""
    machine.run(
        COLLECTOR, "--state", STATE, "init", "--trust", "trust", "--school", "school"
    )  # fmt: skip
    unit = (ROOT / "packaging/linux/tutelage-collector.service").read_text()
    machine.write(
        "/etc/systemd/system/tutelage-collector.service", unit.replace("@PROGRAM@", COLLECTOR)
    )
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "enable", "--now", "tutelage-collector")
    machine.wait_for("test", "-e", f"{STATE}/serving.json")
    return machine


@pytest.fixture(scope="module")
def agent(collector):
    """The agent, enrolled and installed with its own verb."""
    machine = collector
    machine.run("mkdir", "-p", "/root/Documents")
    machine.run(COLLECTOR, "--state", STATE, "token", "create", "--out", "/root/bundle.json")
    machine.run(AGENT, "enrol", "--bundle", "/root/bundle.json")
    machine.run(AGENT, "service", "install")
    return machine


def connected(machine):
    deadline = time.monotonic() + 60
    while True:
        found = json.loads(machine.run(AGENT, "status", "--json", check=False).stdout or "{}")
        if found.get("running") and found.get("connected") and found.get("pack"):
            return found
        assert time.monotonic() < deadline, found
        time.sleep(0.3)


def test_the_collector_runs_under_an_account_of_its_own_without_privileges(collector):
    pid = collector.show("tutelage-collector", "MainPID")
    status = collector.run("cat", f"/proc/{pid}/status").stdout
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert "CapEff:\t0000000000000000" in status
    assert "Uid:\t0\t" not in status
    assert collector.run("stat", "-Lc", "%a", STATE).stdout.strip() == "700"


def test_the_agent_starts_confined_connects_and_raises_an_alert(agent):
    connected(agent)
    pid = agent.show("tutelage-agent", "MainPID")
    status = agent.run("cat", f"/proc/{pid}/status").stdout
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert int(status.partition("CapEff:\t")[2].split()[0], 16) != (1 << 41) - 1
    agent.write("/root/Documents/essay.txt", "i dont want to be alive anymore, i want to die\n")
    deadline = time.monotonic() + 30
    while not (alerts := json.loads(
        agent.run(COLLECTOR, "--state", STATE, "alert", "list", "--json").stdout
    )):  # fmt: skip
        assert time.monotonic() < deadline, "no alert"
        time.sleep(0.3)
    assert alerts[0]["grade"] == 5


def test_anybody_at_the_device_can_read_what_is_watched(agent):
    connected(agent)
    page = "/run/tutelage-notice/notice.html"
    said = agent.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat", page)
    assert "What it never does" in said.stdout
    closed = agent.run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "ls",
                       "/var/lib/tutelage-agent", check=False)  # fmt: skip
    assert closed.returncode != 0
    as_json = agent.run(AGENT, "notice", "--json", "--audience", "easy-read").stdout
    assert json.loads(as_json)["policy_version"] == 0


def test_threat_02_a_killed_agent_is_back_and_connected_within_seconds(agent):
    before = connected(agent)["process"]
    agent.run("kill", "-KILL", agent.show("tutelage-agent", "MainPID"))
    deadline = time.monotonic() + 60
    while connected(agent)["process"] == before:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    assert int(agent.show("tutelage-agent", "NRestarts")) >= 1


@pytest.mark.parametrize(("unit", "most"), [("tutelage-agent", 5.0), ("tutelage-collector", 2.5)])
def test_systemd_finds_little_exposed(agent, unit, most):
    said = agent.run("systemd-analyze", "security", "--no-pager", unit, check=False).stdout
    (line,) = [one for one in said.splitlines() if "Overall exposure level" in one]
    exposure = float(line.partition(": ")[2].split()[0])
    print(line)
    assert exposure <= most


def test_of_all_devices_the_agent_sees_the_tpm_alone(agent):
    # This kernel has no TPM: another character device stands in its place.
    agent.run("/bin/sh", "-c", "touch /dev/tpmrm0 && mount --bind /dev/zero /dev/tpmrm0")
    agent.run("systemctl", "restart", "tutelage-agent.service")
    process = agent.show("tutelage-agent.service", "MainPID")
    seen = agent.run("ls", f"/proc/{process}/root/dev").stdout.split()
    assert "tpmrm0" in seen
    assert not [one for one in seen if one.startswith(("sd", "vd", "nvme", "input", "mem", "tpm0"))]
    allowed = agent.show("tutelage-agent.service", "DeviceAllow").splitlines()
    assert allowed == ["char-rtc r", "/dev/tpmrm0 rw"]  # the first comes with ProtectClock
    agent.run("umount", "/dev/tpmrm0")
    agent.run("rm", "/dev/tpmrm0")
    agent.run("systemctl", "restart", "tutelage-agent.service")  # and without it, it starts too
    assert agent.show("tutelage-agent.service", "ActiveState") == "active"


def test_removed_it_is_gone_and_its_state_stays(agent):
    said = agent.run(AGENT, "service", "status").stdout
    assert "active" in said
    agent.run(AGENT, "service", "uninstall")
    assert agent.run("systemctl", "is-active", "tutelage-agent", check=False).returncode != 0
    agent.run("test", "!", "-e", "/etc/systemd/system/tutelage-agent.service")
    agent.run("test", "-d", "/var/lib/tutelage-agent/spool")
    assert "not installed" in agent.run(AGENT, "service", "uninstall").stdout


def test_a_device_that_shuts_down_says_goodbye_before_its_network_goes(agent):
    machine = agent
    machine.run(AGENT, "service", "install")
    # A school's collector is another machine: here it has to outlast the agent.
    drop_in = "/etc/systemd/system/tutelage-agent.service.d"
    machine.run("mkdir", "-p", drop_in)
    machine.write(f"{drop_in}/order.conf", "[Unit]\nAfter=tutelage-collector.service\n")
    machine.run("systemctl", "daemon-reload")
    connected(machine)
    stored = machine.files / STATE.lstrip("/") / "collector.db"
    before = said_by_devices(stored)
    machine.run("systemctl", "poweroff", check=False)
    deadline = time.monotonic() + 60
    while "device_off" not in (after := said_by_devices(stored)[len(before) :]):
        assert time.monotonic() < deadline, after
        time.sleep(0.5)
    assert "agent_stopped" not in after


def said_by_devices(database):
    found = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    try:
        return [row[0] for row in found.execute("SELECT kind FROM integrity ORDER BY at_ms, id")]
    except sqlite3.Error:
        return []
    finally:
        found.close()
