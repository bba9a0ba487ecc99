"""Concerns: what a person made of alerts and reports, from the first look to the outcome.

``workflow`` is pure: a concern and a wish in, the next standing and its timeline lines out, or the
reason why not yet. ``desk`` stores that with its audit row. What people write is sealed before it
comes here (``sealing``).
"""
