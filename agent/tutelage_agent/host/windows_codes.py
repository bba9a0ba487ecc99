"""What Windows' error numbers mean for a look at the machine. Pure, importable everywhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tutelage_agent.host import Row
from tutelage_agent.host.reading import Outcome, Reading, nothing, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Plain

_WIN32: Mapping[int, Outcome] = {
    2: Outcome.ABSENT,  # ERROR_FILE_NOT_FOUND
    3: Outcome.ABSENT,  # ERROR_PATH_NOT_FOUND
    5: Outcome.DENIED,  # ERROR_ACCESS_DENIED
    50: Outcome.UNSUPPORTED,  # ERROR_NOT_SUPPORTED
    120: Outcome.UNSUPPORTED,  # ERROR_CALL_NOT_IMPLEMENTED
    1060: Outcome.ABSENT,  # ERROR_SERVICE_DOES_NOT_EXIST
    1314: Outcome.DENIED,  # ERROR_PRIVILEGE_NOT_HELD
    1812: Outcome.ABSENT,  # ERROR_RESOURCE_DATA_NOT_FOUND: a program without a version
    1813: Outcome.ABSENT,  # ERROR_RESOURCE_TYPE_NOT_FOUND
    7022: Outcome.ABSENT,  # ERROR_CTX_WINSTATION_NOT_FOUND
}
_HRESULTS: Mapping[int, Outcome] = {
    0x80041003: Outcome.DENIED,  # WBEM_E_ACCESS_DENIED
    0x80070005: Outcome.DENIED,  # E_ACCESSDENIED
    0x8004100E: Outcome.UNSUPPORTED,  # WBEM_E_INVALID_NAMESPACE: no such part on this edition
    0x80041010: Outcome.UNSUPPORTED,  # WBEM_E_INVALID_CLASS
    0x80041002: Outcome.UNSUPPORTED,  # WBEM_E_NOT_FOUND
    0x80004001: Outcome.UNSUPPORTED,  # E_NOTIMPL
    0x80040154: Outcome.UNSUPPORTED,  # REGDB_E_CLASSNOTREG
    0x8024401C: Outcome.TIMEOUT,  # WU_E_PT_HTTP_STATUS_REQUEST_TIMEOUT
    0x8024402C: Outcome.TIMEOUT,  # WU_E_PT_WINHTTP_NAME_NOT_RESOLVED: no way to the server
    0x80240438: Outcome.TIMEOUT,  # WU_E_PT_ENDPOINT_UNREACHABLE
    0x80072EE2: Outcome.TIMEOUT,  # ERROR_INTERNET_TIMEOUT
    0x800401F3: Outcome.UNSUPPORTED,  # CO_E_CLASSSTRING: no such program id
}


def of_win32(code: int) -> Outcome:
    """Return the outcome that a Win32 error code stands for; an unknown one is ERROR."""
    return _WIN32.get(code, Outcome.ERROR)


def of_hresult(code: int) -> Outcome:
    """Return the outcome that an HRESULT stands for, given signed or unsigned."""
    code &= 0xFFFFFFFF
    if code >> 16 == 0x8007 and code not in _HRESULTS:
        return of_win32(code & 0xFFFF)
    return _HRESULTS.get(code, Outcome.ERROR)


def failed(code: int, what: str) -> Reading[object]:
    """Return a reading of an HRESULT or a Win32 error code, with the number for an engineer."""
    code &= 0xFFFFFFFF
    outcome = of_hresult(code) if code >> 31 else of_win32(code)
    return nothing(outcome, f"{what}: 0x{code:08X}")


def pack(reading: Reading[object]) -> str:
    """Return a reading as one line of JSON, for the way from the child process."""
    return json.dumps(
        {"outcome": reading.outcome, "found": _out(reading.found), "detail": reading.detail}
    )


def unpack(text: bytes) -> Reading[object]:
    """Return the reading of ``pack``; ERROR for anything else."""
    try:
        table = json.loads(text)
        outcome, detail = Outcome(table["outcome"]), str(table["detail"])
        if outcome is Outcome.VALUE:
            return value(_in(table["found"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return nothing(Outcome.ERROR, "the child process did not answer in its form")
    return nothing(outcome, detail)


def _out(found: object) -> object:
    match found:
        case Row():
            return {key: _out(entry) for key, entry in found.fields.items()}
        case tuple():
            return [_out(entry) for entry in found]
        case _:
            return found


def _in(found: object) -> Plain:
    match found:
        case bool() | int() | float() | str():
            return found
        case list():
            return tuple(_in(entry) for entry in found)
        case dict():
            return Row({str(key): _in(entry) for key, entry in found.items()})
        case _:
            raise ValueError(f"{type(found).__name__} is not a plain value")
