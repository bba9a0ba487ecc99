"""Which keys an account may open: those of its name, or of its role at its school."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.store.records_recipients import KeyState, RecipientKey, RecipientKind

if TYPE_CHECKING:
    from tutelage_collector.store import Store
    from tutelage_collector.store.recipients import RecipientStore


def of_one_school(store: Store, key: RecipientKey) -> bool:
    """Tell whether a key's holder works for one school.

    Only where an account of the key's name has all schools of the trust is that certainly not so.
    """
    account = store.account(key.name)
    return bool(key.school) or account is None or bool(account.school)


def keys_of(
    store: RecipientStore, account: str, school: str | None, *, head: bool
) -> list[RecipientKey]:
    """Return the keys whose wrapped halves an account gets, the present one first.

    An account that has no key of its name gets those of its role at its school: the lead's account
    may be called otherwise than the lead's key.
    """
    held = [
        key
        for key in store.recipients()
        if key.state in (KeyState.ACTIVE, KeyState.REPLACED)
        and key.browser_key
        and key.serves(school)
        and (key.kind is RecipientKind.HEAD) is head
    ]
    found = [key for key in held if key.name == account]
    return sorted(found or held, key=lambda key: key.state is not KeyState.ACTIVE)
