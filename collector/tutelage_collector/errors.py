"""The collector's errors: one root, and one class per thing a caller does differently about."""


class CollectorError(Exception):
    """Something the collector cannot do. The message says what, where and what to do."""


class ConfigError(CollectorError):
    """A settings file holds a wrong key or value."""


class StateError(CollectorError):
    """The state folder is missing, unsafe or incomplete."""


class SecretError(CollectorError):
    """A passphrase or password does not open what it should open."""


class StoreError(CollectorError):
    """The store cannot do this now; nothing of the transaction was kept."""


class StoreFullError(StoreError):
    """There is no room left on the disk that holds the store."""


class StoreReadOnlyError(StoreError):
    """The store's folder or file cannot be written to."""


class ServeError(CollectorError):
    """The collector cannot begin to serve: a port or another collector is in the way."""


class NotFoundError(CollectorError):
    """What was asked for is not there."""


class CertificateError(CollectorError):
    """A certificate request is not one that this collector certifies."""


class PublishError(CollectorError):
    """A signed document that agents would refuse, or that cannot be signed or read."""


class ConflictError(StoreError):
    """Somebody else changed the same thing meanwhile: look again, then decide."""


class ConcernError(CollectorError):
    """A step that a concern cannot take now; the message says what has to come first."""


class NotAllowedError(CollectorError):
    """This person may not do this, or not alone. The message says who may."""


class RotaError(CollectorError):
    """A rota is not one: the message names the row and what may stand there."""
