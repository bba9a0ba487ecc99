"""Microsoft Teams and a hundred more, through Apprise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.notify.message import DeliveryError

if TYPE_CHECKING:
    from tutelage_collector.notify.message import Message

_URGENT = 4


def send(url: str, message: Message) -> None:
    """Hand one message to the service behind an Apprise address.

    Raises:
        DeliveryError: it did not take it; says why without the address, which holds a token.
    """
    import apprise  # takes half a second: only who uses it waits

    service = apprise.Apprise()
    if not service.add(url):
        raise DeliveryError("the address is not one that Apprise knows", for_good=True)
    kind = apprise.NotifyType.WARNING if message.grade >= _URGENT else apprise.NotifyType.INFO
    try:
        taken = service.notify(body=message.body, title=message.title, notify_type=kind)
    except TypeError as error:
        raise DeliveryError("Apprise could not use the message", for_good=True) from error
    if not taken:
        raise DeliveryError("the service did not take the message")
