"""Mail servers as the operator writes them: ``smtps://user:password@host:port``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from servq.errors import EnvironmentIncomplete
from servq.settings import (
    BOUNCES_VARIABLE,
    MAIL_FROM_VARIABLE,
    MAIL_RATE_VARIABLE,
    MAIL_RETURN_VARIABLE,
    SMTP_VARIABLE,
    Settings,
)

Encryption = Literal["offered", "required", "wrapped"]
"""STARTTLS where the server offers it, STARTTLS or nothing, TLS from the first byte."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SCHEMES: Mapping[str, tuple[str, Encryption, int]] = {
    "smtp": ("smtp", "offered", 587),
    "smtp+tls": ("smtp", "required", 587),
    "smtps": ("smtp", "wrapped", 465),
    "imap": ("imap", "offered", 143),
    "imap+tls": ("imap", "required", 143),
    "imaps": ("imap", "wrapped", 993),
}
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,64}@[^\s@<>\"(),:;\\\[\]\x00-\x1f\x7f]{1,190}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed over, or fetched from."""

    host: str
    port: int
    encryption: Encryption
    user: str
    password: str
    folder: str = ""

    def __repr__(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def is_here(self) -> bool:
        """Whether it is this machine, so that nobody listens on the way."""
        return self.host in _LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who writes, and where what cannot be delivered comes back.

    Parameters
    ----------
    returns_to
        Local part and domain of the return path; a signed tag is put between them.
    """

    address: Address
    returns_to: tuple[str, str]

    @property
    def domain(self) -> str:
        """Domain of the sender, which also names its messages."""
        return self.address.domain

    def return_path(self, tag: str) -> str:
        """Return the envelope sender of one message."""
        local, domain = self.returns_to
        return f"{local}+{tag}@{domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSettings:
    """Everything that sending needs, read from the settings."""

    server: MailServer
    sender: Sender
    rate: float | None

    @classmethod
    def of(cls, settings: Settings) -> MailSettings:
        """Read the settings of sending; raises `EnvironmentIncomplete` and says which to mend."""
        if not settings.smtp or not settings.mail_from:
            missing = SMTP_VARIABLE if not settings.smtp else MAIL_FROM_VARIABLE
            raise EnvironmentIncomplete(f"No mail can be sent: set {missing}. See docs/mail.md.")
        server = read_server(settings.smtp, "smtp", SMTP_VARIABLE)
        return cls(server=server, sender=read_sender(settings), rate=_read_rate(settings.mail_rate))


def read_server(text: str, kind: Literal["smtp", "imap"], variable: str) -> MailServer:
    """Read the URL of a mail server; raises `EnvironmentIncomplete`."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        url, port = SplitResult("", "", "", "", ""), None
    known, encryption, usual = _SCHEMES.get(url.scheme, ("", "offered", 0))
    if known != kind or not url.hostname:
        raise EnvironmentIncomplete(
            f"{variable} is no address of a mail server. Write {kind}s://USER:PASSWORD@HOST:PORT "
            f"(signs such as @ and / in the password as %40 and %2F), {kind}+tls://… or {kind}://…."
        )
    server = MailServer(
        host=url.hostname,
        port=port or usual,
        encryption=encryption,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        folder=unquote(url.path.strip("/")) or "INBOX",
    )
    if server.user and encryption == "offered" and not server.is_here:
        # A server that is impersonated offers no encryption, and would be told the password.
        raise EnvironmentIncomplete(f"{variable} would send a password unencrypted. Write {kind}+tls:// or {kind}s://.")
    return server


def read_sender(settings: Settings) -> Sender:
    """Read who writes; raises `EnvironmentIncomplete`."""
    name, address = parseaddr(settings.mail_from)
    returns = settings.mail_return or address
    for text, variable in ((address, MAIL_FROM_VARIABLE), (returns, MAIL_RETURN_VARIABLE)):
        if not is_address(text):
            raise EnvironmentIncomplete(f'{variable} holds no address. Write e.g. "Our hotel <feedback@example.org>".')
    local, _, domain = returns.rpartition("@")
    return Sender(address=Address(display_name=name, addr_spec=address), returns_to=(local, domain))


def bounce_mailbox(settings: Settings) -> MailServer | None:
    """Read where undeliverable messages are fetched from, if anywhere; raises `EnvironmentIncomplete`."""
    return read_server(settings.bounces, "imap", BOUNCES_VARIABLE) if settings.bounces else None


def is_address(text: str) -> bool:
    """Whether a mail can be sent there: one plain address, without names, quotes or control characters."""
    return text.isascii() and _ADDRESS.fullmatch(text) is not None and "." in text.rpartition("@")[2].strip(".")


def _read_rate(text: str) -> float | None:
    try:
        rate = float(text) if text else None
    except ValueError:
        rate = 0.0
    if rate is not None and not 0 < rate < 100_000:
        raise EnvironmentIncomplete(f"{MAIL_RATE_VARIABLE} is no number of messages a second. Write e.g. 5 or 0.5.")
    return rate
