"""What agent and collector agree on in bytes."""

__version__ = "0.1.0"
