"""Which sign-in names are nobody's own: those of a role or a room. The same on every system."""

from __future__ import annotations

import re

_GENERIC = re.compile(
    r"(?i)^(?:guest|user|test|temp|visitor|kiosk|student|pupil|teacher|staff|school|class(?:room)?"
    r"|library|lab|reception|office|supply|cover|family|home|pc|laptop|computer)[-_. ]?\d{0,3}$"
)


def is_generic(name: str) -> bool:
    """Tell whether a sign-in name is a role's or a room's and so nobody's own."""
    return _GENERIC.match(name) is not None
