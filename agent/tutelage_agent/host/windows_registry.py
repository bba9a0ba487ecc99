"""The registry of this Windows, its 64-bit view always."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    raise ImportError("the registry is Windows' own")

import winreg

from tutelage_agent.host import Door, Question, RegistryValue
from tutelage_agent.host.reading import Outcome, Reading, nothing, value
from tutelage_agent.host.windows_codes import of_win32

_ROOTS = {
    "HKLM": winreg.HKEY_LOCAL_MACHINE,
    "HKU": winreg.HKEY_USERS,
    "HKCR": winreg.HKEY_CLASSES_ROOT,
}
"""Not HKCU: for a service that is the system's own, which is nobody's setting."""

_ACCESS = winreg.KEY_READ | winreg.KEY_WOW64_64KEY
MOST = 4096
"""Values or subkeys of one key."""


def answer(question: Question) -> Reading[object]:
    r"""Return a value, or the names of values or subkeys, of a key such as ``HKLM\SOFTWARE``."""
    root, _, path = question.what.partition("\\")
    if root.upper() not in _ROOTS:
        return nothing(Outcome.ERROR, f"{root} is not a root that may be read")
    try:
        with winreg.OpenKey(_ROOTS[root.upper()], path, 0, _ACCESS) as key:
            if question.door is Door.REGISTRY:
                return value(_plain(*winreg.QueryValueEx(key, question.arguments[0])))
            subkeys, values, _ = winreg.QueryInfoKey(key)
            if question.door is Door.REGISTRY_KEYS:
                names = [winreg.EnumKey(key, n) for n in range(min(subkeys, MOST))]
            else:
                names = [winreg.EnumValue(key, n)[0] for n in range(min(values, MOST))]
    except OSError as error:
        return nothing(of_win32(error.winerror or 0), f"registry: {error.winerror}")
    return value(tuple(sorted(names)))


def _plain(found: object, kind: int) -> RegistryValue:
    match found:
        case int() | str() | bytes():
            return found
        case list():
            return tuple(str(entry) for entry in found)
        case None:
            # An empty binary or number comes as None.
            return b"" if kind == winreg.REG_BINARY else 0
        case _:
            return str(found)
