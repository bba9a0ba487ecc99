"""What a message about quiet devices says: numbers, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutelage_collector.store.records_quiet import About

if TYPE_CHECKING:
    from tutelage_collector.store.records_quiet import QuietNews


def title(news: QuietNews) -> str:
    """Return the line that a mail program shows."""
    match news.about:
        case About.SCHOOL:
            return "nearly all devices of the school went quiet"
        case About.CONCERN:
            return "a device that had to do with a concern went quiet"
        case About.MANY:
            return f"{news.devices} devices went quiet at once"
        case About.DEVICES:
            return f"{_counted(news)} went quiet"


def sentence(news: QuietNews) -> str:
    """Return what happened."""
    match news.about:
        case About.SCHOOL:
            return (
                f"{news.devices} of {news.heard} devices that were heard today are not heard any "
                "more and did not say why, so nothing is monitored on them"
            )
        case About.CONCERN:
            return (
                "A device on which something was found that became a concern is not heard any more "
                "and did not say why, so nothing is monitored on it"
            )
        case About.MANY:
            return (
                f"{news.devices} of {news.heard} devices that were heard today stopped reporting "
                "at about the same time and did not say why"
            )
        case About.DEVICES:
            return f"{_counted(news)} heard today stopped reporting and did not say why"


def remedy(news: QuietNews) -> str:
    """Return what to do."""
    match news.about:
        case About.SCHOOL:
            return (
                "The ICT manager was told as well. Until the devices are back, watch over children "
                "online as you would without this."
            )
        case About.CONCERN:
            return "The ICT manager knows that a device is quiet, and nothing of a concern."
        case About.MANY:
            return (
                "One fault is likelier than many: look at the network, the power and this "
                "collector's own line first. Acknowledge it on the page."
            )
        case About.DEVICES:
            return (
                "The page says which, and what each said last. A killed or stopped agent, a pulled "
                "cable and an empty battery look alike from here: go and look. Acknowledge it on "
                "the page, or mute a device for some days."
            )


def _counted(news: QuietNews) -> str:
    return "1 device" if news.devices == 1 else f"{news.devices} devices"
