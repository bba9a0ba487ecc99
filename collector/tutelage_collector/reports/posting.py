"""Makes the reports that are due and sends them: a link, or the PDF of one that names nobody.

A report is queued and its schedule moved on in one transaction, so that a restart makes none
twice. What cannot be sent waits, with the reason, and is tried again; it is never given up: a
report that is a week late is still a report.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tutelage_collector import compliance
from tutelage_collector.errors import CollectorError
from tutelage_collector.figures import Period
from tutelage_collector.notify import mail, settings
from tutelage_collector.notify.message import DeliveryError
from tutelage_collector.reports import catalogue, paper, schedule
from tutelage_collector.reports import compliance as section_11

if TYPE_CHECKING:
    from datetime import datetime

    from tutelage_collector.config import Config
    from tutelage_collector.notify.settings import Mail
    from tutelage_collector.store import Store
    from tutelage_collector.store.records_registers import ReportPost

_LOG = logging.getLogger(__name__)
_PAUSES = tuple(timedelta(minutes=one) for one in (5, 15, 60, 240, 720))
"""Between tries; the last one for all that follow."""
NO_MAIL = "no mail server is set up; do it with: notify set email"


def run(config: Config, store: Store, address: str, now: datetime) -> int:
    """Queue what is due, send what waits; return how many went out.

    Args:
        config: of the collector.
        store: of the collector.
        address: of the pages, for links, where the notifiers' settings name none.
        now: the present moment.

    Raises:
        CollectorError: the store or the settings cannot be read now.
    """
    queue_due(store, now)
    waiting = [one for one in store.posts(waiting=True) if one.next_try_at <= now]
    if not waiting:
        return 0
    found = settings.load(config.folder)
    sent = 0
    for post in reversed(waiting):
        if found.email is None:
            store.post_failed(post.id, NO_MAIL, now + _PAUSES[0])
            continue
        sent += _send(config, store, post, found.email, found.address or address, now)
    return sent


def queue_due(store: Store, now: datetime) -> int:
    """Queue the reports whose week, month or term is over; return how many."""
    queued = 0
    for one in store.schedules():
        due = schedule.due(one, now.date())
        if due is not None:
            queued += store.post_due(schedule.new_post(one, due.period, now), due.next_on)
    return queued


def _send(
    config: Config, store: Store, post: ReportPost, server: Mail, address: str, now: datetime
) -> int:
    try:
        written = _written(config, store, post, server, address, now)
        mail.hand_over(server, post.address, written)
    except (DeliveryError, CollectorError) as error:
        pause = _PAUSES[min(post.tries, len(_PAUSES) - 1)]
        _LOG.warning("report %s waits: %s", post.id, error)
        store.post_failed(post.id, str(error), now + pause)
        return 0
    store.post_sent(post.id, now)
    store.audit(
        "collector", "report sent", f"report {post.report}",
        f"schedule {post.schedule_id} {post.first} to {post.last}", now,
    )  # fmt: skip
    return 1


def _written(
    config: Config, store: Store, post: ReportPost, server: Mail, address: str, now: datetime
) -> EmailMessage:
    title = schedule.title_of(post.report)
    page = "compliance" if post.report == schedule.COMPLIANCE else f"reports/{post.report}"
    query = "" if post.report == schedule.COMPLIANCE else f"?from={post.first}&to={post.last}"
    period = Period(post.first, post.last)
    written = EmailMessage()
    written["From"] = server.sender
    written["To"] = post.address
    written["Subject"] = f"Tutelage: {title}"
    written["Date"] = format_datetime(now)
    written["Message-ID"] = f"<report-{post.id}@{server.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    written.set_content(
        f"{title}, {period.words}.\n\n"
        + ("It is attached, and also here: " if post.attach else "Sign in to read it: ")
        + f"{address}/{page}{query}\n\nThis message holds no names, on purpose.\n"
    )
    if post.attach:
        written.add_attachment(
            _paper(config, store, post, period, now),
            maintype="application",
            subtype="pdf",
            filename=f"{post.report}-{post.first}-{post.last}.pdf",
        )
    return written


def _paper(config: Config, store: Store, post: ReportPost, period: Period, now: datetime) -> bytes:
    if post.report == schedule.COMPLIANCE:
        return section_11.as_pdf(
            compliance.of_store(store, config.judging.stale_after_days, post.school, now)
        )
    entry = catalogue.CATALOGUE[catalogue.ReportName(post.report)]
    return paper.as_pdf(catalogue.make(entry, store, config, now, period, post.school))
