from __future__ import annotations

import json
import os
import sys
from collections import namedtuple

import pytest

from tutelage_agent.host import homes
from tutelage_agent.sensors.places import cloud, document_roots, download_roots, unread_roots


def make(home, *folders):
    for folder in folders:
        (home / folder).mkdir(parents=True, exist_ok=True)


def paths(roots, home):
    return sorted(root.path.removeprefix(f"{home}/") for root in roots)


def test_each_accounts_document_folders_are_read_and_nothing_else(tmp_path):
    make(tmp_path, "Desktop", "Documents", "Downloads", "Music", ".ssh")
    roots = document_roots([(tmp_path, "a.pupil")], "linux")
    assert paths(roots, tmp_path) == ["Desktop", "Documents", "Downloads"]
    assert {root.account for root in roots} == {"a.pupil"}
    assert paths(download_roots([(tmp_path, "a")], "linux"), tmp_path) == ["Desktop", "Downloads"]


def test_folders_in_another_language_are_found(tmp_path):
    make(tmp_path, "Dokumente", "Arbeitsfläche", ".config")
    (tmp_path / ".config" / "user-dirs.dirs").write_text(
        '# made by xdg-user-dirs\nXDG_DOCUMENTS_DIR="$HOME/Dokumente"\n'
        'XDG_DESKTOP_DIR="$HOME/Arbeitsfläche"\nXDG_DOWNLOAD_DIR="$HOME/"\n'
        'XDG_PICTURES_DIR="$HOME/../../etc"\nXDG_MUSIC_DIR="/etc"\n'
    )
    roots = document_roots([(tmp_path, "a")], "linux")
    assert paths(roots, tmp_path) == ["Arbeitsfläche", "Dokumente"]


@pytest.mark.parametrize(
    ("system", "folder"),
    [
        ("win32", "OneDrive"),
        ("win32", "OneDrive - St Example School"),
        ("win32", "My Drive"),
        ("win32", "Google Drive"),
        ("linux", "Dropbox"),
        ("darwin", "Library/CloudStorage/OneDrive-StExample"),
        ("darwin", "Library/CloudStorage/GoogleDrive-a@example.org"),
    ],
)
def test_synced_cloud_folders_are_read(tmp_path, system, folder):
    make(tmp_path, folder)
    assert paths(document_roots([(tmp_path, "a")], system), tmp_path) == [folder]


def test_dropbox_says_where_it_lies_but_not_out_of_the_home(tmp_path):
    home, outside = tmp_path / "home", tmp_path / "outside"
    make(tmp_path, "home/.dropbox", "home/kept here", "outside")
    (home / ".dropbox" / "info.json").write_text(
        json.dumps(
            {
                "personal": {"path": str(home / "kept here")},
                "b": {"path": str(outside)},
                "c": {"path": f"{home}/../outside"},
            }
        )
    )
    assert list(cloud(home, "linux")) == [home / "kept here"]
    (home / ".dropbox" / "info.json").write_text("[" * 100_000)
    assert list(cloud(home, "linux")) == []


def test_a_folder_inside_of_another_is_read_once(tmp_path):
    make(tmp_path, "Documents/OneDrive", "OneDrive/Documents", "Documents")
    roots = document_roots([(tmp_path, "a"), (tmp_path, "a")], "win32")
    assert paths(roots, tmp_path) == ["Documents", "OneDrive"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="root changes owners")
def test_a_link_to_somebody_elses_folder_is_not_followed(tmp_path):
    make(tmp_path, "theirs", "ours", "home")
    for name, target in (("Documents", "theirs"), ("Desktop", "ours")):
        (tmp_path / "home" / name).symlink_to(tmp_path / target)
        os.lchown(tmp_path / "home" / name, 4321, 4321)
    os.chown(tmp_path / "ours", 4321, 4321)
    roots = document_roots([(tmp_path / "home", "a")], "linux")
    assert [root.path for root in roots] == [str(tmp_path / "ours")]


def test_folders_that_were_moved_are_read_and_those_on_a_server_are_only_stated(tmp_path):
    make(tmp_path, "home/Documents", "D/Documents")
    moved = [(str(tmp_path / "D" / "Documents"), "a"), ("\\\\server\\home$\\a", "a")]
    here, there, server = document_roots([(tmp_path / "home", "a")], "win32", moved=moved)
    assert {here.path, there.path} == {
        str(tmp_path / "home" / "Documents"), str(tmp_path / "D" / "Documents"),
    }  # fmt: skip
    assert (server.read, server.network) == (False, True)


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe in a file's place is POSIX'")
@pytest.mark.parametrize("trap", ["pipe", "device", "link"])
def test_a_settings_file_that_is_a_trap_neither_holds_nor_fills_the_agent(tmp_path, trap):
    make(tmp_path, "Documents", ".config", ".dropbox")
    for name in (".config/user-dirs.dirs", ".dropbox/info.json"):
        if trap == "pipe":
            os.mkfifo(tmp_path / name)
        else:
            (tmp_path / name).symlink_to("/dev/zero" if trap == "device" else "/etc/passwd")
    assert paths(document_roots([(tmp_path, "a")], "linux"), tmp_path) == ["Documents"]


@pytest.mark.skipif(sys.platform == "win32", reason="logind is Linux'")
def test_who_is_signed_in_is_known_without_utmp(tmp_path):
    (tmp_path / "65534").write_text("NAME=nobody\nSTATE=active\n")
    (tmp_path / "0").write_text("NAME=root\nSTATE=lingering\n")
    (tmp_path / "4999").write_text("STATE=active\n")
    (tmp_path / "garbage").write_text("x")
    assert list(homes._by_logind(tmp_path)) == ["nobody"]
    assert list(homes._by_logind(tmp_path / "absent")) == []


def test_second_and_mapped_drives_of_a_windows_are_stated_as_not_read():
    part = namedtuple("part", "mountpoint opts fstype")  # as psutil gives them
    found = unread_roots(
        [part("C:\\", "rw,fixed", "NTFS"), part("D:\\", "rw,fixed", "NTFS"),
         part("E:\\", "rw,removable", "exFAT"), part("Z:\\", "rw,remote", "NTFS")],
        "win32",
    )  # fmt: skip
    assert [(one.path, one.read, one.network) for one in found] == [
        ("D:\\", False, False), ("Z:\\", False, True),
    ]  # fmt: skip
    assert unread_roots([part("/data", "rw", "ext4")], "linux") == []
