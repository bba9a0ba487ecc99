"""Where messages arrive in tests: a real mail server (STARTTLS, AUTH) and a webhook's receiver."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import socket
import ssl
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tutelage_collector.notify.settings import Mail, Notifiers, Webhook
from tutelage_wire import times

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import Message
    from pathlib import Path

ACCOUNT, PASSWORD = "tutelage@school.example", "an invented mail password"
SECRET = "an invented webhook secret"


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return files of a fresh key and its certificate for ``localhost``, its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = times.utc_now()
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    folder.mkdir(exist_ok=True)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "chain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return folder / "key.pem", folder / "chain.pem"


def free_port() -> int:
    """Return a port of this machine that is free now: aiosmtpd wants to know it before."""
    with socket.create_server(("localhost", 0)) as bound:
        return int(bound.getsockname()[1])


@dataclass
class MailServer:
    """Takes mail over STARTTLS from who knows the password; can be down."""

    folder: Path
    refuse: str = ""
    """Answer to every recipient instead of taking the mail, for example ``550 nobody``."""
    raw: list[bytes] = field(default_factory=list)
    _controller: Controller | None = None
    _port: int = 0

    def up(self) -> None:
        """Begin to answer, always at the same port."""
        key, chain = certificate(self.folder)
        self._port = self._port or free_port()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain, key)
        self._controller = _Controller(
            self, hostname="localhost", port=self._port, ready_timeout=20,
            require_starttls=True, tls_context=context, auth_required=True,
            authenticator=self._right,
        )  # fmt: skip
        self._controller.start()

    def down(self) -> None:
        """Answer nobody any more."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    @property
    def settings(self) -> Mail:
        """How to reach it."""
        return Mail(
            host="localhost", port=self._port, sender=ACCOUNT, account=ACCOUNT, password=PASSWORD,
            ca_file=str(self.folder / "chain.pem"),
        )  # fmt: skip

    @property
    def mails(self) -> list[Message]:
        """What was taken, in order."""
        return [message_from_bytes(one, policy=policy.default) for one in self.raw]

    @property
    def recipients(self) -> list[str]:
        """Who it was for, in order."""
        return [str(one["To"]) for one in self.mails]

    async def handle_RCPT(self, _s: Any, _n: Any, envelope: Any, address: str, _o: Any) -> str:  # noqa: N802
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.raw.append(envelope.content)
        return "250 taken"

    def _right(self, _server: Any, _session: Any, _envelope: Any, _how: str, data: Any) -> Any:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            ACCOUNT.encode(), PASSWORD.encode(),
        )  # fmt: skip
        return AuthResult(success=right, handled=False)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@dataclass
class Hook:
    """Takes signed JSON; ``answer`` is the status that it gives."""

    answer: int = 200
    bodies: list[dict[str, Any]] = field(default_factory=list)
    """Taken with a 2xx answer."""
    raw: list[bytes] = field(default_factory=list)
    """All that came, taken or not."""
    port: int = 0
    signed: bool = True
    """Whether it wants our signature."""

    @contextlib.contextmanager
    def serving(self) -> Iterator[Hook]:
        """Answer for as long as the block lasts."""
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                stamp = self.headers["x-tutelage-timestamp"] or ""
                signed = hmac.new(
                    SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256
                ).hexdigest()
                right = self.headers["x-tutelage-signature"] == f"sha256={signed}"
                hook.raw.append(str(self.headers).encode() + body)
                code = hook.answer if right or not hook.signed else 401
                if 200 <= code < 300:
                    hook.bodies.append(json.loads(body))
                self.send_response(code)
                self.send_header("content-length", "0")
                if code in {301, 302, 307}:
                    self.send_header("location", "http://localhost:9/elsewhere")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("localhost", 0), Handler) as server:
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield self
            finally:
                server.shutdown()
                thread.join(20)

    @property
    def settings(self) -> Webhook:
        """How to reach it."""
        return Webhook(f"http://localhost:{self.port}/hook", SECRET)


def notifiers(mail: MailServer | None = None, hook: Hook | None = None) -> Notifiers:
    """Return settings that reach both."""
    return Notifiers(
        email=mail.settings if mail else None,
        webhooks={"desk": hook.settings} if hook else {},
    )
