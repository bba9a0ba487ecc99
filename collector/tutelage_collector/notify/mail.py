"""E-mail: TLS always, certificates checked, the account's password only inside it."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from tutelage_collector.notify.message import DeliveryError

if TYPE_CHECKING:
    from tutelage_collector.notify.message import Message
    from tutelage_collector.notify.settings import Mail

TIMEOUT_SECONDS = 20.0
_URGENT = 4
_FOR_GOOD = range(500, 600)


def send(mail: Mail, recipient: str, message: Message) -> None:
    """Hand one message to the mail server.

    Raises:
        DeliveryError: it did not take it; says why without addresses.
    """
    hand_over(mail, recipient, _written(mail, recipient, message))


def hand_over(mail: Mail, recipient: str, written: EmailMessage) -> None:
    """Hand a written e-mail to the mail server.

    Raises:
        DeliveryError: it did not take it; says why without addresses.
    """
    try:
        context = ssl.create_default_context(cafile=mail.ca_file or None)
        with _connected(mail, context) as server:
            if mail.account:
                server.login(mail.account, mail.password)
            server.send_message(written, mail.sender, [recipient])
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryError(
            f"the mail server refused the account or its password ({error.smtp_code})"
        ) from error
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise DeliveryError(
            f"the mail server refused the recipient ({code})", for_good=code in _FOR_GOOD
        ) from error
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"the mail server refused the message ({error.smtp_code})") from error
    except ssl.SSLCertVerificationError as error:
        raise DeliveryError(
            f"the mail server's certificate is not trusted ({error.verify_message})"
        ) from error
    except (smtplib.SMTPException, ssl.SSLError) as error:
        raise DeliveryError(
            f"the mail server did not do what it should ({type(error).__name__})"
        ) from error
    except OSError as error:
        raise DeliveryError(
            f"the mail server does not answer ({error.strerror or type(error).__name__})"
        ) from error


def _connected(mail: Mail, context: ssl.SSLContext) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_SECONDS, context=context)
    server = smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_SECONDS)
    try:
        server.starttls(context=context)
    except smtplib.SMTPNotSupportedError as error:
        server.close()
        raise DeliveryError(
            "the mail server offers no encryption (STARTTLS): nothing was sent"
        ) from error
    except BaseException:
        server.close()
        raise
    return server


def _written(mail: Mail, recipient: str, message: Message) -> EmailMessage:
    written = EmailMessage()
    written["From"] = mail.sender
    written["To"] = recipient
    written["Subject"] = message.title
    written["Date"] = format_datetime(message.sent_at)
    written["Message-ID"] = f"<{message.id}@{mail.sender.rpartition('@')[2]}>"
    written["Auto-Submitted"] = "auto-generated"
    if message.grade >= _URGENT:
        written["Importance"] = "high"
        written["X-Priority"] = "1"
    written.set_content(message.body)
    return written
