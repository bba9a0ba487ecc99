"""What the store promises about imported people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tutelage_collector.store.records_people import Person, Standing


class Vulnerability(Protocol):
    """What alerting asks about an account: how closely to look, never why."""

    def standing(self, pseudonym: str) -> Standing | None:
        """Return level and age band of a device account's pseudonym; None = not imported."""


class PeopleStore(Vulnerability, Protocol):
    """Imported people."""

    def people(self, school: str | None = None) -> list[Person]:
        """Return all imported people, by pseudonym."""

    def person(self, pseudonym: str) -> Person | None:
        """Return one."""

    def put_people(self, put: Sequence[Person], gone: Sequence[str]) -> None:
        """Add or replace some and forget others, in one transaction."""

    def forget_people(self, school: str | None = None) -> int:
        """Forget all people of a school, or of the trust; return how many."""
