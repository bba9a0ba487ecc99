"""The agent's errors: one root; each message says what, where and what to do."""


class AgentError(Exception):
    """Something a person has to know about this device's agent."""


class ConfigError(AgentError):
    """The settings file cannot be used."""


class KeyLostError(AgentError):
    """A key that was stored cannot be had back: enrol again, the spool is kept."""


class TpmError(AgentError):
    """The TPM cannot be used, or not now; nothing says that a key in it is lost."""


class EnrolmentError(AgentError):
    """The collector did not take this device, or could not be asked."""

    by_collector = False
    """Whether the collector itself said no."""


class RefusedError(EnrolmentError):
    """The collector was asked, and said no."""

    by_collector = True


class AwaitedError(EnrolmentError):
    """A person has not let this device in yet: ask again later, with the same keys."""


class SpoolError(AgentError):
    """Events cannot be kept on disk."""
