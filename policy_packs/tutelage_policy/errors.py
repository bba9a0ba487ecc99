"""The one error root of the policy package."""


class PackError(Exception):
    """A pack cannot be read or compiled. The message says file, rule, line and what to do."""
