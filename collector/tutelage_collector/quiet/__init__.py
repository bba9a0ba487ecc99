"""Devices that should be heard and are not: noticed within minutes, and told to somebody.

``hours`` says when a device should be heard, ``decide`` who is quiet and who is told (pure),
``watch`` carries it out.
"""
