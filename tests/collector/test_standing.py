"""How keys and certificates stand: said in words, with the command, before it is too late."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

from browsing import sign_in
from tutelage_collector import config, standing, state
from tutelage_collector.cli.main import main
from tutelage_collector.store.records import Role
from tutelage_wire import times

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest

    from live_collector import LiveCollector
    from tutelage_collector.state import Credentials


def warned(folder: Path, days: int) -> dict[str, str]:
    """Return what is warned of after so many days, by what it is about."""
    settings, now = config.load(folder), times.utc_now() + timedelta(days=days)
    with closing(state.open_store(settings)) as store:
        rows = standing.look(settings, state.load(folder), store, now)
    return {row.what: row.warning for row in rows if row.warning}


def test_a_new_collector_is_told_to_move_the_root_key_and_to_print_cards(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert set(warned(folder, 0)) == {"root key", "recovery cards"}
    command = ["--state", str(folder)]
    assert main([*command, "certificate", "show", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert "certificate move-root" in next(row["warning"] for row in rows if row["warning"])
    stick = str(tmp_path / "root.key.pem")
    assert main([*command, "certificate", "move-root", "--out", stick]) == 0
    assert main([*command, "recipient", "add", "recovery", "--cards", str(tmp_path / "c")]) == 0
    capsys.readouterr()
    assert main([*command, "certificate", "show"]) == 0
    # It is gone, and says so to who asks for it again.
    assert main([*command, "certificate", "move-root", "--out", stick]) == 2


def test_each_certificate_is_warned_of_before_its_end_with_its_command(folder: Path) -> None:
    quiet = {"root key", "recovery cards"}
    wanted = {
        "collector's certificate": (10 * 365, "certificate renew"),
        "intermediate": (15 * 365, "certificate new-intermediate"),
        "root certificate": (30 * 365, "enrol again under a new one"),
    }
    for what, (lasts, command) in wanted.items():
        assert command in warned(folder, lasts - 30)[what]
        assert what not in warned(folder, lasts // 2)
    assert set(warned(folder, 365)) == quiet


def test_a_device_that_did_not_renew_in_time_is_counted(collector: LiveCollector) -> None:
    collector.device()
    folder = collector.settings.folder
    assert "devices' certificates" not in warned(folder, 60)
    assert warned(folder, 80)["devices' certificates"].startswith("1 device late in renewing")


def test_ict_reads_on_the_first_page_what_to_do_and_the_lead_is_spared_commands(
    collector: LiveCollector, browser: httpx.Client, credentials: Credentials
) -> None:
    sign_in(browser, credentials, Role.ICT)
    assert "certificate move-root" in browser.get("/").text
    browser.cookies.clear()
    sign_in(browser, credentials, Role.DSL)
    assert "certificate move-root" not in browser.get("/").text
