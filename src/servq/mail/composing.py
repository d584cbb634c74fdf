"""Makes the message that travels: headers, a text part complete on its own, and an HTML part."""

from __future__ import annotations

import secrets
from binascii import b2a_qp
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.policy import SMTP
from email.utils import format_datetime, formataddr

from servq.errors import MailTextInvalid
from servq.mail.letters import Letter
from servq.mail.sending import Envelope
from servq.mail.servers import Sender, is_address
from servq.mail.wording import SHIPPED, WordedLetter, Wording, one_line, word

LONGEST_DISPLAY_NAME = 100

_SHORT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """What the headers of a message say.

    Parameters
    ----------
    message_id, answers_to
        Local parts of its Message-ID and of the message that it follows up, "" for none.
    return_tag
        Signed tag of the return path.
    opt_out
        Where the mails to this address are ended, "" for people of the organisation.
    """

    address: str
    name: str
    locale: str
    message_id: str
    return_tag: str
    opt_out: str
    answers_to: str = ""


def compose(
    letter: Letter,
    sender: Sender,
    *,
    address: str,
    message_id: str,
    return_tag: str,
    answers_to: str,
    at: datetime,
    wording: Wording = SHIPPED,
) -> Envelope:
    """Word a letter and make its message; raises `MailTextInvalid` as `word` and `compose_worded` do."""
    addressed = Addressed(
        address=address,
        name="" if letter.kind == "alert" else letter.name,
        locale=letter.locale,
        message_id=message_id,
        return_tag=return_tag,
        opt_out=letter.opt_out,
        answers_to=answers_to,
    )
    return compose_worded(word(letter, wording), addressed, sender, at=at)


def compose_worded(worded: WordedLetter, addressed: Addressed, sender: Sender, *, at: datetime) -> Envelope:
    """Make the message of a letter in words; raises `MailTextInvalid` if it can be sent to no such address."""
    if not is_address(addressed.address):
        raise MailTextInvalid("No mail can be sent to this address. Correct it in the contact.")
    name = one_line(addressed.name)[:LONGEST_DISPLAY_NAME]
    head = [
        _header("From", sender.address),
        _recipient(name, addressed.address),
        _header("Subject", worded.subject),
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{addressed.message_id}@{sender.domain}>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        f"Content-Language: {addressed.locale}",
    ]
    if addressed.answers_to:
        head += [f"{header}: <{addressed.answers_to}@{sender.domain}>" for header in ("In-Reply-To", "References")]
    if addressed.opt_out:
        head += [f"List-Unsubscribe: <{addressed.opt_out}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    return Envelope(
        return_path=sender.return_path(addressed.return_tag),
        recipient=addressed.address,
        content=_assembled(head, plain=worded.text, html=worded.html),
    )


def _assembled(head: Iterable[str], *, plain: str, html: str) -> bytes:
    """Put headers and parts together (RFC 2046).

    By hand because `email.message` takes five times as long, and its folding breaks long addresses in headers.
    """
    boundary = f"=_{secrets.token_hex(12)}"
    lines = [*head, "MIME-Version: 1.0", f'Content-Type: multipart/alternative; boundary="{boundary}"', ""]
    parts = ["\r\n".join(lines).encode("ascii")]
    for kind, text in (("plain", plain), ("html", html)):
        kind_of = f"--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\n"
        parts += [
            f"{kind_of}Content-Transfer-Encoding: quoted-printable\r\n".encode("ascii"),
            b2a_qp(text.encode(), istext=True).replace(b"\n", b"\r\n"),
        ]
    return b"\r\n".join([*parts, f"--{boundary}--\r\n".encode("ascii")])


def _recipient(name: str, address: str) -> str:
    plain = formataddr((name, address)) if name.isascii() else ""
    if plain and len(plain) <= _SHORT:
        return f"To: {plain}"
    return _header("To", Address(display_name=name, addr_spec=address))


def _header(name: str, value: Address | str) -> str:
    """Return a header, folded and with whatever is not ASCII encoded (RFC 2047)."""
    plain = str(value)
    if plain.isascii() and len(plain) <= _SHORT:
        return f"{name}: {plain}"
    return str(SMTP.header_factory(name, value).fold(policy=SMTP)).rstrip("\r\n")
