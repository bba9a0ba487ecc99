"""D-Bus by fixed calls. The library is only loaded when one is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from tutelage_agent.host import Row
from tutelage_agent.host.reading import Outcome, Reading, nothing, value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tutelage_agent.host import Plain

TIMEOUT = 2.0
"""Seconds that a system service has to answer."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method of one well-known service on the system bus."""

    service: str
    path: str
    interface: str
    name: str
    signature: str = ""
    fixed: tuple[str, ...] = ()
    """Arguments before those of the caller."""


_PROPERTIES = "org.freedesktop.DBus.Properties"
_LOGIN = "org.freedesktop.login1"
_FIREWALL = "org.fedoraproject.FirewallD1"
_SYSTEMD = "org.freedesktop.systemd1"

CALLS: Mapping[str, Method] = {
    "logind.sessions": Method(
        _LOGIN, "/org/freedesktop/login1", f"{_LOGIN}.Manager", "ListSessions"
    ),
    "logind.session": Method(_LOGIN, "{0}", _PROPERTIES, "GetAll", "s", (f"{_LOGIN}.Session",)),
    "systemd.state": Method(
        _SYSTEMD,
        "/org/freedesktop/systemd1",
        _PROPERTIES,
        "Get",
        "ss",
        (f"{_SYSTEMD}.Manager", "SystemState"),
    ),
    "firewalld.state": Method(
        _FIREWALL, "/org/fedoraproject/FirewallD1", _PROPERTIES, "Get", "ss", (_FIREWALL, "state")
    ),
    "firewalld.zone": Method(
        _FIREWALL, "/org/fedoraproject/FirewallD1", _FIREWALL, "getDefaultZone"
    ),
}
"""Every call that may be made; ``{0}`` in a path is the first argument."""

_MISSING = (
    "ServiceUnknown",
    "NameHasNoOwner",
    "UnknownObject",
    "UnknownMethod",
    "UnknownInterface",
)


def call(name: str, arguments: tuple[str, ...] = ()) -> Reading[Plain]:
    """Make a call of ``CALLS`` on the system bus.

    Returns:
        VALUE with the reply's only value, or the tuple of its values; ABSENT where the service
        is not there; UNSUPPORTED without a bus.
    """
    method = CALLS.get(name)
    if method is None:
        return nothing(Outcome.UNSUPPORTED, f"{name} is not a call of this system")
    from jeepney import DBusAddress, HeaderFields, MessageType, new_method_call
    from jeepney.io.blocking import open_dbus_connection

    path = method.path.format(*arguments)
    rest = arguments[1:] if method.path != path else arguments
    address = DBusAddress(path, bus_name=method.service, interface=method.interface)
    message = new_method_call(
        address, method.name, method.signature or None, (*method.fixed, *rest)
    )
    try:
        with open_dbus_connection(bus="SYSTEM") as bus:
            reply = bus.send_and_get_reply(message, timeout=TIMEOUT)
    except TimeoutError:
        return nothing(Outcome.TIMEOUT, f"{name} took over {TIMEOUT:g} s")
    except (OSError, ValueError, KeyError) as error:
        return nothing(Outcome.UNSUPPORTED, f"no system bus: {type(error).__name__}")
    if reply.header.message_type is MessageType.error:
        return error_reply(str(reply.header.fields.get(HeaderFields.error_name, "")))
    body = reply.body
    return value(plain(body[0] if len(body) == 1 else tuple(body)))


def error_reply(name: str) -> Reading[Plain]:
    """Return what a D-Bus error name means."""
    if any(word in name for word in _MISSING):
        return nothing(Outcome.ABSENT, name)
    if "AccessDenied" in name or "NotAuthorized" in name:
        return nothing(Outcome.DENIED, name)
    if "NoReply" in name or "Timeout" in name:
        return nothing(Outcome.TIMEOUT, name)
    return nothing(Outcome.ERROR, name)


def plain(found: object) -> Plain:
    """Return a D-Bus value as plain values: a variant as its content, a dictionary as a Row."""
    match found:
        case bool() | int() | float() | str():
            return found
        case (str(signature), content) if isinstance(found, tuple) and _is_signature(signature):
            return plain(content)
        case dict():
            items = cast("dict[object, object]", found)
            return Row({str(key): plain(content) for key, content in items.items()})
        case bytes():
            return found.hex()
        case list() | tuple():
            return tuple(plain(content) for content in found)
        case _:
            return str(found)


def _is_signature(text: str) -> bool:
    return 0 < len(text) <= 16 and all(letter in "ybnqiuxtdsogav(){}" for letter in text)
