# ruff: noqa: ARG002 - aiosmtpd calls its handlers with all of these arguments
"""A real SMTP server that keeps what it is given, and can be as unfriendly as servers are."""

from __future__ import annotations

import socket
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass(frozen=True)
class Received:
    return_path: str
    recipient: str
    content: bytes

    @property
    def message(self) -> EmailMessage:
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    def part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body is not None
        return str(body.get_content()).replace("\r\n", "\n")


@dataclass
class Sink:
    """What arrived; `on_recipient` and `on_data` may answer in its place."""

    port: int = 0
    received: list[Received] = field(default_factory=list)
    sessions: Counter[object] = field(default_factory=Counter)
    logins: list[str] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    on_recipient: Callable[[str], str | None] = lambda _: None
    on_data: Callable[[Received, SMTP], str | None] = lambda _, __: None

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        reply = self.on_recipient(address)
        if reply is None:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.original_content
        assert isinstance(content, bytes)
        received = Received(envelope.mail_from or "", envelope.rcpt_tos[0], content)
        reply = self.on_data(received, server)
        if reply is not None:
            return reply
        self.received.append(received)
        self.sessions[session.peer] += 1
        assert server.transport is not None
        self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 kept"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        good = data == LoginPassword(b"hotel", b"a/secret@word")
        self.logins.append(data.login.decode())
        return AuthResult(success=good, handled=False) if not good else AuthResult(success=True)

    @property
    def addresses(self) -> list[str]:
        return [each.recipient for each in self.received]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def open_sink(
    *, tls: ssl.SSLContext | None = None, wrapped: bool = False, auth: bool = False, port: int = 0
) -> Iterator[Sink]:
    sink = Sink()
    options: dict[str, Any] = {}
    if tls is not None:
        options["ssl_context" if wrapped else "tls_context"] = tls
    if auth:
        options |= {"authenticator": sink.authenticate, "auth_required": True, "auth_require_tls": tls is not None}
        if wrapped:
            options["auth_require_tls"] = False
    sink.port = port or free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=sink.port, ready_timeout=20, **options)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
