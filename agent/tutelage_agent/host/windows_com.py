"""WMI and COM of this Windows: run in a child process only, for they hang in the field.

``python -m tutelage_agent.host.windows_com`` reads one question as JSON from its standard input
and writes one reading. ``windows.py`` starts it with a deadline.
"""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("COM is Windows' own")

import json
from typing import TYPE_CHECKING, Any

import pythoncom
import pywintypes
import win32com.client

from tutelage_agent.host import Row
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_agent.host.windows_codes import failed, pack

if TYPE_CHECKING:
    from collections.abc import Callable

    from tutelage_agent.host import Plain

_MONIKER = r"winmgmts:{impersonationLevel=impersonate}!\\.\%s"
_BITLOCKER = r"root\CIMV2\Security\MicrosoftVolumeEncryption"
MOST = 500
"""Rows."""


def wmi(namespace: str, wmi_class: str, columns: tuple[str, ...]) -> Reading[object]:
    """Return the named columns of every instance of a class."""
    service = win32com.client.GetObject(_MONIKER % namespace)
    query = f"SELECT {', '.join(columns) or '*'} FROM {wmi_class}"  # noqa: S608 - WQL of fixed names
    rows: list[Plain] = []
    for instance in service.ExecQuery(query):
        fields: dict[str, Plain] = {}
        for column in columns:
            found = instance.Properties_(column).Value
            if found is not None:
                fields[column] = _plain(found)
        rows.append(Row(fields))
        if len(rows) >= MOST:
            break
    return value(tuple(rows))


def bitlocker_volumes() -> Reading[object]:
    """Return what the *methods* of every volume say; its properties are stale on Windows 11."""
    service = win32com.client.GetObject(_MONIKER % _BITLOCKER)
    rows: list[Plain] = []
    for volume in service.ExecQuery("SELECT DeviceID, DriveLetter FROM Win32_EncryptableVolume"):
        letter = volume.Properties_("DriveLetter").Value
        if letter:
            rows.append(_volume(volume, str(letter)))
    return value(tuple(rows))


def _volume(volume: Any, letter: str) -> Row:
    fields: dict[str, Plain] = {"letter": letter}
    for name, method, output in (
        ("protection", "GetProtectionStatus", "ProtectionStatus"),
        ("lock", "GetLockStatus", "LockStatus"),
        ("method", "GetEncryptionMethod", "EncryptionMethod"),
        ("suspend_count", "GetSuspendCount", "SuspendCount"),
        ("conversion", "GetConversionStatus", "ConversionStatus"),
        ("percent", "GetConversionStatus", "EncryptionPercentage"),
    ):
        answer = volume.ExecMethod_(method)
        if answer.Properties_("ReturnValue").Value == 0:
            found = answer.Properties_(output).Value
            if found is not None:
                fields[name] = int(found)
    kinds = _protectors(volume)
    if kinds is not None:
        fields["protectors"] = kinds
    return Row(fields)


def _protectors(volume: Any) -> tuple[int, ...] | None:
    """Return the types of a volume's key protectors, sorted. Their secrets are never asked for."""
    answer = volume.ExecMethod_("GetKeyProtectors")
    if answer.Properties_("ReturnValue").Value != 0:
        return None
    kinds = []
    for identifier in answer.Properties_("VolumeKeyProtectorID").Value or ():
        question = volume.Methods_("GetKeyProtectorType").InParameters.SpawnInstance_()
        question.Properties_("VolumeKeyProtectorID").Value = identifier
        kind = volume.ExecMethod_("GetKeyProtectorType", question)
        if kind.Properties_("ReturnValue").Value != 0:
            return None
        kinds.append(int(kind.Properties_("KeyProtectorType").Value))
    return tuple(sorted(kinds))


def wua_search() -> Reading[object]:
    """Return what Windows Update offers, from what it knows already (``Online = False``)."""
    searcher = win32com.client.Dispatch("Microsoft.Update.Session").CreateUpdateSearcher()
    searcher.Online = False
    result = searcher.Search("IsInstalled=0 and IsHidden=0 and Type='Software'")
    if result.ResultCode != 2:  # orcSucceeded
        return nothing(Outcome.ERROR, f"the search ended with {result.ResultCode}")
    rows: list[Plain] = []
    for index in range(min(result.Updates.Count, MOST)):
        update = result.Updates.Item(index)
        fields: dict[str, Plain] = {
            "title": str(update.Title),
            "severity": str(update.MsrcSeverity or ""),
            "kb": ", ".join(f"KB{number}" for number in update.KBArticleIDs),
            "categories": tuple(str(category.CategoryID) for category in update.Categories),
            "optional": bool(update.BrowseOnly),
        }
        if update.LastDeploymentChangeTime is not None:
            fields["released_at"] = update.LastDeploymentChangeTime.isoformat()
        rows.append(Row(fields))
    return value(tuple(rows))


def wua_last_search() -> Reading[object]:
    """Return when Windows Update last asked its server with success."""
    results = win32com.client.Dispatch("Microsoft.Update.AutoUpdate").Results
    found = results.LastSearchSuccessDate
    if found is None:
        return nothing(Outcome.ABSENT, "it never asked")
    return value(found.isoformat())


CALLS: dict[str, Callable[[], Reading[object]]] = {
    "bitlocker.volumes": bitlocker_volumes,
    "wua.last_search": wua_last_search,
    "wua.search": wua_search,
}


def _plain(found: object) -> Plain:
    match found:
        case bool() | int() | float() | str():
            return found
        case tuple() | list():
            return tuple(_plain(entry) for entry in found)
        case _:
            return str(found)


def ask(question: dict[str, Any]) -> Reading[object]:
    """Return the answer to ``{"call": name}`` or ``{"wmi": [namespace, class, columns]}``."""
    pythoncom.CoInitialize()
    try:
        if "wmi" in question:
            namespace, wmi_class, columns = question["wmi"]
            return wmi(namespace, wmi_class, tuple(columns))
        return CALLS[question["call"]]()
    except pywintypes.com_error as error:
        # The inner number says more: "the call failed" is only what happened on the way.
        inner = error.excepinfo[5] if error.excepinfo and error.excepinfo[5] else error.hresult
        return failed(inner, "COM")
    except (AttributeError, TypeError, ValueError) as error:
        # An object without the property that its documentation names.
        return nothing(Outcome.ERROR, f"COM: {type(error).__name__}: {error}"[:120])
    finally:
        pythoncom.CoUninitialize()


if __name__ == "__main__":
    sys.stdout.write(pack(ask(json.load(sys.stdin))))
