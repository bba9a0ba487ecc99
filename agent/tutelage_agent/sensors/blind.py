"""What a sensor cannot see, as a closed set: the ledger of blind spots is made of these."""

from __future__ import annotations

from enum import StrEnum


class Blind(StrEnum):
    """Why something that happens on the device is not seen now."""

    PRIVATE_WINDOWS = "private_windows"
    """A browser's private window leaves no history."""
    SYNCED_BROWSER = "synced_browser"
    """Firefox Sync does not tell which visits came from a pupil's own phone: none is read."""
    HISTORY_UNREADABLE = "history_unreadable"
    """Locked, damaged, or not permitted (macOS: Full Disk Access)."""
    HISTORY_OFF = "history_off"
    """A browser is set to keep no history."""
    HISTORY_CLEARED = "history_cleared"
    """A history was cleared within a day: what was visited just before is not known."""
    UNREAD_BROWSER = "unread_browser"
    """A browser is used whose history is not read, or from a folder of its own."""
    WATCH_LIMIT = "watch_limit"
    """The system refused watches: changes are found by scans alone, minutes later."""
    NETWORK_DRIVES = "network_drives"
    """Change notices are not reliable there: scans alone."""
    OTHER_DRIVES = "other_drives"
    """A second fixed drive (Windows), of which nobody said that documents lie there."""
    ONLINE_ONLY_FILES = "online_only_files"
    """They lie with the cloud's provider; reading them would fetch them all."""
    UNREAD_DOCUMENTS = "unread_documents"
    """Encrypted, malformed, too large or of an unread kind: they were there, and were not read."""
    IGNORED_FOLDERS = "ignored_folders"
    """Folders of other programs' machinery (``node_modules``, bins) lie among documents."""
    UNREADABLE_FOLDERS = "unreadable_folders"
    """Folders that cannot be listed: not permitted, or nested deeper than the system takes."""
    OTHER_FILE_SYSTEM = "other_file_system"
    """Another file system is mounted among documents: an opened container, a network folder."""
    PAUSED = "paused"
    """Reading waits: battery, load, or the day's budget."""
    WAYLAND = "wayland"
    """No program may ask Wayland which window is in front."""
    NO_DESKTOP_ACCESS = "no_desktop_access"
    """Somebody works at a desktop that the agent cannot ask."""
    NO_PERMISSION = "no_permission"
    """The operating system keeps it from the agent (macOS: Screen Recording)."""
    NOT_ON_THIS_SYSTEM = "not_on_this_system"
    FAILED = "failed"
    """The sensor itself fails; its report says how."""


def spot(sensor: str, reason: Blind) -> str:
    """Return a blind spot as heartbeats carry it: ``browser_history:private_windows``."""
    return f"{sensor}:{reason}"
