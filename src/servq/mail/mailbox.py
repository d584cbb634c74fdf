"""Fetches what came back from an IMAP mailbox, and marks as read what was dealt with."""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from servq.errors import MailUnavailable
from servq.mail.servers import MailServer

MOST_AT_ONCE = 100
LARGEST_REPORT = 256 * 1024
"""Bytes read of one mail: a report stands at its beginning, whatever else is sent back with it."""

TIMEOUT_S = 60


def fetch_unread(server: MailServer) -> list[tuple[str, bytes]]:
    """Return unread mails with their numbers, the oldest first; they stay unread.

    Raises `MailUnavailable`.
    """
    with _opened(server) as mailbox:
        (found, *_) = _ok(mailbox.uid("SEARCH", "UNSEEN"))
        numbers = found.decode("ascii").split()[:MOST_AT_ONCE] if isinstance(found, bytes) else []
        mails: list[tuple[str, bytes]] = []
        for number in numbers:
            parts = _ok(mailbox.uid("FETCH", number, f"(BODY.PEEK[]<0.{LARGEST_REPORT}>)"))
            # The content stands behind the name of the part; flags and brackets come beside it.
            mails += [(number, bytes(part[1])) for part in parts if isinstance(part, tuple)]
        return mails


def mark_read(server: MailServer, numbers: Iterable[str]) -> None:
    """Mark mails as read; raises `MailUnavailable`."""
    chosen = ",".join(numbers)
    if chosen:
        with _opened(server) as mailbox:
            _ok(mailbox.uid("STORE", chosen, "+FLAGS.SILENT", r"(\Seen)"))


@contextmanager
def _opened(server: MailServer) -> Iterator[imaplib.IMAP4]:
    try:
        context = ssl.create_default_context()
        if server.encryption == "wrapped":
            mailbox: imaplib.IMAP4 = imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=TIMEOUT_S)
        else:
            mailbox = imaplib.IMAP4(server.host, server.port, timeout=TIMEOUT_S)
        with mailbox:
            if server.encryption == "required" or (
                server.encryption == "offered" and "STARTTLS" in mailbox.capabilities
            ):
                mailbox.starttls(context)
            mailbox.login(server.user, server.password)
            _ok(mailbox.select(server.folder))
            yield mailbox
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailUnavailable(f"The mailbox at {server!r} cannot be used ({error}).") from error


def _ok(answer: tuple[str, Sequence[object]]) -> Sequence[object]:
    kind, data = answer
    if kind != "OK":
        raise imaplib.IMAP4.error(f"{kind} {data!r}")
    return data
