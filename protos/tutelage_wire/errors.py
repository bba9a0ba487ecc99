"""The wire's errors: one root, and one class per thing a caller does differently about."""


class WireError(Exception):
    """Bytes are not what both ends agreed on. The message says what, where and what to do."""


class DecodeError(WireError):
    """The bytes do not parse, or a field is missing, unknown or out of bounds."""


class SignatureError(WireError):
    """A signature does not verify with the key that should have made it."""


class SealError(WireError):
    """A sealed excerpt cannot be opened with this key, or was moved from another event."""
